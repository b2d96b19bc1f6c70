// Code generated from slipstream.h and the library by internal/generate. DO NOT EDIT.

package slipstream

import "time"

// ConnectionOptions are the options of the kind "connection". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type ConnectionOptions struct {
	// Connect: eager: connect before returning; lazy: return at once, connect in the background; default eager
	Connect ConnectionConnect
	// ConnectTimeout: for one server (1 to 600000 ms); default 5000
	ConnectTimeout time.Duration
	// RequestTimeout: for one request to the server (1 to 600000 ms); default 10000
	RequestTimeout time.Duration
	// ReconnectWait: between two tries at the same server; half of it again is added at random (1 to 600000 ms); default 500
	ReconnectWait time.Duration
	// Name: shown by the server in its list of connections
	Name string
	// Servers: further server URLs, tried in turn
	Servers []string
	// User: user name
	User string
	// Password: password of the user
	Password string
	// Token: authentication token
	Token string
	// CredsFile: path of a .creds file (JWT and NKey seed)
	CredsFile string
	// NKeySeedFile: path of a file that holds an NKey seed
	NKeySeedFile string
	// NKeyPublic: public NKey that belongs to nkey_seed_file
	NKeyPublic string
	// TLSCAFile: PEM file of the authorities to trust; the system's where empty
	TLSCAFile string
	// TLSCertFile: PEM file of the client's certificate chain
	TLSCertFile string
	// TLSKeyFile: PEM file of the client's private key
	TLSKeyFile string
	// TLSHost: the name that the server's certificate must bear; the URL's where empty
	TLSHost string
	// JSDomain: JetStream domain; none where empty
	JSDomain string
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *ConnectionOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.text("connect", string(o.Connect))
	s.milliseconds("connect_timeout_ms", o.ConnectTimeout)
	s.milliseconds("request_timeout_ms", o.RequestTimeout)
	s.milliseconds("reconnect_wait_ms", o.ReconnectWait)
	s.text("name", o.Name)
	s.list("servers", o.Servers)
	s.text("user", o.User)
	s.text("password", o.Password)
	s.text("token", o.Token)
	s.text("creds_file", o.CredsFile)
	s.text("nkey_seed_file", o.NKeySeedFile)
	s.text("nkey_public", o.NKeyPublic)
	s.text("tls_ca_file", o.TLSCAFile)
	s.text("tls_cert_file", o.TLSCertFile)
	s.text("tls_key_file", o.TLSKeyFile)
	s.text("tls_host", o.TLSHost)
	s.text("js_domain", o.JSDomain)
	s.more(o.More)
}

// ConnectionConnect is eager: connect before returning; lazy: return at once, connect in the background.
type ConnectionConnect string

// The values of ConnectionConnect.
const (
	ConnectionConnectEager ConnectionConnect = "eager"
	ConnectionConnectLazy  ConnectionConnect = "lazy"
)

// BucketOptions are the options of the kind "bucket". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type BucketOptions struct {
	// History: kept of each key (1 to 64 revisions); default 1
	History uint64
	// MaxAge: values older than this are gone; 0: never (0 to 9223372036854 ms); default 0
	MaxAge time.Duration
	// MaxBytes: of the whole bucket; 0: no limit (0 to 9223372036854775807 bytes); default 0
	MaxBytes uint64
	// MaxValueSize: of one value; 0: the server's limit (0 to 67108864 bytes); default 0
	MaxValueSize uint64
	// MarkerTTL: the server writes a marker for what expires and keeps it this long; 0: no markers; needs nats-server 2.11 (0 to 9223372036854 ms); default 0
	MarkerTTL time.Duration
	// Replicas: servers that keep the bucket (1 to 5); default 1
	Replicas uint64
	// Storage: where the server keeps the bucket; default file
	Storage BucketStorage
	// Discard: what a full bucket does: refuse new values, or drop the oldest; default new
	Discard BucketDiscard
	// Description: shown by tools
	Description string
	// AcceptDifferences: open the bucket although the server did not take all of the configuration
	AcceptDifferences bool
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *BucketOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.number("history", o.History)
	s.milliseconds("max_age_ms", o.MaxAge)
	s.number("max_bytes", o.MaxBytes)
	s.number("max_value_size", o.MaxValueSize)
	s.milliseconds("marker_ttl_ms", o.MarkerTTL)
	s.number("replicas", o.Replicas)
	s.text("storage", string(o.Storage))
	s.text("discard", string(o.Discard))
	s.text("description", o.Description)
	s.flag("accept_differences", o.AcceptDifferences)
	s.more(o.More)
}

