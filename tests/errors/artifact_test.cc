// Hostile and damaged artifacts, and destinations that hold something: each refused by verify and
// by import, with nothing left at the destination.
#include <dirent.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors/table.h"

namespace {

using errors::Row;
using errors::tell;
using errors::Told;

std::string filled_fold(const std::string& bucket, uint64_t revision) {
  const std::string url = std::string("lmdb:") + test_path(test_directory(), "fold");
  slip_fold* fold = nullptr;
  errors::must(slip_fold_open(url.c_str(), nullptr, &fold, nullptr), "fold");
  std::vector<std::string> keys(500);
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
      slip_fold_apply(fold, bucket.c_str(), updates.data(), updates.size(), {7, revision}, nullptr),
      "apply");
  slip_fold_free(fold);
  return url;
}

std::string sound_artifact(const std::string& bucket = "routes", uint64_t revision = 500) {
  const std::string url = filled_fold(bucket, revision);
  const std::string directory = test_path(test_directory(), "artifact");
  slip_fold* fold = nullptr;
  errors::must(slip_fold_open(url.c_str(), nullptr, &fold, nullptr), "fold");
  errors::must(slip_fold_export(fold, directory.c_str(), nullptr, nullptr, nullptr), "export");
  slip_fold_free(fold);
  return directory;
}

bool is_empty_or_absent(const std::string& path) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return true;
  int names = 0;
  while (readdir(directory) != nullptr) ++names;
  closedir(directory);
  return names == 2;
}

// Verify and import of a bad artifact: the same status, and nothing at the destination. The
// sentence is that of the import.
Told refused(const std::string& directory) {
  const Told verified =
      tell([&](slip_error** e) { return slip_artifact_verify(directory.c_str(), nullptr, e); });
  const std::string destination = test_path(test_directory(), "imported");
  const Told imported = tell([&](slip_error** e) {
    return slip_fold_import(directory.c_str(), ("lmdb:" + destination).c_str(), nullptr, nullptr,
                            e);
  });
  if (verified.status != imported.status)
    return {verified.status,
            "verify and import differ: " + verified.sentence + " / " + imported.sentence};
  if (!is_empty_or_absent(destination)) return {SLIP_INTERNAL, "something is at the destination"};
  return imported;
}

std::string manifest_path(const std::string& directory) { return directory + "/MANIFEST.json"; }

std::string read_text(const std::string& path) {
  size_t size = 0;
  const char* text = test_read_file(path.c_str(), &size);
  return std::string(text, size);
}

std::string hex_sha256(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

// Puts `value` in place of what stands after `"name": ` up to the end of its line, and the digest
// that belongs to the changed text: whoever forges an artifact does that too.
void forge(const std::string& directory, const std::string& name, const std::string& value) {
  std::string text = read_text(manifest_path(directory));
  const auto replace = [&text](const std::string& member, const std::string& with) {
    const size_t at = text.find("\"" + member + "\": ");
    if (at == std::string::npos) abort();
    const size_t begin = at + member.size() + 4;
    size_t end = text.find('\n', begin);
    if (text[end - 1] == ',') --end;
    text.replace(begin, end - begin, with);
  };
  replace(name, value);
  replace("digest", "\"\"");
  replace("digest", "\"" + hex_sha256(text) + "\"");
  test_write_file(manifest_path(directory).c_str(), text.data(), text.size());
}

Told forged(const std::string& name, const std::string& value) {
  const std::string directory = sound_artifact();
  forge(directory, name, value);
  return refused(directory);
}

Told changed(const std::function<void(const std::string& directory)>& change) {
  const std::string directory = sound_artifact();
  change(directory);
  return refused(directory);
}

std::vector<Row> damage_rows() {
  return {
      {"a flipped bit in the data",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] {
         return changed(
             [](const std::string& d) { test_flip_bit((d + "/data/000001.rec").c_str(), 700, 5); });
       }},
      {"a flipped bit in the manifest",
       SLIP_ARTIFACT_INVALID,
       {"MANIFEST.json"},
       [] {
         return changed([](const std::string& d) {
           std::string text = read_text(manifest_path(d));
           const size_t at = text.find("\"revision\": 500");
           test_flip_bit(manifest_path(d).c_str(), static_cast<long>(at) + 12, 0);
         });
       }},
      {"a data file cut short",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] {
         return changed([](const std::string& d) {
           if (truncate((d + "/data/000001.rec").c_str(), 100) != 0) abort();
         });
       }},
      {"a missing data file",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] {
         return changed([](const std::string& d) { unlink((d + "/data/000001.rec").c_str()); });
       }},
      {"a missing manifest",
       SLIP_ARTIFACT_INVALID,
       {"MANIFEST.json"},
       [] { return changed([](const std::string& d) { unlink(manifest_path(d).c_str()); }); }},
      {"an extra data file",
       SLIP_ARTIFACT_INVALID,
       {"000002.rec"},
       [] {
         return changed([](const std::string& d) {
           test_write_file((d + "/data/000002.rec").c_str(), "x", 1);
         });
       }},
      {"an extra file beside the manifest",
       SLIP_ARTIFACT_INVALID,
       {"stray"},
       [] {
         return changed(
             [](const std::string& d) { test_write_file((d + "/stray").c_str(), "x", 1); });
       }},
  };
}

