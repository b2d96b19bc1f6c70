#include "objects/object_store.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "objects/local/local_store.h"

namespace slip {
namespace {

constexpr size_t kSegmentBytesMax = 255;  // of a file name on every system that we know
constexpr std::string_view kOwnPrefix = ".slip";

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
         c == '.' || c == '_' || c == '-';
}

// What is wrong with one segment; nullptr: nothing.
const char* segment_fault(std::string_view segment) {
  if (segment.empty()) return "it has an empty segment";
  if (segment == "." || segment == "..") return "it has a dot segment";
  if (segment.size() > kSegmentBytesMax) return "a segment is over 255 bytes";
  if (segment.substr(0, kOwnPrefix.size()) == kOwnPrefix)
    return "segments beginning with .slip are the store's own";
  return nullptr;
}

const char* name_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > kObjectNameBytesMax) return "it is over 512 bytes";
  if (!std::all_of(name.begin(), name.end(), is_name_byte))
    return "only letters, digits and / . _ - are allowed";
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    if (const char* fault = segment_fault(name.substr(begin, end - begin))) return fault;
    begin = end + 1;
  }
  return nullptr;
}

bool take_prefix(std::string_view* text, std::string_view prefix) {
  if (text->substr(0, prefix.size()) != prefix) return false;
  text->remove_prefix(prefix.size());
  return true;
}

}  // namespace

Status check_object_name(const std::string& name) {
  if (const char* fault = name_fault(name))
    return Status(SLIP_INVALID, "object name " + quoted(name) + ": " + fault);
  return Status();
}

Result<std::shared_ptr<ObjectStore>> open_object_store(const std::string& url, const Options&) {
  const auto refused = [&url](const char* why) {
    return Status(SLIP_INVALID, "cannot open object store " + quoted(url) + ": " + why);
  };
  std::string_view path = url;
  if (take_prefix(&path, "file://")) {
    if (path.substr(0, 1) != "/") return refused("a file URL is file:///PATH, without a host");
    if (path.find('%') != std::string_view::npos)
      return refused("escapes are not taken in a file URL (use local:PATH)");
  } else if (!take_prefix(&path, "local:")) {
    return refused("unknown scheme (use local:PATH or file:///PATH)");
  }
  if (path.empty()) return refused("the path is empty");
  return open_local_store(posix_file_system(), std::string(path), url);
}

}  // namespace slip