// BucketStorage is where the server keeps the bucket.
type BucketStorage string

// The values of BucketStorage.
const (
	BucketStorageFile   BucketStorage = "file"
	BucketStorageMemory BucketStorage = "memory"
)

// BucketDiscard is what a full bucket does: refuse new values, or drop the oldest.
type BucketDiscard string

// The values of BucketDiscard.
const (
	BucketDiscardNew BucketDiscard = "new"
	BucketDiscardOld BucketDiscard = "old"
)

// WatchOptions are the options of the kind "watch". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type WatchOptions struct {
	// BatchUpdatesMax: in one batch (1 to 1000000 updates); default 10000
	BatchUpdatesMax uint64
	// BatchBytesMax: in one batch, keys and values (1024 to 1073741824 bytes); default 8388608
	BatchBytesMax uint64
	// BatchClose: idle: a batch ends when nothing more has been received; window: window_ms after its first update; a full one in either; default idle
	BatchClose WatchBatchClose
	// Window: of batch_close=window (1 to 86400000 ms); default 1000
	Window time.Duration
	// Replay: fold: hand the fold's live keys over before the tail (default with callbacks); none: the tail only (default when pulling); default default
	Replay WatchReplay
	// StopAt: end the watch there; default never
	StopAt WatchStopAt
	// StopRevision: of stop_at=revision (0 to 18446744073709551614); default 0
	StopRevision uint64
	// Scope: only keys that begin with this, as bytes; several may be added; none: all keys
	Scope []string
	// Cursor: where to go on without a fold: the text of slip_cursor_format
	Cursor string
	// ReceiveUpdatesMax: asked for in advance; 0: twice batch_updates_max; at least twice it in any case (0 to 10000000 updates); default 0
	ReceiveUpdatesMax uint64
	// ReceiveBytesMax: asked for in advance (65536 to 2147483648 bytes); default 33554432
	ReceiveBytesMax uint64
	// IdleHeartbeat: the server's sign of life; two and a half missed ones make the watch start anew (100 to 30000 ms); default 5000
	IdleHeartbeat time.Duration
	// MaxStale: the watch is ready while its state was current at most this long ago; half of it bounds idle_heartbeat_ms; 0: however old, once complete (0 to 2592000000 ms); default 0
	MaxStale time.Duration
	// CommitFailuresMax: failed commits in a row, over at least commit_retry_ms, that end the watch (1 to 1000); default 16
	CommitFailuresMax uint64
	// CommitRetry: see commit_failures_max (0 to 3600000 ms); default 30000
	CommitRetry *time.Duration
	// AuditInterval: the fold's keys are counted against the bucket's so often, and at each catch-up; 0: never (0 to 86400000 ms); default 30000
	AuditInterval *time.Duration
	// ScopeChange: narrow: keys outside the scope leave a fold that was made for a wider one; default refuse
	ScopeChange WatchScopeChange
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *WatchOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.number("batch_updates_max", o.BatchUpdatesMax)
	s.number("batch_bytes_max", o.BatchBytesMax)
	s.text("batch_close", string(o.BatchClose))
	s.milliseconds("window_ms", o.Window)
	s.text("replay", string(o.Replay))
	s.text("stop_at", string(o.StopAt))
	s.number("stop_revision", o.StopRevision)
	s.list("scope", o.Scope)
	s.text("cursor", o.Cursor)
	s.number("receive_updates_max", o.ReceiveUpdatesMax)
	s.number("receive_bytes_max", o.ReceiveBytesMax)
	s.milliseconds("idle_heartbeat_ms", o.IdleHeartbeat)
	s.milliseconds("max_stale_ms", o.MaxStale)
	s.number("commit_failures_max", o.CommitFailuresMax)
	s.millisecondsPointer("commit_retry_ms", o.CommitRetry)
	s.millisecondsPointer("audit_interval_ms", o.AuditInterval)
	s.text("scope_change", string(o.ScopeChange))
	s.more(o.More)
}

// WatchBatchClose is idle: a batch ends when nothing more has been received; window: window_ms after its first update; a full one in either.
type WatchBatchClose string

