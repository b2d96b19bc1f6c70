// The order of a table's keys where it was left out while the table was filled.
#include <cassert>

#include "fold/append_log/table.h"

namespace slip::append_log {
namespace {

constexpr size_t kEntriesAhead = 24;
constexpr size_t kVersionsAhead = 12;

// Leaves those that are there at `sequence`.
void keep_visible(EntryList* entries, uint64_t sequence) {
  const size_t size = entries->size();
  size_t kept = 0;
  for (size_t i = 0; i < size; ++i) {
    if (i + kEntriesAhead < size) __builtin_prefetch((*entries)[i + kEntriesAhead]);
    if (i + kVersionsAhead < size)
      __builtin_prefetch((*entries)[i + kVersionsAhead]->head.load(std::memory_order_relaxed));
    Entry* const entry = (*entries)[i];
    if (visible(*entry, sequence) != nullptr) (*entries)[kept++] = entry;
  }
  entries->shorten(kept);
}

}  // namespace

const TreeNode* Table::order_of(const TableState& state) {
  if (state.ordered) return state.order_root;
  const TreeNode* root = nullptr;
  if (find_order(state.sequence, &root)) return root;
  const std::lock_guard<std::mutex> lock(changing_);
  if (find_order(state.sequence, &root)) return root;
  return newest()->sequence == state.sequence ? order_newest() : order_earlier(state.sequence);
}

bool Table::find_order(uint64_t sequence, const TreeNode** root) const {
  const std::lock_guard<std::mutex> lock(state_);
  if (newest_->sequence == sequence && newest_->ordered) {
    *root = newest_->order_root;
    return true;
  }
  const auto open = open_.find(sequence);
  if (open == open_.end() || !open->second.ordered) return false;
  *root = open->second.root;
  return true;
}

EntryList Table::sorted_at(uint64_t sequence) const {
  EntryList entries;
  entries.reserve(index_.size());
  index_.for_each([&entries](Entry* entry) { entries.add(entry); });
  keep_visible(&entries, sequence);
  entries.sort(0);
  return entries;
}

// From now on it is kept up by each commit, unless there is nothing yet.
const TreeNode* Table::order_newest() {
  if (index_.size() == 0) return nullptr;
  const uint64_t sequence = newest()->sequence;
  BuiltTree tree(slab_, sorted_at(sequence), sequence);
  auto next = std::make_shared<TableState>();
  std::shared_ptr<const TableState> replaced;
  const std::lock_guard<std::mutex> lock(state_);
  *next = *newest_;
  next->ordered = true;
  next->order_root = tree.root();
  // Those that have it open have what was there before.
  const auto open = open_.find(sequence);
  if (open != open_.end()) {
    open->second.ordered = true;
    open->second.root = tree.root();
  }
  replaced = std::move(newest_);
  newest_ = std::move(next);
  tree.keep();
  return newest_->order_root;
}

// For this state alone, and as long as it is open: what is gone since may be forgotten with it.
const TreeNode* Table::order_earlier(uint64_t sequence) {
  BuiltTree tree(slab_, sorted_at(sequence), sequence);
  GarbageList nodes = std::make_unique<GarbageChunk>();
  nodes->items.reserve(tree.nodes().size());
  for (TreeNode* node : tree.nodes())
    nodes->items.push_back({Garbage::Kind::node, node, nullptr, sequence});
  const std::lock_guard<std::mutex> lock(state_);
  const auto open = open_.find(sequence);
  assert(open != open_.end());
  open->second.ordered = true;
  open->second.root = tree.root();
  nodes->next = std::move(open->second.dead);
  open->second.dead = std::move(nodes);
  tree.keep();
  return open->second.root;
}

bool TableEdit::is_order_due(size_t fresh) const {
  if (state_->ordered || state_->meta.loading) return false;
  return before_->meta.loading || table_.index_.size() + fresh > kUnorderedKeysMax;
}

}  // namespace slip::append_log
