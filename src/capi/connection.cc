// Section CONNECTION.
#include <memory>
#include <utility>

#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"

using namespace slip;
using namespace slip::capi;

slip_status slip_connect(const char* url, const slip_options* options,
                         slip_connection** out_connection, slip_error** error) {
  return guard(__func__, error,
               {given(url, "url"), maybe_handle(options, "options"),
                output(out_connection, "out_connection")},
               [&]() -> Status {
                 SLIP_ASSIGN(const Options settings, options_of(options, SLIP_OPTIONS_CONNECTION));
                 SLIP_ASSIGN(auto connection, connect(url, settings));
                 *out_connection =
                     std::make_unique<slip_connection>(std::move(connection)).release();
                 return Status();
               });
}

slip_status slip_connection_status(slip_connection* connection, slip_connection_state* out_state,
                                   slip_error** error) {
  return guard(
      __func__, error,
      {handle_even_closed(connection, "connection"), output_struct(out_state, "out_state")},
      [&]() -> Status {
        fill_struct(connection->connection->state(), out_state);
        return Status();
      });
}

slip_status slip_connection_close(slip_connection* connection, slip_error** error) {
  return guard(__func__, error, {handle_even_closed(connection, "connection")}, [&]() -> Status {
    // Marked first: a call that comes while this one waits is told the same as one that comes
    // after.
    connection->set_closed();
    return connection->connection->close();
  });
}

void slip_connection_free(slip_connection* connection) { release(connection); }
