// Publishing and reading, by one process over a store that answers truly.
#include <unistd.h>

#include "base/checksum.h"
#include "base/guard.h"
#include "publish/publish_testing.h"

namespace {

using namespace publish_testing;
using slip::Pointer;
using slip::Published;
using slip::Status;

Status publish_status(slip::ObjectStore& store, const std::string& directory) {
  return slip::publish_artifact(store, kKey, disk(), directory).status();
}

void what_is_published_can_be_read(void**) {
  auto store = local_store(test_path(test_directory(), "store"));
  EXPECT_FAILED(slip::read_pointer(*store, kKey), SLIP_NOT_FOUND, "nothing is published there");
  const std::string directory = artifact_at(10);
  const Published published = publish(*store, directory);
  assert_int_equal(published.attempts, 1);
  assert_int_equal(published.pointer.generation, 1);
  assert_int_equal(published.pointer.revision, 10);
  auto found = slip::read_pointer(*store, kKey);
  EXPECT_OK(found);
  EXPECT_TEXT(slip::format_pointer(found->pointer), slip::format_pointer(published.pointer));
  EXPECT_TEXT(slip::format_manifest(found->manifest), file_text(directory + "/MANIFEST.json"));
  // The layout of docs/formats.md.
  const std::string digest = slip::sha256_hex(file_text(directory + "/MANIFEST.json"));
  EXPECT_TEXT(published.pointer.manifest_sha256, digest);
  const std::string payload = "edge/routes.payloads/000000000000000a-" + digest;
  EXPECT_TEXT(published.pointer.payload, payload);
  auto list = store->list("", "", 10);
  EXPECT_OK(list);
  assert_int_equal(list->size(), 3);
  EXPECT_TEXT((*list)[0].name, payload + "/MANIFEST.json");
  EXPECT_TEXT((*list)[1].name, payload + "/data/000001.rec");
  EXPECT_TEXT((*list)[2].name, "edge/routes.pointer.json");
  assert_int_equal(published.bytes, (*list)[0].size + (*list)[1].size);
}

void the_same_again_changes_nothing(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(10);
  const Published first = publish(store, directory);
  const int writes = store.writes;
  const Published again = publish(store, directory);
  assert_int_equal(again.attempts, 0);
  assert_int_equal(again.bytes, 0);
  assert_int_equal(store.writes, writes);
  EXPECT_TEXT(slip::format_pointer(again.pointer), slip::format_pointer(first.pointer));
}

void newer_replaces_older_and_is_remembered(void**) {
  MemoryStore store;
  std::vector<std::string> nonces;
  for (uint64_t revision = 1; revision <= 40; ++revision) {
    const Published published = publish(store, artifact_at(revision));
    assert_int_equal(published.attempts, 1);
    nonces.push_back(published.pointer.nonce);
  }
  const Pointer pointer = pointer_in(store);
  assert_int_equal(pointer.revision, 40);
  EXPECT_TEXT(pointer.nonce, nonces.back());
  assert_int_equal(pointer.recent.size(), 32);
  for (size_t i = 0; i < 32; ++i) EXPECT_TEXT(pointer.recent[i].second, nonces[39 - 32 + i]);
}

void older_never_replaces_newer(void**) {
  MemoryStore store;
  publish(store, artifact_at(20));
  const int writes = store.writes;
  EXPECT_FAILED(publish_status(store, artifact_at(19)), SLIP_SUPERSEDED,
                "revision 19 is not newer than what stands there, bucket \"routes\", epoch 7, "
                "revision 20");
  // Of the same revision, but other contents: what stands there is as good.
  memory_fold::Contents other = fold_at(20);
  other.entries["a"].timestamp_ns += 1;
  EXPECT_FAILED(publish_status(store, artifact_of(other)), SLIP_SUPERSEDED, "is not newer");
  assert_int_equal(store.writes, writes);
  assert_int_equal(pointer_in(store).revision, 20);
}

void a_bucket_made_anew_counts_from_its_epoch(void**) {
  MemoryStore store;
  publish(store, artifact_at(20, 7));
  EXPECT_FAILED(publish_status(store, artifact_at(30, 6)), SLIP_SUPERSEDED, "epoch 6");
  publish(store, artifact_at(3, 8));
  const Pointer pointer = pointer_in(store);
  assert_int_equal(pointer.identity.epoch, 8);
  assert_int_equal(pointer.revision, 3);
}

void another_bucket_is_refused(void**) {
  MemoryStore store;
  publish(store, artifact_at(20));
  EXPECT_FAILED(publish_status(store, artifact_of(fold_at(30, 9, "users"))), SLIP_IDENTITY_MISMATCH,
                "the pointer is of bucket \"routes\", the artifact of bucket \"users\"");
}

void a_narrower_scope_is_refused(void**) {
  MemoryStore store;
  memory_fold::Contents fold = fold_at(10);
  fold.meta.scope = slip::Scope::of({"a", "b"});
  publish(store, artifact_of(fold));
  fold = fold_at(20);
  fold.meta.scope = slip::Scope::of({"a"});
  EXPECT_FAILED(publish_status(store, artifact_of(fold)), SLIP_SCOPE_MISMATCH,
                "the pointer's scope is prefixes \"a\", \"b\", and the artifact's, prefix \"a\"");
  publish(store, artifact_at(30));  // the whole bucket covers it
  assert_true(pointer_in(store).scope.whole());
}

void a_pin_holds(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  Pointer pointer = pointer_in(store);
  pointer.generation = 5;
  pointer.pin = pointer.payload;
  pointer.doomed = {"edge/routes.payloads/old"};
  write_pointer(store, pointer);
  EXPECT_FAILED(publish_status(store, artifact_at(20)), SLIP_SUPERSEDED, "is pinned to");
  pointer.pin.clear();
  write_pointer(store, pointer);
  publish(store, artifact_at(20));
  const Pointer after = pointer_in(store);
  assert_int_equal(after.generation, 5);  // an ordinary publication opens no generation
  assert_int_equal(after.doomed.size(), 1);
}

void an_unreadable_pointer_is_never_overwritten(void**) {
  MemoryStore store;
  const std::string name = slip::pointer_name(kKey);
  Pointer later;
  publish(store, artifact_at(10));
  later = pointer_in(store);
  later.schema = 2;
  const struct {
    std::string text;
    slip_status code;
    const char* words;
  } cases[] = {{"", SLIP_CORRUPT, "pointer \"edge/routes.pointer.json\""},
               {"{}", SLIP_CORRUPT, "\"schema\""},
               {"not json", SLIP_CORRUPT, "left as it is; remove it"},
               {slip::format_pointer(later), SLIP_NEWER_FORMAT, "schema 2"}};
  for (const auto& one : cases) {
    EXPECT_OK(store.put(name, one.text));
    EXPECT_FAILED(publish_status(store, artifact_at(20)), one.code, one.words);
    EXPECT_FAILED(slip::read_pointer(store, kKey), one.code, one.words);
    EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), test_directory()), one.code,
                  one.words);
    EXPECT_TEXT(store.objects[name].data, one.text);
  }
}

