#include "support/sim_disk.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <utility>

#include "base/checksum.h"

namespace sim {
namespace {

constexpr std::string_view kStaged = ".slip-staged-";

uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

uint64_t sectors_end(uint64_t bytes) { return (bytes + kSectorBytes - 1) / kSectorBytes; }

// The offset of a Write that is no more than a new size.
constexpr uint64_t kSizeAlone = UINT64_MAX;

void put(std::string* out, uint64_t offset, std::string_view bytes) {
  if (out->size() < offset + bytes.size()) out->resize(offset + bytes.size());
  out->replace(offset, bytes.size(), bytes);
}

// What a change of a file does to those who mapped it: [from, to) is what the file has there now.
void show(Inode* file, uint64_t from, uint64_t to) {
  auto& mapped = file->mapped;
  mapped.erase(
      std::remove_if(mapped.begin(), mapped.end(), [](const auto& gone) { return gone.expired(); }),
      mapped.end());
  const std::string& all = file->bytes.get();
  for (const auto& weak : mapped) {
    const std::shared_ptr<MappedBytes> one = weak.lock();
    if (one == nullptr || !one->is_mapped) continue;
    for (uint64_t at = from; at < std::min<uint64_t>(to, one->bytes.size()); ++at) {
      const uint64_t sector = at / kSectorBytes;
      if (sector < one->detached.size() && one->detached[sector]) continue;
      one->bytes[at] = at < all.size() ? all[at] : kUnmapped;
    }
  }
}

// How much of what was not synced survives.
enum class Survival { nothing, all, beginning, anything };

Survival survival_of(Random* random) {
  const uint64_t drawn = random->below(8);
  if (drawn < 4) return Survival::anything;
  if (drawn < 6) return Survival::beginning;
  return drawn == 6 ? Survival::nothing : Survival::all;
}

// Which changes of a sector, of the first `count`, reached the disk: none, all, or up to one.
size_t version_of(uint64_t seed, uint64_t sector, size_t count) {
  const uint64_t drawn = mix(seed ^ (sector * 0x9e3779b97f4a7c15u));
  if (drawn % 4 == 0) return 0;
  if (drawn % 4 < 3) return count;
  return static_cast<size_t>((drawn >> 8) % (count + 1));
}

void apply_truncation(const Inode& file, size_t index, uint64_t seed, std::string* out) {
  const uint64_t size = file.writes[index].size_after;
  for (uint64_t sector = size / kSectorBytes; sector < sectors_end(out->size()); ++sector) {
    if (index >= version_of(seed, sector, file.writes.size())) continue;
    const uint64_t begin = std::max(size, sector * kSectorBytes);
    const uint64_t end = std::min<uint64_t>(out->size(), (sector + 1) * kSectorBytes);
    if (begin < end) std::fill(out->begin() + long(begin), out->begin() + long(end), '\0');
  }
}

void apply_write(const Inode& file, size_t index, uint64_t seed, std::string* out) {
  const Write& write = file.writes[index];
  const std::string& bytes = *write.bytes;
  for (uint64_t at = 0; at < bytes.size();) {
    const uint64_t offset = write.offset + at;
    const uint64_t sector = offset / kSectorBytes;
    const uint64_t size = std::min((sector + 1) * kSectorBytes - offset, bytes.size() - at);
    if (index < version_of(seed, sector, file.writes.size()))
      put(out, offset, std::string_view(bytes).substr(at, size));
    at += size;
  }
}

// What was durable, and of what a failed sync was to write a part.
std::string with_lost(const Inode& file, Random* random) {
  std::string out = file.durable.get();
  for (const auto& [sector, held] : file.lost) {
    const uint64_t offset = sector * kSectorBytes;
    if (random->below(2) == 0 || offset >= held.get().size()) continue;
    put(&out, offset, std::string_view(held.get()).substr(offset, kSectorBytes));
  }
  return out;
}

std::string any_version(const Inode& file, std::string out, uint64_t seed) {
  const size_t count = file.writes.size();
  const size_t durable_size = file.durable.get().size();
  for (size_t i = 0; i < count; ++i) {
    if (file.writes[i].bytes == nullptr)
      apply_truncation(file, i, seed, &out);
    else
      apply_write(file, i, seed, &out);
  }
  const size_t sized_by = version_of(seed, UINT64_MAX, count);
  out.resize(sized_by == 0 ? durable_size : file.writes[sized_by - 1].size_after);
  return out;
}

// The first `count` writes, whole.
std::string beginning(const Inode& file, std::string out, size_t count) {
  if (count == 0) out.resize(file.durable.get().size());
  for (size_t i = 0; i < count; ++i) {
    const Write& write = file.writes[i];
    if (write.bytes != nullptr) put(&out, write.offset, *write.bytes);
    out.resize(write.size_after);
  }
  return out;
}

// Whole sectors are written, as readers see them; those that were lost and not changed since stay
// lost. What was cut off is given back, and the sector of the cut is changed by it.
void sync_sectors(Inode* file) {
  const std::string& cached = file->bytes.get();
  std::string& durable = file->durable.change();
  durable.resize(cached.size());
  for (const Write& write : file->writes) {
    if (write.offset == kSizeAlone) continue;
    const bool cuts = write.bytes == nullptr;
    const uint64_t first = write.offset / kSectorBytes;
    const uint64_t end = cuts ? first + 1 : sectors_end(write.offset + write.bytes->size());
    for (uint64_t sector = first; sector < end; ++sector) {
      const uint64_t begin = sector * kSectorBytes;
      if (begin < cached.size()) durable.replace(begin, kSectorBytes, cached, begin, kSectorBytes);
    }
    file->lost.erase(file->lost.lower_bound(first),
                     cuts ? file->lost.end() : file->lost.lower_bound(end));
  }
}

// Makes what survives of one disk into another.
class Survivors {
 public:
  Survivors(Disk* disk, uint64_t seed) : disk_(disk), random_(seed) {}

