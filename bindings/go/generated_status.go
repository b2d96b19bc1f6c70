// Code generated from slipstream.h and the library by internal/generate. DO NOT EDIT.

package slipstream

// OK is the status of a call that succeeded.
const OK Status = 0

// What a call may fail with: errors.Is(err, ErrNotFound).
const (
	// ErrNotFound: no such key, object, pointer or file
	ErrNotFound Status = 10
	// ErrExists: it is there already
	ErrExists Status = 11
	// ErrConflict: a compare-and-swap lost: the revision or tag is another one
	ErrConflict Status = 12
	// ErrTimeout: the stated time passed
	ErrTimeout Status = 13
	// ErrEnd: nothing more will come
	ErrEnd Status = 14
	// ErrInterrupted: this one waiting call was interrupted
	ErrInterrupted Status = 15
	// ErrCancelled: the watch was cancelled
	ErrCancelled Status = 16
	// ErrSuperseded: something newer is published already
	ErrSuperseded Status = 17
	// ErrNotEmpty: the destination holds something
	ErrNotEmpty Status = 18
	// ErrInvalid: an argument is missing, malformed or of the wrong kind
	ErrInvalid Status = 30
	// ErrMisuse: right call, wrong moment
	ErrMisuse Status = 31
	// ErrClosed: the handle was closed
	ErrClosed Status = 32
	// ErrDeadlock: a blocking call from a callback would wait for itself
	ErrDeadlock Status = 33
	// ErrUnsupported: this kind of thing, or this server, cannot do that
	ErrUnsupported Status = 34
	// ErrUnknownOption: no option of that name
	ErrUnknownOption Status = 35
	// ErrOutOfBounds: the value of an option is outside its bounds
	ErrOutOfBounds Status = 36
	// ErrForked: the handle belongs to the parent process
	ErrForked Status = 37
	// ErrTooLarge: a key, value or message is over a stated limit
	ErrTooLarge Status = 38
	// ErrOutOfMemory: memory could not be allocated
	ErrOutOfMemory Status = 50
	// ErrBusy: held by another writer
	ErrBusy Status = 51
	// ErrNoSpace: disk, quota or map is full
	ErrNoSpace Status = 52
	// ErrIO: reading or writing failed
	ErrIO Status = 53
	// ErrPermissionDenied: the system or the server forbids it to this user
	ErrPermissionDenied Status = 54
	// ErrUnreachable: no connection, or it broke
	ErrUnreachable Status = 70
	// ErrUnauthorized: the credentials were refused
	ErrUnauthorized Status = 71
	// ErrNoJetstream: the server or account has JetStream switched off
	ErrNoJetstream Status = 72
	// ErrBucketNotFound: no such bucket
	ErrBucketNotFound Status = 73
	// ErrBucketExists: a bucket of that name has another configuration
	ErrBucketExists Status = 74
	// ErrConfigMismatch: the server did not take the configuration
	ErrConfigMismatch Status = 75
	// ErrBucketFull: the bucket is full and discards new values
	ErrBucketFull Status = 76
	// ErrServer: another error of the server
	ErrServer Status = 77
	// ErrIndeterminate: no answer: the write may or may not have happened
	ErrIndeterminate Status = 78
	// ErrCorrupt: stored bytes are damaged
	ErrCorrupt Status = 90
	// ErrNewerFormat: written by a later version
	ErrNewerFormat Status = 91
	// ErrNotOurs: the path holds something that the library did not make
	ErrNotOurs Status = 92
	// ErrIdentityMismatch: it is of another bucket
	ErrIdentityMismatch Status = 93
	// ErrArtifactInvalid: the artifact is incomplete, altered or hostile
	ErrArtifactInvalid Status = 94
	// ErrSuspect: a power loss may have damaged it: rebuild it
	ErrSuspect Status = 95
	// ErrCursorExpired: updates after the cursor may be gone from the server
	ErrCursorExpired Status = 110
	// ErrStreamRecreated: the bucket was deleted and made anew
	ErrStreamRecreated Status = 111
	// ErrStreamRewound: the server went back to before the cursor
	ErrStreamRewound Status = 112
	// ErrScopeMismatch: the fold was made for another scope
	ErrScopeMismatch Status = 113
	// ErrAuditMismatch: fold and bucket hold different numbers of keys
	ErrAuditMismatch Status = 114
	// ErrCallbackFailed: a callback broke its contract
	ErrCallbackFailed Status = 130
	// ErrInternal: a defect of the library: please report it
	ErrInternal Status = 150
	// UserFirst: this and above: of a callback of the caller
	UserFirst Status = 1000
)

var statusNames = map[Status]string{
	0:    "SLIP_OK",
	10:   "SLIP_NOT_FOUND",
	11:   "SLIP_EXISTS",
	12:   "SLIP_CONFLICT",
	13:   "SLIP_TIMEOUT",
	14:   "SLIP_END",
	15:   "SLIP_INTERRUPTED",
	16:   "SLIP_CANCELLED",
	17:   "SLIP_SUPERSEDED",
	18:   "SLIP_NOT_EMPTY",
	30:   "SLIP_INVALID",
	31:   "SLIP_MISUSE",
	32:   "SLIP_CLOSED",
	33:   "SLIP_DEADLOCK",
	34:   "SLIP_UNSUPPORTED",
	35:   "SLIP_UNKNOWN_OPTION",
	36:   "SLIP_OUT_OF_BOUNDS",
	37:   "SLIP_FORKED",
	38:   "SLIP_TOO_LARGE",
	50:   "SLIP_OUT_OF_MEMORY",
	51:   "SLIP_BUSY",
	52:   "SLIP_NO_SPACE",
	53:   "SLIP_IO",
	54:   "SLIP_PERMISSION_DENIED",
	70:   "SLIP_UNREACHABLE",
	71:   "SLIP_UNAUTHORIZED",
	72:   "SLIP_NO_JETSTREAM",
	73:   "SLIP_BUCKET_NOT_FOUND",
	74:   "SLIP_BUCKET_EXISTS",
	75:   "SLIP_CONFIG_MISMATCH",
	76:   "SLIP_BUCKET_FULL",
	77:   "SLIP_SERVER",
	78:   "SLIP_INDETERMINATE",
	90:   "SLIP_CORRUPT",
	91:   "SLIP_NEWER_FORMAT",
	92:   "SLIP_NOT_OURS",
	93:   "SLIP_IDENTITY_MISMATCH",
	94:   "SLIP_ARTIFACT_INVALID",
	95:   "SLIP_SUSPECT",
	110:  "SLIP_CURSOR_EXPIRED",
	111:  "SLIP_STREAM_RECREATED",
	112:  "SLIP_STREAM_REWOUND",
	113:  "SLIP_SCOPE_MISMATCH",
	114:  "SLIP_AUDIT_MISMATCH",
	130:  "SLIP_CALLBACK_FAILED",
	150:  "SLIP_INTERNAL",
	1000: "SLIP_USER_FIRST",
}
