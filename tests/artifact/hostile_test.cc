// Artifacts that are damaged or hostile. Each is refused with a status and a sentence that names
// what is wrong, by verification and by loading alike, and a loader never commits one.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cstring>
#include <functional>
#include <vector>

#include "artifact/artifact_testing.h"
#include "artifact/record.h"
#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/little_endian.h"

namespace {

using namespace artifact_testing;
using memory_fold::Contents;
using slip::ArtifactFile;
using slip::Manifest;
using slip::Status;
using slip::Update;

constexpr slip_status kInvalid = SLIP_ARTIFACT_INVALID;

void assert_refused(const std::string& directory, slip_status code, const std::string& words) {
  EXPECT_FAILED(slip::verify_artifact(disk(), directory), code, words);
  memory_fold::Loader loader;
  EXPECT_FAILED(slip::load_artifact(disk(), directory, loader), code, words);
  assert_false(loader.committed);
}

// ---- forging: artifacts made by hand, whose manifest fits whatever they hold.

std::string header(uint32_t version, uint32_t flags) {
  std::string bytes("SLIPREC\0", 8);
  slip::append_le<uint32_t>(&bytes, version);
  slip::append_le<uint32_t>(&bytes, flags);
  return bytes;
}
std::string plain(const std::string& stream) { return header(1, 0) + stream; }
std::string zstd(const std::string& stream) {
  std::string frame(ZSTD_compressBound(stream.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), stream.data(), stream.size(), 3));
  return header(1, 1) + frame;
}

struct Record {
  std::string key;
  std::string value;
  uint64_t revision = 1;
  uint32_t operation = SLIP_PUT;
  int64_t ttl_ns = 0;
};
std::string bytes_of(const Record& record) {
  Update update{};
  update.key = slip::as_slip_bytes(record.key);
  update.value = slip::as_slip_bytes(record.value);
  update.revision = record.revision;
  update.timestamp_ns = 5;
  update.ttl_ns = record.ttl_ns;
  update.operation = record.operation;
  std::string bytes;
  slip::append_record(update, &bytes);
  return bytes;
}
// The checksum is put right after a change, so that only the change itself is wrong.
std::string resealed(std::string record) {
  const uint64_t sum = slip::xxh3(std::string_view(record).substr(0, record.size() - 8));
  record.resize(record.size() - 8);
  slip::append_le<uint64_t>(&record, sum);
  return record;
}

// The manifest that says exactly what these records are.
Manifest manifest_for(const std::vector<Record>& records) {
  Manifest manifest;
  manifest.meta.identity = slip::Identity{"routes", 7};
  manifest.meta.revision = 100;
  manifest.compression = "none";
  std::string stream;
  for (const Record& record : records) {
    stream += bytes_of(record);
    manifest.server_time_ns = 5;
    if (record.operation == SLIP_PUT) {
      ++manifest.meta.entries;
      manifest.meta.payload_bytes += record.key.size() + record.value.size();
    } else {
      ++manifest.meta.tombstones;
    }
  }
  manifest.logical_bytes = stream.size();
  manifest.logical_digest = slip::sha256_hex(stream);
  return manifest;
}
std::string stream_of(const std::vector<Record>& records) {
  std::string stream;
  for (const Record& record : records) stream += bytes_of(record);
  return stream;
}

