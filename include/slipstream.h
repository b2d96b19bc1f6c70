/*
 * slipstream.h: a replica of your NATS KV bucket inside every process.
 *
 * Copyright 2026 The libslipstream authors. Licensed under the Apache License, Version 2.0.
 *
 * INTRODUCTION
 *
 * A bucket is a NATS JetStream KV bucket, or one embedded in the process ("mem://"). A watch
 * receives every update of it in order, hands them to you in batches, and commits each batch to
 * a fold (a durable local copy of the bucket's current state) together with the cursor (the
 * revision up to which everything was applied). The cursor moves only after your `apply` has
 * returned. A fold can be exported as an artifact, published to an object store under a pointer
 * that never goes backwards, and imported by a new node, which then receives only the tail.
 *
 *     slip_connection *nats; slip_bucket *routes; slip_fold *fold; slip_watch *watch;
 *     slip_connect("nats://127.0.0.1:4222", NULL, &nats, &e);
 *     slip_bucket_open(nats, "routes", NULL, &routes, &e);
 *     slip_fold_open("lmdb:/var/lib/edge/routes", NULL, &fold, &e);
 *     slip_watch_callbacks cb = SLIP_WATCH_CALLBACKS_INIT;
 *     cb.user = &table; cb.apply = swap_routes;
 *     slip_watch_start(routes, fold, NULL, &cb, &watch, &e);
 *
 * (A real program looks at each status and frees what it was given.)
 *
 * CONVENTIONS
 *
 * They hold for every function; a function states only its exceptions.
 *
 *  1. Names. slip_<noun>_<verb>; types slip_<noun>; constants SLIP_<NAME>.
 *  2. Handles are incomplete structs. A child keeps its parents alive, so any order of closing
 *     and freeing is legal: freeing a connection under a running watch takes away only your
 *     reference to it, and what it stands for goes with the last child. To end something now,
 *     close it.
 *  3. Status. Whatever can fail returns slip_status. SLIP_OK is 0; every other value has a name
 *     (slip_status_name). Expected outcomes (not found, exists, conflict, timeout, end) are codes
 *     of their own; a program may well meet values that were added after it was built, and treats
 *     them as failures. There is no thread-local error state.
 *  4. Errors. The last parameter of a fallible function is `slip_error **error`, which may be
 *     NULL. When the call fails and memory allows, *error becomes an object with code, sentence
 *     and whether trying again may help; free it with slip_error_free. *error is NULL otherwise;
 *     what it held on entry is overwritten, not freed. A sentence never holds a secret, is for
 *     people, and may change in any release: programs decide by the status.
 *  5. Order of parameters: handle, inputs, out_*, error. Every output is cleared on entry: NULL,
 *     zero, or an empty view, and is filled only by a call that succeeds, unless its function
 *     says otherwise. A struct output keeps its struct_size.
 *  6. Pointers must not be NULL unless marked nullable; a violation returns SLIP_INVALID, names
 *     the parameter and does nothing but clear outputs. `error` and `options` are always nullable.
 *     Passing NULL to a _free function does nothing.
 *  7. Input bytes are pointer and length and may hold any byte, NUL included; the pointer may be
 *     NULL where the length is 0. Names, paths, URLs and option values are NUL-terminated UTF-8.
 *     Inputs are copied before the call returns.
 *  8. Output bytes are slip_bytes views. A view obtained from a snapshot, an iterator or a batch
 *     is zero-copy and lives as its function states; every other result that outlives the call is
 *     an owned object (slip_entry, slip_text) with its own _free. Never call free() on ours.
 *  9. _open, _new, _start, _create and slip_connect give you ownership. _close stops the object,
 *     joins its threads and reports; it may be called again (same answer), from several threads,
 *     and may block for the time that it states. Afterwards other calls on the handle return
 *     SLIP_CLOSED, but for those that say otherwise. _free releases the handle, closing first
 *     where that is needed; no call may run on the handle then or later.
 * 10. Options are opaque objects made for one kind, set by name. An unknown name or a value out
 *     of bounds fails at once and names the option. Functions copy them; you free yours at any
 *     time. NULL options mean every default; options of another kind are SLIP_INVALID.
 *     slip_options_describe lists them all.
 * 11. Structs that you fill, or that we fill for you, begin with `uint32_t struct_size`: set it to
 *     sizeof (the _INIT macro does). They grow at the end only; the size of every release is
 *     honoured for ever, what an older one lacks counting as zero. A size that no release had
 *     (below the first one's, or over 4,096) is SLIP_INVALID. A struct of a later release than
 *     the loaded library is taken while the members that the library does not know are zero, and
 *     is SLIP_UNSUPPORTED otherwise. Elements of arrays (slip_update, slip_item, slip_write,
 *     slip_write_result, slip_watch_event, slip_revision_range) are frozen: they have what they
 *     need, or reserved space, and never change their size.
 * 12. Callbacks are structs of function pointers with `void *user` and a nullable `destroy`,
 *     called exactly once when the library no longer needs `user`, also when the call that took
 *     the struct fails (then before it returns; but not where struct_size is impossible, so that
 *     `destroy` cannot be found). A callback that can fail returns a slip_status (SLIP_USER_FIRST
 *     and above are yours; any value is handed through as it is) and gets `char *text, size_t
 *     text_size` (4,096) for its sentence in UTF-8, NUL-terminated by you. Each callback says on
 *     which thread it runs and how long its arguments live. Callbacks must not longjmp or exit the
 *     thread, nor throw; what a C++ callback throws all the same is caught and becomes
 *     SLIP_CALLBACK_FAILED with its what(). A blocking call on the same watch from its own
 *     callback returns SLIP_DEADLOCK.
 * 13. Threads. The table below says what may be called at once. _cancel and _interrupt are safe
 *     from any thread, at any time before _free, and from callbacks.
 * 14. Waiting. A timeout is `int64_t timeout_ms`: 0 polls, negative waits without limit.
 * 15. Units. Times of the wall clock are nanoseconds since the Unix epoch (int64_t, suffix _ns),
 *     0 where unknown; spans carry their unit in the name; sizes are bytes.
 * 16. Memory. No exception crosses this border. A failed allocation returns SLIP_OUT_OF_MEMORY,
 *     possibly without an error object; what was committed or written stays so. Where it strikes a
 *     watch's own thread, the watch ends with that status. Where other objects than the failed
 *     call's depend on it nothing is torn: every handle stays usable.
 * 17. A guest's manners. The library installs no signal handler and leaves dispositions as it
 *     found them; its threads block all signals and have names beginning with "slip-" (those of
 *     the NATS client excepted); it changes no umask, locale, environment or working directory;
 *     its descriptors are close-on-exec (the NATS socket is marked right after connecting). In a
 *     forked child every handle of the parent answers SLIP_FORKED (functions without a status:
 *     zero or NULL), and _free only forgets it, callbacks and their `destroy` included; objects
 *     made in the child work. slip_error, slip_text and slip_entry are plain memory and work in
 *     both. The shared library stays loaded after dlclose, since its threads may still run.
 * 18. Stability. A published signature, constant or struct layout never changes within an ABI
 *     epoch (the number in the soname); additions are marked "Since". Until 0.1.0 is tagged, the
 *     header may still change.
 *
 * WHAT MAY BE CALLED AT ONCE
 *
 *   handle             several threads at once
 *   -----------------  -----------------------------------------------------------------
 *   slip_connection    yes, every function but _free
 *   slip_bucket        yes, every function but _free
 *   slip_feed          one call at a time, any thread; beside every call on the bucket's watch
 *   slip_answer        no: in the call that it was given to
 *   slip_watch         yes, every function but _free; slip_watch_next: one thread at a time
 *                      (SLIP_MISUSE)
 *   slip_batch         no: one thread at a time, any thread; beside every call on its watch
 *   slip_fold          yes, every function but _free; one writer at a time (SLIP_BUSY)
 *   slip_snapshot      get and range: yes; refresh and free: alone
 *   slip_iterator      no: one thread at a time
 *   slip_object_store  yes, every function but _free
 *   slip_options       no: one thread at a time; describing is free
 *   slip_error, slip_text, slip_entry   reading: yes; free: alone
 */
#ifndef SLIPSTREAM_H
#define SLIPSTREAM_H

#include <stddef.h>
#include <stdint.h>

/* ---------------------------------------------------------------------------------------------
 * VISIBILITY
 * ------------------------------------------------------------------------------------------ */

#if defined(__GNUC__)
#define SLIP_API __attribute__((visibility("default")))
/* A status that nobody reads is a defect: the compiler says so. */
#define SLIP_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SLIP_API
#define SLIP_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------
 * VERSION
 * ------------------------------------------------------------------------------------------ */

#define SLIP_VERSION_MAJOR 0
#define SLIP_VERSION_MINOR 1
#define SLIP_VERSION_PATCH 0

/* The ABI epoch that this header describes: the number in libslipstream.so.N. */
#define SLIP_ABI_EPOCH 0

/* The version of the loaded library as "major.minor.patch". Static; never freed; never NULL. */
SLIP_API const char* slip_version(void);

/* The ABI epoch of the loaded library. A binding compares it with SLIP_ABI_EPOCH when it loads. */
SLIP_API uint32_t slip_abi_epoch(void);

/*
 * Whether the loaded library has a feature: 1 or 0. Known names: "mem" (embedded buckets), "nats",
 * "tls", "lmdb", "zstd", "objects.local". An unknown or NULL name is 0, so that a program may ask
 * an older library for what it does not know yet.
 */
SLIP_API int slip_feature(const char* name);

/* ---------------------------------------------------------------------------------------------
 * STATUS
 * ------------------------------------------------------------------------------------------ */

typedef int32_t slip_status;

/*
 * Values are explicit, have gaps by domain and are never reused. There is no largest one: never
 * switch over them without a default.
 */
enum {
  SLIP_OK = 0,

  /* Outcomes that a correct program meets. */
  SLIP_NOT_FOUND = 10,   /* no such key, object, pointer or file                            */
  SLIP_EXISTS = 11,      /* it is there already                                             */
  SLIP_CONFLICT = 12,    /* a compare-and-swap lost: the revision or tag is another one      */
  SLIP_TIMEOUT = 13,     /* the stated time passed; nothing else is known to be wrong        */
  SLIP_END = 14,         /* nothing more will come: the watch has ended in its proper way    */
  SLIP_INTERRUPTED = 15, /* this one waiting call was ended by slip_watch_interrupt          */
  SLIP_CANCELLED = 16,   /* the watch was ended by slip_watch_cancel                         */
  SLIP_SUPERSEDED = 17,  /* something newer is published already; it stays                   */
  SLIP_NOT_EMPTY = 18,   /* the destination holds something                                  */

  /* The caller's mistakes. */
  SLIP_INVALID = 30,        /* an argument is NULL, malformed or of the wrong kind            */
  SLIP_MISUSE = 31,         /* right call, wrong moment                                       */
  SLIP_CLOSED = 32,         /* the handle was closed                                          */
  SLIP_DEADLOCK = 33,       /* a blocking call on a watch from its own callback               */
  SLIP_UNSUPPORTED = 34,    /* this kind of thing, or this server, cannot do that             */
  SLIP_UNKNOWN_OPTION = 35, /* no option of that name; the sentence names the nearest         */
  SLIP_OUT_OF_BOUNDS = 36,  /* an option's value is outside its bounds                        */
  SLIP_FORKED = 37,         /* the handle belongs to the parent process                       */
  SLIP_TOO_LARGE = 38,      /* a key, value or message is over a stated limit                 */

