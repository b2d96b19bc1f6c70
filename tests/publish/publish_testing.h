// What the tests of publishing share: artifacts to publish, a store in memory, and one whose
// answers are scripted.
#ifndef TESTS_PUBLISH_TESTING_H
#define TESTS_PUBLISH_TESTING_H

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "artifact/artifact.h"
#include "base/limits.h"
#include "objects/object_store.h"
#include "publish/names.h"
#include "publish/publish.h"
#include "support/expect.h"
#include "support/memory_fold.h"

namespace publish_testing {

inline slip::FileSystem& disk() { return slip::posix_file_system(); }
constexpr const char* kKey = "edge/routes";
constexpr size_t kAll = slip::kObjectBytesMax;

inline memory_fold::Contents fold_at(uint64_t revision, uint64_t epoch = 7,
                                     const std::string& bucket = "routes") {
  memory_fold::Contents fold(bucket, epoch);
  fold.set("a",
           memory_fold::Value{"value at " + std::to_string(revision), revision, 0, 0, SLIP_PUT});
  return fold;
}

// The directory of a new artifact of this fold.
inline std::string artifact_of(const memory_fold::Contents& fold) {
  static const std::string root = test_directory();
  static int number = 0;
  const std::string directory = root + "/" + std::to_string(++number);
  memory_fold::Snapshot snapshot(fold);
  EXPECT_OK(slip::export_artifact(disk(), snapshot, directory, slip::ExportSettings()));
  return directory;
}
inline std::string artifact_at(uint64_t revision, uint64_t epoch = 7) {
  return artifact_of(fold_at(revision, epoch));
}

inline std::shared_ptr<slip::ObjectStore> local_store(const std::string& root) {
  auto store = slip::open_object_store("local:" + root, slip::Options(SLIP_OPTIONS_OBJECT_STORE));
  EXPECT_OK(store);
  return store.take();
}

inline std::string file_text(const std::string& path) {
  size_t size = 0;
  const char* text = test_read_file(path.c_str(), &size);
  return std::string(text, size);
}

// Objects in a map: quick, and nothing survives it.
class MemoryStore : public slip::ObjectStore {
 public:
  const std::string& url() const override { return url_; }
  slip::Result<slip::Object> get(const std::string& name, size_t bytes_max) override {
    const auto found = objects.find(name);
    if (found == objects.end()) return missing(name);
    if (found->second.data.size() > bytes_max) return slip::Status(SLIP_TOO_LARGE, "too large");
    return found->second;
  }
  slip::Result<std::string> put(const std::string& name, std::string_view data) override {
    ++writes;
    std::string tag = "tag" + std::to_string(++tags_);
    objects[name] = slip::Object{std::string(data), tag};
    return tag;
  }
  slip::Result<std::string> put_if(const std::string& name, std::string_view data,
                                   const std::optional<std::string>& expected) override {
    const auto found = objects.find(name);
    std::optional<std::string> present;
    if (found != objects.end()) present = found->second.tag;
    if (present != expected) return slip::Status(SLIP_CONFLICT, "the tag is another one");
    return put(name, data);
  }
  slip::Status put_file(const std::string& name, slip::FileSystem& fs,
                        const std::string& path) override {
    SLIP_ASSIGN(const std::string data, slip::read_file(fs, path, kAll));
    return put(name, data).status();
  }
  slip::Status get_file(const std::string& name, slip::FileSystem& fs, const std::string& path,
                        uint64_t bytes_max) override {
    SLIP_ASSIGN(const slip::Object object, get(name, bytes_max));
    SLIP_ASSIGN(const std::unique_ptr<slip::File> file, fs.open(path, slip::OpenMode::create));
    return file->append(object.data);
  }
  slip::Result<std::optional<slip::ObjectInfo>> head(const std::string& name) override {
    const auto found = objects.find(name);
    if (found == objects.end()) return std::optional<slip::ObjectInfo>();
    return std::optional<slip::ObjectInfo>(slip::ObjectInfo{name, found->second.data.size(), 0});
  }
  slip::Result<std::vector<slip::ObjectInfo>> list(const std::string&, const std::string&,
                                                   size_t) override {
    return slip::Status(SLIP_UNSUPPORTED, "no listing here");
  }
  slip::Status remove(const std::string& name) override {
    return objects.erase(name) == 1 ? slip::Status() : missing(name);
  }