void every_flipped_bit_of_a_pointer_is_found(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  publish(store, artifact_at(11));
  std::string text = store.objects[slip::pointer_name(kKey)].data;
  EXPECT_OK(slip::parse_pointer(text));
  for (size_t offset = 0; offset < text.size(); ++offset)
    for (int bit = 0; bit < 8; ++bit) {
      text[offset] = static_cast<char>(text[offset] ^ (1 << bit));
      const Status status = slip::parse_pointer(text).status();
      if (!status.is(SLIP_CORRUPT) && !status.is(SLIP_NEWER_FORMAT))
        fail_msg("byte %zu bit %d", offset, bit);
      text[offset] = static_cast<char>(text[offset] ^ (1 << bit));
    }
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FAILED(slip::parse_pointer(text.substr(0, size)), SLIP_CORRUPT, "");
}

void what_a_pointer_may_not_say(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  const Pointer sound = pointer_in(store);
  const auto refused = [&](void (*spoil)(Pointer*), const char* words) {
    Pointer pointer = sound;
    spoil(&pointer);
    EXPECT_FAILED(slip::parse_pointer(slip::format_pointer(pointer)), SLIP_CORRUPT, words);
  };
  refused([](Pointer* p) { p->revision = UINT64_MAX; }, "leaves no revision to follow it");
  refused([](Pointer* p) { p->identity.bucket = "a/b"; }, "not a legal name");
  refused([](Pointer* p) { p->identity.epoch = 0; }, "epoch is 0");
  refused([](Pointer* p) { p->payload = "../../etc"; }, "dot segment");
  refused([](Pointer* p) { p->payload = ""; }, "it is empty");
  refused([](Pointer* p) { p->manifest_sha256 = "x"; }, "sha256 is not one");
  refused([](Pointer* p) { p->nonce = ""; }, "a nonce is not one");
  refused([](Pointer* p) { p->nonce.assign(65, 'n'); }, "a nonce is not one");
  refused([](Pointer* p) { p->recent.resize(33, {1, "n"}); }, "33 elements, over 32");
  refused([](Pointer* p) { p->doomed.resize(5001); }, "5001 elements, over 5000");
  refused([](Pointer* p) { p->scope.prefixes = {"a", "a"}; }, "not in its normal form");
  refused([](Pointer* p) { p->schema = 0; }, "schema is 0");
}