  /* This machine. */
  SLIP_OUT_OF_MEMORY = 50,
  SLIP_BUSY = 51,              /* held by another writer, here or in another process          */
  SLIP_NO_SPACE = 52,          /* disk, quota or map is full                                  */
  SLIP_IO = 53,                /* reading or writing failed                                   */
  SLIP_PERMISSION_DENIED = 54, /* the system or the server forbids it to this user            */

  /* The server. */
  SLIP_UNREACHABLE = 70,      /* no connection, or it broke                                   */
  SLIP_UNAUTHORIZED = 71,     /* the credentials were refused                                 */
  SLIP_NO_JETSTREAM = 72,     /* the server or account has JetStream switched off              */
  SLIP_BUCKET_NOT_FOUND = 73, /* no such bucket                                               */
  SLIP_BUCKET_EXISTS = 74,    /* a bucket of that name has another configuration              */
  SLIP_CONFIG_MISMATCH = 75,  /* the server did not take the configuration that was asked for */
  SLIP_BUCKET_FULL = 76,      /* max_bytes reached and the bucket discards new values          */
  SLIP_SERVER = 77,           /* another error of the server; the sentence has its code        */
  SLIP_INDETERMINATE = 78,    /* no answer: the write may or may not have happened             */

  /* Stored bytes. */
  SLIP_CORRUPT = 90,           /* damaged; nothing was changed                                */
  SLIP_NEWER_FORMAT = 91,      /* written by a later version                                  */
  SLIP_NOT_OURS = 92,          /* the path holds something that we did not make               */
  SLIP_IDENTITY_MISMATCH = 93, /* it is of another bucket                                     */
  SLIP_ARTIFACT_INVALID = 94,  /* the artifact is incomplete, altered or hostile              */
  SLIP_SUSPECT = 95,           /* a power loss may have damaged it: rebuild it                */

  /* Resuming a watch. */
  SLIP_CURSOR_EXPIRED = 110,   /* updates after the cursor may be gone from the server        */
  SLIP_STREAM_RECREATED = 111, /* the bucket was deleted and made anew                        */
  SLIP_STREAM_REWOUND = 112,   /* the server went back to before the cursor                    */
  SLIP_SCOPE_MISMATCH = 113,   /* the fold was made for another scope                         */
  SLIP_AUDIT_MISMATCH = 114,   /* fold and bucket hold different numbers of keys               */

  SLIP_CALLBACK_FAILED = 130, /* a callback broke its contract                                */
  SLIP_INTERNAL = 150,        /* a defect of the library: please report the sentence          */

  SLIP_USER_FIRST = 1000 /* this and above: yours, handed through from your callbacks        */
};

/* The name of a status, such as "SLIP_NOT_FOUND". Static. An unknown value gives "SLIP_?". */
SLIP_API const char* slip_status_name(slip_status status);

/* One row of the table of all statuses. */
typedef struct slip_status_row {
  slip_status status;
  uint32_t retriable; /* 1: trying the same again may succeed without a change by the caller */
  const char* name;   /* "SLIP_..."; static                                                 */
  const char* text;   /* one line in English; static                                         */
} slip_status_row;

/*
 * All statuses of the loaded library, ascending; *out_count (nullable) rows. Static; never NULL.
 * Bindings check theirs against it. The last row is SLIP_USER_FIRST, which stands for all of yours.
 */
SLIP_API const slip_status_row* slip_status_table(size_t* out_count);

/* ---------------------------------------------------------------------------------------------
 * ERROR, TEXT, ENTRY, CURSOR
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_error slip_error;

/* The status that the failing call returned. NULL gives SLIP_OK. */
SLIP_API slip_status slip_error_code(const slip_error* error);
/*
 * The sentence: what was being done, to what, what happened, what to do; UTF-8, without a newline
 * at its end, never empty but for NULL, which gives "". It lives as long as the error. The server's
 * own code is in it where the server refused.
 */
SLIP_API const char* slip_error_message(const slip_error* error);
/*
 * 1 if trying the same again, later and unchanged, may succeed. It can know more than the table: a
 * status that is retriable there may not be so here, and the other way round. NULL gives 0.
 */
SLIP_API int slip_error_is_retriable(const slip_error* error);
SLIP_API void slip_error_free(slip_error* error);

/*
 * A view of bytes that something else owns. `data` may be NULL where size is 0; not NUL-terminated.
 */
typedef struct slip_bytes {
  const uint8_t* data;
  size_t size;
} slip_bytes;

/*
 * An owned run of bytes: JSON, a name, a tag, or the contents of an object. Both functions give the
 * same bytes, for as long as the text lives; the string form has a NUL behind its size, and may
 * hold others where the bytes are a caller's own.
 */
typedef struct slip_text slip_text;
SLIP_API slip_bytes slip_text_bytes(const slip_text* text);   /* NULL gives an empty view */
SLIP_API const char* slip_text_string(const slip_text* text); /* NULL gives ""            */
SLIP_API void slip_text_free(slip_text* text);

/* What happened to a key. */
enum {
  SLIP_PUT = 1,    /* the key has this value                                              */
  SLIP_DELETE = 2, /* the key is gone (a delete marker, or a deletion found by comparing)  */
  SLIP_PURGE = 3   /* the key and its history are gone                                      */
};

/* Flags of an update, combined by or; later releases may set further bits: ignore them. */
enum {
  SLIP_FLAG_SYNTHETIC = 1, /* made here by comparing states, not received; its revision is 0   */
  SLIP_FLAG_REPLAY = 2,    /* read from the fold at the start of a watch; moves no cursor      */
  SLIP_FLAG_RELIST = 4,    /* part of a listing made anew after a repair                       */
  SLIP_FLAG_EXPIRED = 8,   /* the end of a life (max_age or TTL), not somebody's delete        */
  SLIP_FLAG_MARKER = 16,   /* came as a marker that the server wrote                           */
  SLIP_FLAG_MORE = 32      /* slip_feed_append only: further updates of this revision follow    */
};

/* A life without end, in slip_update.ttl_ns and slip_write.ttl_ns. */
#define SLIP_TTL_NEVER ((int64_t)-1)

/*
 * One update of one key. Frozen at 80 bytes on 64-bit systems, so that arrays of it may be read by
 * any language. The views live as the function that gave the update states. Where you fill one
 * (slip_fold_apply), zero what you do not use.
 */
typedef struct slip_update {
  slip_bytes key;       /* as the server has it, without the bucket's subject prefix              */
  slip_bytes value;     /* empty unless operation is SLIP_PUT                                     */
  uint64_t revision;    /* of the bucket's stream; 0 where there is none (synthetic)              */
  int64_t timestamp_ns; /* server's clock                                                        */
  int64_t ttl_ns;       /* the update's own life as received: 0 none, SLIP_TTL_NEVER without end  */
  uint32_t operation;   /* SLIP_PUT, SLIP_DELETE or SLIP_PURGE                                    */
  uint32_t flags;       /* SLIP_FLAG_*                                                           */
  uint64_t reserved[2]; /* zero                                                                  */
} slip_update;

/* One owned update: what one call of slip_bucket_get or slip_fold_get found. */
typedef struct slip_entry slip_entry;
/* The update; its views live as long as the entry. NULL gives NULL. */
SLIP_API const slip_update* slip_entry_update(const slip_entry* entry);
SLIP_API void slip_entry_free(slip_entry* entry);

/*
 * A position in one incarnation of a bucket. `epoch` is the creation time of its stream in
 * nanoseconds (an embedded bucket gives its own, growing number), 0 where nothing was followed
 * yet. Every update at or below `revision` was applied. Revisions compare only within one epoch.
 */
typedef struct slip_cursor {
  uint64_t epoch;
  uint64_t revision;
} slip_cursor;

/*
 * A cursor as portable text for callers that keep their own position: "slip1:BUCKET:EPOCH:REVISION"
 * (decimal numbers). It is what the watch's option `cursor` takes. SLIP_INVALID: not a legal bucket
 * name, a revision of 2^64-1, or one without an epoch.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_cursor_format(const char* bucket, slip_cursor cursor,
                                                        slip_text** out_text, slip_error** error);
/*
 * The inverse. *out_bucket (nullable) receives the bucket's name. SLIP_INVALID: not such a text;
 * SLIP_NEWER_FORMAT: "slip2:" and above. A revision of 2^64-1 is refused: nothing can follow it.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_cursor_parse(const char* text, slip_cursor* out_cursor,
                                                       slip_text** out_bucket, slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * OPTIONS
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_options slip_options;

/* What the options are for. */
enum {
  SLIP_OPTIONS_CONNECTION = 1,   /* slip_connect                                    */
  SLIP_OPTIONS_BUCKET = 2,       /* slip_bucket_create, slip_bucket_open            */
  SLIP_OPTIONS_WATCH = 3,        /* slip_watch_start, slip_watch_open               */
  SLIP_OPTIONS_FOLD = 4,         /* slip_fold_open                                  */
  SLIP_OPTIONS_EXPORT = 5,       /* slip_fold_export, slip_watch_export             */
  SLIP_OPTIONS_OBJECT_STORE = 6, /* slip_object_store_open                          */
  SLIP_OPTIONS_PUBLISH = 7,      /* slip_publish                                    */
  SLIP_OPTIONS_IMPORT = 8        /* slip_fold_import, slip_download, slip_bootstrap  */
};

/* Options in which nothing is set: every one has its default. SLIP_INVALID: an unknown kind. */
SLIP_MUST_CHECK SLIP_API slip_status slip_options_new(int32_t kind, slip_options** out_options,
                                                      slip_error** error);

/*
 * Set one option. Each value is checked at once: SLIP_UNKNOWN_OPTION (the sentence names the
 * nearest), SLIP_OUT_OF_BOUNDS (it names the bounds), SLIP_INVALID (another type). The string form
 * takes every type as text ("10000", "true"), which is what a command line and most bindings want.
 * The last value set counts; after a failure the former one stays. A value that is a secret
 * (password, token) appears in no sentence and in no log line.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_options_set_string(slip_options* options,
                                                             const char* name, const char* value,
                                                             slip_error** error);
SLIP_MUST_CHECK SLIP_API slip_status slip_options_set_u64(slip_options* options, const char* name,
                                                          uint64_t value, slip_error** error);
/* value: 0 or 1; another one is SLIP_OUT_OF_BOUNDS. */
SLIP_MUST_CHECK SLIP_API slip_status slip_options_set_bool(slip_options* options, const char* name,
                                                           int value, slip_error** error);
SLIP_MUST_CHECK SLIP_API slip_status slip_options_set_bytes(slip_options* options, const char* name,
                                                            const void* data, size_t size,
                                                            slip_error** error);
/*
 * Append to an option of type "list". Setting one by _set_string replaces the list by one element.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_options_add(slip_options* options, const char* name,
                                                      const char* value, slip_error** error);
/*
 * All options of a kind, in the order of the documentation, as a JSON array of {"name","type",
 * "default","min","max","values","unit","secret","summary"}; members that do not apply are left
 * out. "type" is one of string, choice, u64, boolean, bytes, list. An option is never removed or
 * given another meaning within an ABI epoch; new ones come without a new symbol.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_options_describe(int32_t kind, slip_text** out_json,
                                                           slip_error** error);
SLIP_API void slip_options_free(slip_options* options);

/* ---------------------------------------------------------------------------------------------
 * LOG
 * ------------------------------------------------------------------------------------------ */

enum { SLIP_LOG_ERROR = 1, SLIP_LOG_WARNING = 2, SLIP_LOG_INFO = 3, SLIP_LOG_DEBUG = 4 };

/*
 * Receives one line without its newline. Runs on any thread, also on the library's own, several
 * at once; must not call the library nor throw, and should return soon: who logs waits for it.
 * `room`
 * ("kv", "watch", ...) and `message` live for the call. No line holds a
 * secret.
 */
