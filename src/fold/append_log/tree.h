// The order of the keys: a persistent B+ tree of entries. A root is one state for ever; a change
// copies the nodes from the leaf up to a new root and leaves the others shared. Overwriting a value
// does not touch the tree: the entry stays.
//
// A root is read by any thread. A TreeEdit belongs to one writer.
#ifndef SLIP_FOLD_APPEND_LOG_TREE_H
#define SLIP_FOLD_APPEND_LOG_TREE_H

#include <cstdint>
#include <vector>

#include "fold/append_log/entry.h"
#include "fold/append_log/order.h"

namespace slip::append_log {

constexpr size_t kNodeEntries = 62;  // a leaf takes 512 bytes
constexpr size_t kTreeDepthMax = 16;

struct TreeNode {
  uint64_t born = 0;  // the sequence of the commit that made it
  uint16_t count = 0;
  bool leaf = true;
  // Of a leaf its entries, of an inner node the least entry of each child.
  Entry* entries[kNodeEntries];
};
struct InnerNode : TreeNode {
  TreeNode* children[kNodeEntries];
};
static_assert(sizeof(TreeNode) == 512 && sizeof(InnerNode) == 1008);
void free_node(TreeNode* node);

// The change that makes a new root out of an old one.
class TreeEdit {
 public:
  TreeEdit(Slab& slab, TreeNode* root, uint64_t sequence)
      : slab_(slab), root_(root), sequence_(sequence) {}
  ~TreeEdit();  // frees the new nodes unless they were kept
  TreeEdit(const TreeEdit&) = delete;
  TreeEdit& operator=(const TreeEdit&) = delete;

  // One whose key is not there; one that is there.
  void insert(Entry* entry);
  void remove(const Entry* entry);

  TreeNode* root() const { return root_; }
  // Nodes of earlier states that the new one no longer has.
  const std::vector<TreeNode*>& replaced() const { return replaced_; }
  void keep() { fresh_.clear(); }

 private:
  TreeNode* make(bool leaf);
  TreeNode* own(TreeNode* node);
  void discard(TreeNode* node);
  TreeNode* insert_below(TreeNode* node, Entry* entry, TreeNode** split);
  TreeNode* split_off(TreeNode* node, bool at_end);
  TreeNode* remove_below(TreeNode* node, Bytes key);
  void merge(InnerNode* parent, size_t left);

  Slab& slab_;
  TreeNode* root_;
  const uint64_t sequence_;
  std::vector<TreeNode*> fresh_;
  std::vector<TreeNode*> replaced_;
};

// A tree of entries that are sorted, made by the commit `born`.
class BuiltTree {
 public:
  BuiltTree(Slab& slab, const EntryList& sorted, uint64_t born);
  ~BuiltTree();  // frees the nodes unless they were kept
  BuiltTree(const BuiltTree&) = delete;
  BuiltTree& operator=(const BuiltTree&) = delete;
  TreeNode* root() const { return root_; }
  const std::vector<TreeNode*>& nodes() const { return nodes_; }
  void keep() { nodes_.clear(); }

 private:
  BuiltTree(Slab& slab, uint64_t born) : slab_(slab), born_(born) {}
  TreeNode* add(bool leaf);

  Slab& slab_;
  const uint64_t born_;
  std::vector<TreeNode*> nodes_;
  TreeNode* root_ = nullptr;
};

// A place in a root.
class TreeCursor {
 public:
  explicit TreeCursor(const TreeNode* root) : root_(root) {}
  // The first entry at or above `key`; the last one of all.
  void seek(Bytes key);
  void seek_last();
  Entry* entry() const;  // null beyond either end
  void next();
  // From beyond the end: the last one.
  void previous();

 private:
  struct Level {
    const TreeNode* node;
    size_t at;
  };
  void descend_first(const TreeNode* node);
  void descend_last(const TreeNode* node);

  const TreeNode* root_;
  Level levels_[kTreeDepthMax];
  size_t depth_ = 0;  // 0: beyond the end
};

}  // namespace slip::append_log
#endif