// A pointer leads to its own key's payload with its own facts, and nowhere else.
void a_pointer_that_leads_elsewhere_is_refused(void**) {
  MemoryStore store;
  publish(store, artifact_at(10));
  const Pointer sound = pointer_in(store);
  const auto refused = [&](void (*spoil)(Pointer*), const char* words) {
    Pointer pointer = sound;
    spoil(&pointer);
    pointer.payload = pointer.payload.empty()
                          ? slip::payload_name(kKey, pointer.revision, pointer.manifest_sha256)
                          : pointer.payload;
    write_pointer(store, pointer);
    for (auto& [name, object] : std::map<std::string, slip::Object>(store.objects))
      if (name.find("MANIFEST") != std::string::npos)
        EXPECT_OK(store.put(pointer.payload + "/MANIFEST.json", object.data));
    EXPECT_FAILED(slip::read_pointer(store, kKey), SLIP_CORRUPT, words);
    const std::string directory = std::string(test_directory()) + "/a";
    EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), directory), SLIP_CORRUPT, words);
    assert_int_not_equal(access(directory.c_str(), F_OK), 0);
  };
  refused([](Pointer* p) { p->payload = "other.payloads/000a-x"; }, "not one of its key");
  refused([](Pointer* p) { p->revision = 11, p->payload.clear(); }, "differ in bucket, epoch");
  refused([](Pointer* p) { p->identity.epoch = 8; }, "differ in bucket, epoch");
  refused([](Pointer* p) { p->identity.bucket = "users"; }, "differ in bucket, epoch");
  refused([](Pointer* p) { p->scope = slip::Scope::of({"a"}); }, "differ in bucket, epoch");
  refused([](Pointer* p) { p->manifest_sha256[0] ^= 1, p->payload.clear(); }, "sha256 differs");
}

void keys_are_checked(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(1);
  for (const char* key : {"", "/a", "../a", "a//b", "a b", ".slip-x"})
    EXPECT_FAILED(slip::publish_artifact(store, key, disk(), directory), SLIP_INVALID,
                  "cannot publish under key");
  EXPECT_FAILED(slip::publish_artifact(store, std::string(400, 'k'), disk(), directory),
                SLIP_INVALID, "over 384 bytes");
  assert_int_equal(store.writes, 0);
}

void only_a_sound_artifact_is_published(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(1);
  test_flip_bit((directory + "/data/000001.rec").c_str(), 30, 0);
  EXPECT_FAILED(publish_status(store, directory), SLIP_ARTIFACT_INVALID, "data/000001.rec");
  EXPECT_FAILED(publish_status(store, directory + "/none"), SLIP_NOT_FOUND, "no such directory");
  assert_int_equal(store.writes, 0);
}

// ---- payloads