typedef void (*slip_log_function)(void* user, int32_t level, const char* room, const char* message);

/*
 * Send log lines of `level` and more urgent to `function` (NULL: to nobody, the default). Process-
 * wide; replaces what was set. Returns when no call of the previous function is running any more,
 * so its `user` may go. From inside a log function: SLIP_DEADLOCK. A level that is none of the four
 * is SLIP_INVALID, and what was set stays.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_log_set(slip_log_function function, void* user,
                                                  int32_t level, slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * CONNECTION
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_connection slip_connection;

/*
 * Connect. `url`:
 *   "nats://[user:password@|token@]host[:port][,more]"  plain NATS, 4222 by default
 *   "tls://..."                                         NATS over TLS, verified
 *   "mem://"       an embedded server of this handle's own
 *   "mem://NAME"   an embedded server shared by this process under NAME, alive while one
 *                  connection, bucket or watch of it is
 * Blocks for connect_timeout_ms at most per server. Afterwards the connection reconnects for ever.
 * With connect=lazy it returns at once and connects in the background; buckets and watches made on
 * it start without a server, and calls that need one give SLIP_UNREACHABLE until it is there.
 * Errors: SLIP_INVALID (URL or scheme), SLIP_UNREACHABLE (names the address, never the
 * credentials), SLIP_UNAUTHORIZED, SLIP_TIMEOUT.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_connect(const char* url, const slip_options* options,
                                                  slip_connection** out_connection,
                                                  slip_error** error);

enum {
  SLIP_CONNECTION_CONNECTING = 1, /* not yet, or again                         */
  SLIP_CONNECTION_CONNECTED = 2,
  SLIP_CONNECTION_CLOSED = 3
};

typedef struct slip_connection_state {
  uint32_t struct_size;
  int32_t state;              /* SLIP_CONNECTION_*                                          */
  uint64_t reconnects;        /* connections made after the first                            */
  uint64_t max_payload_bytes; /* the server's limit of one message; 0 while unknown        */
  int64_t round_trip_ns;      /* of the last successful request; 0 while unknown              */
} slip_connection_state;
#define SLIP_CONNECTION_STATE_INIT \
  { (uint32_t)sizeof(slip_connection_state), 0, 0, 0, 0 }

/* What the connection is doing. Never blocks; allowed after close. */
SLIP_MUST_CHECK SLIP_API slip_status slip_connection_status(slip_connection* connection,
                                                            slip_connection_state* out_state,
                                                            slip_error** error);
/*
 * Close the connection for its buckets and watches too: their calls give SLIP_CLOSED, a watch on it
 * ends with SLIP_CLOSED after it has applied what it had received. What another connection shares
 * ("mem://NAME") goes on there. Blocks for 5 s at most.
 */
SLIP_API slip_status slip_connection_close(slip_connection* connection, slip_error** error);
/* Gives up your reference: the connection closes with its last bucket and watch (convention 2). */
SLIP_API void slip_connection_free(slip_connection* connection);

/* ---------------------------------------------------------------------------------------------
 * BUCKET
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_bucket slip_bucket;

/* Storage and discard policy of a bucket. */
enum { SLIP_STORAGE_FILE = 1, SLIP_STORAGE_MEMORY = 2 };
enum { SLIP_DISCARD_NEW = 1, SLIP_DISCARD_OLD = 2 };

/*
 * Create the bucket `name` ([A-Za-z0-9_-], 1 to 128 bytes) as the options say (history, max_age_ms,
 * max_bytes, max_value_size, replicas, storage, discard, marker_ttl_ms) and open it. A bucket of
 * that name with the same configuration is opened; with another one: SLIP_BUCKET_EXISTS, naming
 * the difference. The server's echo is compared with what was asked: where it differs (older
 * servers ignore what they do not know) the call gives SLIP_CONFIG_MISMATCH and names each
 * difference; the bucket then exists. Set accept_differences to open it all the same.
 * Blocks for request_timeout_ms at most.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_create(slip_connection* connection,
                                                        const char* name,
                                                        const slip_options* options,
                                                        slip_bucket** out_bucket,
                                                        slip_error** error);
/*
 * Open an existing bucket. Its stream is looked at when it is first needed on a lazy connection,
 * at once otherwise: SLIP_BUCKET_NOT_FOUND, SLIP_NO_JETSTREAM, SLIP_PERMISSION_DENIED.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_open(slip_connection* connection, const char* name,
                                                      const slip_options* options,
                                                      slip_bucket** out_bucket, slip_error** error);
/*
 * Delete a bucket with all it holds, for everybody. SLIP_BUCKET_NOT_FOUND where there is none.
 * Calls on open handles of it fail from then on. Blocks for request_timeout_ms at most.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_delete(slip_connection* connection,
                                                        const char* name, slip_error** error);

typedef struct slip_bucket_state {
  uint32_t struct_size;
  uint32_t history;        /* revisions kept of each key, 1 to 64                             */
  uint64_t epoch;          /* see slip_cursor                                                 */
  uint64_t first_revision; /* of what is retained; last_revision + 1 where nothing is          */
  uint64_t last_revision;
  uint64_t messages; /* retained updates, markers included                              */
  uint64_t subjects; /* distinct keys retained, those that end in a marker included      */
  uint64_t size_bytes;
  int64_t server_time_ns; /* the server's clock at the answer; 0 before 2.10                  */
  int64_t max_age_ns;     /* 0: values do not age                                             */
  int64_t max_bytes;      /* -1: no limit                                                     */
  int64_t max_value_size; /* -1: no limit but the server's                                    */
  int64_t marker_ttl_ns;  /* 0: no limit markers                                              */
  uint32_t replicas;
  uint32_t storage;         /* SLIP_STORAGE_*                                                   */
  uint32_t discard;         /* SLIP_DISCARD_*                                                   */
  uint32_t per_message_ttl; /* 1: values may carry a life of their own                           */
  int64_t max_messages; /* of the whole bucket, if others set it so; -1: no limit              */
} slip_bucket_state;
#define SLIP_BUCKET_STATE_INIT \
  { (uint32_t)sizeof(slip_bucket_state), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * Ask the server for the bucket's configuration and bounds. Blocks for request_timeout_ms at most.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_info(slip_bucket* bucket,
                                                      slip_bucket_state* out_state,
                                                      slip_error** error);
SLIP_API void slip_bucket_free(slip_bucket* bucket);

/* ---------------------------------------------------------------------------------------------
 * READ AND WRITE A BUCKET
 *
 * Keys: [-/_=.A-Za-z0-9]+, 1 to 1,024 bytes, no leading, trailing or double dot (ADR-8); another
 * key is SLIP_INVALID. Each call blocks for request_timeout_ms at most. A write whose answer did
 * not come is SLIP_INDETERMINATE: it may have happened.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_iterator slip_iterator;

/*
 * The current value, as the server has it now. SLIP_NOT_FOUND: no such key, or its last update is a
 * delete. The entry is yours.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_get(slip_bucket* bucket, const void* key,
                                                     size_t key_size, slip_entry** out_entry,
                                                     slip_error** error);
/*
 * The live keys whose bytes begin with `prefix` (empty: all), read from the server as the iterator
 * advances. _keys gives keys without values. Order is that of last update. A key that is rewritten
 * meanwhile may come twice, the later revision last; one that is deleted meanwhile may come. The
 * iterator holds something on the server until it is freed.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_keys(slip_bucket* bucket, const void* prefix,
                                                      size_t prefix_size,
                                                      slip_iterator** out_iterator,
                                                      slip_error** error);
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_scan(slip_bucket* bucket, const void* prefix,
                                                      size_t prefix_size,
                                                      slip_iterator** out_iterator,
                                                      slip_error** error);

/* Set a key. *out_revision (nullable) receives the revision of the write. */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_put(slip_bucket* bucket, const void* key,
                                                     size_t key_size, const void* value,
                                                     size_t value_size, uint64_t* out_revision,
                                                     slip_error** error);
/* Set a key that does not live yet (deleted ones may be created again). SLIP_EXISTS otherwise. */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_put_if_absent(slip_bucket* bucket, const void* key,
                                                               size_t key_size, const void* value,
                                                               size_t value_size,
                                                               uint64_t* out_revision,
                                                               slip_error** error);
/*
 * Set a key whose last revision is `revision`. SLIP_CONFLICT otherwise, naming the actual one where
 * the server tells it.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_put_if(slip_bucket* bucket, const void* key,
                                                        size_t key_size, const void* value,
                                                        size_t value_size, uint64_t revision,
                                                        uint64_t* out_revision, slip_error** error);
/*
 * Delete a key: a delete marker is written and *out_revision (nullable) is its revision. A key that
 * does not live: SLIP_NOT_FOUND, and nothing is written.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_remove(slip_bucket* bucket, const void* key,
                                                        size_t key_size, uint64_t* out_revision,
                                                        slip_error** error);
/* The same, only while the key's last revision is `revision`: SLIP_CONFLICT otherwise. */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_remove_if(slip_bucket* bucket, const void* key,
                                                           size_t key_size, uint64_t revision,
                                                           uint64_t* out_revision,
                                                           slip_error** error);
/* Delete a key and its history, leaving a purge marker. Writes it for absent keys too. */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_purge(slip_bucket* bucket, const void* key,
                                                       size_t key_size, uint64_t* out_revision,
                                                       slip_error** error);

/* Conditions of a write. */
#define SLIP_REVISION_ANY UINT64_MAX /* write whatever the last revision is                     */

/* One write of slip_bucket_put_many. Frozen at 80 bytes on 64-bit systems. */
typedef struct slip_write {
  slip_bytes key;
  slip_bytes value;           /* empty unless operation is SLIP_PUT                               */
  uint64_t expected_revision; /* the key's last revision, 0: never written, SLIP_REVISION_ANY */
  int64_t ttl_ns;       /* 0: as the bucket says; SLIP_TTL_NEVER; whole seconds, 1 s at least */
  uint32_t operation;   /* SLIP_PUT; SLIP_DELETE, SLIP_PURGE: written for absent keys too      */
  uint32_t flags;       /* zero                                                             */
  uint64_t reserved[3]; /* zero                                                             */
} slip_write;

/* What became of one write. Frozen at 16 bytes. */
typedef struct slip_write_result {
  uint64_t revision; /* of the write; 0 where it failed */
  slip_status status;
  uint32_t reserved;
} slip_write_result;

/*
 * Write `count` (at most 1,000,000: SLIP_TOO_LARGE) items, pipelined, in order; the caller's bytes
 * are read during the call only. `out_results` has room for `count`; it is filled whatever the call
 * returns. SLIP_OK: every item succeeded. Otherwise the status and sentence of the first item that
 * failed; each item's own status is in out_results, and later items were still sent (a broken
 * connection makes them SLIP_INDETERMINATE). An item that breaks a rule (key, operation, flags)
 * fails alone with SLIP_INVALID; one whose pointer is NULL fails the call before anything is sent.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bucket_put_many(slip_bucket* bucket,
                                                          const slip_write* writes, size_t count,
                                                          slip_write_result* out_results,
                                                          slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * FOREIGN BUCKET
 *
 * A bucket of your own kind (etcd, Consul, one partition of a compacted Kafka topic) behind the
 * same watch, fold, export and publish. You fill a struct of functions; the library calls them; a
 * source of yours appends what happens to a feed. What a watch promises (order, cursor after apply,
 * exactly the tail on resume) holds as far as yours keeps the sentences below. Nothing that comes
 * from your side is trusted: each breach is an error with a sentence, and none can make the library
 * crash, nor hold more memory than the credit.
 *
 * Order. An update has the revision of the change that made it; revisions ascend. Several keys may
 * share one: they follow each other, all but the last with SLIP_FLAG_MORE, and stay together in one
 * batch, or come again together. Revision 0 is "unknown": such an update is applied and folded (a
 * put is kept under the revision that its commit sets) and moves no cursor, so whether it comes
 * again after a restart is up to you. The end of a life is a SLIP_DELETE with SLIP_FLAG_EXPIRED;
 * ttl_ns is handed through as it is, and nothing expires here by itself.
 *
 * Numbers. The library counts deliveries, so that none gets lost between your source and `apply`.
 * A source with numbers of its own (1, 2, 3, ... for each slip_bucket_functions.watch) gives them
 * too: then a number that is missing makes the watch start anew after its cursor, an update at or
 * below what came before is taken for a second delivery and dropped, and only then is that no
 * breach.
 *
 * What is gone. Where your history is cut (compaction) a watch may start only if every key that was
 * removed in what was cut left a trace after it: otherwise return SLIP_CURSOR_EXPIRED from `watch`.
 * first_revision, max_age_ns, discard and per_message_ttl of `info` say the same for the checks of
 * "Where it starts".
 * ------------------------------------------------------------------------------------------ */