// An artifact of these stored files; their sizes and digests are filled in unless they are given.
std::string forge(Manifest manifest, const std::vector<std::string>& stored) {
  const std::string directory = test_path(test_directory(), "forged");
  assert_int_equal(mkdir(directory.c_str(), 0700), 0);
  assert_int_equal(mkdir((directory + "/data").c_str(), 0700), 0);
  for (size_t i = 0; i < stored.size(); ++i) {
    const std::string path = "data/00000" + std::to_string(i + 1) + ".rec";
    write_text(directory + "/" + path, stored[i]);
    if (manifest.files.size() <= i)
      manifest.files.push_back(ArtifactFile{path, stored[i].size(), slip::sha256_hex(stored[i])});
  }
  write_text(directory + "/MANIFEST.json", slip::format_manifest(manifest));
  return directory;
}
const std::vector<Record>& two_records() {
  static const std::vector<Record> records{{"a", "1", 1, SLIP_PUT, 0}, {"b", "22", 2, SLIP_PUT, 0}};
  return records;
}
std::string forge_two(const std::function<void(Manifest*)>& spoil) {
  Manifest manifest = manifest_for(two_records());
  const std::string stored = plain(stream_of(two_records()));
  manifest.files = {ArtifactFile{"data/000001.rec", stored.size(), slip::sha256_hex(stored)}};
  spoil(&manifest);
  return forge(manifest, {stored});
}
std::string forge_stream(const std::string& stream) {
  return forge(manifest_for(two_records()), {plain(stream)});
}

void the_forger_can_make_a_sound_one(void**) {
  EXPECT_OK(slip::verify_artifact(disk(), forge_two([](Manifest*) {})));
  Manifest manifest = manifest_for(two_records());
  manifest.compression = "zstd";
  EXPECT_OK(slip::verify_artifact(disk(), forge(manifest, {zstd(stream_of(two_records()))})));
}

// ---- bits and lengths

bool is_refusal(const Status& status, const std::string& file) {
  return (status.is(kInvalid) || status.is(SLIP_NEWER_FORMAT)) &&
         status.message().find(file) != std::string::npos;
}

void every_flipped_bit_is_found(void**) {
  for (const bool compress : {true, false}) {
    slip::ExportSettings settings;
    settings.compress = compress;
    const std::string directory = exported(small_fold(), settings);
    for (const std::string file : {"MANIFEST.json", "data/000001.rec"}) {
      const std::string path = directory + "/" + file;
      const long size = static_cast<long>(file_text(path).size());
      for (long offset = 0; offset < size; ++offset)
        for (int bit = 0; bit < 8; ++bit) {
          test_flip_bit(path.c_str(), offset, bit);
          const Status verified = slip::verify_artifact(disk(), directory).status();
          memory_fold::Loader loader;
          const Status loaded = slip::load_artifact(disk(), directory, loader).status();
          test_flip_bit(path.c_str(), offset, bit);
          if (!is_refusal(verified, file) || !is_refusal(loaded, file) || loader.committed)
            fail_msg("%s, byte %ld, bit %d: %s", file.c_str(), offset, bit,
                     verified.message().c_str());
        }
    }
    EXPECT_OK(slip::verify_artifact(disk(), directory));
  }
}

void every_cut_is_found(void**) {
  const std::string directory = exported(small_fold());
  for (const std::string file : {"data/000001.rec", "MANIFEST.json"}) {
    const std::string path = directory + "/" + file;
    const std::string whole = file_text(path);
    for (size_t size = 0; size < whole.size(); ++size) {
      write_text(path, whole.substr(0, size));
      const Status status = slip::verify_artifact(disk(), directory).status();
      if (!is_refusal(status, file)) fail_msg("%zu: %s", size, status.message().c_str());
    }
    write_text(path, whole);
  }
}

// ---- files that are missing, too many, or something else

void a_missing_part_is_named(void**) {
  std::string directory = exported(small_fold());
  assert_int_equal(unlink((directory + "/data/000001.rec").c_str()), 0);
  assert_refused(directory, kInvalid, "\"data/000001.rec\" is missing");
  assert_int_equal(rmdir((directory + "/data").c_str()), 0);
  assert_refused(directory, kInvalid, "\"data\" is missing");
  assert_int_equal(unlink((directory + "/MANIFEST.json").c_str()), 0);
  assert_refused(directory, kInvalid, "MANIFEST.json is missing: it is not complete");
  assert_refused(directory + "/none", SLIP_NOT_FOUND, "no such directory");
  write_text(directory + "/file", "x");
  assert_refused(directory + "/file", kInvalid, "not a directory");
}

