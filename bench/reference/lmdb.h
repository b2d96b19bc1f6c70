// Raw LMDB over the workloads' data: loaded in key order with MDB_APPEND, read in one transaction,
// values in place. MDB_NOSYNC, as everything it is put beside.
#ifndef BENCH_REFERENCE_LMDB_H
#define BENCH_REFERENCE_LMDB_H

#include <lmdb.h>
#include <sys/stat.h>

#include "local/data.h"

namespace bench {

inline void lmdb_check(int code) {
  if (code == 0) return;
  fprintf(stderr, "lmdb: %s\n", mdb_strerror(code));
  exit(1);
}

class RawLmdb {
 public:
  RawLmdb(const std::string& path, uint32_t count) {
    mkdir(path.c_str(), 0700);
    lmdb_check(mdb_env_create(&env_));
    lmdb_check(mdb_env_set_mapsize(env_, size_t{1} << 40));
    lmdb_check(mdb_env_open(env_, path.c_str(), MDB_NOSYNC | MDB_NOTLS | MDB_NORDAHEAD, 0600));
    for (uint32_t done = 0; done < count;) {
      MDB_txn* txn = nullptr;
      lmdb_check(mdb_txn_begin(env_, nullptr, 0, &txn));
      lmdb_check(mdb_dbi_open(txn, nullptr, 0, &dbi_));
      for (const uint32_t end = std::min<uint32_t>(count, done + 100000); done < end; ++done)
        put(txn, done, 0, MDB_APPEND);
      lmdb_check(mdb_txn_commit(txn));
    }
  }
  ~RawLmdb() { mdb_env_close(env_); }
  RawLmdb(const RawLmdb&) = delete;
  RawLmdb& operator=(const RawLmdb&) = delete;

  // Microseconds of one commit; the keys sorted.
  double put(std::vector<uint32_t> ids, uint32_t version) {
    std::sort(ids.begin(), ids.end());
    std::vector<std::string> values;
    for (const uint32_t id : ids) values.push_back(value_of(id, version));
    const int64_t start = bench_now_ns();
    MDB_txn* txn = nullptr;
    lmdb_check(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (size_t i = 0; i < ids.size(); ++i) put(txn, ids[i], values[i], 0);
    lmdb_check(mdb_txn_commit(txn));
    return micros_since(start);
  }
  MDB_txn* begin_read() const {
    MDB_txn* txn = nullptr;
    lmdb_check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
    return txn;
  }
  uint64_t get(MDB_txn* txn, std::string_view key) const {
    MDB_val k{key.size(), const_cast<char*>(key.data())};
    MDB_val value;
    lmdb_check(mdb_get(txn, dbi_, &k, &value));
    return *static_cast<const uint8_t*>(value.mv_data);
  }
  size_t scan(MDB_txn* txn, std::string_view prefix) const {
    MDB_cursor* cursor = nullptr;
    lmdb_check(mdb_cursor_open(txn, dbi_, &cursor));
    MDB_val key{prefix.size(), const_cast<char*>(prefix.data())};
    MDB_val value;
    size_t found = 0;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; code == 0 && key.mv_size >= prefix.size() &&
           memcmp(key.mv_data, prefix.data(), prefix.size()) == 0;
         code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT), ++found)
      use(uint64_t{*static_cast<const uint8_t*>(key.mv_data)} +
          *static_cast<const uint8_t*>(value.mv_data));
    mdb_cursor_close(cursor);
    return found;
  }

 private:
  void put(MDB_txn* txn, uint32_t id, const std::string& value, unsigned flags) {
    const Key key(id);
    MDB_val k{kKeyBytes, const_cast<char*>(key.bytes)};
    MDB_val v{value.size(), const_cast<char*>(value.data())};
    lmdb_check(mdb_put(txn, dbi_, &k, &v, flags));
  }
  void put(MDB_txn* txn, uint32_t id, int, unsigned flags) { put(txn, id, value_of(id), flags); }

  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
};

}  // namespace bench
#endif
