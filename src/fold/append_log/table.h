// A fold's contents in memory: a hash index for gets, a tree for ranges, versions under each key.
//
// A committed state is a sequence, its meta and the root of its tree. Opening one copies nothing; a
// reader of it passes over the versions that are younger. Readers never wait for the writer, nor it
// for them. What a commit replaced is freed at once where no open state needs it, else when the
// last one that does is closed.
//
// While a fold is first filled its tree is left out: it is made at once when somebody asks for a
// range, when the first load has ended, or where kUnorderedKeysMax are there.
//
// Reading: any thread. Changing: one thread at a time, through a TableEdit.
#ifndef SLIP_FOLD_APPEND_LOG_TABLE_H
#define SLIP_FOLD_APPEND_LOG_TABLE_H

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "fold/append_log/entry.h"
#include "fold/append_log/epoch.h"
#include "fold/append_log/hash_index.h"
#include "fold/append_log/hidden.h"
#include "fold/append_log/order.h"
#include "fold/append_log/slab.h"
#include "fold/append_log/tree.h"
#include "fold/append_log/values.h"
#include "fold/fold.h"

namespace slip::append_log {

// What waits for its order outside of a first load, so that whoever asks first is answered soon.
constexpr uint64_t kUnorderedKeysMax = uint64_t{4} << 20;

struct TableState {
  uint64_t sequence = 1;
  FoldMeta meta;
  bool ordered = false;  // else Table::order_of() gives the root
  const TreeNode* order_root = nullptr;
  std::shared_ptr<const HiddenSet> hidden;  // null: nothing is

  // Whether a reader is to pass over it.
  bool hides(const Version& version) const {
    return hidden != nullptr && hidden->contains(version.revision);
  }
};

// What a commit replaced, and since when it was there.
struct Garbage {
  enum class Kind : uint8_t { version, mark, node, segment };
  Kind kind;
  void* what;    // a Version, a TreeNode, or a MappedSegment
  Entry* entry;  // of a version or a mark (the version that says that the key is gone)
  uint64_t born;
};
struct GarbageChunk {
  std::vector<Garbage> items;
  std::unique_ptr<GarbageChunk> next;
};
using GarbageList = std::unique_ptr<GarbageChunk>;

class Table {
 public:
  Table();
  ~Table() = default;  // nobody reads or writes any more: all of it goes with the slab
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // The newest state, kept alive until it is given back.
  std::shared_ptr<const TableState> open_state();
  void close_state(uint64_t sequence) noexcept;
  std::shared_ptr<const TableState> newest() const;
  // The newest state with another set of hidden revisions, and then the newest state. No commit
  // may come between the two.
  std::shared_ptr<TableState> with_hidden(HiddenSet set) const;
  void adopt(std::shared_ptr<TableState> state) noexcept;
  uint64_t open_states() const;

  // Where values stay in the log; null: they are in memory. Set before anything is put.
  void keep_values_in(std::unique_ptr<Values> values) { values_ = std::move(values); }
  Values* values() const { return values_.get(); }
  // A value that was copied to another place of the log: whoever reads the newest state reads it
  // there, where it lies in one of the segments `from`.
  struct Moved {
    std::string key;
    uintptr_t place;
  };
  void repoint(const std::vector<Moved>& moved, const std::vector<MappedSegment*>& from);
  // Nothing that is put from now on reads these, nor any state that is opened from now on: they go
  // with the last of those that are open.
  void retire(const std::vector<MappedSegment*>& segments);

  // Of an open state; null where the key does not live there. The entry is what it lies under.
  const Version* find(uint64_t sequence, Bytes key, const Entry** entry) const;
  // The keys of an open state, or of the newest, in order. Where that is still to be made, it waits
  // for a commit that is under way.
  const TreeNode* order_of(const TableState& state);

  // What waits to be freed, for tests.
  size_t retired() const;

 private:
  friend class TableEdit;
  friend class TableLoad;
  struct Open {
    uint64_t holders = 0;
    GarbageList dead;
    bool ordered = false;  // since it was opened
    const TreeNode* root = nullptr;
  };
  using OpenStates = std::map<uint64_t, Open>;