void an_extra_file_is_named(void**) {
  for (const std::string name :
       {"notes.txt", ".hidden", "data/000002.rec", "data/.slip-staged-1"}) {
    const std::string directory = exported(small_fold());
    write_text(directory + "/" + name, "x");
    assert_refused(directory, kInvalid, "\"" + name + "\" does not belong there");
  }
  const std::string directory = exported(small_fold());
  assert_int_equal(mkdir((directory + "/data/more").c_str(), 0700), 0);
  assert_refused(directory, kInvalid, "\"data/more\" does not belong there");
}

void links_and_special_files_are_refused(void**) {
  const std::string sound = exported(small_fold());
  const auto replaced = [&](const char* name, const char* target) {
    const std::string directory = exported(small_fold());
    const std::string path = directory + "/" + name;
    test_remove_tree(path.c_str());
    if (target != nullptr)
      assert_int_equal(symlink((sound + "/" + target).c_str(), path.c_str()), 0);
    else
      assert_int_equal(mkfifo(path.c_str(), 0600), 0);
    return directory;
  };
  // Even where a link leads to the very same bytes.
  assert_refused(replaced("MANIFEST.json", "MANIFEST.json"), kInvalid, "MANIFEST.json is a link");
  assert_refused(replaced("data", "data"), kInvalid, "\"data\" is a symbolic link");
  assert_refused(replaced("data/000001.rec", "data/000001.rec"), kInvalid,
                 "\"data/000001.rec\" is a symbolic link");
  assert_refused(replaced("data/000001.rec", nullptr), kInvalid, "is a special file");
  assert_refused(replaced("MANIFEST.json", nullptr), kInvalid, "MANIFEST.json is a link or not");
  const std::string alias = std::string(test_directory()) + "/alias";
  assert_int_equal(symlink(sound.c_str(), alias.c_str()), 0);
  assert_refused(alias, kInvalid, "links are not followed");
}

void a_path_that_leaves_the_directory_is_refused(void**) {
  for (const char* path : {"../secret", "/etc/passwd", "data/../../x", "data/000001.rec/..", "",
                           "data//000001.rec", "data/1.rec", "data/000002.rec", "DATA/000001.rec"})
    assert_refused(forge_two([&](Manifest* manifest) { manifest->files[0].path = path; }), kInvalid,
                   std::string("file 1 is named \"") + path + "\", not \"data/000001.rec\"");
  // The same file twice.
  assert_refused(
      forge_two([](Manifest* manifest) { manifest->files.push_back(manifest->files[0]); }),
      kInvalid, "file 2 is named \"data/000001.rec\", not \"data/000002.rec\"");
}

// ---- what a manifest may not say

void a_later_schema_is_named(void**) {
  assert_refused(forge_two([](Manifest* manifest) { manifest->schema = 2; }), SLIP_NEWER_FORMAT,
                 "schema 2 was written by a later version");
  assert_refused(forge(manifest_for(two_records()), {header(2, 0) + stream_of(two_records())}),
                 SLIP_NEWER_FORMAT, "its version 2 was written by a later version");
  assert_refused(forge_two([](Manifest* manifest) { manifest->schema = 0; }), kInvalid,
                 "schema is 0");
}

void a_cursor_that_nothing_can_follow_is_refused(void**) {
  assert_refused(forge_two([](Manifest* manifest) { manifest->meta.revision = UINT64_MAX; }),
                 kInvalid, "cursor 18446744073709551615 leaves no revision to follow it");
  EXPECT_OK(slip::verify_artifact(
      disk(), forge_two([](Manifest* manifest) { manifest->meta.revision = UINT64_MAX - 1; })));
}