// The values of WatchBatchClose.
const (
	WatchBatchCloseIdle   WatchBatchClose = "idle"
	WatchBatchCloseWindow WatchBatchClose = "window"
)

// WatchReplay is fold: hand the fold's live keys over before the tail (default with callbacks); none: the tail only (default when pulling).
type WatchReplay string

// The values of WatchReplay.
const (
	WatchReplayDefault WatchReplay = "default"
	WatchReplayFold    WatchReplay = "fold"
	WatchReplayNone    WatchReplay = "none"
)

// WatchStopAt is end the watch there.
type WatchStopAt string

// The values of WatchStopAt.
const (
	WatchStopAtNever    WatchStopAt = "never"
	WatchStopAtCaughtUp WatchStopAt = "caught_up"
	WatchStopAtRevision WatchStopAt = "revision"
)

// WatchScopeChange is narrow: keys outside the scope leave a fold that was made for a wider one.
type WatchScopeChange string

// The values of WatchScopeChange.
const (
	WatchScopeChangeRefuse WatchScopeChange = "refuse"
	WatchScopeChangeNarrow WatchScopeChange = "narrow"
)

// FoldOptions are the options of the kind "fold". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type FoldOptions struct {
	// Durability: what a commit survives; default meta
	Durability FoldDurability
	// Create: whether the fold may or must be made; default if_missing
	Create FoldCreate
	// ReadOnly: open for reading beside a writer in another process
	ReadOnly bool
	// SegmentBytes: of an append log: a segment that is larger is followed by a new one (4096 to 1073741824 bytes); default 67108864
	SegmentBytes uint64
	// CompactDeadPercent: an append log is compacted when so much of it is dead; 100: by call only (0 to 100); default 50
	CompactDeadPercent *uint64
	// MinSegments: sealed ones, below which an append log is not compacted (1 to 10000); default 2
	MinSegments uint64
	// Values: disk: values of an append log stay in its files and are read from there; default memory
	Values FoldValues
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *FoldOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.text("durability", string(o.Durability))
	s.text("create", string(o.Create))
	s.flag("read_only", o.ReadOnly)
	s.number("segment_bytes", o.SegmentBytes)
	s.numberPointer("compact_dead_percent", o.CompactDeadPercent)
	s.number("min_segments", o.MinSegments)
	s.text("values", string(o.Values))
	s.more(o.More)
}

// FoldDurability is what a commit survives.
type FoldDurability string

// The values of FoldDurability.
const (
	FoldDurabilityProcess FoldDurability = "process"
	FoldDurabilityMeta    FoldDurability = "meta"
	FoldDurabilityFull    FoldDurability = "full"
)

// FoldCreate is whether the fold may or must be made.
type FoldCreate string

// The values of FoldCreate.
const (
	FoldCreateIfMissing FoldCreate = "if_missing"
	FoldCreateNever     FoldCreate = "never"
	FoldCreateAlways    FoldCreate = "always"
)

// FoldValues is disk: values of an append log stay in its files and are read from there.
type FoldValues string

// The values of FoldValues.
const (
	FoldValuesMemory FoldValues = "memory"
	FoldValuesDisk   FoldValues = "disk"
)

// ExportOptions are the options of the kind "export". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type ExportOptions struct {
	// Compression: of the data files; default zstd
	Compression ExportCompression
	// Level: of zstd (1 to 19); default 3
	Level uint64
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *ExportOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.text("compression", string(o.Compression))
	s.number("level", o.Level)
	s.more(o.More)
}

// ExportCompression is of the data files.
type ExportCompression string

// The values of ExportCompression.
const (
	ExportCompressionZstd ExportCompression = "zstd"
	ExportCompressionNone ExportCompression = "none"
)

// ObjectStoreOptions are the options of the kind "object_store". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type ObjectStoreOptions struct {
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *ObjectStoreOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.more(o.More)
}

// PublishOptions are the options of the kind "publish". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type PublishOptions struct {
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *PublishOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.more(o.More)
}

// ImportOptions are the options of the kind "import". A zero field means the default; where zero is a
// setting of its own, the field is a pointer.
type ImportOptions struct {
	// More sets options by name and text, those that are newer than this package for example.
	More []Setting
}

func (o *ImportOptions) set(s *settings) {
	if o == nil {
		return
	}
	s.more(o.More)
}
