#include "objects/local/local_store.h"

#include <algorithm>
#include <cassert>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "objects/local/listing.h"
#include "objects/local/object_file.h"

namespace slip {
namespace {

constexpr size_t kTagRandomBytes = 16;

class MemoryContent final : public ObjectContent {
 public:
  explicit MemoryContent(std::string_view data) : data_(data) {}
  uint64_t size() const override { return data_.size(); }
  Result<std::string_view> chunk(uint64_t offset) override {
    return data_.substr(static_cast<size_t>(offset), kObjectChunkBytes);
  }

 private:
  std::string_view data_;
};

class FileContent final : public ObjectContent {
 public:
  FileContent(std::unique_ptr<File> file, uint64_t size)
      : file_(std::move(file)), size_(size), buffer_(kObjectChunkBytes, '\0') {}
  uint64_t size() const override { return size_; }
  Result<std::string_view> chunk(uint64_t offset) override {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(buffer_.size(), size_ - offset));
    SLIP_ASSIGN(const size_t got, file_->read_at(offset, buffer_.data(), wanted));
    if (got != wanted) return Status(SLIP_IO, "the source became shorter while it was read");
    return std::string_view(buffer_.data(), got);
  }

 private:
  std::unique_ptr<File> file_;
  const uint64_t size_;
  std::string buffer_;
};

class StringSink final : public ObjectFile::Sink {
 public:
  Status take(std::string_view chunk) override {
    data.append(chunk);
    return Status();
  }
  std::string data;
};

class FileSink final : public ObjectFile::Sink {
 public:
  explicit FileSink(File& file) : file_(file) {}
  Status take(std::string_view chunk) override { return file_.append(chunk); }

 private:
  File& file_;
};

// Removes a file again unless it was kept.
class RemoveUnlessKept {
 public:
  RemoveUnlessKept(FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}
  RemoveUnlessKept(const RemoveUnlessKept&) = delete;
  RemoveUnlessKept& operator=(const RemoveUnlessKept&) = delete;
  ~RemoveUnlessKept() {
    if (kept_) return;
    try {
      (void)fs_.remove(path_);
    } catch (...) {  // no memory: the next writer of this name removes it
    }
  }
  void keep() { kept_ = true; }

 private:
  FileSystem& fs_;
  const std::string path_;
  bool kept_ = false;
};

// "any" overwrites; else the tag that must stand there, or nothing where there must be no object.
struct Condition {
  bool any = true;
  std::optional<std::string> tag;
};

class LocalStore final : public ObjectStore {
 public:
  LocalStore(FileSystem& fs, std::string root, std::string url)
      : fs_(fs), root_(std::move(root)), url_(std::move(url)) {}

  const std::string& url() const override { return url_; }
  Result<Object> get(const std::string& name, size_t bytes_max) override;
  Result<std::string> put(const std::string& name, std::string_view data) override;
  Result<std::string> put_if(const std::string& name, std::string_view data,
                             const std::optional<std::string>& expected) override;
  Status put_file(const std::string& name, FileSystem& fs, const std::string& path) override;
  Status get_file(const std::string& name, FileSystem& fs, const std::string& path,
                  uint64_t bytes_max) override;
  Result<std::optional<ObjectInfo>> head(const std::string& name) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after,
                                       size_t limit) override;
  Status remove(const std::string& name) override;

 private:
  std::string path_of(const std::string& name) const { return join_path(root_, name); }
  std::string context(const char* verb, const std::string& name) const {
    return std::string("cannot ") + verb + " object " + quoted(name) + " of store " + quoted(url_);
  }
  Result<std::unique_ptr<FileLock>> lock() { return fs_.lock(path_of(".slip-lock"), true); }
  Result<FileStat> find(const std::string& name);
  Result<ObjectFile> open(const std::string& name, uint64_t bytes_max);
  Result<std::string> write(const std::string& name, ObjectContent& content,
                            const Condition& condition);
  Status check_condition(const std::string& name, const FileStat& found,
                         const Condition& condition);
  Status put_in_place(const std::string& name, const std::string& tag, ObjectContent& content);
  Status remove_locked(const std::string& name);
  Status copy_out(const std::string& name, FileSystem& fs, const std::string& path,
                  uint64_t bytes_max);

  FileSystem& fs_;
  const std::string root_;
  const std::string url_;
};