void counts_and_sizes_are_held_to_the_last_one(void**) {
  const auto refused = [](const std::function<void(Manifest*)>& spoil, const char* words) {
    assert_refused(forge_two(spoil), kInvalid, words);
  };
  refused([](Manifest* m) { ++m->meta.entries; }, "more records than 101 logical bytes can hold");
  refused([](Manifest* m) { --m->meta.entries; }, "it has 2 entries, and 1 are stated");
  refused([](Manifest* m) { --m->meta.entries, ++m->meta.tombstones; }, "2 entries, and 1");
  refused([](Manifest* m) { m->meta.entries = UINT64_MAX, m->meta.tombstones = 3; },
          "more records");
  refused([](Manifest* m) { ++m->meta.payload_bytes; }, "it has 5 payload bytes, and 6");
  refused([](Manifest* m) { --m->meta.payload_bytes; }, "it has 5 payload bytes, and 4");
  refused([](Manifest* m) { m->meta.payload_bytes = 1u << 30; }, "more payload bytes");
  refused([](Manifest* m) { ++m->logical_bytes; }, "it has 101 logical bytes, and 102 are stated");
  refused([](Manifest* m) { --m->logical_bytes; }, "expands to more than the manifest states");
  refused([](Manifest* m) { m->logical_bytes = UINT64_MAX; }, "more than its files can hold");
  refused([](Manifest* m) { ++m->files[0].size; }, "has 117 bytes, not the 118");
  refused([](Manifest* m) { --m->files[0].size; }, "has 117 bytes, not the 116");
  refused([](Manifest* m) { m->files[0].size = 16; }, "stated to have 16 bytes, not 17 to");
  refused([](Manifest* m) { m->files[0].size = 1ull << 40; }, "stated to have 1099511627776");
  refused([](Manifest* m) { ++m->server_time_ns; }, "server time is not that of its newest record");
}

void files_fit_the_records(void**) {
  assert_refused(forge(manifest_for(two_records()), {}), kInvalid, "more than its files can hold");
  Manifest nothing = manifest_for({});
  assert_refused(forge(nothing, {plain("x")}), kInvalid, "files do not fit its count of records");
}

void facts_are_checked_for_sense(void**) {
  const auto refused = [](const std::function<void(Manifest*)>& spoil, const char* words) {
    assert_refused(forge_two(spoil), kInvalid, words);
  };
  refused([](Manifest* m) { m->meta.identity.bucket = "../b"; }, "bucket \"../b\" is not a legal");
  refused([](Manifest* m) { m->meta.identity.bucket = ""; }, "is not a legal name");
  refused([](Manifest* m) { m->meta.identity.epoch = 0; }, "its epoch is 0");
  refused([](Manifest* m) { m->meta.scope.prefixes = {}; }, "\"scope\" is not in its normal form");
  refused([](Manifest* m) { m->meta.scope.prefixes = {"b", "a"}; }, "not in its normal form");
  refused([](Manifest* m) { m->meta.scope.prefixes = {"b"}; }, "its key is outside the scope");
  refused([](Manifest* m) { m->compression = "lz4"; }, "compression \"lz4\" is not known");
  refused([](Manifest* m) { m->compression = "zstd"; }, "flags do not fit the compression");
  refused([](Manifest* m) { m->meta.fingerprints.resize(9); }, "9 fingerprints, over 8");
  refused([](Manifest* m) { m->meta.fingerprints = {{101, 0, 0}}; }, "not in order up to");
  refused([](Manifest* m) { m->meta.fingerprints = {{5, 0, 0}, {4, 0, 0}}; }, "not in order up to");
  refused([](Manifest* m) { m->files[0].sha256 = "short"; }, "is not one");
  refused([](Manifest* m) { m->files[0].sha256[0] ^= 1; }, "sha256 is not the one in the manifest");
  refused([](Manifest* m) { m->logical_digest = "X"; }, "logical digest is not one");
}