  void publish(std::shared_ptr<const TableState> state, GarbageList garbage) noexcept;
  bool find_order(uint64_t sequence, const TreeNode** root) const;
  // With `changing_` held.
  EntryList sorted_at(uint64_t sequence) const;
  const TreeNode* order_newest();
  const TreeNode* order_earlier(uint64_t sequence);
  void settle(uint64_t before, GarbageList list) noexcept;
  void settle_closed() noexcept;
  // 0: there is none.
  uint64_t hold_newest_before(uint64_t before) noexcept;
  void give_back(uint64_t sequence, GarbageList kept) noexcept;
  void reclaim(const Garbage& garbage) noexcept;
  void forget(Entry* entry, uint64_t gone_since) noexcept;

  mutable std::mutex changing_;  // whoever changes the indexes; taken before state_
  Slab slab_;                    // under `changing_` too; goes last
  Limbo limbo_;
  HashIndex index_{limbo_};
  std::unique_ptr<Values> values_;

  mutable std::mutex state_;  // short: the newest state and who has which open
  std::shared_ptr<const TableState> newest_;
  OpenStates open_;
  OpenStates closed_;  // their garbage is still to be settled
  uint64_t holders_ = 0;
};

// One commit in the making: prepared in full, so that publishing it cannot fail; dropped without
// publish() it leaves no trace. A key is changed at most once.
class TableEdit {
 public:
  explicit TableEdit(Table& table);
  ~TableEdit();
  // What is stored under the key now, or null; the next put() or drop() is of this key.
  const Version* seek(Bytes key);
  // `value_at`: where its value stands in the segment, counted if values stay there.
  void put(const Update& update, uint64_t value_at);
  void drop();
  bool needs_segment() const { return needs_segment_; }
  // Where the segment of the batch begins.
  void locate_values(uintptr_t segment);
  // Everything that could fail, but for an order that is made now. `meta` is that of the new state.
  void prepare(FoldMeta meta);
  void publish() noexcept;

 private:
  struct Change {
    Entry* entry;
    Version* version;
    uint64_t hash;
    bool is_new;  // the entry is not in the index yet
  };
  OwnVersion version_of(const Update& update, uint64_t value_at);
  void change(OwnVersion version);
  bool is_order_due(size_t fresh) const;

  Table& table_;
  const std::lock_guard<std::mutex> lock_;
  const std::shared_ptr<const TableState> before_;
  TreeEdit tree_;
  std::vector<Change> changes_;
  GarbageList garbage_;
  std::shared_ptr<const TableState> state_;
  bool orders_ = false;
  Bytes key_;
  uint64_t hash_ = 0;
  Entry* entry_ = nullptr;
  bool needs_segment_ = false;  // a value is on disk
};

// What a fold holds when it is opened: replayed from the log, commit by commit, before anybody
// reads.
class TableLoad {
 public:
  explicit TableLoad(Table& table) : table_(table) {}
  ~TableLoad() { discard(); }
  TableLoad(const TableLoad&) = delete;
  TableLoad& operator=(const TableLoad&) = delete;

  void expect(uint64_t keys) {
    table_.index_.reserve_more(keys);
    entries_.reserve(keys);
  }
  // An update of the commit that is being read; revision 0: the key goes.
  // `place`: where its value stays, see Version; 0: in memory.
  void stage(const Update& update, uintptr_t place = 0);
  void commit();
  void discard() noexcept;
  // Puts everything in order; the state is that of `meta` then. False where there is not what its
  // counts say. `record_bytes`: what the records of all that is there take in the log.
  bool finish(FoldMeta meta, uint64_t* record_bytes);

 private:
  void add(Entry* entry, uint64_t hash);
  void count(FoldMeta* counted, uint64_t* record_bytes);

  Table& table_;
  std::vector<Entry*> staged_;
  std::vector<uint64_t> hashes_;
  // All that were added, those that went again among them; the first ones as they came in order.
  EntryList entries_;
  size_t in_order_ = 0;
};

}  // namespace slip::append_log
#endif