// What stands under a name: absent, a file, or a folder. No link is followed on the way there.
Result<FileStat> LocalStore::find(const std::string& name) {
  FileStat found;
  for (size_t end = 0; end != std::string::npos;) {
    end = name.find('/', end + 1);
    SLIP_ASSIGN(found, fs_.stat(path_of(name.substr(0, end))));
    if (found.kind == FileKind::link || found.kind == FileKind::other)
      return Status(SLIP_NOT_OURS, quoted(name.substr(0, end)) +
                                       " is a link or a special file, which is not followed "
                                       "(remove it)");
    if (end != std::string::npos && found.kind != FileKind::directory) return FileStat();
  }
  return found;
}

Result<ObjectFile> LocalStore::open(const std::string& name, uint64_t bytes_max) {
  SLIP_TRY(check_object_name(name));
  SLIP_ASSIGN(const FileStat found, find(name));
  if (found.kind != FileKind::file) return Status(SLIP_NOT_FOUND, "there is no such object");
  SLIP_ASSIGN(ObjectFile object, ObjectFile::open(fs_, path_of(name)));
  if (object.size() > bytes_max)
    return Status(SLIP_TOO_LARGE, "it has " + std::to_string(object.size()) +
                                      " bytes, over the limit of " + std::to_string(bytes_max));
  return object;
}

Result<Object> LocalStore::get(const std::string& name, size_t bytes_max) {
  const auto read = [&]() -> Result<Object> {
    SLIP_ASSIGN(ObjectFile file, open(name, bytes_max));
    StringSink sink;
    SLIP_TRY(file.read(sink));
    return Object{std::move(sink.data), file.tag()};
  };
  Result<Object> object = read();
  if (!object.ok()) return object.status().with_context(context("get", name));
  return object;
}

Status LocalStore::get_file(const std::string& name, FileSystem& fs, const std::string& path,
                            uint64_t bytes_max) {
  const Status status = copy_out(name, fs, path, bytes_max);
  return status.ok() ? status : status.with_context(context("get", name));
}

Status LocalStore::copy_out(const std::string& name, FileSystem& fs, const std::string& path,
                            uint64_t bytes_max) {
  SLIP_ASSIGN(ObjectFile object, open(name, bytes_max));
  SLIP_ASSIGN(const std::unique_ptr<File> file, fs.open(path, OpenMode::create));
  RemoveUnlessKept unfinished(fs, path);
  FileSink sink(*file);
  SLIP_TRY(object.read(sink));
  SLIP_TRY(file->sync());
  unfinished.keep();
  return Status();
}

Result<std::string> LocalStore::put(const std::string& name, std::string_view data) {
  MemoryContent content(data);
  return write(name, content, Condition{});
}

Result<std::string> LocalStore::put_if(const std::string& name, std::string_view data,
                                       const std::optional<std::string>& expected) {
  MemoryContent content(data);
  return write(name, content, Condition{false, expected});
}

Status LocalStore::put_file(const std::string& name, FileSystem& fs, const std::string& path) {
  const auto source = [&]() -> Result<FileContent> {
    SLIP_ASSIGN(const FileStat stat, fs.stat(path));
    if (stat.kind == FileKind::absent) return Status(SLIP_NOT_FOUND, quoted(path) + " is absent");
    if (stat.kind != FileKind::file) return Status(SLIP_INVALID, quoted(path) + " is not a file");
    SLIP_ASSIGN(std::unique_ptr<File> file, fs.open(path, OpenMode::read));
    return FileContent(std::move(file), stat.size);
  };
  Result<FileContent> content = source();
  if (!content.ok()) return content.status().with_context(context("put", name));
  return write(name, *content, Condition{}).status();
}

Result<std::string> LocalStore::write(const std::string& name, ObjectContent& content,
                                      const Condition& condition) {
  std::string tag = random_hex(kTagRandomBytes);
  const auto replace = [&]() -> Status {
    SLIP_TRY(check_object_name(name));
    SLIP_ASSIGN(const std::unique_ptr<FileLock> held, lock());
    SLIP_ASSIGN(const FileStat found, find(name));
    if (found.kind == FileKind::directory)
      return Status(SLIP_UNSUPPORTED,
                    "there are objects below that name, and a directory cannot "
                    "hold both (choose another name)");
    SLIP_TRY(check_condition(name, found, condition));
    return put_in_place(name, tag, content);
  };
  const Status status = replace();
  if (!status.ok()) return status.with_context(context("put", name));
  return tag;
}

// Under the lock, so that what is seen here stands until the rename.
Status LocalStore::check_condition(const std::string& name, const FileStat& found,
                                   const Condition& condition) {
  if (condition.any) return Status();
  std::optional<std::string> present;
  if (found.kind == FileKind::file) {
    if (!condition.tag) return Status(SLIP_CONFLICT, "there is one already");
    SLIP_ASSIGN(const ObjectFile object, ObjectFile::open(fs_, path_of(name)));
    present = object.tag();
  }
  // guard: cas_condition
  if (guard_on("cas_condition") && present != condition.tag)
    return Status(SLIP_CONFLICT, present ? "its tag is not the expected one: somebody else wrote it"
                                         : "the expected object is gone");
  return Status();
}

