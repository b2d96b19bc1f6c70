// Section WATCH: the batches of the pull form.
#include "capi/guard.h"
#include "capi/pull_consumer.h"

using namespace slip;
using namespace slip::capi;

const slip_update* slip_batch_updates(const slip_batch* batch, size_t* out_count) {
  const bool empty = batch == nullptr || batch->forked() || batch->contents.empty();
  if (out_count != nullptr) *out_count = empty ? 0 : batch->contents.size();
  return empty ? nullptr : batch->contents.updates();
}

slip_bytes slip_batch_arena(const slip_batch* batch) {
  if (batch == nullptr || batch->forked()) return slip_bytes{nullptr, 0};
  return as_slip_bytes(batch->contents.arena());
}

slip_cursor slip_batch_cursor(const slip_batch* batch) {
  return batch == nullptr || batch->forked() ? slip_cursor{0, 0} : batch->cursor;
}

slip_status slip_batch_ack(slip_batch* batch, slip_error** error) {
  return guard(__func__, error, {handle(batch, "batch")},
               [&] { return batch->consumer->ack(*batch); });
}

void slip_batch_free(slip_batch* batch) {
  if (batch == nullptr || batch->forked()) return;
  batch->consumer->give_back(*batch);
  delete batch;
}