void what_is_there_is_not_uploaded_again(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(10);
  const Published first = publish(store, directory);
  // The pointer is gone, the payload is not.
  EXPECT_OK(store.remove(slip::pointer_name(kKey)));
  assert_int_equal(publish(store, directory).bytes, 0);
  // Without its manifest it is looked at part by part, and only what is missing is sent.
  EXPECT_OK(store.remove(slip::pointer_name(kKey)));
  const std::string manifest = first.pointer.payload + "/MANIFEST.json";
  const size_t size = store.objects[manifest].data.size();
  EXPECT_OK(store.remove(manifest));
  assert_int_equal(publish(store, directory).bytes, size);
  // A part of another size is not the part.
  EXPECT_OK(store.remove(slip::pointer_name(kKey)));
  EXPECT_OK(store.remove(manifest));
  EXPECT_OK(store.put(first.pointer.payload + "/data/000001.rec", "short"));
  assert_int_equal(publish(store, directory).bytes, first.bytes);
  EXPECT_OK(slip::download_artifact(store, kKey, disk(), test_directory()));
}

void a_lost_payload_is_uploaded_again(void**) {
  MemoryStore store;
  const std::string directory = artifact_at(10);
  const Published first = publish(store, directory);
  EXPECT_OK(store.remove(first.pointer.payload + "/MANIFEST.json"));
  EXPECT_OK(store.remove(first.pointer.payload + "/data/000001.rec"));
  EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), test_directory()), SLIP_CORRUPT,
                "it is not complete");
  const Published again = publish(store, directory);
  assert_int_equal(again.attempts, 0);
  assert_int_equal(again.bytes, first.bytes);
  EXPECT_OK(slip::download_artifact(store, kKey, disk(), test_directory()));
}

void a_download_is_the_artifact(void**) {
  auto store = local_store(test_path(test_directory(), "store"));
  const std::string original = artifact_at(10);
  publish(*store, original);
  const std::string directory = std::string(test_directory()) + "/not/there/yet";
  auto manifest = slip::download_artifact(*store, kKey, disk(), directory);
  EXPECT_OK(manifest);
  for (const char* name : {"/MANIFEST.json", "/data/000001.rec"})
    EXPECT_TEXT(file_text(directory + name), file_text(original + name));
  EXPECT_OK(slip::verify_artifact(disk(), directory));
  EXPECT_FAILED(slip::download_artifact(*store, kKey, disk(), directory), SLIP_NOT_EMPTY,
                "it is not empty");
}

void a_damaged_download_leaves_nothing(void**) {
  MemoryStore store;
  const Published published = publish(store, artifact_at(10));
  const std::string part = published.pointer.payload + "/data/000001.rec";
  const std::string sound = store.objects[part].data;
  const auto refused = [&](const std::string& data, slip_status code, const char* words) {
    store.objects[part].data = data;
    const std::string directory = std::string(test_directory()) + "/a";
    EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), directory), code, words);
    assert_int_not_equal(access(directory.c_str(), F_OK), 0);
  };
  std::string flipped = sound;
  flipped[40] = static_cast<char>(flipped[40] ^ 1);
  refused(flipped, SLIP_ARTIFACT_INVALID, "data/000001.rec");
  refused(sound + "x", SLIP_TOO_LARGE, "too large");
  refused(sound.substr(1), SLIP_ARTIFACT_INVALID, "that the manifest states");
  store.objects[part].data = sound;
  EXPECT_OK(slip::download_artifact(store, kKey, disk(), test_directory()));
  store.objects[published.pointer.payload + "/MANIFEST.json"].data = "{}";
  EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), test_directory()), SLIP_CORRUPT,
                "its sha256 differs");
}

// The payload is pruned while it is read: the reader finds the newer one.
class PruningStore final : public MemoryStore {
 public:
  slip::Status get_file(const std::string& name, slip::FileSystem& fs, const std::string& path,
                        uint64_t bytes_max) override {
    if (prunes_left > 0) {
      --prunes_left;
      const std::string old = pointer_in(*this).payload;
      publish(*this, artifact_at(++newest));
      EXPECT_OK(remove(old + "/MANIFEST.json"));
      EXPECT_OK(remove(old + "/data/000001.rec"));
    }
    return MemoryStore::get_file(name, fs, path, bytes_max);
  }
  int prunes_left = 0;
  uint64_t newest = 10;
};