void a_manifest_is_taken_in_its_own_form_only(void**) {
  const auto rewritten = [](const std::function<void(std::string*)>& change) {
    const std::string directory = forge_two([](Manifest*) {});
    std::string text = file_text(directory + "/MANIFEST.json");
    change(&text);
    write_text(directory + "/MANIFEST.json", text);
    return directory;
  };
  const auto refused = [&](const std::function<void(std::string*)>& change, const char* words) {
    assert_refused(rewritten(change), kInvalid, words);
  };
  refused([](std::string* text) { *text += " "; }, "not written as it must be");
  refused([](std::string* text) { *text += "{}"; }, "MANIFEST.json");
  refused([](std::string* text) { text->insert(2, "\"more\": 1, "); }, "not written as it must be");
  refused([](std::string* text) { text->insert(2, "\"schema\": 1, "); }, "schema");
  refused([](std::string* text) { text->replace(text->find("\"epoch\": 7"), 10, "\"epoch\": 8"); },
          "it was altered");
  refused([](std::string* text) { text->clear(); }, "MANIFEST.json");
  refused([](std::string* text) { *text = "[]"; }, "not a JSON object");
  refused([](std::string* text) { *text = std::string(100000, '['); }, "MANIFEST.json");
  refused([](std::string* text) { text->resize(slip::kManifestBytesMax + 1, ' '); },
          "4194305 bytes, over 4194304");
  for (const char* member :
       {"bucket", "epoch", "scope", "revision", "server_time_ns", "entries", "tombstones",
        "payload_bytes", "fingerprints", "compression", "logical_bytes", "logical_digest", "files"})
    refused([&](std::string* text) { text->replace(text->find(member), 1, "_"); }, member);
  refused([](std::string* text) { text->replace(text->find("\"digest\""), 8, "\"_igest\""); },
          "it was altered");
}

void too_many_files_are_refused(void**) {
  std::string text = slip::format_manifest(manifest_for(two_records()));
  std::string files;
  for (size_t i = 0; i <= slip::kArtifactFilesMax; ++i) files += i == 0 ? "0" : ",0";
  text.replace(text.find("\"files\": ["), 10, "\"files\": [" + files);
  EXPECT_FAILED(slip::parse_manifest(text), kInvalid, "names 100001 files, over 100000");
}

// ---- record streams

void records_are_ascending_and_whole(void**) {
  const std::string a = bytes_of(two_records()[0]), b = bytes_of(two_records()[1]);
  const auto refused = [](const std::string& stream, const char* words) {
    assert_refused(forge_stream(stream), kInvalid, std::string("data/000001.rec: ") + words);
  };
  refused(b + a, "record 2: its key is out of order");
  refused(bytes_of({"a", "", 1, SLIP_PUT, 0}) + bytes_of({"a", "1", 1, SLIP_PUT, 0}),
          "record 2: its key came twice");
  refused(a + b.substr(0, b.size() - 1), "it ends inside a record");
  refused(a + b.substr(0, 20), "it ends inside a record");
  refused(bytes_of({"a", "1", 101, SLIP_PUT, 0}), "record 1: its revision 101 is above the cursor");
  refused(bytes_of({"a", "1", UINT64_MAX, SLIP_PUT, 0}),
          "record 1: its revision 18446744073709551615 is above the cursor 100");
  refused(bytes_of({"a", "1", 0, SLIP_PUT, 0}), "record 1: its revision is 0");
  refused(bytes_of({"a", "", 1, 0, 0}), "record 1: its operation is 0");
  refused(bytes_of({"a", "", 1, 4, 0}), "record 1: its operation is 4");
  refused(bytes_of({"a", "1", 1, SLIP_DELETE, 0}), "record 1: a deleted key has a value");
  refused(bytes_of({"a", "1", 1, SLIP_PUT, -2}), "record 1: its life is negative");
  std::string reserved = a;
  reserved[36] = 1;
  refused(resealed(reserved), "record 1: a field that must be zero is not");
  refused(reserved, "record 1: its checksum is wrong");
}

