#include "fold/append_log/table.h"

#include <algorithm>
#include <cassert>

#include "fold/append_log/format.h"

namespace slip::append_log {
namespace {

void destroy_version(void* version) { Freed()(static_cast<Version*>(version)); }
void destroy_entry(void* entry) { Freed()(static_cast<Entry*>(entry)); }

// Of a version that says that its key is gone: the entry goes with the last version below it.
constexpr uint8_t kForgetWhenAlone = 1;

void join(GarbageList* to, GarbageList list) noexcept {
  GarbageList* end = &list;
  while (*end != nullptr) end = &(*end)->next;
  *end = std::move(*to);
  *to = std::move(list);
}

size_t count_of(const GarbageList& list) {
  size_t count = 0;
  for (const GarbageChunk* chunk = list.get(); chunk != nullptr; chunk = chunk->next.get())
    count += chunk->items.size();
  return count;
}

// What freeing one piece retires at most: a version, and with it the entry that waited for it.
constexpr size_t kRetiredByOne = 3;

}  // namespace

Table::Table() : newest_(std::make_shared<const TableState>()) {}

// --- states --------------------------------------------------------------------------------------

std::shared_ptr<const TableState> Table::open_state() {
  const std::lock_guard<std::mutex> lock(state_);
  ++open_[newest_->sequence].holders;
  ++holders_;
  return newest_;
}

void Table::close_state(uint64_t sequence) noexcept {
  give_back(sequence, nullptr);
  {
    const std::lock_guard<std::mutex> lock(state_);
    --holders_;
  }
  // Where somebody is writing, that one does it.
  const std::unique_lock<std::mutex> lock(changing_, std::try_to_lock);
  if (lock.owns_lock()) settle_closed();
}

std::shared_ptr<TableState> Table::with_hidden(HiddenSet set) const {
  auto state = std::make_shared<TableState>(*newest());
  state->hidden = set.empty() ? nullptr : std::make_shared<const HiddenSet>(std::move(set));
  return state;
}

void Table::adopt(std::shared_ptr<TableState> state) noexcept {
  std::shared_ptr<const TableState> next;
  const std::lock_guard<std::mutex> lock(state_);
  assert(state->sequence == newest_->sequence);
  // It may have been made since.
  state->ordered = newest_->ordered;
  state->order_root = newest_->order_root;
  next = std::move(state);
  newest_.swap(next);
}

std::shared_ptr<const TableState> Table::newest() const {
  const std::lock_guard<std::mutex> lock(state_);
  return newest_;
}

uint64_t Table::open_states() const {
  const std::lock_guard<std::mutex> lock(state_);
  return holders_;
}

size_t Table::retired() const {
  const std::lock_guard<std::mutex> lock(changing_);
  return limbo_.size();
}

const Version* Table::find(uint64_t sequence, Bytes key, const Entry** entry) const {
  const uint64_t hash = hash_of(key);
  const EpochPin pin;
  const Entry* found = index_.find(key, hash);
  if (found == nullptr) return nullptr;
  *entry = found;
  return visible(*found, sequence);
}

// --- garbage -------------------------------------------------------------------------------------

// An open state s needs what was there from `born` until `before`, where born <= s < before. Only
// the newest such state has to be asked: what it does not need goes, and what it does waits for its
// end and is then put to the one before it.

uint64_t Table::hold_newest_before(uint64_t before) noexcept {
  const std::lock_guard<std::mutex> lock(state_);
  auto found = open_.lower_bound(before);
  if (found == open_.begin()) return 0;
  --found;
  ++found->second.holders;
  return found->first;
}

void Table::give_back(uint64_t sequence, GarbageList kept) noexcept {
  const std::lock_guard<std::mutex> lock(state_);
  const auto found = open_.find(sequence);
  assert(found != open_.end());
  join(&found->second.dead, std::move(kept));
  if (--found->second.holders > 0) return;
  auto ended = closed_.insert(open_.extract(found));
  if (!ended.inserted) join(&ended.position->second.dead, std::move(ended.node.mapped().dead));
}

// There is room in limbo for all of it.
void Table::settle(uint64_t before, GarbageList list) noexcept {
  const uint64_t holder = hold_newest_before(before);
  GarbageList needed;
  while (list != nullptr) {
    GarbageList chunk = std::move(list);
    list = std::move(chunk->next);
    size_t kept = 0;
    for (const Garbage& garbage : chunk->items) {
      if (holder > 0 && garbage.born <= holder)
        chunk->items[kept++] = garbage;
      else
        reclaim(garbage);
    }
    if (kept == 0) continue;
    chunk->items.resize(kept, Garbage{});
    try {
      chunk->items.shrink_to_fit();
    } catch (...) {  // it stays as large as it is
    }
    join(&needed, std::move(chunk));
  }
  if (holder > 0) give_back(holder, std::move(needed));
}

void Table::settle_closed() noexcept {
  for (;;) {
    OpenStates::node_type ended;
    {
      const std::lock_guard<std::mutex> lock(state_);
      if (closed_.empty()) break;
      ended = closed_.extract(closed_.begin());
    }
    try {
      limbo_.reserve_more(kRetiredByOne * count_of(ended.mapped().dead));
    } catch (...) {  // another time
      const std::lock_guard<std::mutex> lock(state_);
      auto back = closed_.insert(std::move(ended));
      if (!back.inserted) join(&back.position->second.dead, std::move(back.node.mapped().dead));
      break;
    }
    settle(ended.key(), std::move(ended.mapped().dead));
  }
  limbo_.drain();
}

void Table::reclaim(const Garbage& garbage) noexcept {
  switch (garbage.kind) {
    case Garbage::Kind::node:  // reached through open states only
      free_node(static_cast<TreeNode*>(garbage.what));
      return;
    case Garbage::Kind::segment:
      values_->remove(static_cast<MappedSegment*>(garbage.what));
      return;
    case Garbage::Kind::mark:
      forget(garbage.entry, reinterpret_cast<uint64_t>(garbage.what));
      return;
    case Garbage::Kind::version:
      break;
  }
  auto* version = static_cast<Version*>(garbage.what);
  Version* younger = garbage.entry->head.load();
  while (younger->older.load() != version) younger = younger->older.load();
  younger->older.store(version->older.load());
  limbo_.retire(version, destroy_version);
  if (younger->gone() && (younger->flags & kForgetWhenAlone) != 0)
    forget(garbage.entry, younger->born);
}

// The key is gone for every state that is open, unless it came back.
void Table::forget(Entry* entry, uint64_t gone_since) noexcept {
  Version* head = entry->head.load();
  if (!head->gone() || head->born != gone_since) return;
  if (head->older.load() != nullptr) {
    head->flags = kForgetWhenAlone;
    return;
  }
  index_.erase(entry);
  limbo_.retire(head, destroy_version);
  limbo_.retire(entry, destroy_entry);
}

// --- a commit ------------------------------------------------------------------------------------

void Table::publish(std::shared_ptr<const TableState> state, GarbageList garbage) noexcept {
  const uint64_t sequence = state->sequence;
  {
    const std::lock_guard<std::mutex> lock(state_);
    newest_.swap(state);
  }
  settle(sequence, std::move(garbage));
  settle_closed();
}

TableEdit::TableEdit(Table& table)
    : table_(table),
      lock_(table.changing_),
      before_(table.newest()),
      tree_(table.slab_, const_cast<TreeNode*>(before_->order_root), before_->sequence + 1) {}

TableEdit::~TableEdit() {
  for (const Change& change : changes_) {
    Freed()(change.version);
    if (change.is_new) Freed()(change.entry);
  }
}

const Version* TableEdit::seek(Bytes key) {
  key_ = key;
  hash_ = hash_of(key);
  entry_ = table_.index_.find(key, hash_);
  return entry_ == nullptr ? nullptr : visible(*entry_, before_->sequence);
}

void TableEdit::put(const Update& update, uint64_t value_at) {
  OwnVersion version = version_of(update, value_at);
  if (entry_ != nullptr) {
    const bool was_gone = entry_->head.load()->gone();
    Entry* const entry = entry_;
    change(std::move(version));
    if (was_gone && before_->ordered) tree_.insert(entry);
    return;
  }
  OwnEntry entry = make_entry(table_.slab_, key_, hash_);
  changes_.push_back({entry.get(), version.get(), hash_, true});
  Entry* const made = entry.release();
  [[maybe_unused]] Version* const kept = version.release();
  if (before_->ordered) tree_.insert(made);
}

void TableEdit::drop() {
  assert(entry_ != nullptr);
  Entry* const entry = entry_;
  change(make_gone(table_.slab_, before_->sequence + 1));
  if (before_->ordered) tree_.remove(entry);
}

void TableEdit::change(OwnVersion version) {
  changes_.push_back({entry_, version.get(), hash_, false});
  [[maybe_unused]] Version* const kept = version.release();
}

void TableEdit::prepare(FoldMeta meta) {
  auto state = std::make_shared<TableState>();
  state->sequence = before_->sequence + 1;
  state->meta = std::move(meta);
  state->ordered = before_->ordered;
  state->order_root = tree_.root();
  state->hidden = before_->hidden;
  state_ = std::move(state);
  garbage_ = std::make_unique<GarbageChunk>();
  garbage_->items.reserve(2 * changes_.size() + tree_.replaced().size());
  size_t fresh = 0;
  for (const Change& change : changes_) fresh += change.is_new ? 1 : 0;
  orders_ = is_order_due(fresh);
  table_.index_.reserve_more(fresh);
  table_.limbo_.reserve_more(kRetiredByOne * garbage_->items.capacity());
}

void TableEdit::publish() noexcept {
  std::vector<Garbage>& items = garbage_->items;
  for (const Change& change : changes_) {
    Version* old = change.entry->head.load();
    change.version->older.store(old);
    change.entry->head.store(change.version);
    if (old != nullptr) items.push_back({Garbage::Kind::version, old, change.entry, old->born});
    if (change.version->gone())
      items.push_back(
          {Garbage::Kind::mark, reinterpret_cast<void*>(state_->sequence), change.entry, 0});
    if (change.is_new) table_.index_.insert(change.entry, change.hash);
  }
  for (TreeNode* node : tree_.replaced())
    items.push_back({Garbage::Kind::node, node, nullptr, node->born});
  changes_.clear();
  tree_.keep();
  table_.publish(std::move(state_), std::move(garbage_));
  if (!orders_) return;
  try {
    table_.order_newest();
  } catch (...) {  // whoever asks for a range makes it
  }
}

// --- opening -------------------------------------------------------------------------------------

void TableLoad::stage(const Update& update, uintptr_t place) {
  const uint64_t hash = hash_of(key_of(update));
  const uint64_t born = table_.newest_->sequence;
  OwnEntry entry = make_entry(table_.slab_, key_of(update), hash);
  OwnVersion version = update.revision == 0 ? make_gone(table_.slab_, born)
                       : place != 0 ? make_version_on_disk(table_.slab_, update, born, place)
                                    : make_version(table_.slab_, update, born);
  hashes_.push_back(hash);
  staged_.push_back(entry.get());
  entry->head.store(version.release());
  [[maybe_unused]] Entry* const kept = entry.release();
}

void TableLoad::discard() noexcept {
  for (Entry* entry : staged_) {
    if (entry == nullptr) continue;
    Freed()(entry->head.load());
    Freed()(entry);
  }
  staged_.clear();
  hashes_.clear();
}

void TableLoad::commit() {
  table_.index_.reserve_more(staged_.size());
  for (size_t i = 0; i < staged_.size(); ++i) {
    Entry* staged = staged_[i];
    Entry* there = table_.index_.find(staged->key(), hashes_[i]);
    if (there != nullptr) {
      Freed()(there->head.exchange(staged->head.load()));
      Freed()(staged);
      // It stays among the entries until the end.
      if (there->head.load()->gone()) table_.index_.erase(there);
    } else if (staged->head.load()->gone()) {
      Freed()(staged->head.load());
      Freed()(staged);
    } else {
      add(staged, hashes_[i]);
    }
    staged_[i] = nullptr;
  }
  discard();
}

void TableLoad::add(Entry* entry, uint64_t hash) {
  const size_t size = entries_.size();
  const bool follows = size == 0 || entries_[size - 1]->key() < entry->key();
  if (follows && in_order_ == size) ++in_order_;
  entries_.add(entry);
  table_.index_.insert(entry, hash);
}

// And leaves out what went again.
void TableLoad::count(FoldMeta* counted, uint64_t* record_bytes) {
  size_t kept = 0;
  size_t in_order = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry* const entry = entries_[i];
    Version* const version = entry->head.load();
    if (version->gone()) {
      Freed()(version);
      Freed()(entry);
      continue;
    }
    entries_[kept++] = entry;
    if (i < in_order_) ++in_order;
    *record_bytes += update_record_bytes(entry->key_size, version->value_size, version->has_ttl);
    ++(version->live() ? counted->entries : counted->tombstones);
    if (version->live()) counted->payload_bytes += entry->key_size + version->value_size;
  }
  entries_.shorten(kept);
  in_order_ = in_order;
}

bool TableLoad::finish(FoldMeta meta, uint64_t* record_bytes) {
  discard();
  FoldMeta counted;
  count(&counted, record_bytes);
  entries_.sort(in_order_);
  BuiltTree tree(table_.slab_, entries_, 0);
  auto state = std::make_shared<TableState>(*table_.newest_);
  const bool equal = counted.entries == meta.entries && counted.tombstones == meta.tombstones &&
                     counted.payload_bytes == meta.payload_bytes;
  state->meta = std::move(meta);
  state->ordered = tree.root() != nullptr;
  state->order_root = tree.root();
  tree.keep();
  table_.newest_ = std::move(state);
  return equal;
}

}  // namespace slip::append_log
