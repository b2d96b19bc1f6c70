// Section OPTIONS.
#include "capi/options.h"

#include <memory>
#include <string>

#include "capi/error.h"
#include "capi/guard.h"

using namespace slip;
using namespace slip::capi;

namespace {

const char* kind_name(int32_t kind) {
  switch (kind) {
    case SLIP_OPTIONS_CONNECTION:
      return "a connection";
    case SLIP_OPTIONS_BUCKET:
      return "a bucket";
    case SLIP_OPTIONS_WATCH:
      return "a watch";
    case SLIP_OPTIONS_FOLD:
      return "a fold";
    case SLIP_OPTIONS_EXPORT:
      return "an export";
    case SLIP_OPTIONS_OBJECT_STORE:
      return "an object store";
    case SLIP_OPTIONS_PUBLISH:
      return "publishing";
    case SLIP_OPTIONS_IMPORT:
      return "an import";
    default:
      return nullptr;
  }
}

Status check_kind(int32_t kind) {
  if (kind_name(kind) != nullptr) return Status();
  return Status(SLIP_INVALID, "there are no options of kind " + std::to_string(kind) +
                                  ": use one of SLIP_OPTIONS_*");
}

}  // namespace

namespace slip::capi {

Result<Options> options_of(const slip_options* options, int32_t kind) {
  if (options == nullptr) return Options(kind);
  if (options->options.kind() != kind)
    return Status(SLIP_INVALID, std::string("the options are for ") +
                                    kind_name(options->options.kind()) +
                                    ", this call takes those of " + kind_name(kind));
  return options->options;
}

}  // namespace slip::capi

slip_status slip_options_new(int32_t kind, slip_options** out_options, slip_error** error) {
  return guard(__func__, error, {output(out_options, "out_options")}, [&]() -> Status {
    SLIP_TRY(check_kind(kind));
    *out_options = std::make_unique<slip_options>(kind).release();
    return Status();
  });
}

slip_status slip_options_set_string(slip_options* options, const char* name, const char* value,
                                    slip_error** error) {
  return guard(__func__, error,
               {handle(options, "options"), given(name, "name"), given(value, "value")},
               [&] { return options->options.set_string(name, value); });
}

slip_status slip_options_set_u64(slip_options* options, const char* name, uint64_t value,
                                 slip_error** error) {
  return guard(__func__, error, {handle(options, "options"), given(name, "name")},
               [&] { return options->options.set_u64(name, value); });
}

slip_status slip_options_set_bool(slip_options* options, const char* name, int value,
                                  slip_error** error) {
  return guard(__func__, error, {handle(options, "options"), given(name, "name")}, [&]() -> Status {
    if (value != 0 && value != 1)
      return Status(SLIP_OUT_OF_BOUNDS, std::string("option \"") + name + "\" is " +
                                            std::to_string(value) + ": it takes 0 or 1");
    return options->options.set_bool(name, value == 1);
  });
}

slip_status slip_options_set_bytes(slip_options* options, const char* name, const void* data,
                                   size_t size, slip_error** error) {
  return guard(__func__, error,
               {handle(options, "options"), given(name, "name"), bytes(data, size, "data")}, [&] {
                 return options->options.set_bytes(name,
                                                   Bytes(static_cast<const char*>(data), size));
               });
}

slip_status slip_options_add(slip_options* options, const char* name, const char* value,
                             slip_error** error) {
  return guard(__func__, error,
               {handle(options, "options"), given(name, "name"), given(value, "value")},
               [&] { return options->options.add(name, value); });
}

slip_status slip_options_describe(int32_t kind, slip_text** out_json, slip_error** error) {
  return guard(__func__, error, {output(out_json, "out_json")}, [&]() -> Status {
    SLIP_TRY(check_kind(kind));
    SLIP_ASSIGN(std::string json, Options::describe(kind));
    *out_json = make_text(std::move(json)).release();
    return Status();
  });
}

void slip_options_free(slip_options* options) { release(options); }
