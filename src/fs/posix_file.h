// Open files and locks of the real file system. Internal to fs; see file_system.h for the promises.
#ifndef SLIP_FS_POSIX_FILE_H
#define SLIP_FS_POSIX_FILE_H

#include <memory>
#include <string>

#include "fs/descriptor.h"
#include "fs/file_system.h"

namespace slip {

// A descriptor of a regular file, made or opened as file_system.h says.
Result<Descriptor> open_regular(const std::string& path, OpenMode mode);
Result<std::unique_ptr<File>> open_posix_file(const std::string& path, OpenMode mode);
Result<std::unique_ptr<FileLock>> lock_posix_file(const std::string& path, bool wait);

}  // namespace slip
#endif
