// Code generated from slipstream.h and the library by internal/generate. DO NOT EDIT.

package slipstream

// The version of the header that this package was made from.
const (
	headerMajor = 0
	headerMinor = 1
	headerPatch = 0
	headerEpoch = 0
)

// Flags are bits of an update; later releases may set further ones: ignore them.
type Flags uint32

// The values of Flags.
const (
	FlagSynthetic Flags = 1
	FlagReplay    Flags = 2
	FlagRelist    Flags = 4
	FlagExpired   Flags = 8
	FlagMarker    Flags = 16
	FlagMore      Flags = 32
)

// ConnectionPhase is what a connection is doing.
type ConnectionPhase int32

// The values of ConnectionPhase.
const (
	ConnectionConnecting ConnectionPhase = 1
	ConnectionConnected  ConnectionPhase = 2
	ConnectionClosed     ConnectionPhase = 3
)

// Storage is where the server keeps a bucket.
type Storage uint32

// The values of Storage.
const (
	StorageFile   Storage = 1
	StorageMemory Storage = 2
)

// Discard is what a full bucket does.
type Discard uint32

// The values of Discard.
const (
	DiscardNew Discard = 1
	DiscardOld Discard = 2
)

// WatchPhase is what a watch is doing.
type WatchPhase int32

// The values of WatchPhase.
const (
	WatchConnecting WatchPhase = 1
	WatchReplaying  WatchPhase = 2
	WatchCatchingUp WatchPhase = 3
	WatchLive       WatchPhase = 4
	WatchEnded      WatchPhase = 5
	WatchStale      WatchPhase = 6
)

// EventKind is what can happen under a watch.
type EventKind int32

// The values of EventKind.
const (
	EventConnectionLost     EventKind = 1
	EventServerShutdown     EventKind = 2
	EventSilence            EventKind = 3
	EventConsumerDeleted    EventKind = 4
	EventConsumerReplaced   EventKind = 5
	EventLeaderChanged      EventKind = 6
	EventDeliveryGap        EventKind = 7
	EventBucketDeleted      EventKind = 10
	EventBucketRecreated    EventKind = 11
	EventBucketRewound      EventKind = 12
	EventBucketPurged       EventKind = 13
	EventBucketReconfigured EventKind = 14
	EventCursorExpired      EventKind = 15
	EventAuditMismatch      EventKind = 16
	EventKeyPurged          EventKind = 20
	EventKeyExpired         EventKind = 21
	EventEmptyValue         EventKind = 22
	EventOddKey             EventKind = 23
	EventLongKey            EventKind = 24
	EventOlderRevisions     EventKind = 25
	EventCommitFailed       EventKind = 30
)

// CompactionOutcome is how a compaction ended.
type CompactionOutcome uint32

// The values of CompactionOutcome.
const (
	CompactionPerformed     CompactionOutcome = 1
	CompactionSkipped       CompactionOutcome = 2
	CompactionFailed        CompactionOutcome = 3
	CompactionIndeterminate CompactionOutcome = 4
)

// LogLevel is how urgent a line of the log is.
type LogLevel int32

// The values of LogLevel.
const (
	LogError   LogLevel = 1
	LogWarning LogLevel = 2
	LogInfo    LogLevel = 3
	LogDebug   LogLevel = 4
)
