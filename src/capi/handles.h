// The handles that stand for objects of the rooms below: shared references to the object and to
// what it needs. Members are destroyed in reverse order, so parents stand above their children.
#ifndef SLIP_CAPI_HANDLES_H
#define SLIP_CAPI_HANDLES_H

#include <memory>
#include <utility>

#include "base/batch.h"
#include "capi/handle.h"
#include "fold/fold.h"
#include "kv/bucket.h"
#include "objects/object_store.h"
#include "slipstream.h"

struct slip_connection : slip::capi::Handle {
  explicit slip_connection(std::shared_ptr<slip::Connection> opened)
      : connection(std::move(opened)) {}
  const std::shared_ptr<slip::Connection> connection;
};

struct slip_bucket : slip::capi::Handle {
  slip_bucket(std::shared_ptr<slip::Connection> parent, std::shared_ptr<slip::Bucket> opened)
      : connection(std::move(parent)), bucket(std::move(opened)) {}
  const std::shared_ptr<slip::Connection> connection;
  const std::shared_ptr<slip::Bucket> bucket;
};

struct slip_fold : slip::capi::Handle {
  explicit slip_fold(std::shared_ptr<slip::Fold> opened) : fold(std::move(opened)) {}
  const std::shared_ptr<slip::Fold> fold;
};

namespace slip::capi {

// A snapshot with the fold it is of; shared by the snapshot's handle and its iterators.
struct OpenSnapshot {
  OpenSnapshot(std::shared_ptr<Fold> parent, std::unique_ptr<Snapshot> opened)
      : fold(std::move(parent)), snapshot(std::move(opened)) {}
  const std::shared_ptr<Fold> fold;
  const std::unique_ptr<Snapshot> snapshot;
};

}  // namespace slip::capi

struct slip_snapshot : slip::capi::Handle {
  explicit slip_snapshot(std::shared_ptr<slip::capi::OpenSnapshot> opened)
      : open(std::move(opened)) {}
  const std::shared_ptr<slip::capi::OpenSnapshot> open;
};

struct slip_object_store : slip::capi::Handle {
  explicit slip_object_store(std::shared_ptr<slip::ObjectStore> opened)
      : store(std::move(opened)) {}
  const std::shared_ptr<slip::ObjectStore> store;
};

#endif
