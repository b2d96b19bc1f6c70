// slipstream publish | pointer | bootstrap, and object list | get
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "entries.h"
#include "json.h"
#include "summary.h"
#include "text.h"

namespace cli {
namespace {

constexpr size_t kNamesPerCall = 1000;

struct Arguments {
  std::string store;
  std::string key;
  std::string place;  // an artifact's directory, a fold, or an object's name
  std::string prefix;
};

Outcome publish(Context& context, const Arguments& a) {
  ObjectStore store;
  CLI_TRY(open_store(context, a.store, &store));
  slip_published published = SLIP_PUBLISHED_INIT;
  Call call;
  CLI_TRY(call(slip_publish(store.get(), a.key.c_str(), a.place.c_str(),
                            context.options.get(SLIP_OPTIONS_PUBLISH), &published, call.error())));
  if (context.json) {
    JsonObject object;
    object.text("key", a.key).number("generation", published.generation);
    object.raw("cursor", cursor_json("", published.cursor));
    object.number("uploaded_bytes", published.bytes).number("attempts", published.attempts);
    print(object.text("manifest_sha256", published.manifest_sha256).str());
  } else if (published.attempts == 0) {
    print(fmt::format("\"{}\" has this artifact already, at revision {}", a.key,
                      published.cursor.revision));
  } else {
    print(fmt::format("\"{}\" is now at revision {}, generation {}; {} uploaded", a.key,
                      published.cursor.revision, published.generation,
                      format_size(published.bytes)));
  }
  return Outcome::success();
}

Outcome pointer(Context& context, const Arguments& a) {
  ObjectStore store;
  CLI_TRY(open_store(context, a.store, &store));
  Text json;
  Call call;
  CLI_TRY(call(slip_pointer_read(store.get(), a.key.c_str(), json.out(), call.error())));
  print(context.json ? slip_text_string(json.get()) : json_pretty(slip_text_string(json.get())));
  return Outcome::success();
}

Outcome bootstrap(Context& context, const Arguments& a) {
  ObjectStore store;
  CLI_TRY(open_store(context, a.store, &store));
  slip_artifact_summary summary = SLIP_ARTIFACT_SUMMARY_INIT;
  Call call;
  CLI_TRY(call(slip_bootstrap(store.get(), a.key.c_str(), fold_url(a.place).c_str(),
                              context.options.get(SLIP_OPTIONS_IMPORT), &summary, call.error())));
  print_summary(context, summary);
  return Outcome::success();
}

// One page of names; *last is where the next one goes on, empty after the last page.
Outcome list_page(Context& context, slip_object_store* store, const std::string& prefix,
                  std::string* last) {
  Text json;
  Call call;
  CLI_TRY(
      call(slip_object_store_list(store, prefix.c_str(), last->empty() ? nullptr : last->c_str(),
                                  kNamesPerCall, json.out(), call.error())));
  std::string why;
  const auto elements = json_elements(slip_text_string(json.get()), &why);
  if (!elements) return Outcome::fail(SLIP_INTERNAL, "list of objects: " + why);
  std::string name, size;
  for (const std::string_view element : *elements) {
    const auto members = json_members(element, &why);
    if (!members) return Outcome::fail(SLIP_INTERNAL, "list of objects: " + why);
    for (const JsonMember& member : *members) {
      if (member.name == "name") name = json_string(member.value).value_or("");
      if (member.name == "size") size = member.value;
    }
    print(context.json ? std::string(element) : fmt::format("{:>12}  {}", size, name));
  }
  *last = elements->size() == kNamesPerCall ? name : "";
  return Outcome::success();
}

Outcome list(Context& context, const Arguments& a) {
  ObjectStore store;
  CLI_TRY(open_store(context, a.store, &store));
  std::string last;
  do {
    CLI_TRY(list_page(context, store.get(), a.prefix, &last));
  } while (!last.empty());
  return Outcome::success();
}

Outcome get(Context& context, const Arguments& a) {
  ObjectStore store;
  CLI_TRY(open_store(context, a.store, &store));
  Text data, tag;
  Call call;
  CLI_TRY(call(
      slip_object_store_get(store.get(), a.place.c_str(), data.out(), tag.out(), call.error())));
  const std::string_view content = view(slip_text_bytes(data.get()));
  if (context.json) {
    JsonObject object;
    object.text("name", a.place).number("size", content.size()).bytes("data", content);
    print(object.text("tag", slip_text_string(tag.get())).str());
  } else {
    print_bytes(content);
  }
  return Outcome::success();
}

using Run = Outcome (*)(Context&, const Arguments&);

Command add(Command parent, Context& context, const std::shared_ptr<Arguments>& arguments,
            const char* name, const char* summary, const char* example, std::vector<int32_t> kinds,
            Run run) {
  kinds.push_back(SLIP_OPTIONS_OBJECT_STORE);
  Command command = add_command(parent, context, name, summary, example, std::move(kinds),
                                [&context, arguments, run] { return run(context, *arguments); });
  command.text("--store", arguments->store, "STORE", "Object store: local:PATH, or a path",
               Command::Need::required, nullptr, "SLIPSTREAM_STORE");
  return command;
}

}  // namespace

void add_publish_commands(Command app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  const auto key = [&](Command command) {
    command.text("--key", arguments->key, "KEY", "Name under which it is published",
                 Command::Need::required);
  };
  Command command =
      add(app, context, arguments, "publish", "Publish an artifact under a key",
          "  slipstream publish ./routes.artifact --store /mnt/shared/folds --key edge/routes",
          {SLIP_OPTIONS_PUBLISH}, publish);
  command.positional("directory", arguments->place, "The artifact's directory");
  key(command);

  command = add(app, context, arguments, "pointer", "What is published under a key",
                "  slipstream pointer --store /mnt/shared/folds --key edge/routes", {}, pointer);
  key(command);

  command = add(app, context, arguments, "bootstrap", "Make a new fold from what is published",
                "  slipstream bootstrap ./routes --store /mnt/shared/folds --key edge/routes",
                {SLIP_OPTIONS_IMPORT}, bootstrap);
  command.positional("fold", arguments->place, "lmdb:PATH, or a path; must be empty");
  key(command);
}

void add_object_commands(Command app, Context& context) {
  Command family = app.family("object", "Look into an object store");
  auto arguments = std::make_shared<Arguments>();
  Command command =
      add(family, context, arguments, "list", "Names and sizes, ascending",
          "  slipstream object list --store /mnt/shared/folds --prefix edge/", {}, list);
  command.text("-p,--prefix", arguments->prefix, "PREFIX", "Only names that begin with it");
  command =
      add(family, context, arguments, "get", "The bytes of an object",
          "  slipstream object get edge/routes.pointer.json --store /mnt/shared/folds", {}, get);
  command.positional("name", arguments->place, "Name of the object");
}

}  // namespace cli