enum { /* what your bucket does, combined by or; bits that the library does not know: UNSUPPORTED */
       SLIP_BUCKET_FROM_STATE = 1, /* a first watch wants the current state, not revision 1: see
                                      slip_feed_state_end */
       SLIP_BUCKET_HEARTBEATS = 2  /* your source calls slip_feed_progress once an idle_heartbeat_ms
                                      at  least; two of them without a call are a break  */
};

/*
 * Where one source of yours puts what it delivers. Any thread may call, one at a time: a call while
 * another one waits is SLIP_MISUSE and does nothing, but slip_feed_end, which ends the wait. After
 * the watch is done with the source, and in the time between, every call gives SLIP_CLOSED.
 */
typedef struct slip_feed slip_feed;
/* Where a function of yours puts what it was asked for. Valid during that call only. */
typedef struct slip_answer slip_answer;

typedef struct slip_feed_request {
  uint32_t struct_size;
  uint32_t from_state;        /* 1: hand over the current state first                           */
  uint64_t from_revision;     /* the first that is wanted; with from_state: 0                    */
  const slip_bytes* prefixes; /* of the keys that are wanted, sorted; one empty one: all          */
  size_t prefix_count;   /* at least 1; keys outside may be delivered: they are dropped       */
  size_t credit_updates; /* the feed takes so much ahead of what is applied                   */
  size_t credit_bytes;   /* the same in bytes of keys and values                            */
  int64_t idle_heartbeat_ms;
} slip_feed_request;

/*
 * Any function may be called from any thread, several at once, but those of one listing and those
 * of one source: one at a time. They may block (but for credit, stop and the frees): their caller
 * waits, and a watch that is to end waits for `info`, `at_revision` and `watch`, so give those a
 * timeout. Arguments live for the call; nothing is called under a lock of the library; calls into
 * the library are allowed but for a blocking one on the watch that calls. Convention 12 holds: a
 * status but SLIP_OK is handed through with your sentence, and may be tried again where
 * slip_status_table says so (SLIP_UNREACHABLE is, yours from SLIP_USER_FIRST on are not). A
 * function that breaks its contract gives SLIP_CALLBACK_FAILED.
 */
typedef struct slip_bucket_functions {
  uint32_t struct_size;
  uint32_t capabilities; /* SLIP_BUCKET_* */
  void* user;

  /*
   * Identity and bounds. *out_state comes filled for a bucket that never forgets a current value:
   * history 1, first_revision 1, no limits, subjects UINT64_MAX (not known: there are no audits).
   * Set epoch (never 0; another, larger one whenever revisions begin anew), last_revision, and what
   * differs. first_revision - 1 <= last_revision < 2^64-1.
   */
  slip_status (*info)(void* user, slip_bucket_state* out_state, char* text, size_t text_size);
  /*
   * The last update of a key, a delete too, to slip_answer_add; SLIP_NOT_FOUND. Nullable: then
   * slip_bucket_get is SLIP_UNSUPPORTED.
   */
  slip_status (*get)(void* user, const void* key, size_t key_size, slip_answer* answer, char* text,
                     size_t text_size);
  /*
   * An update of this revision (where several share it: the last); SLIP_NOT_FOUND where it is not
   * retained. With it a watch finds out that your history is another one than that which it applied
   * (SLIP_STREAM_REWOUND): timestamp_ns and key must be as they were delivered. Nullable.
   */
  slip_status (*at_revision)(void* user, uint64_t revision, slip_answer* answer, char* text,
                             size_t text_size);
  /*
   * The live keys that begin with `prefix`, in any order. list_next adds 1 to 1,000 updates, or
   * returns SLIP_END. list_close comes exactly once for each that list_open opened, on any thread.
   * Nullable, all three together: then slip_bucket_keys and _scan are SLIP_UNSUPPORTED.
   */
  slip_status (*list_open)(void* user, const void* prefix, size_t prefix_size, int with_values,
                           void** out_listing, char* text, size_t text_size);
  slip_status (*list_next)(void* user, void* listing, slip_answer* answer, char* text,
                           size_t text_size);
  void (*list_close)(void* user, void* listing);

  /*
   * Start a source that delivers into `feed`, from inside this call or later. If you return SLIP_OK
   * the feed is yours: slip_feed_free exactly once, at any time. Otherwise it is the library's, and
   * you forget it. *out_source (yours, may stay NULL) is given back to credit and stop.
   */
  slip_status (*watch)(void* user, const slip_feed_request* request, slip_feed* feed,
                       void** out_source, char* text, size_t text_size);
  /*
   * So much was applied: the feed has room again. For event loops that append with a timeout of 0.
   * Runs on the watch's thread and must not block. Nullable: slip_feed_append waits by itself.
   */
  void (*credit)(void* user, void* source, size_t updates, size_t bytes);
  /*
   * The watch is done with this source; its feed answers SLIP_CLOSED already. Exactly once for each
   * that started; nothing is called with it afterwards. Must not block, nor wait for a thread of
   * yours that may be inside a call on the feed. Nullable.
   */
  void (*stop)(void* user, void* source);
  /*
   * See convention 12. After the last handle, watch and iterator of the bucket; feeds that you did
   * not free yet answer SLIP_CLOSED and need nothing of `user`. Nullable.
   */
  void (*destroy)(void* user);
} slip_bucket_functions;
#define SLIP_BUCKET_FUNCTIONS_INIT                                                              \
  {                                                                                             \
    (uint32_t)sizeof(slip_bucket_functions), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
        NULL, NULL, NULL                                                                        \
  }

/*
 * A bucket of your kind. `name` as in slip_bucket_create: a fold is bound to it and to the epoch.
 * The struct is copied. Calls none of the functions; `info` and `watch` must be there. Writes to
 * the bucket are SLIP_UNSUPPORTED. Errors: SLIP_INVALID, SLIP_UNSUPPORTED (a capability).
 */
SLIP_MUST_CHECK SLIP_API slip_status
slip_bucket_open_foreign(const char* name, const slip_bucket_functions* functions,
                         slip_bucket** out_bucket, slip_error** error);

/*
 * Give one update, or in list_next several, as the answer; copied. SLIP_INVALID: an update that
 * slip_feed_append would refuse, or whose revision is 0; SLIP_TOO_LARGE: more than there may be.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_answer_add(slip_answer* answer,
                                                     const slip_update* updates, size_t count,
                                                     slip_error** error);

/*
 * Append updates, in order; copied. All are taken, or none. Keys: any bytes, 1 to 65,535; values up
 * to 64 MiB, empty unless SLIP_PUT; flags: SLIP_FLAG_MORE, _EXPIRED, _MARKER. Keys outside the
 * scope are dropped and count as delivered. `first_delivery`: the number of the first of them, the
 * others follow it; or 0, always: the feed counts. Waits until the applier has left room for all of
 * them; one update larger than credit_bytes passes alone. SLIP_TIMEOUT: nothing was taken, try
 * again. SLIP_DEADLOCK: it would wait inside `watch` or `credit`. SLIP_MISUSE: after slip_feed_end.
 * SLIP_OUT_OF_MEMORY: the source has ended with it. A breach (SLIP_INVALID: order, numbers, an
 * update that is malformed; SLIP_TOO_LARGE: over a limit, more at once than the credit, or one
 * revision that is larger than the credit) would be a loss if the watch went on: it ends with
 * SLIP_CALLBACK_FAILED and the same sentence.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_feed_append(slip_feed* feed, const slip_update* updates,
                                                      size_t count, uint64_t first_delivery,
                                                      int64_t timeout_ms, slip_error** error);
/*
 * Everything in scope at or below `revision` was appended when the source had come to the number
 * `delivery` (0: all so far): the cursor goes there. Also a sign of life, and only that where
 * `revision` is 0, `delivery` is not the newest, or the state is not complete. Never waits.
 * SLIP_INVALID, a breach: a revision of which more is to come, or of 2^64-1.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_feed_progress(slip_feed* feed, uint64_t delivery,
                                                        uint64_t revision, slip_error** error);
/*
 * The state is complete. Where from_state was asked for, updates come at first in any order of
 * revision, every live key once: the state that the bucket had at `revision`, which none may pass.
 * No cursor moves meanwhile (on_applied gives revision 0, the fold is loading). Then this call;
 * keys that the fold holds from an attempt before and that did not come are deleted in it and in
 * apply (SLIP_FLAG_SYNTHETIC), the cursor becomes `revision`, and updates ascend from revision + 1.
 * A break before is no loss: with a fold the state is asked for again, also after a restart, at a
 * cost of 16 bytes for each key that it holds; without one the watch ends with the reason of the
 * break if anything was applied, since nobody else knows which keys are left over: start from
 * nothing again. SLIP_MISUSE: not asked for, or twice. SLIP_INVALID, a breach: a revision below one
 * that was delivered, or of 2^64-1.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_feed_state_end(slip_feed* feed, uint64_t revision,
                                                         slip_error** error);
/*
 * Nothing more will come. What was appended is applied first, but for a revision of which more was
 * to come. With `retriable` 1 the watch starts a new source after its cursor, with back-off;
 * otherwise it ends with `status` and `text`, whatever they are (NULL or "": a sentence of ours;
 * at most 4,095 bytes). SLIP_INVALID: SLIP_OK is no reason to end. SLIP_MISUSE: ended already.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_feed_end(slip_feed* feed, slip_status status,
                                                   const char* text, int retriable,
                                                   slip_error** error);
/* Without an end before: as one with SLIP_UNREACHABLE, retriable. Never waits. */
SLIP_API void slip_feed_free(slip_feed* feed);

