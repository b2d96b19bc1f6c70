// Section BUCKET.
#include <memory>
#include <utility>

#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"

using namespace slip;
using namespace slip::capi;

slip_status slip_bucket_create(slip_connection* connection, const char* name,
                               const slip_options* options, slip_bucket** out_bucket,
                               slip_error** error) {
  return guard(
      __func__, error,
      {handle(connection, "connection"), given(name, "name"), maybe_handle(options, "options"),
       output(out_bucket, "out_bucket")},
      [&]() -> Status {
        SLIP_ASSIGN(const Options settings, options_of(options, SLIP_OPTIONS_BUCKET));
        SLIP_ASSIGN(const BucketConfig config, bucket_config(name, settings));
        SLIP_ASSIGN(auto bucket, connection->connection->create_bucket(config));
        *out_bucket =
            std::make_unique<slip_bucket>(connection->connection, std::move(bucket)).release();
        return Status();
      });
}

slip_status slip_bucket_open(slip_connection* connection, const char* name,
                             const slip_options* options, slip_bucket** out_bucket,
                             slip_error** error) {
  return guard(
      __func__, error,
      {handle(connection, "connection"), given(name, "name"), maybe_handle(options, "options"),
       output(out_bucket, "out_bucket")},
      [&]() -> Status {
        SLIP_ASSIGN(const Options settings, options_of(options, SLIP_OPTIONS_BUCKET));
        SLIP_TRY(bucket_config(name, settings).status());  // for the name and the options' sake
        SLIP_ASSIGN(auto bucket, connection->connection->open_bucket(name));
        *out_bucket =
            std::make_unique<slip_bucket>(connection->connection, std::move(bucket)).release();
        return Status();
      });
}

slip_status slip_bucket_delete(slip_connection* connection, const char* name, slip_error** error) {
  return guard(__func__, error, {handle(connection, "connection"), given(name, "name")},
               [&] { return connection->connection->delete_bucket(name); });
}

slip_status slip_bucket_info(slip_bucket* bucket, slip_bucket_state* out_state,
                             slip_error** error) {
  return guard(__func__, error, {handle(bucket, "bucket"), output_struct(out_state, "out_state")},
               [&]() -> Status {
                 SLIP_ASSIGN(const BucketState state, bucket->bucket->info());
                 fill_struct(state, out_state);
                 return Status();
               });
}

void slip_bucket_free(slip_bucket* bucket) { release(bucket); }
