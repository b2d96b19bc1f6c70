#include "fold_foreign/sample_fold.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

namespace sample {
namespace {

struct Opened {
  std::shared_ptr<const State> state;
};

// A key with its row, in the order of the scan.
using Item = std::pair<const std::string, Row>;
struct Walk {
  std::shared_ptr<const State> state;
  std::vector<const Item*> items;
  size_t at = 0;
  size_t pages = 0;
};

Store& of(void* user) { return *static_cast<Store*>(user); }

slip_bytes view(const std::string& bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}
std::string text_of(slip_bytes bytes) {
  return bytes.size == 0 ? std::string()
                         : std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

slip_update row_of(Store& store, const Item& item) {
  slip_update row = item.second.members;
  row.key = view(item.first);
  row.value = view(item.second.value);
  if (store.spoil) store.spoil(&row);
  return row;
}

// What the test has armed for this call.
slip_status meet(Store& store, const char* function, char* text, size_t size) {
  if (!store.before) return SLIP_OK;
  std::string sentence;
  const slip_status status = store.before(function, &sentence);
  snprintf(text, size, "%s", sentence.c_str());
  return status;
}

std::shared_ptr<const State> newest(Store& store) {
  const std::lock_guard<std::mutex> lock(store.disk->mutex);
  return store.disk->newest;
}

slip_status snapshot_open(void* user, void** out, slip_bytes* meta, char* text, size_t size) {
  Store& store = of(user);
  if (const slip_status status = meet(store, "snapshot_open", text, size)) return status;
  auto opened = std::make_unique<Opened>(Opened{newest(store)});
  *meta = view(opened->state->meta);
  if (store.spoil_meta) store.spoil_meta(meta);
  *out = opened.release();
  ++store.snapshots;
  return SLIP_OK;
}

void snapshot_close(void* user, void* snapshot) {
  delete static_cast<Opened*>(snapshot);
  --of(user).snapshots;
}

// The state that a snapshot shows; what else was committed stays alive on the disk's side.
std::shared_ptr<const State> shown(Store& store, void* snapshot, bool scan) {
  auto& opened = *static_cast<Opened*>(snapshot);
  const bool wrong =
      store.defect == Defect::reads_newest || (scan && store.defect == Defect::scan_reads_newest);
  if (wrong && !scan) opened.state = newest(store);
  return wrong ? newest(store) : opened.state;
}

slip_status get(void* user, void* snapshot, const void* key, size_t key_size, slip_update* out,
                char* text, size_t size) {
  Store& store = of(user);
  ++store.gets;
  if (const slip_status status = meet(store, "get", text, size)) return status;
  const std::string wanted(static_cast<const char*>(key), key_size);
  const auto state = shown(store, snapshot, false);
  auto found = state->rows.lower_bound(wanted);
  const bool loose = store.defect == Defect::get_takes_prefix;
  if (found == state->rows.end()) return SLIP_NOT_FOUND;
  if (loose ? found->first.compare(0, key_size, wanted) != 0 : found->first != wanted)
    return SLIP_NOT_FOUND;
  *out = row_of(store, *found);
  return SLIP_OK;
}

bool signed_less(const Item* a, const Item* b) {
  return std::lexicographical_compare(
      a->first.begin(), a->first.end(), b->first.begin(), b->first.end(),
      [](char x, char y) { return static_cast<signed char>(x) < static_cast<signed char>(y); });
}

slip_status scan_open(void* user, void* snapshot, const void* from, size_t from_size, int reverse,
                      void** out, char* text, size_t size) {
  Store& store = of(user);
  if (const slip_status status = meet(store, "scan_open", text, size)) return status;
  const std::string start(static_cast<const char*>(from), from_size);
  auto walk = std::make_unique<Walk>();
  walk->state = shown(store, snapshot, true);
  const bool behind = store.defect == Defect::starts_behind;
  for (const Item& item : walk->state->rows) {
    if (!start.empty() && (reverse != 0 ? item.first > start : item.first < start)) continue;
    if (!start.empty() && behind && item.first == start) continue;
    walk->items.push_back(&item);
  }
  if (store.defect == Defect::signed_order)
    std::stable_sort(walk->items.begin(), walk->items.end(), signed_less);
  if (reverse != 0 && store.defect != Defect::descends_ascending)
    std::reverse(walk->items.begin(), walk->items.end());
  *out = walk.release();
  ++store.scans;
  return SLIP_OK;
}

slip_status scan_next(void* user, void* scan, slip_update* out, size_t capacity, size_t* count,
                      char* text, size_t size) {
  Store& store = of(user);
  if (const slip_status status = meet(store, "scan_next", text, size)) return status;
  auto& walk = *static_cast<Walk*>(scan);
  if (walk.pages++ > 0 && walk.at > 0) {
    if (store.defect == Defect::page_repeats && walk.at < walk.items.size()) --walk.at;
    if (store.defect == Defect::page_drops) ++walk.at;
  }
  for (*count = 0; *count < capacity && walk.at < walk.items.size(); ++walk.at)
    out[(*count)++] = row_of(store, *walk.items[walk.at]);
  return *count > 0 ? SLIP_OK : SLIP_END;
}

void scan_close(void* user, void* scan) {
  delete static_cast<Walk*>(scan);
  --of(user).scans;
}

// A row as this store keeps it; false: not at all.
bool keep(const Store& store, const slip_update& given, Row* row) {
  row->members = given;
  row->value = text_of(given.value);
  const bool live = given.operation == SLIP_PUT;
  switch (store.defect) {
    case Defect::drops_tombstones:
      return live;
    case Defect::drops_empty_values:
      return !live || !row->value.empty();
    case Defect::cuts_at_nul:
      row->value = row->value.c_str();
      return true;
    case Defect::forgets_ttl:
      row->members.ttl_ns = 0;
      return true;
    case Defect::forgets_flags:
      row->members.flags = 0;
      return true;
    case Defect::forgets_purge:
      if (!live) row->members.operation = SLIP_DELETE;
      return true;
    case Defect::loses_value_bits:
      if (row->value.size() % 16 == 5) row->value[0] = static_cast<char>(row->value[0] ^ 1);
      return true;
    default:
      return true;
  }
}

void change_rows(const Store& store, const slip_fold_changes& changes, State* next) {
  size_t puts = changes.put_count;
  if (store.defect == Defect::meta_without_rows && puts > 0) --puts;
  for (size_t i = 0; i < puts; ++i) {
    const std::string key = text_of(changes.puts[i].key);
    Row row;
    if (store.defect == Defect::keeps_first && next->rows.count(key) != 0) continue;
    next->rows.erase(key);
    if (keep(store, changes.puts[i], &row)) next->rows[key] = std::move(row);
  }
  if (store.defect == Defect::keeps_removed) return;
  for (size_t i = 0; i < changes.removal_count; ++i) next->rows.erase(text_of(changes.removals[i]));
}

slip_status commit(void* user, const slip_fold_changes* changes, char* text, size_t size) {
  Store& store = of(user);
  if (const slip_status status = meet(store, "commit", text, size)) return status;
  const bool cursor_only = changes->put_count == 0 && changes->removal_count == 0;
  ++store.commits;
  if (cursor_only && store.defect == Defect::cursor_only_is_nothing) return SLIP_OK;
  auto next = std::make_shared<State>(*newest(store));
  change_rows(store, *changes, next.get());
  if (store.defect != Defect::rows_without_meta || next->meta.empty())
    next->meta = text_of(changes->meta);
  if (store.spoil_commit) store.spoil_commit(next.get());
  const std::lock_guard<std::mutex> lock(store.disk->mutex);
  store.disk->before = std::exchange(store.disk->newest, std::move(next));
  return SLIP_OK;
}

slip_status sync(void* user, char* text, size_t size) {
  ++of(user).syncs;
  return meet(of(user), "sync", text, size);
}
slip_status check(void* user, char* text, size_t size) {
  return meet(of(user), "check", text, size);
}

slip_status close(void* user, char* text, size_t size) {
  Store& store = of(user);
  ++store.closes;
  if (store.defect == Defect::forgets_last_commit) {
    const std::lock_guard<std::mutex> lock(store.disk->mutex);
    store.disk->newest = store.disk->before;
  }
  return meet(store, "close", text, size);
}

void count_destroyed(Store& store) {
  if (store.destroyed != nullptr) ++*store.destroyed;
}

}  // namespace

const char* name_of(Defect defect) {
  static constexpr const char* kNames[kDefects] = {"none",
                                                   "descends_ascending",
                                                   "starts_behind",
                                                   "signed_order",
                                                   "page_repeats",
                                                   "page_drops",
                                                   "get_takes_prefix",
                                                   "reads_newest",
                                                   "scan_reads_newest",
                                                   "drops_tombstones",
                                                   "drops_empty_values",
                                                   "cuts_at_nul",
                                                   "forgets_ttl",
                                                   "forgets_flags",
                                                   "forgets_purge",
                                                   "keeps_removed",
                                                   "keeps_first",
                                                   "meta_without_rows",
                                                   "rows_without_meta",
                                                   "cursor_only_is_nothing",
                                                   "forgets_last_commit",
                                                   "loses_value_bits"};
  return kNames[static_cast<int>(defect)];
}

slip_fold_functions Store::functions(Store* store) {
  slip_fold_functions f = SLIP_FOLD_FUNCTIONS_INIT;
  f.user = store;
  f.snapshot_open = snapshot_open;
  f.snapshot_close = snapshot_close;
  f.get = get;
  f.scan_open = scan_open;
  f.scan_next = scan_next;
  f.scan_close = scan_close;
  f.commit = commit;
  f.sync = sync;
  f.check = check;
  f.close = close;
  f.destroy = [](void* user) { count_destroyed(of(user)); };
  return f;
}

slip_fold_functions Store::functions(std::unique_ptr<Store> store) {
  slip_fold_functions f = functions(store.release());
  f.destroy = [](void* user) {
    count_destroyed(of(user));
    delete &of(user);
  };
  return f;
}

}  // namespace sample