/* ---------------------------------------------------------------------------------------------
 * WATCH
 *
 * One loop, two forms. It receives every update in order, closes a batch when it is full
 * (batch_updates_max, batch_bytes_max; updates that `parse` rejects count too) or, with
 * batch_close=idle (the default), when nothing more has been received, or, with
 * batch_close=window, window_ms after its first update. Updates of one revision are never parted.
 * Each batch goes: parse each update, apply, commit to the fold (every update, the rejected ones
 * too, with the cursor, in one transaction), on_applied. The cursor never moves before your
 * apply has returned. An update comes once per run, and at least once across restarts: whoever
 * applies must be able to apply the last batch again.
 *
 * Where it starts. With a fold: at the fold's cursor + 1, after checks that nothing was missed:
 * SLIP_IDENTITY_MISMATCH (the fold is of another bucket), SLIP_STREAM_RECREATED,
 * SLIP_STREAM_REWOUND, SLIP_CURSOR_EXPIRED, SLIP_SCOPE_MISMATCH. Each means that going on would be
 * wrong; until repairs are built the way out is a new fold, filled from the start or from an
 * artifact (slip_bootstrap). Without a fold: after the option `cursor`, else from the beginning.
 * The same checks run again whenever the watch has to find its place on the server anew.
 *
 * Memory: one batch being applied and one being received, each bounded by batch_updates_max and
 * batch_bytes_max plus one update, plus what the server was asked for in advance
 * (receive_updates_max, receive_bytes_max). A caller that stalls loses nothing.
 *
 * Failing commits: a passing failure (busy, no space) is retried by time and with back-off, the
 * batch staying at the front and not being applied again. With callbacks one further batch is taken
 * and applied meanwhile; it joins the first, and on_applied then tells of both at once.
 * commit_failures_max in a row that last longer than commit_retry_ms end the watch with that
 * status. A failed fsync or read error of the disk ends it at once. However a watch ends, the fold
 * stays open and usable, and a new watch goes on from its cursor.
 *
 * The audit. At each catch-up and every audit_interval_ms the keys of the fold, deleted ones
 * included, are counted against those that the bucket retains, at one revision: so it is found when
 * something went away without a word (a purge by hand, an age or size limit without markers,
 * compacted deletes) or never came. The second mismatch in a row ends the watch with
 * SLIP_AUDIT_MISMATCH, until repairs are built. Counted are folds of buckets that keep one revision
 * of each key, and scopes of whole tokens, that is of prefixes that end with a dot, at most 16.
 * Nothing waits for an audit but the end of stop_at, and one without an answer is left out.
 *
 * Scopes. A fold is of one scope, stored with it. A watch of another is SLIP_SCOPE_MISMATCH: of a
 * wider one because what was never received is not there, of a narrower one unless scope_change is
 * narrow. Then the keys outside leave the fold before the watch starts (slip_watch_start and _open
 * block for it), in several commits: if that is cut short, the fold refuses snapshots and commits
 * with SLIP_SCOPE_MISMATCH until a watch of the new scope has gone on with it.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_watch slip_watch;
typedef struct slip_fold slip_fold;

/* One parsed update in an apply. Frozen at 16 bytes on 64-bit systems. */
typedef struct slip_item {
  const slip_update* update; /* lives for the call of apply                            */
  void* item;                /* what your parse returned; NULL where parse is NULL      */
} slip_item;

/*
 * All functions but destroy run on the watch's own thread, one at a time, in the order of the
 * bucket's revisions; they may begin before slip_watch_start has returned, so take nothing from its
 * *out_watch. They may read folds, snapshots and buckets and write buckets; slip_watch_close,
 * _wait_*, _export and _next of the same watch give SLIP_DEADLOCK from here; _cancel, _interrupt,
 * _status and _events are allowed; slip_watch_free is forbidden. The struct is copied; what `user`
 * points to must live until destroy is called, or until slip_watch_free has returned.
 */
