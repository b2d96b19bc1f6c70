// The local store, seen by one process: contents, tags, conditions, names, listings, damage.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "objects/local/local_store.h"
#include "objects/object_store.h"
#include "support/expect.h"

namespace {

using slip::Object;
using slip::ObjectInfo;
using slip::ObjectStore;
using slip::Options;
using slip::Result;
using slip::Status;

constexpr size_t kAll = slip::kObjectBytesMax;

std::shared_ptr<ObjectStore> store_at(const std::string& root) {
  auto store = slip::open_object_store("local:" + root, Options(SLIP_OPTIONS_OBJECT_STORE));
  if (!store.ok()) fail_msg("%s", store.status().message().c_str());
  return store.take();
}
std::shared_ptr<ObjectStore> new_store() { return store_at(test_path(test_directory(), "store")); }
std::string root_of(ObjectStore& store) { return store.url().substr(strlen("local:")); }

std::string put(ObjectStore& store, const std::string& name, const std::string& data) {
  auto tag = store.put(name, data);
  EXPECT_OK(tag.status());
  return tag.take();
}
std::string content(ObjectStore& store, const std::string& name) {
  auto object = store.get(name, kAll);
  EXPECT_OK(object.status());
  return object->data;
}
std::string names(ObjectStore& store, const std::string& prefix, const std::string& after,
                  size_t limit) {
  auto list = store.list(prefix, after, limit);
  EXPECT_OK(list.status());
  std::string text;
  for (const ObjectInfo& info : *list) text += info.name + ":" + std::to_string(info.size) + " ";
  return text;
}

void what_was_put_is_got(void**) {
  auto store = new_store();
  const std::string bytes("a\0b\xff", 4);
  const std::string tag = put(*store, "x/y.json", bytes);
  auto object = store->get("x/y.json", 4);
  EXPECT_OK(object.status());
  assert_true(object->data == bytes);
  assert_true(object->tag == tag);
  put(*store, "empty", "");
  assert_string_equal(content(*store, "empty").c_str(), "");
  auto info = store->head("x/y.json");
  EXPECT_OK(info.status());
  assert_int_equal((*info)->size, 4);
  assert_true((*info)->modified_ns > 0);
  // Another handle, as after a restart.
  assert_true(content(*store_at(root_of(*store)), "x/y.json") == bytes);
}

void an_object_over_the_limit_is_refused(void**) {
  auto store = new_store();
  put(*store, "big", "12345");
  EXPECT_FAILED(store->get("big", 4).status(), SLIP_TOO_LARGE, "5 bytes, over the limit of 4");
}

void equal_content_gets_a_new_tag(void**) {
  auto store = new_store();
  const std::string first = put(*store, "a", "same");
  const std::string second = put(*store, "a", "same");
  assert_true(first != second);
  // A, B, A again: the swap against the first A is lost.
  put(*store, "a", "other");
  put(*store, "a", "same");
  EXPECT_FAILED(store->put_if("a", "mine", first).status(), SLIP_CONFLICT,
                "tag is not the expected");
  assert_string_equal(content(*store, "a").c_str(), "same");
}

void a_swap_needs_the_tag_that_stands_there(void**) {
  auto store = new_store();
  auto first = store->put_if("p", "1", std::nullopt);
  EXPECT_OK(first.status());
  EXPECT_FAILED(store->put_if("p", "2", std::nullopt).status(), SLIP_CONFLICT, "one already");
  auto second = store->put_if("p", "2", *first);
  EXPECT_OK(second.status());
  EXPECT_FAILED(store->put_if("p", "3", *first).status(), SLIP_CONFLICT, "somebody else wrote it");
  EXPECT_OK(store->remove("p"));
  EXPECT_FAILED(store->put_if("p", "3", *second).status(), SLIP_CONFLICT, "is gone");
  EXPECT_FAILED(store->get("p", kAll).status(), SLIP_NOT_FOUND, "no such object");
}

#ifdef SLIP_TEST_GUARDS
void without_its_guard_a_swap_overwrites(void**) {
  auto store = new_store();
  put(*store, "p", "newer");
  slip::guard_switch("cas_condition", false);
  const Status swapped = store->put_if("p", "stale", std::string("no such tag")).status();
  slip::guard_switch("cas_condition", true);
  EXPECT_OK(swapped);
  assert_string_equal(content(*store, "p").c_str(), "stale");
}
#endif

void names_that_leave_the_store_are_refused(void**) {
  auto store = new_store();
  const std::string long_name(slip::kObjectNameBytesMax + 1, 'a');
  const std::string long_segment(256, 'a');
  const struct {
    std::string name;
    const char* words;
  } cases[] = {{"", "empty"},
               {"/abs", "empty segment"},
               {"a//b", "empty segment"},
               {"a/", "empty segment"},
               {"../x", "dot segment"},
               {"a/./b", "dot segment"},
               {"a/..", "dot segment"},
               {"a b", "only letters"},
               {"a\nb", "only letters"},
               {std::string("a\0b", 3), "only letters"},
               {"a/.slip-lock", ".slip"},
               {".slip-staged", ".slip"},
               {long_name, "over 512 bytes"},
               {long_segment, "over 255 bytes"}};
  for (const auto& one : cases) {
    EXPECT_FAILED(store->put(one.name, "x").status(), SLIP_INVALID, one.words);
    EXPECT_FAILED(store->get(one.name, kAll).status(), SLIP_INVALID, one.words);
    EXPECT_FAILED(store->head(one.name).status(), SLIP_INVALID, one.words);
    EXPECT_FAILED(store->remove(one.name), SLIP_INVALID, one.words);
  }
  assert_string_equal(names(*store, "", "", 100).c_str(), "");
  put(*store, "A-z_0.9/...", "x");  // odd, and legal
}

void listing_is_sorted_bounded_and_resumable(void**) {
  auto store = new_store();
  for (const char* name : {"b", "a/x", "a.b", "a-1", "a/c/d", "a0", "c/1", "c/2"})
    put(*store, name, "12");
  assert_string_equal(names(*store, "", "", 100).c_str(),
                      "a-1:2 a.b:2 a/c/d:2 a/x:2 a0:2 b:2 c/1:2 c/2:2 ");
  assert_string_equal(names(*store, "a", "", 2).c_str(), "a-1:2 a.b:2 ");
  assert_string_equal(names(*store, "a", "a.b", 2).c_str(), "a/c/d:2 a/x:2 ");
  assert_string_equal(names(*store, "a/", "", 100).c_str(), "a/c/d:2 a/x:2 ");
  assert_string_equal(names(*store, "a/c/d", "", 100).c_str(), "a/c/d:2 ");
  assert_string_equal(names(*store, "", "a/c/zzz", 2).c_str(), "a/x:2 a0:2 ");
  assert_string_equal(names(*store, "zz", "", 100).c_str(), "");
  // Page by page it is the same list.
  std::string after, all;
  for (;;) {
    auto page = store->list("", after, 3);
    EXPECT_OK(page.status());
    if (page->empty()) break;
    for (const ObjectInfo& info : *page) all += info.name + ":2 ";
    after = page->back().name;
  }
  assert_string_equal(all.c_str(), names(*store, "", "", 100).c_str());
  EXPECT_FAILED(store->list("", "", 0).status(), SLIP_INVALID, "not 1 to 10000");
  EXPECT_FAILED(store->list("", "", 10001).status(), SLIP_INVALID, "the limit is 10001");
}

void own_and_foreign_files_are_not_listed(void**) {
  auto store = new_store();
  put(*store, "a/b", "x");
  const std::string root = root_of(*store);
  test_write_file((root + "/.slip-staged-left-by-a-crash").c_str(), "x", 1);
  test_write_file((root + "/a/.slip-other").c_str(), "x", 1);
  test_write_file((root + "/with space").c_str(), "x", 1);
  assert_int_equal(symlink("/etc/hostname", (root + "/link").c_str()), 0);
  assert_int_equal(symlink("/etc", (root + "/folder").c_str()), 0);
  assert_int_equal(mkfifo((root + "/pipe").c_str(), 0600), 0);
  assert_string_equal(names(*store, "", "", 100).c_str(), "a/b:1 ");
}

void links_are_not_followed(void**) {
  auto store = new_store();
  const std::string root = root_of(*store);
  const std::string outside = test_directory();
  test_write_file((outside + "/secret").c_str(), "s", 1);
  assert_int_equal(symlink((outside + "/secret").c_str(), (root + "/link").c_str()), 0);
  assert_int_equal(symlink(outside.c_str(), (root + "/folder").c_str()), 0);
  EXPECT_FAILED(store->get("link", kAll).status(), SLIP_NOT_OURS, "is a link");
  EXPECT_FAILED(store->get("folder/secret", kAll).status(), SLIP_NOT_OURS, "\"folder\" is a link");
  EXPECT_FAILED(store->put("link", "x").status(), SLIP_NOT_OURS, "is a link");
  EXPECT_FAILED(store->put("folder/new", "x").status(), SLIP_NOT_OURS, "is a link");
  EXPECT_FAILED(store->put_if("folder/new", "x", std::nullopt).status(), SLIP_NOT_OURS, "a link");
  EXPECT_FAILED(store->remove("folder/secret"), SLIP_NOT_OURS, "is a link");
  assert_string_equal(test_read_file((outside + "/secret").c_str(), nullptr), "s");
  assert_int_not_equal(access((outside + "/new").c_str(), F_OK), 0);
  assert_int_equal(mkfifo((root + "/pipe").c_str(), 0600), 0);
  EXPECT_FAILED(store->get("pipe", kAll).status(), SLIP_NOT_OURS, "special file");
}

void an_object_and_a_folder_share_no_name(void**) {
  auto store = new_store();
  put(*store, "a/b", "x");
  EXPECT_FAILED(store->put("a", "y").status(), SLIP_UNSUPPORTED, "objects below that name");
  EXPECT_FAILED(store->get("a", kAll).status(), SLIP_NOT_FOUND, "no such object");
  EXPECT_FAILED(store->get("a/b/c", kAll).status(), SLIP_NOT_FOUND, "no such object");
  // Once the folder is empty it is gone.
  EXPECT_OK(store->remove("a/b"));
  put(*store, "a", "y");
  assert_string_equal(names(*store, "", "", 100).c_str(), "a:1 ");
}

void removing_says_whether_there_was_one(void**) {
  auto store = new_store();
  EXPECT_FAILED(store->remove("a/b"), SLIP_NOT_FOUND, "cannot remove object \"a/b\"");
  put(*store, "a/b/c", "x");
  put(*store, "a/d", "x");
  EXPECT_OK(store->remove("a/b/c"));
  EXPECT_FAILED(store->remove("a/b/c"), SLIP_NOT_FOUND, "no such object");
  assert_string_equal(names(*store, "", "", 100).c_str(), "a/d:1 ");
  assert_int_not_equal(access((root_of(*store) + "/a/b").c_str(), F_OK), 0);
}

void files_travel_both_ways(void**) {
  auto store = new_store();
  const std::string folder = test_directory();
  std::string bytes(700000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(test_random());
  test_write_file((folder + "/in").c_str(), bytes.data(), bytes.size());
  slip::FileSystem& fs = slip::posix_file_system();
  EXPECT_OK(store->put_file("big/one", fs, folder + "/in"));
  EXPECT_OK(store->get_file("big/one", fs, folder + "/out", bytes.size()));
  size_t size = 0;
  const char* out = test_read_file((folder + "/out").c_str(), &size);
  assert_true(bytes == std::string(out, size));
  assert_true(content(*store, "big/one") == bytes);
  EXPECT_FAILED(store->get_file("big/one", fs, folder + "/out", bytes.size()), SLIP_EXISTS, "out");
  EXPECT_FAILED(store->get_file("big/one", fs, folder + "/less", bytes.size() - 1), SLIP_TOO_LARGE,
                "over the limit of 699999");
  assert_int_not_equal(access((folder + "/less").c_str(), F_OK), 0);
  EXPECT_FAILED(store->put_file("x", fs, folder + "/none"), SLIP_NOT_FOUND, "is absent");
  EXPECT_FAILED(store->put_file("x", fs, folder), SLIP_INVALID, "is not a file");
}

// Every byte of an object is guarded: whichever bit flips, nobody is served it.
void every_flipped_bit_is_found(void**) {
  auto store = new_store();
  put(*store, "a", "some content");
  const std::string path = root_of(*store) + "/a";
  const std::string copy = test_path(test_directory(), "out");
  size_t size = 0;
  test_read_file(path.c_str(), &size);
  for (size_t offset = 0; offset < size; ++offset)
    for (int bit = 0; bit < 8; ++bit) {
      test_flip_bit(path.c_str(), static_cast<long>(offset), bit);
      const Status got = store->get("a", kAll).status();
      assert_true(got.is(SLIP_CORRUPT) || got.is(SLIP_NOT_OURS));
      assert_non_null(strstr(got.message().c_str(), "cannot get object \"a\""));
      assert_false(store->get_file("a", slip::posix_file_system(), copy, kAll).ok());
      assert_int_not_equal(access(copy.c_str(), F_OK), 0);
      test_flip_bit(path.c_str(), static_cast<long>(offset), bit);
    }
  assert_string_equal(content(*store, "a").c_str(), "some content");
}

void every_cut_is_found(void**) {
  auto store = new_store();
  put(*store, "a", "some content");
  const std::string path = root_of(*store) + "/a";
  size_t size = 0;
  test_read_file(path.c_str(), &size);
  while (size-- > 0) {
    assert_int_equal(truncate(path.c_str(), static_cast<off_t>(size)), 0);
    const Status got = store->get("a", kAll).status();
    assert_true(got.is(SLIP_CORRUPT) || got.is(SLIP_NOT_OURS));
  }
}

void damage_is_named_and_never_swapped_away(void**) {
  auto store = new_store();
  const std::string tag = put(*store, "p", "pointer");
  const std::string path = root_of(*store) + "/p";
  test_flip_bit(path.c_str(), 50, 0);
  EXPECT_FAILED(store->put_if("p", "mine", tag).status(), SLIP_CORRUPT, "header is damaged");
  EXPECT_FAILED(store->put_if("p", "mine", std::nullopt).status(), SLIP_CONFLICT, "one already");
  test_write_file(path.c_str(), "{}", 2);
  EXPECT_FAILED(store->get("p", kAll).status(), SLIP_NOT_OURS, "too short for an object");
  put(*store, "p", "anew");  // deliberately
  assert_string_equal(content(*store, "p").c_str(), "anew");
}

void a_later_format_is_named(void**) {
  auto store = new_store();
  put(*store, "p", "x");
  const std::string path = root_of(*store) + "/p";
  size_t size = 0;
  const char* read = test_read_file(path.c_str(), &size);
  std::string bytes(read, size);
  bytes[8] = 9;
  std::string sum;
  const uint64_t hash = slip::xxh3(std::string_view(bytes).substr(0, 56));
  memcpy(&bytes[56], &hash, 8);
  test_write_file(path.c_str(), bytes.data(), bytes.size());
  EXPECT_FAILED(store->get("p", kAll).status(), SLIP_NEWER_FORMAT, "object format 9");
}

// A writer that died left half a file behind: nobody sees it, and the next write is not disturbed.
void what_a_killed_writer_left_is_replaced(void**) {
  auto store = new_store();
  put(*store, "a", "1");
  test_write_file((root_of(*store) + "/.slip-staged").c_str(), "half", 4);
  put(*store, "a", "2");
  assert_string_equal(content(*store, "a").c_str(), "2");
  assert_int_not_equal(access((root_of(*store) + "/.slip-staged").c_str(), F_OK), 0);
}

void urls_are_checked(void**) {
  const std::string folder = test_directory();
  const Options options(SLIP_OPTIONS_OBJECT_STORE);
  const auto refused = [&](const std::string& url) {
    return slip::open_object_store(url, options).status();
  };
  EXPECT_FAILED(refused("s3://bucket"), SLIP_INVALID, "unknown scheme (use local:PATH");
  EXPECT_FAILED(refused("local:"), SLIP_INVALID, "the path is empty");
  EXPECT_FAILED(refused("file://host/x"), SLIP_INVALID, "without a host");
  EXPECT_FAILED(refused("file:///a%20b"), SLIP_INVALID, "escapes");
  test_write_file((folder + "/file").c_str(), "x", 1);
  EXPECT_FAILED(refused("local:" + folder + "/file"), SLIP_NOT_OURS, "not a directory");
  auto deep = slip::open_object_store("file://" + folder + "/not/yet/there", options);
  EXPECT_OK(deep.status());
  EXPECT_OK((*deep)->put("a", "x").status());
  assert_int_equal(access((folder + "/not/yet/there/a").c_str(), F_OK), 0);
  // The root itself may be a link: it is the caller's choice.
  assert_int_equal(symlink((folder + "/not").c_str(), (folder + "/alias").c_str()), 0);
  assert_string_equal(content(*store_at(folder + "/alias/yet/there"), "a").c_str(), "x");
  assert_string_equal(content(*store_at(folder + "/alias"), "yet/there/a").c_str(), "x");
}

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_put_is_got),
      cmocka_unit_test(an_object_over_the_limit_is_refused),
      cmocka_unit_test(equal_content_gets_a_new_tag),
      cmocka_unit_test(a_swap_needs_the_tag_that_stands_there),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(without_its_guard_a_swap_overwrites),
#endif
      cmocka_unit_test(names_that_leave_the_store_are_refused),
      cmocka_unit_test(listing_is_sorted_bounded_and_resumable),
      cmocka_unit_test(own_and_foreign_files_are_not_listed),
      cmocka_unit_test(links_are_not_followed),
      cmocka_unit_test(an_object_and_a_folder_share_no_name),
      cmocka_unit_test(removing_says_whether_there_was_one),
      cmocka_unit_test(files_travel_both_ways),
      cmocka_unit_test(every_flipped_bit_is_found),
      cmocka_unit_test(every_cut_is_found),
      cmocka_unit_test(damage_is_named_and_never_swapped_away),
      cmocka_unit_test(a_later_format_is_named),
      cmocka_unit_test(what_a_killed_writer_left_is_replaced),
      cmocka_unit_test(urls_are_checked),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