  void directory(const Inode& from, Inode* to) {
    Names names = from.durable_names;
    const Survival survival = survival_of(&random_);
    const size_t first = random_.below(from.renames.size() + 1);
    for (size_t i = 0; i < from.renames.size(); ++i) {
      const Rename& rename = from.renames[i];
      const bool survives = survival == Survival::all ||
                            (survival == Survival::beginning && i < first) ||
                            (survival == Survival::anything && random_.below(2) == 0);
      if (!survives) continue;
      if (!rename.removed.empty()) names.erase(rename.removed);
      if (!rename.added.empty()) names[rename.added] = rename.node;
    }
    for (const auto& [name, node] : names) to->names[name] = survivor(*node);
    to->durable_names = to->names;
  }

 private:
  Node survivor(const Inode& from) {
    Node& made = made_[&from];
    if (made != nullptr) return made;
    made = disk_->make(from.is_directory);
    const Node node = made;
    if (from.is_directory)
      directory(from, node.get());
    else
      file(from, node.get());
    return node;
  }

  void file(const Inode& from, Inode* to) {
    to->durable = from.durable;
    const Survival survival = survival_of(&random_);
    const uint64_t drawn = random_.next();
    const size_t count = survival == Survival::nothing ? 0 : from.writes.size();
    if (from.lost.empty() && (count == 0 || survival == Survival::all)) {
      if (count > 0) to->durable = from.bytes;
    } else if (survival == Survival::anything) {
      to->durable.change() = any_version(from, with_lost(from, &random_), drawn);
    } else {
      const size_t first = survival == Survival::beginning ? drawn % (count + 1) : count;
      to->durable.change() = beginning(from, with_lost(from, &random_), first);
    }
    to->bytes = to->durable;
  }