typedef struct slip_watch_callbacks {
  uint32_t struct_size;
  uint32_t reserved; /* zero */
  void* user;

  /*
   * Turn an update into an item of yours; NULL rejects it: it is folded, counted, and never reaches
   * apply. Nullable: then every update reaches apply, with item NULL. `update` lives for the call.
   * An item goes either to apply or to discard, each exactly once.
   */
  void* (*parse)(void* user, const slip_update* update);

  /*
   * Apply the items of one batch, in revision order (replayed ones in key order); count is never 0:
   * a batch that parse rejected whole is committed without this call. The items are yours from here
   * on, also when you fail. `items` and the updates live for the call. Any status but SLIP_OK ends
   * the watch with that status and your sentence; cursor and fold stay where they were, and the
   * batch comes again after a restart. Nullable: the fold alone follows the bucket, and what parse
   * made goes to discard.
   */
  slip_status (*apply)(void* user, const slip_item* items, size_t count, char* text,
                       size_t text_size);

  /*
   * The batch was committed: `cursor` is the fold's own, and a snapshot opened from here on has the
   * batch. `updates`: of this batch, rejected ones included. Not called for replayed state. Without
   * a fold this is the cursor to keep. Nullable.
   */
  void (*on_applied)(void* user, const slip_cursor* cursor, size_t updates);

  /*
   * An item that will never reach apply, because the watch was cancelled or failed: what was parsed
   * already, and what had been received, which is parsed for the purpose. Release what parse made;
   * the updates come again after a restart. Nullable, and not called where parse is NULL.
   */
  void (*discard)(void* user, void* item);

  /*
   * The watch has ended by itself or by call; the last function called but destroy, exactly once
   * for a watch that slip_watch_start gave out. `status`, `message` ("" for SLIP_OK; it lives for
   * the call) and the committed cursor are those that slip_watch_close gives. Nullable.
   */
  void (*on_end)(void* user, slip_status status, const char* message, const slip_cursor* cursor);

  /* See convention 12. Runs in the call that failed, or in the one that freed the watch. Nullable.
   */
  void (*destroy)(void* user);
} slip_watch_callbacks;
#define SLIP_WATCH_CALLBACKS_INIT \
  { (uint32_t)sizeof(slip_watch_callbacks), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Start a watch that calls you. `fold` is nullable: then nothing is stored, and on_applied tells
 * you the cursor to keep. A fold takes one watch at a time: SLIP_BUSY. The checks of the start run
 * before it returns (on a lazy connection without a server: as soon as there is one, and a failed
 * one ends the watch). With replay=fold (the default) the fold's live keys first come to parse and
 * apply in key order with SLIP_FLAG_REPLAY. A fold in state "loading" is not replayed.
 * Errors: those of "Where it starts" above; SLIP_PERMISSION_DENIED for a fold that is read-only;
 * SLIP_BUCKET_NOT_FOUND; SLIP_UNREACHABLE.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_start(slip_bucket* bucket, slip_fold* fold,
                                                      const slip_options* options,
                                                      const slip_watch_callbacks* callbacks,
                                                      slip_watch** out_watch, slip_error** error);

/*
 * Start a watch that you pull from. replay=none is its default; otherwise as slip_watch_start. The
 * loop receives one batch ahead and waits for you: next, apply, ack, free, and so on. Nothing is
 * lost while you stall.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_open(slip_bucket* bucket, slip_fold* fold,
                                                     const slip_options* options,
                                                     slip_watch** out_watch, slip_error** error);

typedef struct slip_batch slip_batch;

/*
 * Wait for the next batch; it is yours until slip_batch_free. SLIP_TIMEOUT; SLIP_INTERRUPTED;
 * SLIP_END (stop_at reached, or the watch was closed); SLIP_CANCELLED; SLIP_MISUSE while a batch is
 * outstanding, while another thread waits here, or for a watch with callbacks; else why the watch
 * ended. Allowed after close.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_next(slip_watch* watch, int64_t timeout_ms,
                                                     slip_batch** out_batch, slip_error** error);

/*
 * The updates, contiguous, in revision order; never none before the ack. They and their bytes live
 * until free or until an ack that gave anything but a retriable failure; closing, cancelling or
 * freeing the watch does not end them. Afterwards: NULL, and *out_count (nullable) is 0.
 */
SLIP_API const slip_update* slip_batch_updates(const slip_batch* batch, size_t* out_count);
/*
 * The one block in which all keys and values of the batch lie: a binding copies it once and rebases
 * the views. Lives as the updates do; afterwards empty.
 */
SLIP_API slip_bytes slip_batch_arena(const slip_batch* batch);
/* The cursor that an ack commits. Replayed batches give the fold's. Valid until free. */
SLIP_API slip_cursor slip_batch_cursor(const slip_batch* batch);
/*
 * You applied the batch: commit it with its cursor and return when that is as durable as the fold
 * was asked to be. Blocks for one commit; a timeout would leave it open whether it happened.
 * After a retriable failure the batch stays outstanding and ack may be called again, when and as
 * often as you like: commit_failures_max does not count here. After another failure the watch has
 * ended with it. SLIP_MISUSE after a success. SLIP_CLOSED, SLIP_CANCELLED: the watch was closed or
 * cancelled before; nothing was committed, and the batch comes again after reopening. An ack that
 * began before them is carried out.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_batch_ack(slip_batch* batch, slip_error** error);
/*
 * Ends every view of it. Without an ack before, the watch ends (SLIP_CANCELLED) and the batch comes
 * again after reopening. Never blocks.
 */
SLIP_API void slip_batch_free(slip_batch* batch);

/* What a watch is doing. */
enum {
  SLIP_WATCH_CONNECTING = 1,  /* no server, yet or again, and nothing complete to serve          */
  SLIP_WATCH_REPLAYING = 2,   /* handing the fold to the caller                                   */
  SLIP_WATCH_CATCHING_UP = 3, /* receiving what there was when the watch last found its place     */
  SLIP_WATCH_LIVE = 4,        /* caught up; updates come as they are made                        */
  SLIP_WATCH_ENDED = 5,
  SLIP_WATCH_STALE = 6 /* no server, yet or again; the complete state of the cursor is served */
};

/*
 * What can happen under a watch. Each kind has a name (slip_watch_event_name) and is counted
 * (slip_watch_events); beside it stands what the watch does about it. Later releases may add some.
 */
enum {
  /* Of the connection and the source. The watch finds its place anew, and nothing is lost. */
  SLIP_EVENT_CONNECTION_LOST = 1,   /* "connection_lost"                                      */
  SLIP_EVENT_SERVER_SHUTDOWN = 2,   /* "server_shutdown": the server said that it stops        */
  SLIP_EVENT_SILENCE = 3,           /* "silence": heartbeats were missed                       */
  SLIP_EVENT_CONSUMER_DELETED = 4,  /* "consumer_deleted": what delivers to the watch is gone  */
  SLIP_EVENT_CONSUMER_REPLACED = 5, /* "consumer_replaced": its name came back, counting anew  */
  SLIP_EVENT_LEADER_CHANGED = 6,    /* "leader_changed": it asks again, or finds its place anew */
  SLIP_EVENT_DELIVERY_GAP = 7,      /* "delivery_gap": a delivery was missing                  */

  /* Of the bucket. The watch ends with the status that is named, or goes on. */
  SLIP_EVENT_BUCKET_DELETED = 10,      /* "bucket_deleted": SLIP_BUCKET_NOT_FOUND                 */
  SLIP_EVENT_BUCKET_RECREATED = 11,    /* "bucket_recreated": SLIP_STREAM_RECREATED               */
  SLIP_EVENT_BUCKET_REWOUND = 12,      /* "bucket_rewound": SLIP_STREAM_REWOUND                   */
  SLIP_EVENT_BUCKET_PURGED = 13,       /* "bucket_purged": emptied without a word;
                                          SLIP_AUDIT_MISMATCH where the fold still has keys        */
  SLIP_EVENT_BUCKET_RECONFIGURED = 14, /* "bucket_reconfigured": goes on under the new rules   */
  SLIP_EVENT_CURSOR_EXPIRED = 15,      /* "cursor_expired": SLIP_CURSOR_EXPIRED                */
  SLIP_EVENT_AUDIT_MISMATCH = 16,      /* "audit_mismatch": the second in a row ends the watch with
                                          SLIP_AUDIT_MISMATCH                                        */

  /* Of single updates, which are applied like every other one. */
  SLIP_EVENT_KEY_PURGED = 20,      /* "key_purged": a purge marker                             */
  SLIP_EVENT_KEY_EXPIRED = 21,     /* "key_expired": the marker of an end by max_age or TTL     */
  SLIP_EVENT_EMPTY_VALUE = 22,     /* "empty_value": a put without a value                     */
  SLIP_EVENT_ODD_KEY = 23,         /* "odd_key": outside the characters and dots of ADR-8        */
  SLIP_EVENT_LONG_KEY = 24,        /* "long_key": over 3,900 bytes                              */
  SLIP_EVENT_OLDER_REVISIONS = 25, /* "older_revisions": the bucket keeps more than one of each
                                      key, and they all come                                    */

  /* Of this side. */
  SLIP_EVENT_COMMIT_FAILED = 30 /* "commit_failed": for a passing reason; it is tried again   */
};

/*
 * Counters are of this run; they only grow. The state is complete while it is that of one revision
 * of the bucket: the replay is done, and the fold had once been loaded to its end, or this run has
 * caught up once. It is fresh while max_stale_ms is 0, or while it was last known to be that of the
 * bucket at most max_stale_ms ago: at the last sign of the server with everything applied that had
 * come. `ready` is complete and fresh. So a start without a server and with a loaded fold is ready
 * at once where max_stale_ms is 0 (the default), and with a bound only once it has caught up; a
 * program that serves from the state takes itself out of service while ready is 0.
 */
typedef struct slip_watch_state {
  uint32_t struct_size;
  int32_t state;                 /* SLIP_WATCH_*                                              */
  slip_cursor cursor;            /* committed                                                 */
  slip_status end_status;        /* why it ended; SLIP_OK while it runs                        */
  uint32_t commit_failures;      /* in a row, now                                             */
  uint32_t ready;                /* 1: complete and fresh, and the watch has not ended          */
  uint32_t auditable;            /* 1: counts can prove it: a fold, history 1, whole tokens      */
  uint64_t target_revision;      /* caught up is: everything up to here applied                 */
  uint64_t server_last_revision; /* as last heard                                             */
  uint64_t lag_revisions;        /* from the cursor to it: updates behind, at most               */
  int64_t lag_ns;                /* for how long behind; 0 while nothing that came is unapplied  */
  uint64_t received;             /* updates                                                   */
  uint64_t applied;              /* of them: committed                                        */
  uint64_t rejected;             /* of them: rejected by parse                                */
  uint64_t replayed;             /* updates read from the fold                                */
  uint64_t batches;              /* committed                                                 */
  uint64_t last_batch_updates;
  uint64_t largest_batch_updates;
  uint64_t largest_batch_bytes; /* of keys and values                                         */
  uint64_t reconnects;       /* times it found its place again after the server was out of reach */
  uint64_t restarts;         /* times it had to find its place on the server anew            */
  uint64_t gaps;             /* of them: because a delivery was missing                      */
  uint64_t audits;           /* that counted                                               */
  uint64_t audit_mismatches; /* of them: counted another number                            */
  uint64_t resyncs;          /* repairs by comparing keys; 0 until repairs are built          */
  uint64_t sweeps;           /* repairs after an audit; 0 until repairs are built             */
  uint64_t rebuilds;         /* repairs from nothing; 0 until repairs are built              */
  int64_t last_update_ns;    /* server's time of the last applied update                     */
  int64_t last_contact_ns;   /* this machine's time of the last sign of the server            */
  int64_t last_current_ns;   /* the same of when the state was last known to be the bucket's   */
  int64_t contact_age_ns;    /* since last_contact_ns; -1: no sign in this run                 */
  int32_t last_event;        /* SLIP_EVENT_* of the last one; 0: none                        */
  uint32_t reserved;
} slip_watch_state;
#define SLIP_WATCH_STATE_INIT                                                                      \
  {                                                                                                \
    (uint32_t)sizeof(slip_watch_state), 0, {0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                                   \
  }

/* What the watch is doing, and what it has done. Never blocks; allowed after close. */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_status(slip_watch* watch,
                                                       slip_watch_state* out_state,
                                                       slip_error** error);

/* One kind of event of one watch. Frozen at 40 bytes on 64-bit systems. */
typedef struct slip_watch_event {
  int32_t event; /* SLIP_EVENT_*                                                              */
  uint32_t reserved;
  uint64_t count;         /* in this run                                                      */
  uint64_t last_revision; /* of the last one: the update's, else the cursor's at that moment     */
  int64_t last_ns;        /* this machine's time of the last one                              */
  const char* name;       /* static                                                           */
} slip_watch_event;

/*
 * The kinds of events that have happened in this run, ascending by their number, `capacity` of them
 * at most (0 is allowed, and `out_events` may be NULL then); *out_count were filled. Room for 64 is
 * room for every kind of this release. Never blocks; allowed after close.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_events(slip_watch* watch,
                                                       slip_watch_event* out_events,
                                                       size_t capacity, size_t* out_count,
                                                       slip_error** error);
/* The name of a kind of event, such as "delivery_gap". Static. An unknown one gives "?". */
SLIP_API const char* slip_watch_event_name(int32_t event);

/*
 * Wait until everything that was in the bucket when the watch last found its place is applied and
 * committed. SLIP_TIMEOUT; SLIP_INTERRUPTED; else why the watch ended before (SLIP_END after
 * stop_at or a close). Who pulls must go on pulling on another thread.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_wait_caught_up(slip_watch* watch,
                                                               int64_t timeout_ms,
                                                               slip_error** error);
/*
 * Wait until the committed cursor is at or past `revision` (read your own writes). Otherwise as
 * slip_watch_wait_caught_up.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_wait_revision(slip_watch* watch, uint64_t revision,
                                                              int64_t timeout_ms,
                                                              slip_error** error);
/*
 * End at once: what was received and not applied goes to discard; an apply that is running is
 * waited for by close and free, not by this call. A batch that you hold can no longer be
 * acknowledged. Never blocks; any thread; sticky. After the end it does nothing.
 */
SLIP_API slip_status slip_watch_cancel(slip_watch* watch);
/*
 * End one _next or _wait_* call with SLIP_INTERRUPTED: one that is running now, or else the one
 * that comes next. The watch goes on. Never blocks; any thread. A call that had its result already
 * keeps it, and the interrupt waits for the next one: an interrupted caller looks at why, and tries
 * again.
 */
SLIP_API slip_status slip_watch_interrupt(slip_watch* watch);
/*
 * Flush what was received, stop, join the thread. *out_cursor (nullable): the committed cursor,
 * which is the fold's own; filled whatever the call returns, but for SLIP_DEADLOCK. Returns SLIP_OK
 * for a watch that was closed or reached its stop_at, SLIP_CANCELLED after a cancel or a batch
 * freed without ack, else why it ended. Blocks while your apply runs, then for 30 s at most. The
 * pull form flushes nothing: what was not acknowledged, an outstanding batch too, comes again after
 * reopening; the outstanding batch stays readable until it is freed.
 */
SLIP_API slip_status slip_watch_close(slip_watch* watch, slip_cursor* out_cursor,
                                      slip_error** error);
/*
 * As close; cancels instead of flushing where it was not closed before. Not from its own callbacks:
 * there the watch is cancelled and its memory lost.
 */
SLIP_API void slip_watch_free(slip_watch* watch);

/* ---------------------------------------------------------------------------------------------
 * FOLD
 *
 * The current state of a bucket: live entries, tombstones (keys whose last update was a delete),
 * the cursor, the identity of the bucket and the scope, changed together or not at all.
 * ------------------------------------------------------------------------------------------ */

/*
 * Open or create a fold. `url`: "lmdb:PATH" (on disk, mapped) or "append-log:PATH" (entries in
 * memory, commits in a log: the fastest reads; with the option values=disk the values stay in the
 * log); PATH is a directory of its own, mode 0700.
 * Durability (option): "process": commits survive the death of the process, not a power loss,
 * after which an LMDB fold opens as SLIP_SUSPECT, an append log with the commits that reached the
 * disk; "meta" (default): a power loss may cost the last commit, never the fold; "full": every
 * commit is on the disk when it returns, as with "meta" in an append log.
 * One process writes, others may open it with read_only; a second writer gets SLIP_BUSY, and within
 * one process any second open of the same directory (opened under whatever name) does too.
 * Errors: SLIP_NOT_FOUND (create=never), SLIP_NOT_OURS, SLIP_NEWER_FORMAT, SLIP_CORRUPT,
 * SLIP_SUSPECT, SLIP_BUSY (naming the holder), SLIP_NO_SPACE, SLIP_PERMISSION_DENIED.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_open(const char* url, const slip_options* options,
                                                    slip_fold** out_fold, slip_error** error);
/*
 * Apply updates by hand and set the cursor, in one commit. `bucket` names what they are from: the
 * first commit binds the fold to it and to cursor.epoch, later ones must be the same
 * (SLIP_IDENTITY_MISMATCH). An update not newer than what the fold has of its key is skipped, so
 * applying again changes nothing; one of revision 0 always counts (a put is kept under the
 * cursor's revision, a delete leaves no tombstone). `cursor` must not be below the fold's, nor its
 * epoch 0: SLIP_INVALID. `count` 0 commits the cursor alone. Keys: any bytes, 1 to 65,535
 * (SLIP_TOO_LARGE). SLIP_BUSY under a watch; SLIP_PERMISSION_DENIED for a fold that is read-only.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_apply(slip_fold* fold, const char* bucket,
                                                     const slip_update* updates, size_t count,
                                                     slip_cursor cursor, slip_error** error);
/*
 * The live entry of a key, as last committed; the entry is yours. SLIP_NOT_FOUND for absent and
 * deleted keys. For many reads a snapshot is cheaper: this opens one for the call.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_get(slip_fold* fold, const void* key,
                                                   size_t key_size, slip_entry** out_entry,
                                                   slip_error** error);
/*
 * The committed cursor; *out_bucket (nullable): the bucket's name, "" where nothing was followed.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_cursor(slip_fold* fold, slip_cursor* out_cursor,
                                                      slip_text** out_bucket, slip_error** error);

typedef struct slip_fold_state {
  uint32_t struct_size;
  uint32_t format;  /* of the files                                           */
  uint64_t entries; /* live                                                   */
  uint64_t tombstones;
  uint64_t payload_bytes; /* of live keys and values                                */
  uint64_t file_bytes;    /* used on disk                                           */
  uint64_t free_bytes;    /* of them: to be used again                               */
  uint64_t commits;       /* since it was opened                                    */
  uint64_t snapshots;     /* open in this process                                   */
  slip_cursor cursor;
  uint32_t loading; /* 1: a first load has not reached its end                  */
  uint32_t read_only;
} slip_fold_state;
#define SLIP_FOLD_STATE_INIT \
  { (uint32_t)sizeof(slip_fold_state), 0, 0, 0, 0, 0, 0, 0, 0, {0, 0}, 0, 0 }

SLIP_MUST_CHECK SLIP_API slip_status slip_fold_stats(slip_fold* fold, slip_fold_state* out_state,
                                                     slip_error** error);
/*
 * Read everything and compare every checksum and count. *out_checked (nullable): records read.
 * SLIP_CORRUPT names the first that is wrong. Does not block the writer.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_check(slip_fold* fold, uint64_t* out_checked,
                                                     slip_error** error);
/* Make everything committed so far safe against a power loss, whatever the durability. */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_sync(slip_fold* fold, slip_error** error);
/*
 * Sync and release the path. SLIP_BUSY under a running watch, and nothing is closed then; open
 * snapshots keep their state until they are freed.
 */
SLIP_API slip_status slip_fold_close(slip_fold* fold, slip_error** error);
/* Gives up your reference: the fold closes with its last watch and snapshot (convention 2). */
SLIP_API void slip_fold_free(slip_fold* fold);

/* ---------------------------------------------------------------------------------------------
 * FOLD UPKEEP
 *
 * What an append log needs now and then, and what can be asked of it. Any thread, also under a
 * running watch. A fold of another kind answers SLIP_UNSUPPORTED and says why; so does the LMDB
 * fold, which uses its free space again by itself.
 * ------------------------------------------------------------------------------------------ */

/* How a compaction ended. */
enum {
  SLIP_COMPACTION_PERFORMED = 1,    /* what was overwritten takes no more space                */
  SLIP_COMPACTION_SKIPPED = 2,      /* there was nothing to win; nothing was changed            */
  SLIP_COMPACTION_FAILED = 3,       /* everything is as it was, and it may be tried again       */
  SLIP_COMPACTION_INDETERMINATE = 4 /* done, but a power loss may undo it: opening again decides */
};

typedef struct slip_compaction {
  uint32_t struct_size;
  uint32_t outcome;      /* SLIP_COMPACTION_*                                       */
  uint64_t bytes_before; /* on disk                                                */
  uint64_t bytes_after;
  uint64_t segments_before; /* files of the log                                       */
  uint64_t segments_after;
  slip_status status; /* what went wrong: FAILED, INDETERMINATE; else SLIP_OK      */
  uint32_t reserved;
} slip_compaction;
#define SLIP_COMPACTION_INIT \
  { (uint32_t)sizeof(slip_compaction), 0, 0, 0, 0, 0, 0, 0 }

/*
 * Merge what is sealed of the log without what was overwritten or deleted since. The writer goes on
 * beside it, contents, cursor, hidden ranges and open snapshots stay as they are. A compaction that
 * did not come about is no failure of the call: it returns SLIP_OK and the outcome tells, so that a
 * program looks at both. *out_reason (nullable, yours) is the sentence why it was skipped or what
 * failed, "" where it was performed. Blocks until it ended. Errors, nothing having been tried:
 * SLIP_BUSY (one is running), SLIP_PERMISSION_DENIED (read-only), SLIP_UNSUPPORTED.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_compact(slip_fold* fold,
                                                       slip_compaction* out_compaction,
                                                       slip_text** out_reason, slip_error** error);

/* The revisions from `from` up to, but not including, `to`. Frozen. */
typedef struct slip_revision_range {
  uint64_t from;
  uint64_t to;
} slip_revision_range;

/*
 * Hide what the revisions of a range wrote: a batch that turned out to be wrong, and is to be
 * served to nobody. It stays applied: the cursor, the counts (slip_fold_stats), the audit and
 * artifacts go on as if nothing were hidden; an artifact does not say what was. To every read
 * (slip_fold_get, snapshots, the replay at the start of a watch) a key whose last update is hidden
 * is absent, also as a tombstone; what it was before does not come back, and what is written later
 * is seen. Ranges that touch or overlap become one. Durable when it returns, and kept across
 * reopening and compaction; an open snapshot keeps what it saw until slip_snapshot_refresh. After a
 * failure the ranges are as they were; where only the directory could not be synced, opening again
 * decides. SLIP_INVALID: `from` is not below `to`; SLIP_TOO_LARGE: more than 10,000 ranges;
 * SLIP_PERMISSION_DENIED: read-only; SLIP_UNSUPPORTED.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_hide(slip_fold* fold, slip_revision_range range,
                                                    slip_error** error);
/* The inverse, also for a part of what was hidden, or for what was not. Errors: slip_fold_hide. */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_unhide(slip_fold* fold, slip_revision_range range,
                                                      slip_error** error);
/*
 * What is hidden, ascending, no two ranges touching. *out_count: how many there are; the first of
 * them, `capacity` at most (may be 0), are filled in. SLIP_UNSUPPORTED as above.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_hidden(slip_fold* fold,
                                                      slip_revision_range* out_ranges,
                                                      size_t capacity, size_t* out_count,
                                                      slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * CONSUMER
 *
 * How far somebody who works from a fold has come: one position for each consumer's name, kept
 * beside the fold (consumers/NAME.ckpt) with what it is a position in, its bucket, epoch and scope.
 * For every fold with a directory of its own; a caller's own fold keeps positions itself, and gets
 * SLIP_UNSUPPORTED. A name is 1 to 128 of A-Z a-z 0-9 _ . - and begins with none of . and -
 * (SLIP_INVALID). Any thread, also under a running watch.
 * ------------------------------------------------------------------------------------------ */

/*
 * The position last saved under `name`. {0, 0}, with SLIP_OK: none was, the consumer is fresh.
 * Whatever else keeps a position from being read is an error and never a fresh start:
 * SLIP_CORRUPT, SLIP_NEWER_FORMAT, SLIP_IO, SLIP_NOT_OURS (the fold's directory went away),
 * SLIP_IDENTITY_MISMATCH (it is in another bucket, or another incarnation of it than the fold),
 * SLIP_SCOPE_MISMATCH (the fold has keys that it does not cover). To begin anew after one of these,
 * save a position.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_consumer_position_load(slip_fold* fold, const char* name,
                                                                 slip_cursor* out_cursor,
                                                                 slip_error** error);
/*
 * Save a position, in place of what was there, forwards or backwards; on the disk when it returns.
 * Revision 0 stands before the first update. After a failure the position is what it was, or, where
 * only the directory could not be synced, the new one until a power loss decides.
 * SLIP_INVALID: an epoch of 0, or revision 2^64-1; SLIP_MISUSE: the fold was never bound to a
 * bucket; SLIP_IDENTITY_MISMATCH: cursor.epoch is not the fold's; SLIP_PERMISSION_DENIED:
 * read-only; SLIP_NO_SPACE, SLIP_IO.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_consumer_position_save(slip_fold* fold, const char* name,
                                                                 slip_cursor cursor,
                                                                 slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * SNAPSHOT
 *
 * One committed state of a fold. It neither blocks the writer nor is disturbed by it, and costs
 * space on disk for what is overwritten while it lives.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_snapshot slip_snapshot;

/* The newest committed state. Does no I/O and waits for nobody. */
SLIP_MUST_CHECK SLIP_API slip_status slip_snapshot_open(slip_fold* fold,
                                                        slip_snapshot** out_snapshot,
                                                        slip_error** error);
/*
 * Move to the newest committed state: every view and iterator of this snapshot ends. SLIP_MISUSE
 * while an iterator of it is open.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_snapshot_refresh(slip_snapshot* snapshot,
                                                           slip_error** error);
/* The cursor of this state: every update at or below it is in. {0, 0}: nothing was followed yet. */
SLIP_API slip_cursor slip_snapshot_cursor(const slip_snapshot* snapshot);
/*
 * The live entry of a key, zero-copy: the views live until refresh or free of the snapshot.
 * SLIP_NOT_FOUND for absent and deleted keys. SLIP_CORRUPT: what is stored on disk is not what was
 * written. The cheapest read: a hit allocates nothing.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_snapshot_get(slip_snapshot* snapshot, const void* key,
                                                       size_t key_size, slip_update* out_update,
                                                       slip_error** error);

typedef struct slip_range {
  uint32_t struct_size;
  uint32_t reverse;    /* 1: descending                                                     */
  slip_bytes prefix;   /* only keys that begin with it                                       */
  slip_bytes from;     /* start at this key, inclusive; empty: at the prefix's edge             */
  uint64_t limit;      /* entries at most; 0: all                                            */
  uint32_t tombstones; /* 1: deleted keys too, as SLIP_DELETE or SLIP_PURGE                    */
  uint32_t reserved;
} slip_range;
#define SLIP_RANGE_INIT \
  { (uint32_t)sizeof(slip_range), 0, {NULL, 0}, {NULL, 0}, 0, 0, 0 }