// A size in a header is checked before anything is kept on its word.
void sizes_in_headers_are_not_believed(void**) {
  const auto with_sizes = [](uint32_t key, uint32_t value) {
    std::string bytes;
    slip::append_le<uint32_t>(&bytes, key);
    slip::append_le<uint32_t>(&bytes, value);
    return bytes + std::string(93, '\0');
  };
  const auto refused = [](const std::string& stream, const char* words) {
    assert_refused(forge_stream(stream), kInvalid, words);
  };
  refused(with_sizes(0, 0), "states a key of 0 bytes");
  refused(with_sizes(65536, 0), "states a key of 65536 bytes");
  refused(with_sizes(UINT32_MAX, UINT32_MAX),
          "a key of 4294967295 bytes and a value of 4294967295");
  refused(with_sizes(1, (64u << 20) + 1), "a value of 67108865");
  refused(with_sizes(1, 64u << 20), "it ends inside a record");
}

void compressed_streams_are_one_whole_frame(void**) {
  const std::string stream = stream_of(two_records());
  Manifest manifest = manifest_for(two_records());
  manifest.compression = "zstd";
  const std::string sound = zstd(stream);
  const std::string frame = sound.substr(16);
  const std::string skippable("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  const auto refused = [&](const std::string& stored, const char* words) {
    assert_refused(forge(manifest, {stored}), kInvalid, words);
  };
  refused(sound + "x", "bytes follow its compressed stream");
  refused(sound + frame, "bytes follow its compressed stream");
  refused(sound + skippable, "bytes follow its compressed stream");
  refused(header(1, 1) + skippable + frame, "bytes follow its compressed stream");
  refused(header(1, 1) + skippable, "entries, and 2 are stated");
  refused(sound.substr(0, sound.size() - 1), "its compressed stream ends early");
  refused(header(1, 1) + "this is no frame at all", "its compressed stream is damaged");
  refused(header(1, 0) + frame, "flags do not fit");
  refused(header(1, 3) + frame, "flags do not fit");
}

// ---- bombs

size_t peak_memory_kib() {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss);
}

// One zstd frame that expands to `total` bytes: `begin`, then zeros. Level 1, window of 1 MiB.
std::string bomb(const std::string& begin, uint64_t total) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 20);
  std::string stored = header(1, 1), out(1u << 17, '\0'), chunk(1u << 20, '\0');
  chunk.replace(0, begin.size(), begin);
  for (uint64_t done = 0; done < total; done += chunk.size()) {
    const bool last = done + chunk.size() >= total;
    ZSTD_inBuffer in{chunk.data(), chunk.size(), 0};
    for (size_t left = 1; last ? left != 0 : in.pos < in.size;) {
      ZSTD_outBuffer buffer{out.data(), out.size(), 0};
      left = ZSTD_compressStream2(context, &buffer, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      stored.append(out.data(), buffer.pos);
    }
    chunk.assign(chunk.size(), '\0');
  }
  ZSTD_freeCCtx(context);
  return stored;
}

void a_bomb_is_defused(void**) {
  Manifest manifest = manifest_for(two_records());
  manifest.compression = "zstd";
  const std::string stored = bomb(stream_of(two_records()), 2ull << 30);
  assert_true(stored.size() < (1u << 20));
  const size_t before = peak_memory_kib();
  // The record stream would be right: what follows it is 2 GiB that nobody announced.
  assert_refused(forge(manifest, {stored}), kInvalid, "expands to more than the manifest states");
  // Announced, it is still no record stream.
  manifest.logical_bytes = 60u << 20;
  assert_refused(forge(manifest, {stored}), kInvalid,
                 "record 3: its header states a key of 0 bytes");
  assert_true(peak_memory_kib() - before < 16 * 1024);
}