  std::map<std::string, slip::Object> objects;
  int writes = 0;

 private:
  static slip::Status missing(const std::string& name) {
    return slip::Status(SLIP_NOT_FOUND, "no object \"" + name + "\" in memory");
  }
  const std::string url_ = "memory:";
  int tags_ = 0;
};

// The pointer's swaps get the answers of a script; everything else is answered truly.
enum class Answer {
  truth,
  done_but_unknown,  // it happened, and the answer was lost
  lost_on_the_way,   // it did not happen, and the answer was lost
  late,              // it was not answered, and happens before the next request
  refused,           // CONFLICT, although nothing stands in the way
  denied             // an error that says that nothing happened
};

class ScriptedStore final : public MemoryStore {
 public:
  slip::Result<slip::Object> get(const std::string& name, size_t bytes_max) override {
    land();
    return MemoryStore::get(name, bytes_max);
  }
  slip::Result<std::string> put_if(const std::string& name, std::string_view data,
                                   const std::optional<std::string>& expected) override {
    land();
    if (in_between_) return swap(name, data, expected);
    ++swaps_asked;
    in_between_ = true;
    if (before_swap) before_swap(swaps_asked);
    in_between_ = false;
    requests.emplace_back(data);
    const Answer answer = script.empty() ? Answer::truth : script.front();
    if (!script.empty()) script.pop_front();
    const slip::Status unknown(SLIP_INDETERMINATE, "the connection broke");
    switch (answer) {
      case Answer::truth:
        return swap(name, data, expected);
      case Answer::done_but_unknown:
        (void)swap(name, data, expected);
        return unknown;
      case Answer::lost_on_the_way:
        return unknown;
      case Answer::late:
        pending_ = [this, name, kept = std::string(data), expected] {
          (void)swap(name, kept, expected);
        };
        return unknown;
      case Answer::refused:
        return slip::Status(SLIP_CONFLICT, "a conflicting request runs");
      default:
        return slip::Status(SLIP_PERMISSION_DENIED, "access denied");
    }
  }
  // What is still on its way arrives.
  void land() {
    const std::function<void()> arriving = std::move(pending_);
    pending_ = nullptr;
    if (arriving) arriving();
  }

  std::deque<Answer> script;
  // What others do just before a swap arrives, with its number, 1 and on. They get true answers.
  std::function<void(int)> before_swap;
  int swaps_asked = 0;
  std::vector<std::string> requests;
  std::vector<slip::Pointer> history;  // every pointer that ever stood there

 private:
  slip::Result<std::string> swap(const std::string& name, std::string_view data,
                                 const std::optional<std::string>& expected) {
    auto tag = MemoryStore::put_if(name, data, expected);
    if (!tag.ok()) return tag;
    auto pointer = slip::parse_pointer(data);
    EXPECT_OK(pointer);
    history.push_back(pointer.take());
    return tag;
  }
  std::function<void()> pending_;
  bool in_between_ = false;
};

inline slip::Pointer pointer_in(slip::ObjectStore& store, const std::string& key = kKey) {
  auto object = store.get(slip::pointer_name(key), slip::kPointerBytesMax);
  EXPECT_OK(object);
  auto pointer = slip::parse_pointer(object->data);
  EXPECT_OK(pointer);
  return pointer.take();
}
inline void write_pointer(slip::ObjectStore& store, const slip::Pointer& pointer) {
  EXPECT_OK(store.put(slip::pointer_name(kKey), slip::format_pointer(pointer)));
}
inline slip::Published publish(slip::ObjectStore& store, const std::string& directory) {
  auto published = slip::publish_artifact(store, kKey, disk(), directory);
  EXPECT_OK(published);
  return published.take();
}

}  // namespace publish_testing
#endif