// Under the lock: whatever lies under the staged name was left by a writer that died.
Status LocalStore::put_in_place(const std::string& name, const std::string& tag,
                                ObjectContent& content) {
  const std::string staged = path_of(".slip-staged");
  const std::string path = path_of(name);
  const std::string folder = parent_path(path);
  SLIP_TRY(remove_tree(fs_, staged));
  SLIP_ASSIGN(std::unique_ptr<File> file, fs_.open(staged, OpenMode::create));
  RemoveUnlessKept unfinished(fs_, staged);
  SLIP_TRY(write_object_file(*file, tag, content));
  file.reset();
  SLIP_TRY(make_directories(fs_, folder));
  SLIP_TRY(fs_.rename(staged, path));
  unfinished.keep();
  const Status synced = fs_.sync_directory(folder);
  if (!synced.ok()) return synced.with_context("it is in place, but may not survive a power loss");
  return Status();
}

Result<std::optional<ObjectInfo>> LocalStore::head(const std::string& name) {
  const auto look = [&]() -> Result<std::optional<ObjectInfo>> {
    SLIP_TRY(check_object_name(name));
    SLIP_ASSIGN(const FileStat found, find(name));
    if (found.kind != FileKind::file) return std::optional<ObjectInfo>();
    SLIP_ASSIGN(const ObjectFile object, ObjectFile::open(fs_, path_of(name)));
    return std::optional<ObjectInfo>(ObjectInfo{name, object.size(), found.modified_ns});
  };
  Result<std::optional<ObjectInfo>> info = look();
  if (info.ok()) return info;
  // Removed between the look and the opening.
  if (info.status().is(SLIP_NOT_FOUND)) return std::optional<ObjectInfo>();
  return info.status().with_context(context("look at", name));
}

Result<std::vector<ObjectInfo>> LocalStore::list(const std::string& prefix,
                                                 const std::string& after, size_t limit) {
  if (limit < 1 || limit > kObjectListMax)
    return Status(SLIP_INVALID, "cannot list store " + quoted(url_) + ": the limit is " +
                                    std::to_string(limit) + ", not 1 to " +
                                    std::to_string(kObjectListMax));
  LocalListing listing(fs_, root_, prefix, after, limit);
  const Status status = listing.run();
  if (!status.ok()) return status.with_context("cannot list store " + quoted(url_));
  return listing.take();
}

Status LocalStore::remove(const std::string& name) {
  const Status status = remove_locked(name);
  return status.ok() ? status : status.with_context(context("remove", name));
}

Status LocalStore::remove_locked(const std::string& name) {
  SLIP_TRY(check_object_name(name));
  SLIP_ASSIGN(const std::unique_ptr<FileLock> held, lock());
  SLIP_ASSIGN(const FileStat found, find(name));
  if (found.kind != FileKind::file) return Status(SLIP_NOT_FOUND, "there is no such object");
  SLIP_TRY(fs_.remove(path_of(name)));
  SLIP_TRY(fs_.sync_directory(parent_path(path_of(name))));
  // Folders that became empty go too: an object may take their name, and listings stay quick.
  for (size_t end = name.rfind('/'); end != std::string::npos && end > 0;
       end = name.rfind('/', end - 1)) {
    const std::string folder = path_of(name.substr(0, end));
    const Result<std::vector<std::string>> names = fs_.list(folder);
    if (!names.ok() || !names.value().empty() || !fs_.remove(folder).ok()) break;
    SLIP_TRY(fs_.sync_directory(parent_path(folder)));
  }
  return Status();
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> open_local_store(FileSystem& fs, const std::string& root,
                                                      const std::string& url) {
  const std::string context = "cannot open object store " + quoted(url);
  // "." looks through a link: the root itself is the caller's choice.
  Result<FileStat> found = fs.stat(join_path(root, "."));
  if (!found.ok() || found->kind != FileKind::directory) {
    SLIP_ASSIGN(const FileStat itself, fs.stat(root));
    if (itself.kind != FileKind::absent && itself.kind != FileKind::directory)
      return Status(SLIP_NOT_OURS,
                    context + ": it is not a directory (move it away or choose another path)");
    const Status made = make_directories(fs, root);
    if (!made.ok()) return made.with_context(context);
  }
  return std::shared_ptr<ObjectStore>(std::make_shared<LocalStore>(fs, root, url));
}

}  // namespace slip