/*
 * Iterate in byte order of keys. `range` is nullable: everything live, ascending. The range is
 * copied. With reverse, `from` is where the descent begins; a `from` outside the prefix gives what
 * of the prefix lies behind it in the direction of travel.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_snapshot_range(slip_snapshot* snapshot,
                                                         const slip_range* range,
                                                         slip_iterator** out_iterator,
                                                         slip_error** error);
/* Ends its views, but for those that an iterator of it gave: they live until that one is freed. */
SLIP_API void slip_snapshot_free(slip_snapshot* snapshot);

/*
 * Up to `capacity` (at least 1) further updates; *out_count of them are filled in, the rest of the
 * array is left as it was. Fewer than asked for is no end: SLIP_END with *out_count 0 is, also when
 * called again. Iterators of snapshots: views live until refresh or free of the snapshot;
 * SLIP_CORRUPT after the last entry before one that is not what was written. Iterators of buckets:
 * until the next call or free of the iterator; waits for the server.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_iterator_next(slip_iterator* iterator,
                                                        slip_update* out_updates, size_t capacity,
                                                        size_t* out_count, slip_error** error);
SLIP_API void slip_iterator_free(slip_iterator* iterator);

/* ---------------------------------------------------------------------------------------------
 * FOREIGN FOLD
 *
 * A fold of your own kind: rows in a store of yours, behind the same watch, snapshots, export and
 * publish. Your part is a map in byte order of keys with snapshots, and one call that changes it
 * with all or nothing. What an update does to it, the cursor, counts, proofs of history, identity
 * and scope are the library's: it keeps them in `meta`, bytes of its own that you store beside the
 * rows. Two openings of one store at once are yours to prevent. `slipstream fold conformance` runs
 * every kind's tests on yours.
 *
 * A row is a slip_update: an entry (SLIP_PUT) or a tombstone (SLIP_DELETE, SLIP_PURGE; value
 * empty). Keep all members and give them back as they were; the reserved ones are zero. There is
 * one row of a key; keys have 1 to 65,535 bytes, any of them, values up to 64 MiB.
 * ------------------------------------------------------------------------------------------ */

/* One commit. All arguments live for the call. */
typedef struct slip_fold_changes {
  uint32_t struct_size;
  uint32_t reserved;
  const slip_update* puts; /* ascending by key: each in place of whatever is there              */
  size_t put_count;
  const slip_bytes* removals; /* ascending: keys whose rows go; each is there, and not in `puts`  */
  size_t removal_count;
  slip_bytes meta; /* in place of the former one; below 1 KiB but for scopes of many prefixes  */
} slip_fold_changes;

/*
 * Any function may be called from any thread, several at once, but: one `commit` at a time, those
 * of one scan one at a time, and nothing on a snapshot beside its close. They may block: their
 * caller waits. Arguments live for the call; what you give back (key, value, meta) is not copied
 * and lives until that snapshot's snapshot_close. Calls into the library are allowed but for those
 * on this fold, its snapshots and its watches. Convention 12 holds: a status but SLIP_OK is handed
 * through with your sentence; a watch tries a failed commit again where slip_status_table says that
 * this may help (SLIP_BUSY, SLIP_NO_SPACE), and ends otherwise. A function that breaks its contract
 * gives SLIP_CALLBACK_FAILED; rows or meta that are not what was committed, SLIP_CORRUPT.
 */
