// A disk in memory that is honest about durability: what SimFileSystem stands on.
//
// A file has the bytes that readers see and those that a power loss cannot take; a directory has
// names of both sorts. Between them lie the changes that no sync has covered yet. after_crash() is
// the disk that a machine finds when it comes back: of those changes, some survive, decided by a
// seed: bytes by sectors of 512, in any order and in any of the versions that a sector had; sizes
// and names likewise; a new directory may vanish with all that is in it.
//
// Contents are shared between disks until one of them writes, so a crash costs a few pointers a
// file. Not thread-safe by itself.
#ifndef TESTS_SUPPORT_SIM_DISK_H
#define TESTS_SUPPORT_SIM_DISK_H

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

constexpr uint64_t kSectorBytes = 512;

// Small, fast, and the same everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  uint64_t below(uint64_t bound) { return next() % bound; }

 private:
  uint64_t state_;
};

// Bytes that are shared until they are changed.
class SharedBytes {
 public:
  const std::string& get() const { return *bytes_; }
  std::string& change();

 private:
  std::shared_ptr<std::string> bytes_ = std::make_shared<std::string>();
};

struct Inode;
using Node = std::shared_ptr<Inode>;
using Names = std::map<std::string, Node, std::less<>>;

// A change of a file that no sync has covered: bytes at an offset, or (without bytes) a new size.
struct Write {
  uint64_t offset = 0;
  std::shared_ptr<const std::string> bytes;
  uint64_t size_after = 0;
};
// A change of a directory that no sync has covered: one name goes, one comes, both at once.
struct Rename {
  std::string removed;
  std::string added;
  Node node;
};

// A file as it lies in the memory of whoever mapped it: in one place, changed as the file is. What
// the file does not have is filled with kUnmapped, where a program would be killed for reading it.
constexpr char kUnmapped = '\xdb';
struct MappedBytes {
  explicit MappedBytes(uint64_t mapped) : bytes(mapped, kUnmapped) {}
  std::vector<char> bytes;
  std::vector<bool> detached;  // by sector
  bool is_mapped = true;
};

struct Inode {
  bool is_directory = false;
  uint64_t number = 0;

  SharedBytes bytes;    // what readers see
  SharedBytes durable;  // what survives in any case
  std::vector<Write> writes;
  // Sectors that a sync failed to write: readers see them, no sync writes them, and what the file held
  // at that sync is on the disk, or is not.
  std::map<uint64_t, SharedBytes> lost;
  std::vector<std::weak_ptr<MappedBytes>> mapped;

  Names names;
  Names durable_names;
  std::vector<Rename> renames;
};

class Disk {
 public:
  Disk();
  const Node& root() const { return root_; }
  uint64_t device() const { return device_; }
  Node make(bool is_directory);
  // The directory or file at a path, or null. Empty components and "." are skipped.
  Node find(std::string_view path) const;

  static void write(Inode* file, uint64_t offset, std::string_view bytes);
  static void truncate(Inode* file, uint64_t size);
  static std::shared_ptr<MappedBytes> map(Inode* file, uint64_t size);
  static void sync_file(Inode* file);
  // What a failed sync leaves: clean pages that are not on the disk.
  static void lose_writes(Inode* file);
  static void change_names(Inode* directory, const std::string& removed, const std::string& added,
                           Node node);
  static void sync_names(Inode* directory);

  // The same disk after a power loss, everything that it holds now being durable.
  Disk after_crash(uint64_t seed) const;
  // Of all names and bytes that readers see. Staged files count by the beginning of their names,
  // the rest of which is random.
  uint64_t digest() const;
  uint64_t used_bytes() const;
  // Changes of bytes and names that no sync has covered: what a crash decides about.
  uint64_t unsynced() const;

 private:
  Node root_;
  uint64_t device_;
  uint64_t next_number_ = 1;
};

}  // namespace sim
#endif