void a_payload_that_vanishes_makes_it_look_again(void**) {
  PruningStore store;
  publish(store, artifact_at(10));
  store.prunes_left = 3;
  const std::string directory = test_directory();
  auto manifest = slip::download_artifact(store, kKey, disk(), directory);
  EXPECT_OK(manifest);
  assert_int_equal(manifest->meta.revision, 13);
  EXPECT_OK(slip::verify_artifact(disk(), directory));
  // For ever is too long.
  store.prunes_left = 1000;
  const std::string never = std::string(test_directory()) + "/a";
  EXPECT_FAILED(slip::download_artifact(store, kKey, disk(), never), SLIP_NOT_FOUND,
                "again and again");
  assert_int_not_equal(access(never.c_str(), F_OK), 0);
}

// ---- the guards: without them, these would pass

#ifdef SLIP_TEST_GUARDS
void without_the_order_the_pointer_goes_back(void**) {
  MemoryStore store;
  publish(store, artifact_at(20));
  slip::guard_switch("publish_order", false);
  const Status status = publish_status(store, artifact_at(10));
  slip::guard_switch("publish_order", true);
  EXPECT_OK(status);
  assert_int_equal(pointer_in(store).revision, 10);
}

void without_its_payload_a_pointer_dangles(void**) {
  MemoryStore store;
  slip::guard_switch("payload_before_pointer", false);
  const Status status = publish_status(store, artifact_at(10));
  slip::guard_switch("payload_before_pointer", true);
  EXPECT_OK(status);
  EXPECT_FAILED(slip::read_pointer(store, kKey), SLIP_CORRUPT, "it is not complete");
}

// Dies in the middle of an upload.
class BreakingStore final : public MemoryStore {
 public:
  slip::Status put_file(const std::string&, slip::FileSystem&, const std::string&) override {
    return slip::Status(SLIP_UNREACHABLE, "the store is gone");
  }
};
bool manifest_stands_after_a_broken_upload() {
  BreakingStore store;
  EXPECT_FAILED(publish_status(store, artifact_at(10)), SLIP_UNREACHABLE, "the store is gone");
  for (const auto& [name, object] : store.objects)
    if (name.find("MANIFEST.json") != std::string::npos) return true;
  return false;
}
void the_manifest_comes_last(void**) {
  assert_false(manifest_stands_after_a_broken_upload());
  slip::guard_switch("manifest_last", false);
  const bool stood = manifest_stands_after_a_broken_upload();
  slip::guard_switch("manifest_last", true);
  assert_true(stood);
}
#endif

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_published_can_be_read),
      cmocka_unit_test(the_same_again_changes_nothing),
      cmocka_unit_test(newer_replaces_older_and_is_remembered),
      cmocka_unit_test(older_never_replaces_newer),
      cmocka_unit_test(a_bucket_made_anew_counts_from_its_epoch),
      cmocka_unit_test(another_bucket_is_refused),
      cmocka_unit_test(a_narrower_scope_is_refused),
      cmocka_unit_test(a_pin_holds),
      cmocka_unit_test(an_unreadable_pointer_is_never_overwritten),
      cmocka_unit_test(every_flipped_bit_of_a_pointer_is_found),
      cmocka_unit_test(what_a_pointer_may_not_say),
      cmocka_unit_test(a_pointer_that_leads_elsewhere_is_refused),
      cmocka_unit_test(keys_are_checked),
      cmocka_unit_test(only_a_sound_artifact_is_published),
      cmocka_unit_test(what_is_there_is_not_uploaded_again),
      cmocka_unit_test(a_lost_payload_is_uploaded_again),
      cmocka_unit_test(a_download_is_the_artifact),
      cmocka_unit_test(a_damaged_download_leaves_nothing),
      cmocka_unit_test(a_payload_that_vanishes_makes_it_look_again),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(without_the_order_the_pointer_goes_back),
      cmocka_unit_test(without_its_payload_a_pointer_dangles),
      cmocka_unit_test(the_manifest_comes_last),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