typedef struct slip_fold_functions {
  uint32_t struct_size;
  uint32_t reserved; /* zero */
  void* user;

  /*
   * The newest committed state, which stays as it is while commits go on; *out_meta is that of its
   * commit, an empty view where there never was one. Once a commit has returned SLIP_OK no older
   * state may be given. Called by slip_fold_open_foreign too, and before each commit with updates.
   */
  slip_status (*snapshot_open)(void* user, void** out_snapshot, slip_bytes* out_meta, char* text,
                               size_t text_size);
  /* Exactly once for each that opened, after its scans are closed. */
  void (*snapshot_close)(void* user, void* snapshot);
  /* The row of a key, a tombstone too; SLIP_NOT_FOUND. */
  slip_status (*get)(void* user, void* snapshot, const void* key, size_t key_size,
                     slip_update* out_row, char* text, size_t text_size);
  /*
   * Every row from the key `from` on, inclusive, in byte order of keys: ascending, or with
   * `reverse` descending. An empty `from`: from the first one, or the last. scan_next fills 1 to
   * `capacity` rows, or returns SLIP_END. scan_close comes exactly once for each that opened.
   */
  slip_status (*scan_open)(void* user, void* snapshot, const void* from, size_t from_size,
                           int reverse, void** out_scan, char* text, size_t text_size);
  slip_status (*scan_next)(void* user, void* scan, slip_update* out_rows, size_t capacity,
                           size_t* out_count, char* text, size_t text_size);
  void (*scan_close)(void* user, void* scan);
  /*
   * Rows and meta, all or nothing, also if the process dies in between. After SLIP_OK the next
   * snapshot has it. After a failure the library looks which of the two states holds before it
   * commits again. No snapshot of the library's own is open meanwhile, but readers' may be.
   * Nullable: the fold is read-only.
   */
  slip_status (*commit)(void* user, const slip_fold_changes* changes, char* text, size_t text_size);
  /* Every commit so far is safe against a power loss. Nullable: each is when it returns. */
  slip_status (*sync)(void* user, char* text, size_t text_size);
  /*
   * A check of your own, after slip_fold_check has read every row and compared counts and digest.
   * Nullable.
   */
  slip_status (*check)(void* user, char* text, size_t text_size);
  /*
   * The fold is closed: no further snapshots and commits. Snapshots that are open live on until
   * their close. Once; not where the fold is freed without. Nullable.
   */
  slip_status (*close)(void* user, char* text, size_t text_size);
  /* See convention 12. After the last handle, watch, snapshot and iterator. Nullable. */
  void (*destroy)(void* user);
} slip_fold_functions;
#define SLIP_FOLD_FUNCTIONS_INIT                                                              \
  {                                                                                           \
    (uint32_t)sizeof(slip_fold_functions), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
        NULL, NULL, NULL, NULL                                                                \
  }

/*
 * A fold of your kind. `name` (1 to 255 bytes) stands for it in sentences and metrics. The struct
 * is copied. Looks at what is stored: SLIP_CORRUPT (rows without meta, or meta that is damaged),
 * SLIP_NEWER_FORMAT, or what snapshot_open says. SLIP_INVALID: the name, or a function that must be
 * there is NULL.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_open_foreign(const char* name,
                                                            const slip_fold_functions* functions,
                                                            slip_fold** out_fold,
                                                            slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * ARTIFACT
 *
 * A fold as a directory of files for somewhere else: MANIFEST.json, written last, and data/. Its
 * cursor is the fold's at the moment of the export. Portable between kinds of folds.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_artifact_summary {
  uint32_t struct_size;
  uint32_t schema;
  slip_cursor cursor;
  uint64_t entries;
  uint64_t tombstones;
  uint64_t files;
  uint64_t stored_bytes;   /* of the data files                                        */
  uint64_t logical_bytes;  /* of the record stream before compression                   */
  char logical_digest[65]; /* sha256 of the record stream, in hex, NUL-terminated         */
  char bucket[129];        /* NUL-terminated                                           */
  char reserved[6];
} slip_artifact_summary;
#define SLIP_ARTIFACT_SUMMARY_INIT                                                     \
  {                                                                                    \
    (uint32_t)sizeof(slip_artifact_summary), 0, {0, 0}, 0, 0, 0, 0, 0, {0}, {0}, { 0 } \
  }

/*
 * Export a fold into `directory`, which must not exist or be empty (SLIP_NOT_EMPTY). Consistent at
 * one cursor while a writer goes on. After a failure nothing that looks complete is left.
 * SLIP_MISUSE: the fold was never bound to a bucket, or is loading. *out_summary is nullable.
 * Returns when every file is on the disk.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_export(slip_fold* fold, const char* directory,
                                                      const slip_options* options,
                                                      slip_artifact_summary* out_summary,
                                                      slip_error** error);
/*
 * The same through a running watch: between two batches, what is pending being flushed first, so
 * that the cursor is that of the last update received. The loop stops for the snapshot only
 * (10 ms at most); the files are written by the calling thread. In the pull form it covers
 * the last acknowledged batch, and waits for nobody. SLIP_MISUSE: the watch has no fold.
 * Waits while your apply runs.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_watch_export(slip_watch* watch, const char* directory,
                                                       const slip_options* options,
                                                       slip_artifact_summary* out_summary,
                                                       slip_error** error);
/*
 * Read every byte and compare: SLIP_ARTIFACT_INVALID says which file and why, SLIP_NEWER_FORMAT a
 * later schema. Nothing outside `directory` is read, no link followed. *out_summary is nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_artifact_verify(const char* directory,
                                                          slip_artifact_summary* out_summary,
                                                          slip_error** error);
/*
 * The manifest, checked for form only, as JSON text. No data file is read: see
 * slip_artifact_verify.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_artifact_info(const char* directory, slip_text** out_json,
                                                        slip_error** error);
/*
 * Make a new fold at `url` from an artifact: verified to the last byte before anything is visible,
 * then visible at once. The destination must not exist or be empty: SLIP_NOT_EMPTY. It is left
 * closed; open it with slip_fold_open. *out_summary is nullable. Errors: as slip_artifact_verify
 * and slip_fold_open; after a failure the destination is as it was.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_import(const char* directory, const char* url,
                                                      const slip_options* options,
                                                      slip_artifact_summary* out_summary,
                                                      slip_error** error);
/*
 * The same into a fold that is open, of a kind of yours (SLIP_UNSUPPORTED: the others have a URL).
 * It must hold nothing: SLIP_NOT_EMPTY; SLIP_BUSY under a watch. In several commits: until the last
 * one, and after a crash in between, its snapshots are SLIP_MISUSE and it takes nothing but another
 * import, which begins by removing what the former one left. After a failure it is empty again, as
 * far as its commits succeed. A bootstrap is slip_download, then this.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_fold_import_into(const char* directory, slip_fold* fold,
                                                           const slip_options* options,
                                                           slip_artifact_summary* out_summary,
                                                           slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * OBJECT STORE
 *
 * Where artifacts are published. Object names: [a-z0-9A-Z/._-]+, relative, no dot segments, none
 * that begins with ".slip", 1 to 512 bytes; another one is SLIP_INVALID. Tags are opaque: they
 * change with every write and are compared only for equality. A write is there whole or not at all,
 * and on the disk when its call returns.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_object_store slip_object_store;

/*
 * `url`: "local:PATH" or "file:///PATH": a directory, created where it is missing; compare-and-swap
 * holds between processes that share it.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_open(const char* url,
                                                            const slip_options* options,
                                                            slip_object_store** out_store,
                                                            slip_error** error);
/*
 * A whole object of at most 64 MiB (SLIP_TOO_LARGE). SLIP_NOT_FOUND where there is none. *out_tag
 * is nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_get(slip_object_store* store,
                                                           const char* name, slip_text** out_data,
                                                           slip_text** out_tag, slip_error** error);
/* Write an object whatever was there. *out_tag is nullable. */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_put(slip_object_store* store,
                                                           const char* name, const void* data,
                                                           size_t size, slip_text** out_tag,
                                                           slip_error** error);
/*
 * Write an object only while its tag is `expected_tag`, or, where that is NULL, only while there is
 * none. SLIP_CONFLICT otherwise. Of several that try at once exactly one succeeds. *out_tag is
 * nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_put_if(slip_object_store* store,
                                                              const char* name, const void* data,
                                                              size_t size, const char* expected_tag,
                                                              slip_text** out_tag,
                                                              slip_error** error);
/*
 * Names that begin with `prefix` and come after `after` (nullable), ascending, `limit` at most
 * (1 to 10,000), as a JSON array of {"name","size","modified_ns"}. `prefix` "": all. The next page
 * comes after the last name of this one.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_list(slip_object_store* store,
                                                            const char* prefix, const char* after,
                                                            size_t limit, slip_text** out_json,
                                                            slip_error** error);
/* SLIP_NOT_FOUND where there was none. */
SLIP_MUST_CHECK SLIP_API slip_status slip_object_store_remove(slip_object_store* store,
                                                              const char* name, slip_error** error);
SLIP_API void slip_object_store_free(slip_object_store* store);

/* ---------------------------------------------------------------------------------------------
 * PUBLISH
 *
 * Payloads lie under their content address and never change; one small object, the pointer, names
 * the newest, and is replaced by compare-and-swap alone. Any number of publishers and readers may
 * work at once; a reader sees what was complete when it read the pointer, or something newer.
 * ------------------------------------------------------------------------------------------ */

typedef struct slip_published {
  uint32_t struct_size;
  uint32_t attempts; /* compare-and-swaps that it took; 0: the same was published already  */
  uint64_t generation;
  slip_cursor cursor;
  uint64_t bytes;           /* uploaded                                                       */
  char manifest_sha256[65]; /* NUL-terminated hex                                            */
  char reserved[7];
} slip_published;
#define SLIP_PUBLISHED_INIT                                       \
  {                                                               \
    (uint32_t)sizeof(slip_published), 0, 0, {0, 0}, 0, {0}, { 0 } \
  }

/*
 * Publish the artifact in `directory` under `key` (an object name): verify it, upload its files
 * under their content address, then swap the pointer KEY.pointer.json. The pointer never goes
 * backwards in (generation, epoch, revision): SLIP_SUPERSEDED where something newer stands there;
 * the same artifact again is SLIP_OK. SLIP_IDENTITY_MISMATCH, SLIP_SCOPE_MISMATCH: the pointer is
 * of another bucket, or of a wider scope. *out_published is nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_publish(slip_object_store* store, const char* key,
                                                  const char* directory,
                                                  const slip_options* options,
                                                  slip_published* out_published,
                                                  slip_error** error);
/*
 * The pointer with the manifest that it names, as one JSON text {"pointer":{...},"manifest":{...}};
 * no payload is read. SLIP_NOT_FOUND: nothing was published.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_pointer_read(slip_object_store* store, const char* key,
                                                       slip_text** out_json, slip_error** error);
/*
 * Download what is published into `directory`, which must not exist or be empty (SLIP_NOT_EMPTY),
 * and verify it to the last byte. SLIP_NOT_FOUND: nothing was published. *out_summary is nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_download(slip_object_store* store, const char* key,
                                                   const char* directory,
                                                   const slip_options* options,
                                                   slip_artifact_summary* out_summary,
                                                   slip_error** error);
/*
 * Pointer, download, verify, import: a new fold at `url` (which must be empty: SLIP_NOT_EMPTY) that
 * holds what is published; a watch on it receives only the tail. The download is kept beside the
 * destination and removed afterwards, also after a failure. *out_summary is nullable.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_bootstrap(slip_object_store* store, const char* key,
                                                    const char* url, const slip_options* options,
                                                    slip_artifact_summary* out_summary,
                                                    slip_error** error);

/* ---------------------------------------------------------------------------------------------
 * STATISTICS
 *
 * Numbers come as typed structs beside their handles (slip_watch_status, slip_fold_stats, ...), and
 * here all at once, for what scrapes them.
 * ------------------------------------------------------------------------------------------ */

/*
 * Every watch of this process that was not freed, in the Prometheus text format (version 0.0.4):
 * one family for each member of slip_watch_state, named slipstream_watch_..., counters ending in
 * _total, spans and times in seconds; events are slipstream_watch_events_total. Labels: `bucket`,
 * `fold` (its path, "" where there is none), `event`; and, from the second one that runs on the
 * same bucket and fold on, `watch` ("2", ...). An ended watch goes out when a newer one takes its
 * place. Text without watches is empty but for the library's version. Never blocks; any thread.
 */
SLIP_MUST_CHECK SLIP_API slip_status slip_metrics_text(slip_text** out_text, slip_error** error);

#ifdef __cplusplus
}
#endif
#endif /* SLIPSTREAM_H */
