// Bad input that needs no server: addresses, names, options, revisions, folds, NULL and closed
// handles.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "errors/table.h"

namespace {

using errors::Row;
using errors::tell;
using errors::Told;

// One embedded bucket with one key, for the rows that need something sound to start from.
struct World {
  slip_connection* connection = nullptr;
  slip_bucket* bucket = nullptr;
  uint64_t revision = 0;

  World() {
    errors::must(slip_connect("mem://", nullptr, &connection, nullptr), "connect");
    errors::must(slip_bucket_create(connection, "routes", nullptr, &bucket, nullptr), "create");
    errors::must(slip_bucket_put(bucket, "key", 3, "value", 5, &revision, nullptr), "put");
  }
  ~World() {
    slip_bucket_free(bucket);
    slip_connection_free(connection);
  }
};

Told connecting(const char* url, const slip_options* options = nullptr) {
  slip_connection* connection = nullptr;
  const Told told =
      tell([&](slip_error** e) { return slip_connect(url, options, &connection, e); });
  slip_connection_free(connection);
  return told;
}

Told setting(int32_t kind, const char* name, const char* value) {
  slip_options* options = nullptr;
  errors::must(slip_options_new(kind, &options, nullptr), "options");
  const Told told =
      tell([&](slip_error** e) { return slip_options_set_string(options, name, value, e); });
  slip_options_free(options);
  return told;
}

Told opening_bucket(const char* name) {
  World world;
  slip_bucket* bucket = nullptr;
  const Told told = tell([&](slip_error** e) {
    return slip_bucket_open(world.connection, name, nullptr, &bucket, e);
  });
  slip_bucket_free(bucket);
  return told;
}

Told creating_bucket(const std::string& name) {
  World world;
  slip_bucket* bucket = nullptr;
  const Told told = tell([&](slip_error** e) {
    return slip_bucket_create(world.connection, name.c_str(), nullptr, &bucket, e);
  });
  slip_bucket_free(bucket);
  return told;
}

Told putting(const std::string& key, const std::string& value = "v") {
  World world;
  return tell([&](slip_error** e) {
    return slip_bucket_put(world.bucket, key.data(), key.size(), value.data(), value.size(),
                           nullptr, e);
  });
}

// ---- folds

Told opening_fold(const std::string& path, bool read_only = false) {
  slip_options* options = nullptr;
  errors::must(slip_options_new(SLIP_OPTIONS_FOLD, &options, nullptr), "options");
  if (read_only) {
    errors::must(slip_options_set_string(options, "read_only", "true", nullptr), "read_only");
    errors::must(slip_options_set_string(options, "create", "never", nullptr), "create");
  }
  slip_fold* fold = nullptr;
  const std::string url = "lmdb:" + path;
  const Told told =
      tell([&](slip_error** e) { return slip_fold_open(url.c_str(), options, &fold, e); });
  slip_fold_free(fold);
  slip_options_free(options);
  return told;
}

slip_fold* sound_fold(const std::string& path) {
  slip_fold* fold = nullptr;
  errors::must(slip_fold_open(("lmdb:" + path).c_str(), nullptr, &fold, nullptr), "fold");
  return fold;
}

// A closed fold with a thousand keys of bucket "routes".
std::string filled_fold() {
  const std::string path = test_path(test_directory(), "fold");
  slip_fold* fold = sound_fold(path);
  std::vector<std::string> keys(1000);
  std::vector<slip_update> updates(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = "key." + std::to_string(i);
    updates[i] = {};
    updates[i].key = {reinterpret_cast<const uint8_t*>(keys[i].data()), keys[i].size()};
    updates[i].value = updates[i].key;
    updates[i].revision = i + 1;
    updates[i].operation = SLIP_PUT;
  }
  errors::must(
      slip_fold_apply(fold, "routes", updates.data(), updates.size(), {7, keys.size()}, nullptr),
      "apply");
  slip_fold_free(fold);
  return path;
}

Told fold_of_a_file() {
  const char* path = test_path(test_directory(), "file");
  test_write_file(path, "text", 4);
  return opening_fold(path);
}

Told fold_of_somebody_else() {
  const char* directory = test_directory();
  test_write_file(test_path(directory, "precious"), "text", 4);
  const Told told = opening_fold(directory);
  // Nothing of theirs was touched, and nothing of ours was added.
  size_t size = 0;
  if (strcmp(test_read_file(test_path(directory, "precious"), &size), "text") != 0 ||
      access(test_path(directory, "CURRENT"), F_OK) == 0)
    return {SLIP_INTERNAL, "the directory was changed"};
  return told;
}

Told fold_of_another_bucket() {
  World world;
  const std::string path = filled_fold();
  slip_fold* fold = sound_fold(path);
  slip_bucket* other = nullptr;
  slip_watch* watch = nullptr;
  errors::must(slip_bucket_create(world.connection, "other", nullptr, &other, nullptr), "create");
  const Told told =
      tell([&](slip_error** e) { return slip_watch_open(other, fold, nullptr, &watch, e); });
  slip_watch_free(watch);
  slip_bucket_free(other);
  slip_fold_free(fold);
  return told;
}

// The holder is another process, so that its number in the sentence can be told from our own.
Told fold_held_by_a_process() {
  const std::string path = filled_fold();
  int ready[2];
  int release[2];
  if (pipe(ready) != 0 || pipe(release) != 0) abort();
  const pid_t holder = fork();
  if (holder == 0) {
    slip_fold* fold = nullptr;
    const bool held = slip_fold_open(("lmdb:" + path).c_str(), nullptr, &fold, nullptr) == SLIP_OK;
    char byte = held ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    close(release[1]);
    if (read(release[0], &byte, 1) < 0) _exit(1);
    _exit(0);
  }
  char held = 0;
  if (read(ready[0], &held, 1) != 1 || held != 'y') abort();
  Told told = opening_fold(path);
  const std::string number = std::to_string(holder);
  if (told.sentence.find(number) == std::string::npos)
    told.sentence = "process " + number + " is not named: " + told.sentence;
  for (const int end : {release[0], release[1], ready[0], ready[1]}) close(end);
  waitpid(holder, nullptr, 0);
  return told;
}

Told fold_opened_twice() {
  const std::string path = filled_fold();
  slip_fold* fold = sound_fold(path);
  const std::string link = std::string(test_path(test_directory(), "other-name"));
  if (symlink(path.c_str(), link.c_str()) != 0) abort();
  const Told told = opening_fold(link);
  slip_fold_free(fold);
  return told;
}

void append_le(std::string* out, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

Told fold_of_a_newer_format() {
  const std::string path = filled_fold();
  std::string rest = "SLIPFOLD";
  append_le(&rest, 2, 4);
  append_le(&rest, 1, 4);
  append_le(&rest, 1, 8);
  std::string bytes;
  append_le(&bytes, XXH3_64bits(rest.data(), rest.size()), 8);
  bytes += rest;
  test_write_file((path + "/CURRENT").c_str(), bytes.data(), bytes.size());
  return opening_fold(path);
}

Told fold_with_a_damaged_mark() {
  const std::string path = filled_fold();
  test_flip_bit((path + "/CURRENT").c_str(), 12, 3);
  return opening_fold(path);
}

// Somewhere in a record: found when everything is read.
Told fold_with_a_damaged_record() {
  const std::string path = filled_fold();
  size_t size = 0;
  const std::string data = path + "/gen-1/data.mdb";
  const char* bytes = test_read_file(data.c_str(), &size);
  const std::string wanted = "key.777";
  const std::string all(bytes, size);
  // The value equals the key, so the last occurrence is a value's.
  const size_t at = all.rfind(wanted);
  if (at == std::string::npos) abort();
  test_flip_bit(data.c_str(), static_cast<long>(at), 2);
  slip_fold* fold = nullptr;
  Told told = tell(
      [&](slip_error** e) { return slip_fold_open(("lmdb:" + path).c_str(), nullptr, &fold, e); });
  if (told.status == SLIP_OK) {
    told = tell([&](slip_error** e) { return slip_fold_check(fold, nullptr, e); });
  }
  slip_fold_free(fold);
  return told;
}

Told fold_cut_short() {
  const std::string path = filled_fold();
  if (truncate((path + "/gen-1/data.mdb").c_str(), 5000) != 0) abort();
  return opening_fold(path);
}

Told fold_going_back() {
  const std::string path = filled_fold();
  slip_fold* fold = sound_fold(path);
  const Told told = tell([&](slip_error** e) {
    return slip_fold_apply(fold, "routes", nullptr, 0, {7, 5}, e);
  });
  slip_fold_free(fold);
  return told;
}

// ---- closed handles

Told using_closed_connection() {
  World world;
  errors::must(slip_connection_close(world.connection, nullptr), "close");
  return tell([&](slip_error** e) {
    slip_bucket* bucket = nullptr;
    const slip_status status = slip_bucket_open(world.connection, "routes", nullptr, &bucket, e);
    slip_bucket_free(bucket);
    return status;
  });
}

Told using_bucket_of_closed_connection() {
  World world;
  errors::must(slip_connection_close(world.connection, nullptr), "close");
  return tell(
      [&](slip_error** e) { return slip_bucket_put(world.bucket, "key", 3, "v", 1, nullptr, e); });
}

Told using_closed_fold() {
  slip_fold* fold = sound_fold(filled_fold());
  errors::must(slip_fold_close(fold, nullptr), "close");
  slip_entry* entry = nullptr;
  const Told told =
      tell([&](slip_error** e) { return slip_fold_get(fold, "key.1", 5, &entry, e); });
  slip_fold_free(fold);
  return told;
}

Told using_closed_watch() {
  World world;
  slip_watch* watch = nullptr;
  errors::must(slip_watch_open(world.bucket, nullptr, nullptr, &watch, nullptr), "watch");
  errors::must(slip_watch_close(watch, nullptr, nullptr), "close");
  const Told told =
      tell([&](slip_error** e) { return slip_watch_wait_revision(watch, 1, 1000, e); });
  slip_watch_free(watch);
  return told;
}

// ---- the rows

std::vector<Row> address_rows() {
  return {
      {"an unknown scheme",
       SLIP_INVALID,
       {"scheme", "http", "mem://"},
       [] { return connecting("http://user:geheim@127.0.0.1"); },
       {"geheim"}},
      {"an address without a scheme",
       SLIP_INVALID,
       {"nats://"},
       [] { return connecting("127.0.0.1:4222"); }},
      {"an unknown kind of fold",
       SLIP_INVALID,
       {"sqlite:/x", "lmdb:PATH"},
       [] {
         slip_fold* fold = nullptr;
         return tell(
             [&](slip_error** e) { return slip_fold_open("sqlite:/x", nullptr, &fold, e); });
       }},
  };
}

std::vector<Row> option_rows() {
  return {
      {"an unknown option",
       SLIP_UNKNOWN_OPTION,
       {"batch_update_max", "batch_updates_max"},
       [] { return setting(SLIP_OPTIONS_WATCH, "batch_update_max", "5"); }},
      {"an option above its bounds",
       SLIP_OUT_OF_BOUNDS,
       {"history", "65", "1 to 64"},
       [] { return setting(SLIP_OPTIONS_BUCKET, "history", "65"); }},
      {"an option below its bounds",
       SLIP_OUT_OF_BOUNDS,
       {"batch_updates_max", "1 to 1000000"},
       [] { return setting(SLIP_OPTIONS_WATCH, "batch_updates_max", "0"); }},
      {"an option that is no number",
       SLIP_INVALID,
       {"history", "many"},
       [] { return setting(SLIP_OPTIONS_BUCKET, "history", "many"); }},
      {"a choice that there is not",
       SLIP_OUT_OF_BOUNDS,
       {"durability", "process", "meta", "full"},
       [] { return setting(SLIP_OPTIONS_FOLD, "durability", "sometimes"); }},
      {"an unknown option beside a secret",
       SLIP_UNKNOWN_OPTION,
       {"pasword", "password"},
       [] { return setting(SLIP_OPTIONS_CONNECTION, "pasword", "geheim"); },
       {"geheim"}},
      {"options of another kind",
       SLIP_INVALID,
       {"fold", "connection"},
       [] {
         slip_options* options = nullptr;
         errors::must(slip_options_new(SLIP_OPTIONS_FOLD, &options, nullptr), "options");
         const Told told = connecting("mem://", options);
         slip_options_free(options);
         return told;
       }},
      {"a cursor that nothing can follow",
       SLIP_INVALID,
       {"18446744073709551615"},
       [] {
         slip_cursor cursor;
         return tell([&](slip_error** e) {
           return slip_cursor_parse("slip1:routes:7:18446744073709551615", &cursor, nullptr, e);
         });
       }},
      {"a cursor of a later release",
       SLIP_NEWER_FORMAT,
       {"slip2"},
       [] {
         slip_cursor cursor;
         return tell([&](slip_error** e) {
           return slip_cursor_parse("slip2:routes:7:1", &cursor, nullptr, e);
         });
       }},
  };
}

std::vector<Row> name_rows() {
  return {
      {"a bucket that there is not",
       SLIP_BUCKET_NOT_FOUND,
       {"nowhere"},
       [] { return opening_bucket("nowhere"); }},
      {"a bucket name with a dot",
       SLIP_INVALID,
       {"letters, digits"},
       [] { return creating_bucket("a.b"); }},
      {"an empty bucket name", SLIP_INVALID, {"name"}, [] { return creating_bucket(""); }},
      {"a bucket name that is too long",
       SLIP_INVALID,
       {"128"},
       [] { return creating_bucket(std::string(129, 'a')); }},
      {"a key with a space", SLIP_INVALID, {"a b"}, [] { return putting("a b"); }},
      {"a key with a wildcard", SLIP_INVALID, {"a.>"}, [] { return putting("a.>"); }},
      {"a key with a leading dot", SLIP_INVALID, {".a"}, [] { return putting(".a"); }},
      {"a key with a trailing dot", SLIP_INVALID, {"a."}, [] { return putting("a."); }},
      {"a key with two dots", SLIP_INVALID, {"a..b"}, [] { return putting("a..b"); }},
      {"an empty key", SLIP_INVALID, {"key"}, [] { return putting(""); }},
      {"a key that is too long",
       SLIP_INVALID,
       {"1025", "1024"},
       [] { return putting(std::string(1025, 'k')); }},
      {"a key of a get with a space",
       SLIP_INVALID,
       {"a b"},
       [] {
         World world;
         slip_entry* entry = nullptr;
         return tell(
             [&](slip_error** e) { return slip_bucket_get(world.bucket, "a b", 3, &entry, e); });
       }},
  };
}

std::vector<Row> revision_rows() {
  return {
      {"an update of another revision",
       SLIP_CONFLICT,
       {"key", "9"},
       [] {
         World world;
         return tell([&](slip_error** e) {
           return slip_bucket_put_if(world.bucket, "key", 3, "v", 1, 9, nullptr, e);
         });
       }},
      {"a delete of another revision",
       SLIP_CONFLICT,
       {"key", "9"},
       [] {
         World world;
         return tell([&](slip_error** e) {
           return slip_bucket_remove_if(world.bucket, "key", 3, 9, nullptr, e);
         });
       }},
      {"creating a key that lives",
       SLIP_EXISTS,
       {"key"},
       [] {
         World world;
         return tell([&](slip_error** e) {
           return slip_bucket_put_if_absent(world.bucket, "key", 3, "v", 1, nullptr, e);
         });
       }},
      {"deleting a key that does not live",
       SLIP_NOT_FOUND,
       {"nothing"},
       [] {
         World world;
         return tell([&](slip_error** e) {
           return slip_bucket_remove(world.bucket, "nothing", 7, nullptr, e);
         });
       }},
  };
}

std::vector<Row> fold_rows() {
  return {
      {"a fold path that is a file", SLIP_NOT_OURS, {"not a directory"}, fold_of_a_file},
      {"a fold path of somebody else", SLIP_NOT_OURS, {"precious"}, fold_of_somebody_else},
      {"a fold of another bucket",
       SLIP_IDENTITY_MISMATCH,
       {"routes", "other"},
       fold_of_another_bucket},
      {"a fold held by another process", SLIP_BUSY, {"held by process"}, fold_held_by_a_process},
      {"a fold opened twice under two names", SLIP_BUSY, {"fold"}, fold_opened_twice},
      {"a fold of a newer format",
       SLIP_NEWER_FORMAT,
       {"format 2", "later version"},
       fold_of_a_newer_format},
      {"a fold with a damaged mark",
       SLIP_CORRUPT,
       {"CURRENT", "checksum"},
       fold_with_a_damaged_mark},
      {"a fold with a damaged record", SLIP_CORRUPT, {"key.777"}, fold_with_a_damaged_record},
      {"a fold that was cut short", SLIP_CORRUPT, {"data.mdb"}, fold_cut_short},
      {"a fold that is not there",
       SLIP_NOT_FOUND,
       {"nowhere"},
       [] { return opening_fold(test_path(test_directory(), "nowhere"), true); }},
      {"a cursor that goes back", SLIP_INVALID, {"5", "1000"}, fold_going_back},
      {"exporting a fold of nothing",
       SLIP_MISUSE,
       {"never bound"},
       [] {
         slip_fold* fold = sound_fold(test_path(test_directory(), "empty"));
         const std::string to = test_path(test_directory(), "artifact");
         const Told told = tell([&](slip_error** e) {
           return slip_fold_export(fold, to.c_str(), nullptr, nullptr, e);
         });
         slip_fold_free(fold);
         return told;
       }},
  };
}

std::vector<Row> null_and_closed_rows() {
  return {
      {"NULL for an address", SLIP_INVALID, {"url"}, [] { return connecting(nullptr); }},
      {"NULL for an output",
       SLIP_INVALID,
       {"out_connection"},
       [] {
         return tell([&](slip_error** e) { return slip_connect("mem://", nullptr, nullptr, e); });
       }},
      {"NULL for a bucket",
       SLIP_INVALID,
       {"bucket"},
       [] {
         return tell([&](slip_error** e) {
           return slip_bucket_put(nullptr, "key", 3, "v", 1, nullptr, e);
         });
       }},
      {"NULL for a key with a size",
       SLIP_INVALID,
       {"key"},
       [] {
         World world;
         return tell([&](slip_error** e) {
           return slip_bucket_put(world.bucket, nullptr, 3, "v", 1, nullptr, e);
         });
       }},
      {"NULL for a fold",
       SLIP_INVALID,
       {"fold"},
       [] {
         slip_entry* entry = nullptr;
         return tell([&](slip_error** e) { return slip_fold_get(nullptr, "k", 1, &entry, e); });
       }},
      {"NULL for an option's name",
       SLIP_INVALID,
       {"name"},
       [] { return setting(SLIP_OPTIONS_FOLD, nullptr, "meta"); }},
      {"NULL for callbacks",
       SLIP_INVALID,
       {"callbacks"},
       [] {
         World world;
         slip_watch* watch = nullptr;
         return tell([&](slip_error** e) {
           return slip_watch_start(world.bucket, nullptr, nullptr, nullptr, &watch, e);
         });
       }},
      {"NULL for a store",
       SLIP_INVALID,
       {"store"},
       [] {
         slip_text* json = nullptr;
         return tell([&](slip_error** e) { return slip_pointer_read(nullptr, "k", &json, e); });
       }},
      {"a closed connection", SLIP_CLOSED, {"closed"}, using_closed_connection},
      {"a bucket of a closed connection",
       SLIP_CLOSED,
       {"closed"},
       using_bucket_of_closed_connection},
      {"a closed fold", SLIP_CLOSED, {"closed"}, using_closed_fold},
      {"a closed watch", SLIP_CLOSED, {"closed"}, using_closed_watch},
  };
}

}  // namespace

int main() {
  static std::vector<Row> rows;
  for (auto* part :
       {address_rows, option_rows, name_rows, revision_rows, fold_rows, null_and_closed_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return errors::run_table("errors without a server", rows);
}