// One record whose value is as large as it may be, in a file that holds ever more after it.
void a_bomb_of_sound_records_stops_at_the_cut(void**) {
  Record big{"a", std::string(slip::kValueBytesMax, '\0'), 1, SLIP_PUT, 0};
  Manifest manifest =
      manifest_for({big, {"b", "", 1, SLIP_PUT, 0}, {"c", big.value, 1, SLIP_PUT, 0}});
  manifest.compression = "zstd";
  const std::string stored = zstd(bytes_of(big) + bytes_of({"b", "", 1, SLIP_PUT, 0}) +
                                  bytes_of({"c", big.value, 1, SLIP_PUT, 0}));
  // Announced for one file, it is more than a file may hold.
  assert_refused(forge(manifest, {stored}), kInvalid, "more than its files can hold");
  manifest.files = {ArtifactFile{"data/000001.rec", stored.size(), slip::sha256_hex(stored)},
                    ArtifactFile{"data/000002.rec", 17, slip::sha256_hex(plain("x"))}};
  assert_refused(forge(manifest, {stored, plain("x")}), kInvalid, "or a data file may hold");
}

// A frame that asks for a window of 2 GiB is refused before memory is had for it.
void a_window_bomb_is_defused(void**) {
  Manifest manifest = manifest_for(two_records());
  manifest.compression = "zstd";
  std::string stored = header(1, 1) + std::string("\x28\xb5\x2f\xfd\x00", 5);
  stored += static_cast<char>((31 - 10) << 3);
  stored += std::string("\x01\0\0", 3);
  const size_t before = peak_memory_kib();
  assert_refused(forge(manifest, {stored}), kInvalid, "asks for a window over 8 MiB");
  assert_true(peak_memory_kib() - before < 16 * 1024);
}

// ---- the guards: without them, these would pass

#ifdef SLIP_TEST_GUARDS
// The same records in a file that is another one: a frame has a bit that nobody reads.
void the_digest_of_a_file_is_compared(void**) {
  const std::string directory = exported(small_fold());
  const std::string path = directory + "/data/000001.rec";
  test_flip_bit(path.c_str(), 16 + 4, 4);
  slip::guard_switch("file_digest", false);
  const Status without = slip::verify_artifact(disk(), directory).status();
  slip::guard_switch("file_digest", true);
  EXPECT_OK(without);
  assert_refused(directory, kInvalid, "data/000001.rec: its sha256 is not the one in the manifest");
}

void the_logical_digest_is_compared(void**) {
  const std::string directory = forge_two(
      [](Manifest* manifest) { manifest->logical_digest = slip::sha256_hex("another stream"); });
  slip::guard_switch("logical_digest", false);
  const Status without = slip::verify_artifact(disk(), directory).status();
  slip::guard_switch("logical_digest", true);
  EXPECT_OK(without);
  assert_refused(directory, kInvalid, "logical digest is not the one that the manifest states");
}
#endif

}  // namespace

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_forger_can_make_a_sound_one),
      cmocka_unit_test(every_flipped_bit_is_found),
      cmocka_unit_test(every_cut_is_found),
      cmocka_unit_test(a_missing_part_is_named),
      cmocka_unit_test(an_extra_file_is_named),
      cmocka_unit_test(links_and_special_files_are_refused),
      cmocka_unit_test(a_path_that_leaves_the_directory_is_refused),
      cmocka_unit_test(a_later_schema_is_named),
      cmocka_unit_test(a_cursor_that_nothing_can_follow_is_refused),
      cmocka_unit_test(counts_and_sizes_are_held_to_the_last_one),
      cmocka_unit_test(files_fit_the_records),
      cmocka_unit_test(facts_are_checked_for_sense),
      cmocka_unit_test(a_manifest_is_taken_in_its_own_form_only),
      cmocka_unit_test(too_many_files_are_refused),
      cmocka_unit_test(records_are_ascending_and_whole),
      cmocka_unit_test(sizes_in_headers_are_not_believed),
      cmocka_unit_test(compressed_streams_are_one_whole_frame),
      cmocka_unit_test(a_bomb_is_defused),
      cmocka_unit_test(a_bomb_of_sound_records_stops_at_the_cut),
      cmocka_unit_test(a_window_bomb_is_defused),
#ifdef SLIP_TEST_GUARDS
      cmocka_unit_test(the_digest_of_a_file_is_compared),
      cmocka_unit_test(the_logical_digest_is_compared),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
