#include "fold/append_log/tree.h"

#include <algorithm>
#include <cassert>
#include <new>

namespace slip::append_log {
namespace {

InnerNode* inner(TreeNode* node) { return static_cast<InnerNode*>(node); }
const InnerNode* inner(const TreeNode* node) { return static_cast<const InnerNode*>(node); }

// The first place whose entry is at or above `key`.
size_t lower_bound(const TreeNode* node, Bytes key) {
  const auto* end = node->entries + node->count;
  return static_cast<size_t>(
      std::lower_bound(node->entries, end, key,
                       [](const Entry* entry, Bytes k) { return entry->key() < k; }) -
      node->entries);
}

// The child that holds `key` if any does.
size_t child_of(const TreeNode* node, Bytes key) {
  const auto* end = node->entries + node->count;
  const auto* found = std::upper_bound(
      node->entries, end, key, [](Bytes k, const Entry* entry) { return k < entry->key(); });
  return found == node->entries ? 0 : static_cast<size_t>(found - node->entries) - 1;
}

void insert_at(TreeNode* node, size_t at, Entry* entry, TreeNode* child) {
  std::copy_backward(node->entries + at, node->entries + node->count,
                     node->entries + node->count + 1);
  node->entries[at] = entry;
  if (!node->leaf) {
    TreeNode** children = inner(node)->children;
    std::copy_backward(children + at, children + node->count, children + node->count + 1);
    children[at] = child;
  }
  ++node->count;
}

void remove_at(TreeNode* node, size_t at) {
  std::copy(node->entries + at + 1, node->entries + node->count, node->entries + at);
  if (!node->leaf) {
    TreeNode** children = inner(node)->children;
    std::copy(children + at + 1, children + node->count, children + at);
  }
  --node->count;
}

// Moves what `from` has from place `at` on to the end of `to`.
void move_tail(TreeNode* from, size_t at, TreeNode* to) {
  std::copy(from->entries + at, from->entries + from->count, to->entries + to->count);
  if (!from->leaf)
    std::copy(inner(from)->children + at, inner(from)->children + from->count,
              inner(to)->children + to->count);
  to->count = static_cast<uint16_t>(to->count + from->count - at);
  from->count = static_cast<uint16_t>(at);
}

TreeNode* new_node(Slab& slab, bool leaf, uint64_t born) {
  TreeNode* node = leaf ? new (slab.allocate(sizeof(TreeNode))) TreeNode
                        : new (slab.allocate(sizeof(InnerNode))) InnerNode;
  node->leaf = leaf;
  node->born = born;
  return node;
}

}  // namespace

void free_node(TreeNode* node) {
  Slab::free(node, node->leaf ? sizeof(TreeNode) : sizeof(InnerNode));
}

// --- changing ------------------------------------------------------------------------------------

TreeEdit::~TreeEdit() {
  for (TreeNode* node : fresh_) free_node(node);
}

TreeNode* TreeEdit::make(bool leaf) {
  if (fresh_.size() == fresh_.capacity()) fresh_.reserve(2 * fresh_.size() + 16);
  TreeNode* node = new_node(slab_, leaf, sequence_);
  fresh_.push_back(node);
  return node;
}

// The node itself where this edit made it, else a copy. A copy is reachable from the old root's
// nodes never, and from the new root once its parent has it.
TreeNode* TreeEdit::own(TreeNode* node) {
  if (node->born == sequence_) return node;
  replaced_.push_back(node);
  TreeNode* copy = make(node->leaf);
  copy->count = node->count;
  std::copy(node->entries, node->entries + node->count, copy->entries);
  if (!node->leaf)
    std::copy(inner(node)->children, inner(node)->children + node->count, inner(copy)->children);
  return copy;
}

// A node that was made here and is not used after all stays among the fresh ones until the end of
// the edit; kept with them, it would leak.
void TreeEdit::discard(TreeNode* node) {
  if (node->born != sequence_) {
    replaced_.push_back(node);
    return;
  }
  fresh_.erase(std::find(fresh_.rbegin(), fresh_.rend(), node).base() - 1);
  free_node(node);
}

void TreeEdit::insert(Entry* entry) {
  if (root_ == nullptr) root_ = make(true);
  TreeNode* split = nullptr;
  TreeNode* root = insert_below(root_, entry, &split);
  if (split != nullptr) {
    TreeNode* above = make(false);
    insert_at(above, 0, root->entries[0], root);
    insert_at(above, 1, split->entries[0], split);
    root = above;
  }
  root_ = root;
}

TreeNode* TreeEdit::insert_below(TreeNode* node, Entry* entry, TreeNode** split) {
  node = own(node);
  size_t at = 0;
  Entry* low = entry;
  TreeNode* child = nullptr;
  if (node->leaf) {
    at = lower_bound(node, entry->key());
  } else {
    at = child_of(node, entry->key());
    TreeNode* sibling = nullptr;
    TreeNode* changed = insert_below(inner(node)->children[at], entry, &sibling);
    inner(node)->children[at] = changed;
    node->entries[at] = changed->entries[0];
    if (sibling == nullptr) return node;
    ++at;
    low = sibling->entries[0];
    child = sibling;
  }
  if (node->count == kNodeEntries) {
    *split = split_off(node, at == node->count);
    if (at > node->count || (at == node->count && (*split)->count == 0)) {
      insert_at(*split, at - node->count, low, child);
      return node;
    }
  }
  insert_at(node, at, low, child);
  return node;
}

// Keys that arrive in order leave full nodes behind.
TreeNode* TreeEdit::split_off(TreeNode* node, bool at_end) {
  TreeNode* right = make(node->leaf);
  if (!at_end) move_tail(node, node->count / 2, right);
  return right;
}

void TreeEdit::remove(const Entry* entry) {
  root_ = remove_below(root_, entry->key());
  while (!root_->leaf && root_->count == 1) {
    TreeNode* only = inner(root_)->children[0];
    discard(root_);
    root_ = only;
  }
  if (root_->count > 0) return;
  discard(root_);
  root_ = nullptr;
}

TreeNode* TreeEdit::remove_below(TreeNode* node, Bytes key) {
  node = own(node);
  if (node->leaf) {
    remove_at(node, lower_bound(node, key));
    return node;
  }
  const size_t at = child_of(node, key);
  TreeNode* child = remove_below(inner(node)->children[at], key);
  inner(node)->children[at] = child;
  if (child->count == 0) {
    remove_at(node, at);
    discard(child);
    return node;
  }
  node->entries[at] = child->entries[0];
  if (at > 0) merge(inner(node), at - 1);
  if (at + 1 < node->count && inner(node)->children[at] == child) merge(inner(node), at);
  return node;
}

// Two neighbours become one where that leaves room.
void TreeEdit::merge(InnerNode* parent, size_t left) {
  TreeNode* right = parent->children[left + 1];
  if (parent->children[left]->count + right->count > kNodeEntries / 2) return;
  TreeNode* merged = own(parent->children[left]);
  parent->children[left] = merged;
  right = own(right);
  parent->children[left + 1] = right;
  move_tail(right, 0, merged);
  remove_at(parent, left + 1);
  discard(right);
}

// --- building ------------------------------------------------------------------------------------

BuiltTree::BuiltTree(Slab& slab, const EntryList& sorted, uint64_t born) : BuiltTree(slab, born) {
  if (sorted.size() == 0) return;
  // Full nodes; so many at most, a root for each level among them.
  nodes_.reserve(sorted.size() / (kNodeEntries - 1) + kTreeDepthMax);
  for (size_t i = 0; i < sorted.size(); ++i) {
    TreeNode* const leaf = i % kNodeEntries == 0 ? add(true) : nodes_.back();
    leaf->entries[leaf->count++] = sorted[i];
  }
  for (size_t begin = 0; nodes_.size() - begin > 1;) {
    const size_t end = nodes_.size();
    for (size_t child = begin; child < end; ++child) {
      TreeNode* const above = (child - begin) % kNodeEntries == 0 ? add(false) : nodes_.back();
      insert_at(above, above->count, nodes_[child]->entries[0], nodes_[child]);
    }
    begin = end;
  }
  root_ = nodes_.back();
}

BuiltTree::~BuiltTree() {
  for (TreeNode* node : nodes_) free_node(node);
}

TreeNode* BuiltTree::add(bool leaf) {
  assert(nodes_.size() < nodes_.capacity());
  nodes_.push_back(new_node(slab_, leaf, born_));
  return nodes_.back();
}

// --- reading -------------------------------------------------------------------------------------

namespace {

// A node that a walk comes to soon.
void fetch(const TreeNode* node) {
  constexpr size_t kLineBytes = 64;
  for (size_t at = 0; at < sizeof(TreeNode); at += kLineBytes)
    __builtin_prefetch(reinterpret_cast<const char*>(node) + at);
}

}  // namespace

void TreeCursor::seek(Bytes key) {
  depth_ = 0;
  const TreeNode* node = root_;
  while (node != nullptr) {
    assert(depth_ < kTreeDepthMax);
    const size_t at = node->leaf ? lower_bound(node, key) : child_of(node, key);
    levels_[depth_++] = {node, at};
    node = node->leaf ? nullptr : inner(node)->children[at];
  }
  if (depth_ > 0 && levels_[depth_ - 1].at == levels_[depth_ - 1].node->count) {
    --levels_[depth_ - 1].at;
    next();
  }
}

void TreeCursor::seek_last() {
  depth_ = 0;
  if (root_ != nullptr) descend_last(root_);
}

Entry* TreeCursor::entry() const {
  if (depth_ == 0) return nullptr;
  const Level& level = levels_[depth_ - 1];
  return level.node->entries[level.at];
}

void TreeCursor::next() {
  while (depth_ > 0) {
    Level& level = levels_[depth_ - 1];
    if (++level.at < level.node->count) {
      if (level.node->leaf) return;
      if (level.at + 1 < level.node->count) fetch(inner(level.node)->children[level.at + 1]);
      descend_first(inner(level.node)->children[level.at]);
      return;
    }
    --depth_;
  }
}

void TreeCursor::previous() {
  if (depth_ == 0) {
    seek_last();
    return;
  }
  while (depth_ > 0) {
    Level& level = levels_[depth_ - 1];
    if (level.at > 0) {
      --level.at;
      if (!level.node->leaf) descend_last(inner(level.node)->children[level.at]);
      return;
    }
    --depth_;
  }
}

void TreeCursor::descend_first(const TreeNode* node) {
  for (;; node = inner(node)->children[0]) {
    levels_[depth_++] = {node, 0};
    if (node->leaf) return;
  }
}

void TreeCursor::descend_last(const TreeNode* node) {
  for (;; node = inner(node)->children[node->count - 1]) {
    levels_[depth_++] = {node, static_cast<size_t>(node->count) - 1};
    if (node->leaf) return;
  }
}

}  // namespace slip::append_log