std::vector<Row> link_rows() {
  return {
      {"a symbolic link in place of a data file",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] {
         return changed([](const std::string& d) {
           const std::string file = d + "/data/000001.rec";
           const std::string aside = test_path(test_directory(), "aside");
           if (rename(file.c_str(), aside.c_str()) != 0) abort();
           if (symlink(aside.c_str(), file.c_str()) != 0) abort();
         });
       }},
      {"a symbolic link in place of the data folder",
       SLIP_ARTIFACT_INVALID,
       {"data"},
       [] {
         return changed([](const std::string& d) {
           const std::string aside = test_path(test_directory(), "aside");
           if (rename((d + "/data").c_str(), aside.c_str()) != 0) abort();
           if (symlink(aside.c_str(), (d + "/data").c_str()) != 0) abort();
         });
       }},
  };
}

std::vector<Row> forgery_rows() {
  const std::string huge = "18446744073709551615";
  return {
      {"a path that leaves the directory",
       SLIP_ARTIFACT_INVALID,
       {"../../etc/passwd"},
       [] { return forged("path", "\"../../etc/passwd\""); }},
      {"an absolute path",
       SLIP_ARTIFACT_INVALID,
       {"/etc/passwd"},
       [] { return forged("path", "\"/etc/passwd\""); }},
      {"a future schema", SLIP_NEWER_FORMAT, {"2"}, [] { return forged("schema", "2"); }},
      {"a size bomb in a file",
       SLIP_ARTIFACT_INVALID,
       {"1152921504606846976"},
       [] { return forged("size", "1152921504606846976"); }},
      {"a size bomb before compression",
       SLIP_ARTIFACT_INVALID,
       {"MANIFEST.json"},
       [] { return forged("logical_bytes", "1152921504606846976"); }},
      {"more entries than bytes",
       SLIP_ARTIFACT_INVALID,
       {"MANIFEST.json"},
       [] { return forged("entries", "1000000000000"); }},
      {"a cursor of 2^64-1",
       SLIP_ARTIFACT_INVALID,
       {huge},
       [huge] { return forged("revision", huge); }},
      {"a digest of other data",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] { return forged("sha256", "\"" + std::string(64, '0') + "\""); }},
      {"another logical digest",
       SLIP_ARTIFACT_INVALID,
       {"digest"},
       [] { return forged("logical_digest", "\"" + std::string(64, '0') + "\""); }},
      {"a bucket name that no bucket has",
       SLIP_ARTIFACT_INVALID,
       {"bucket"},
       [] { return forged("bucket", "\"../routes\""); }},
      {"a manifest that is no JSON",
       SLIP_ARTIFACT_INVALID,
       {"MANIFEST.json"},
       [] {
         return changed(
             [](const std::string& d) { test_write_file(manifest_path(d).c_str(), "{", 1); });
       }},
  };
}

Told importing_over_a_fold() {
  const std::string directory = sound_artifact();
  const std::string url = filled_fold("routes", 500);
  return tell([&](slip_error** e) {
    return slip_fold_import(directory.c_str(), url.c_str(), nullptr, nullptr, e);
  });
}

Told importing_over_a_file_of_somebody() {
  const std::string directory = sound_artifact();
  const std::string destination = test_directory();
  test_write_file((destination + "/precious").c_str(), "text", 4);
  const Told told = tell([&](slip_error** e) {
    return slip_fold_import(directory.c_str(), ("lmdb:" + destination).c_str(), nullptr, nullptr,
                            e);
  });
  if (read_text(destination + "/precious") != "text") return {SLIP_INTERNAL, "it was changed"};
  return told;
}

