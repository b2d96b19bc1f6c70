// The local kind: a directory in which each object is a file below the root. Any thread, any number
// of processes; holds nothing open between calls.
//
// Promises: a reader sees an object whole, with the tag of exactly these bytes, because both lie in
// one file that comes into place by one rename (object_file.h). Writers take turns under one lock
// file, so a compare-and-swap holds between processes; what a killed writer leaves is one staged
// file, which the next one replaces. A write that returned has reached the disk, its folders too.
// Links are not followed below the root, and nothing outside it is touched.
#ifndef SLIP_OBJECTS_LOCAL_LOCAL_STORE_H
#define SLIP_OBJECTS_LOCAL_LOCAL_STORE_H

#include <memory>
#include <string>

#include "objects/object_store.h"

namespace slip {

// `root` is made where it is missing; `fs` must outlive the store. `url` is for sentences.
Result<std::shared_ptr<ObjectStore>> open_local_store(FileSystem& fs, const std::string& root,
                                                      const std::string& url);

}  // namespace slip
#endif
