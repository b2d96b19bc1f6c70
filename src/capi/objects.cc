// Section OBJECT STORE.
#include "objects/object_store.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "capi/error.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/options.h"

using namespace slip;
using namespace slip::capi;

namespace {

std::string_view data_of(const void* data, size_t size) {
  return std::string_view(static_cast<const char*>(data), size);
}

std::string list_json(const std::vector<ObjectInfo>& objects) {
  JsonWriter json;
  json.begin_array();
  for (const ObjectInfo& object : objects) {
    json.begin_object();
    json.member("name", object.name);
    json.member_u64("size", object.size);
    json.member_i64("modified_ns", object.modified_ns);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace

slip_status slip_object_store_open(const char* url, const slip_options* options,
                                   slip_object_store** out_store, slip_error** error) {
  return guard(
      __func__, error,
      {given(url, "url"), maybe_handle(options, "options"), output(out_store, "out_store")},
      [&]() -> Status {
        SLIP_ASSIGN(const Options settings, options_of(options, SLIP_OPTIONS_OBJECT_STORE));
        SLIP_ASSIGN(auto store, open_object_store(url, settings));
        *out_store = std::make_unique<slip_object_store>(std::move(store)).release();
        return Status();
      });
}

slip_status slip_object_store_get(slip_object_store* store, const char* name, slip_text** out_data,
                                  slip_text** out_tag, slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(name, "name"), output(out_data, "out_data"),
                maybe_output(out_tag, "out_tag")},
               [&]() -> Status {
                 SLIP_TRY(check_object_name(name));
                 SLIP_ASSIGN(Object object, store->store->get(name, kObjectBytesMax));
                 auto data = make_text(std::move(object.data));
                 if (out_tag != nullptr) *out_tag = make_text(std::move(object.tag)).release();
                 *out_data = data.release();
                 return Status();
               });
}

slip_status slip_object_store_put(slip_object_store* store, const char* name, const void* data,
                                  size_t size, slip_text** out_tag, slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(name, "name"), bytes(data, size, "data"),
                maybe_output(out_tag, "out_tag")},
               [&]() -> Status {
                 SLIP_TRY(check_object_name(name));
                 SLIP_ASSIGN(std::string tag, store->store->put(name, data_of(data, size)));
                 if (out_tag != nullptr) *out_tag = make_text(std::move(tag)).release();
                 return Status();
               });
}

slip_status slip_object_store_put_if(slip_object_store* store, const char* name, const void* data,
                                     size_t size, const char* expected_tag, slip_text** out_tag,
                                     slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(name, "name"), bytes(data, size, "data"),
                maybe_output(out_tag, "out_tag")},
               [&]() -> Status {
                 SLIP_TRY(check_object_name(name));
                 std::optional<std::string> expected;
                 if (expected_tag != nullptr) expected = expected_tag;
                 SLIP_ASSIGN(std::string tag,
                             store->store->put_if(name, data_of(data, size), expected));
                 if (out_tag != nullptr) *out_tag = make_text(std::move(tag)).release();
                 return Status();
               });
}

slip_status slip_object_store_list(slip_object_store* store, const char* prefix, const char* after,
                                   size_t limit, slip_text** out_json, slip_error** error) {
  return guard(__func__, error,
               {handle(store, "store"), given(prefix, "prefix"), output(out_json, "out_json")},
               [&]() -> Status {
                 if (limit < 1 || limit > kObjectListMax)
                   return Status(SLIP_INVALID, "cannot list objects: limit is " +
                                                   std::to_string(limit) + ", 1 to " +
                                                   std::to_string(kObjectListMax) + " are taken");
                 SLIP_ASSIGN(const auto objects,
                             store->store->list(prefix, after != nullptr ? after : "", limit));
                 *out_json = make_text(list_json(objects)).release();
                 return Status();
               });
}

slip_status slip_object_store_remove(slip_object_store* store, const char* name,
                                     slip_error** error) {
  return guard(__func__, error, {handle(store, "store"), given(name, "name")}, [&]() -> Status {
    SLIP_TRY(check_object_name(name));
    return store->store->remove(name);
  });
}

void slip_object_store_free(slip_object_store* store) { release(store); }
