/* A fold of one's own: every row in one file, which each commit writes anew. For small buckets, or as
 * a beginning for something better. */
#ifndef ONE_FILE_FOLD_H
#define ONE_FILE_FOLD_H

#include <slipstream.h>

/* The functions over the file PATH, which is made by the first commit. SLIP_BUSY: another process has
 * it open. */
slip_status one_file_fold(const char *path, slip_fold_functions *out, char *text, size_t text_size);

#endif
