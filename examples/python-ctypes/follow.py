#!/usr/bin/env python3
"""Follow a bucket into a fold from Python, by ctypes: no compiler, no package.

    follow.py LIBRARY FOLD [URL [BUCKET]]        default: mem:// routes

With mem:// it writes some routes first; with a server it takes what is there. It ends when it has
caught up; with a server, run it again and only what changed comes.
"""
import ctypes as c
import sys

import slipstream as s


def fill(library, bucket):
    for key, value in (("edge.eu", "10.0.0.1"), ("edge.us", "10.0.0.2"), ("edge.asia", "10.0.0.3")):
        library.call("slip_bucket_put", bucket, *s.sized(key), *s.sized(value), None)
    library.call("slip_bucket_remove", bucket, *s.sized("edge.us"), None)


def pull(library, bucket, fold):
    """(updates, the last committed revision)"""
    options = library.handle("slip_options_new", c.c_int32(s.OPTIONS_WATCH))
    library.call("slip_options_set_string", options, "stop_at", "caught_up")
    watch = library.handle("slip_watch_open", bucket, fold, options)
    library.free("slip_options", options)
    updates = 0
    while True:
        batch = c.c_void_p()
        status = library.call("slip_watch_next", watch, c.c_int64(10000), c.byref(batch),
                              expected=(s.OK, s.END))
        if status == s.END:
            break
        count = c.c_size_t()
        rows = library.so.slip_batch_updates(batch, c.byref(count))
        for i in range(count.value):
            row = rows[i]
            print(row.revision, "put" if row.operation == s.PUT else "delete",
                  row.key.value().decode(), row.value.value().decode())
        updates += count.value
        library.call("slip_batch_ack", batch)
        library.free("slip_batch", batch)
    cursor = s.Cursor()
    library.call("slip_watch_close", watch, c.byref(cursor))
    library.free("slip_watch", watch)
    return updates, cursor.revision


def main(path, fold_path, url="mem://", name="routes"):
    library = s.Library(path)
    print("slipstream", library.version())
    connection = library.handle("slip_connect", url, None)
    bucket = library.handle("slip_bucket_create", connection, name, None)
    if url == "mem://":
        fill(library, bucket)
    fold = library.handle("slip_fold_open", "lmdb:" + fold_path, None)
    updates, revision = pull(library, bucket, fold)
    print("%d updates; the fold stands at revision %d" % (updates, revision))
    if url == "mem://":
        entry = library.handle("slip_fold_get", fold, *s.sized("edge.asia"))
        print("edge.asia =", library.so.slip_entry_update(entry)[0].value.value().decode())
        library.free("slip_entry", entry)
    for kind, handle in (("slip_fold", fold), ("slip_bucket", bucket),
                         ("slip_connection", connection)):
        library.free(kind, handle)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except s.Failure as failure:
        sys.exit(str(failure))