  Disk* disk_;
  Random random_;
  std::map<const Inode*, Node> made_;
};

uint64_t digest_of(const Inode& node) {
  if (!node.is_directory) return slip::xxh3(node.bytes.get()) ^ 1;
  uint64_t staged = 0;  // in any order
  std::string all;
  for (const auto& [name, below] : node.names) {
    const uint64_t digest = digest_of(*below);
    if (std::string_view(name).substr(0, kStaged.size()) == kStaged) {
      staged += mix(digest);
      continue;
    }
    all += name;
    all += '/';
    all.append(reinterpret_cast<const char*>(&digest), sizeof digest);
  }
  return mix(slip::xxh3(all) ^ staged);
}

uint64_t used_by(const Inode& node) {
  if (!node.is_directory) return node.bytes.get().size();
  uint64_t used = 0;
  for (const auto& name : node.names) used += used_by(*name.second);
  return used;
}

// Of what is there by name or was: what has neither name can come back by no crash.
uint64_t unsynced_in(const Inode& node) {
  uint64_t changes = node.writes.size() + node.renames.size() + node.lost.size();
  for (const auto& name : node.durable_names) changes += unsynced_in(*name.second);
  for (const Rename& rename : node.renames)
    if (rename.node != nullptr) changes += unsynced_in(*rename.node);
  return changes;
}

}  // namespace

uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15u;
  return mix(state_);
}

std::string& SharedBytes::change() {
  if (bytes_.use_count() > 1) bytes_ = std::make_shared<std::string>(*bytes_);
  return *bytes_;
}

Disk::Disk() {
  static std::atomic<uint64_t> devices{1};
  device_ = devices.fetch_add(1);
  root_ = make(true);
}

Node Disk::make(bool is_directory) {
  auto node = std::make_shared<Inode>();
  node->is_directory = is_directory;
  node->number = next_number_++;
  return node;
}

Node Disk::find(std::string_view path) const {
  Node at = root_;
  while (!path.empty() && at != nullptr) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (!at->is_directory) return nullptr;
    const auto found = at->names.find(name);
    at = found == at->names.end() ? nullptr : found->second;
  }
  return at;
}

void Disk::write(Inode* file, uint64_t offset, std::string_view bytes) {
  std::string& all = file->bytes.change();
  put(&all, offset, bytes);
  file->writes.push_back({offset, std::make_shared<const std::string>(bytes), all.size()});
  if (!file->mapped.empty()) show(file, offset, offset + bytes.size());
}

void Disk::truncate(Inode* file, uint64_t size) {
  const uint64_t before = file->bytes.get().size();
  file->bytes.change().resize(size);
  file->writes.push_back({size, nullptr, size});
  if (!file->mapped.empty()) show(file, std::min(size, before), std::max(size, before));
}

std::shared_ptr<MappedBytes> Disk::map(Inode* file, uint64_t size) {
  auto mapped = std::make_shared<MappedBytes>(size);
  const std::string& all = file->bytes.get();
  all.copy(mapped->bytes.data(), std::min<uint64_t>(size, all.size()));
  file->mapped.push_back(mapped);
  return mapped;
}

void Disk::sync_file(Inode* file) {
  if (!file->lost.empty()) {
    sync_sectors(file);
  } else if (!file->writes.empty()) {
    std::string& durable = file->durable.change();
    for (const Write& write : file->writes) {
      if (write.bytes != nullptr) put(&durable, write.offset, *write.bytes);
      durable.resize(write.size_after);
    }
  }
  file->writes.clear();
}

void Disk::lose_writes(Inode* file) {
  for (const Write& write : file->writes) {
    if (write.bytes == nullptr) continue;
    for (uint64_t s = write.offset / kSectorBytes;
         s < sectors_end(write.offset + write.bytes->size()); ++s)
      file->lost[s] = file->bytes;
  }
  file->writes.clear();
  // The size is the journal's business.
  file->writes.push_back({kSizeAlone, nullptr, file->bytes.get().size()});
}

void Disk::change_names(Inode* directory, const std::string& removed, const std::string& added,
                        Node node) {
  if (!removed.empty()) directory->names.erase(removed);
  if (!added.empty()) directory->names[added] = node;
  directory->renames.push_back({removed, added, std::move(node)});
}

void Disk::sync_names(Inode* directory) {
  directory->durable_names = directory->names;
  directory->renames.clear();
}

Disk Disk::after_crash(uint64_t seed) const {
  Disk disk;
  Survivors(&disk, seed).directory(*root_, disk.root_.get());
  return disk;
}

uint64_t Disk::digest() const { return digest_of(*root_); }
uint64_t Disk::used_bytes() const { return used_by(*root_); }
uint64_t Disk::unsynced() const { return unsynced_in(*root_); }

}  // namespace sim