Told exporting_over_something() {
  const std::string url = filled_fold("routes", 500);
  const std::string destination = test_directory();
  test_write_file((destination + "/precious").c_str(), "text", 4);
  slip_fold* fold = nullptr;
  errors::must(slip_fold_open(url.c_str(), nullptr, &fold, nullptr), "fold");
  const Told told = tell([&](slip_error** e) {
    return slip_fold_export(fold, destination.c_str(), nullptr, nullptr, e);
  });
  slip_fold_free(fold);
  if (read_text(destination + "/precious") != "text") return {SLIP_INTERNAL, "it was changed"};
  return told;
}

slip_object_store* open_store(const std::string& directory) {
  slip_object_store* store = nullptr;
  errors::must(slip_object_store_open(("local:" + directory).c_str(), nullptr, &store, nullptr),
               "store");
  return store;
}

// Publishes `first`, then tries `second` under the same key.
Told publishing_after(const std::string& first, const std::string& second) {
  slip_object_store* store = open_store(test_directory());
  errors::must(slip_publish(store, "edge/routes", first.c_str(), nullptr, nullptr, nullptr),
               "publish");
  const Told told = tell([&](slip_error** e) {
    return slip_publish(store, "edge/routes", second.c_str(), nullptr, nullptr, e);
  });
  slip_object_store_free(store);
  return told;
}

Told bootstrapping_from_a_damaged_payload() {
  const std::string place = test_directory();
  slip_object_store* store = open_store(place);
  slip_published published = SLIP_PUBLISHED_INIT;
  errors::must(
      slip_publish(store, "routes", sound_artifact().c_str(), nullptr, &published, nullptr),
      "publish");
  const std::string payload =
      place + "/routes.payloads/00000000000001f4-" + published.manifest_sha256 + "/data/000001.rec";
  test_flip_bit(payload.c_str(), 700, 5);
  const std::string destination = test_path(test_directory(), "fold");
  Told told = tell([&](slip_error** e) {
    return slip_bootstrap(store, "routes", ("lmdb:" + destination).c_str(), nullptr, nullptr, e);
  });
  if (!is_empty_or_absent(destination)) told = {SLIP_INTERNAL, "something is at the destination"};
  slip_object_store_free(store);
  return told;
}

std::vector<Row> destination_rows() {
  return {
      {"importing over a fold", SLIP_NOT_EMPTY, {"fold"}, importing_over_a_fold},
      {"importing over somebody's file",
       SLIP_NOT_EMPTY,
       {"not empty"},
       importing_over_a_file_of_somebody},
      {"exporting over somebody's file", SLIP_NOT_EMPTY, {"not empty"}, exporting_over_something},
      {"an artifact that is not there",
       SLIP_NOT_FOUND,
       {"nowhere"},
       [] {
         const std::string path = test_path(test_directory(), "nowhere");
         return tell(
             [&](slip_error** e) { return slip_artifact_verify(path.c_str(), nullptr, e); });
       }},
      {"publishing an older artifact",
       SLIP_SUPERSEDED,
       {"edge/routes", "900"},
       [] {
         return publishing_after(sound_artifact("routes", 900), sound_artifact("routes", 500));
       }},
      {"publishing another bucket",
       SLIP_IDENTITY_MISMATCH,
       {"routes", "other"},
       [] { return publishing_after(sound_artifact("routes"), sound_artifact("other")); }},
      {"publishing a damaged artifact",
       SLIP_ARTIFACT_INVALID,
       {"000001.rec"},
       [] {
         const std::string sound = sound_artifact();
         const std::string damaged = sound_artifact("routes", 900);
         test_flip_bit((damaged + "/data/000001.rec").c_str(), 700, 5);
         return publishing_after(sound, damaged);
       }},
      {"publishing under a name with dots",
       SLIP_INVALID,
       {"../routes"},
       [] {
         slip_object_store* store = open_store(test_directory());
         const std::string artifact = sound_artifact();
         const Told told = tell([&](slip_error** e) {
           return slip_publish(store, "../routes", artifact.c_str(), nullptr, nullptr, e);
         });
         slip_object_store_free(store);
         return told;
       }},
      {"a pointer that there is not",
       SLIP_NOT_FOUND,
       {"edge/routes"},
       [] {
         slip_object_store* store = open_store(test_directory());
         slip_text* json = nullptr;
         const Told told = tell(
             [&](slip_error** e) { return slip_pointer_read(store, "edge/routes", &json, e); });
         slip_object_store_free(store);
         return told;
       }},
      {"a damaged payload", SLIP_CORRUPT, {"000001.rec"}, bootstrapping_from_a_damaged_payload},
  };
}

}  // namespace

int main() {
  static std::vector<Row> rows;
  for (auto* part : {damage_rows, link_rows, forgery_rows, destination_rows})
    for (Row& row : part()) rows.push_back(std::move(row));
  return errors::run_table("errors of artifacts", rows);
}
