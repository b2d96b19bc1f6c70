// Code generated from slipstream.h and the library by internal/generate. DO NOT EDIT.

package slipstream

// #include "glue.h"
import "C"

import "time"

// ConnectionState is slip_connection_state of slipstream.h.
type ConnectionState struct {
	State           ConnectionPhase
	Reconnects      uint64
	MaxPayloadBytes uint64
	RoundTrip       time.Duration
}

func newConnectionState() C.slip_connection_state {
	var c C.slip_connection_state
	c.struct_size = C.sizeof_slip_connection_state
	return c
}

func connectionStateOf(c *C.slip_connection_state) ConnectionState {
	return ConnectionState{
		State:           ConnectionPhase(c.state),
		Reconnects:      uint64(c.reconnects),
		MaxPayloadBytes: uint64(c.max_payload_bytes),
		RoundTrip:       time.Duration(c.round_trip_ns),
	}
}

// BucketState is slip_bucket_state of slipstream.h.
type BucketState struct {
	History       uint32
	Epoch         uint64
	FirstRevision uint64
	LastRevision  uint64
	Messages      uint64
	Subjects      uint64
	SizeBytes     uint64
	ServerTime    time.Time
	MaxAge        time.Duration
	MaxBytes      int64
	MaxValueSize  int64
	MarkerTTL     time.Duration
	Replicas      uint32
	Storage       Storage
	Discard       Discard
	PerMessageTTL bool
	MaxMessages   int64
}

func newBucketState() C.slip_bucket_state {
	var c C.slip_bucket_state
	c.struct_size = C.sizeof_slip_bucket_state
	return c
}

func bucketStateOf(c *C.slip_bucket_state) BucketState {
	return BucketState{
		History:       uint32(c.history),
		Epoch:         uint64(c.epoch),
		FirstRevision: uint64(c.first_revision),
		LastRevision:  uint64(c.last_revision),
		Messages:      uint64(c.messages),
		Subjects:      uint64(c.subjects),
		SizeBytes:     uint64(c.size_bytes),
		ServerTime:    timeOf(int64(c.server_time_ns)),
		MaxAge:        time.Duration(c.max_age_ns),
		MaxBytes:      int64(c.max_bytes),
		MaxValueSize:  int64(c.max_value_size),
		MarkerTTL:     time.Duration(c.marker_ttl_ns),
		Replicas:      uint32(c.replicas),
		Storage:       Storage(c.storage),
		Discard:       Discard(c.discard),
		PerMessageTTL: c.per_message_ttl != 0,
		MaxMessages:   int64(c.max_messages),
	}
}

func (s *BucketState) into(c *C.slip_bucket_state) {
	c.history = C.uint32_t(s.History)
	c.epoch = C.uint64_t(s.Epoch)
	c.first_revision = C.uint64_t(s.FirstRevision)
	c.last_revision = C.uint64_t(s.LastRevision)
	c.messages = C.uint64_t(s.Messages)
	c.subjects = C.uint64_t(s.Subjects)
	c.size_bytes = C.uint64_t(s.SizeBytes)
	c.server_time_ns = C.int64_t(nanosecondsOf(s.ServerTime))
	c.max_age_ns = C.int64_t(s.MaxAge)
	c.max_bytes = C.int64_t(s.MaxBytes)
	c.max_value_size = C.int64_t(s.MaxValueSize)
	c.marker_ttl_ns = C.int64_t(s.MarkerTTL)
	c.replicas = C.uint32_t(s.Replicas)
	c.storage = C.uint32_t(s.Storage)
	c.discard = C.uint32_t(s.Discard)
	c.per_message_ttl = C.uint32_t(numberOf(s.PerMessageTTL))
	c.max_messages = C.int64_t(s.MaxMessages)
}

// WatchState is slip_watch_state of slipstream.h.
type WatchState struct {
	State               WatchPhase
	Cursor              Cursor
	EndStatus           Status
	CommitFailures      uint32
	Ready               bool
	Auditable           bool
	TargetRevision      uint64
	ServerLastRevision  uint64
	LagRevisions        uint64
	Lag                 time.Duration
	Received            uint64
	Applied             uint64
	Rejected            uint64
	Replayed            uint64
	Batches             uint64
	LastBatchUpdates    uint64
	LargestBatchUpdates uint64
	LargestBatchBytes   uint64
	Reconnects          uint64
	Restarts            uint64
	Gaps                uint64
	Audits              uint64
	AuditMismatches     uint64
	Resyncs             uint64
	Sweeps              uint64
	Rebuilds            uint64
	LastUpdate          time.Time
	LastContact         time.Time
	LastCurrent         time.Time
	ContactAge          time.Duration
	LastEvent           EventKind
}

func newWatchState() C.slip_watch_state {
	var c C.slip_watch_state
	c.struct_size = C.sizeof_slip_watch_state
	return c
}

func watchStateOf(c *C.slip_watch_state) WatchState {
	return WatchState{
		State:               WatchPhase(c.state),
		Cursor:              cursorOf(c.cursor),
		EndStatus:           Status(c.end_status),
		CommitFailures:      uint32(c.commit_failures),
		Ready:               c.ready != 0,
		Auditable:           c.auditable != 0,
		TargetRevision:      uint64(c.target_revision),
		ServerLastRevision:  uint64(c.server_last_revision),
		LagRevisions:        uint64(c.lag_revisions),
		Lag:                 time.Duration(c.lag_ns),
		Received:            uint64(c.received),
		Applied:             uint64(c.applied),
		Rejected:            uint64(c.rejected),
		Replayed:            uint64(c.replayed),
		Batches:             uint64(c.batches),
		LastBatchUpdates:    uint64(c.last_batch_updates),
		LargestBatchUpdates: uint64(c.largest_batch_updates),
		LargestBatchBytes:   uint64(c.largest_batch_bytes),
		Reconnects:          uint64(c.reconnects),
		Restarts:            uint64(c.restarts),
		Gaps:                uint64(c.gaps),
		Audits:              uint64(c.audits),
		AuditMismatches:     uint64(c.audit_mismatches),
		Resyncs:             uint64(c.resyncs),
		Sweeps:              uint64(c.sweeps),
		Rebuilds:            uint64(c.rebuilds),
		LastUpdate:          timeOf(int64(c.last_update_ns)),
		LastContact:         timeOf(int64(c.last_contact_ns)),
		LastCurrent:         timeOf(int64(c.last_current_ns)),
		ContactAge:          time.Duration(c.contact_age_ns),
		LastEvent:           EventKind(c.last_event),
	}
}

// FoldState is slip_fold_state of slipstream.h.
type FoldState struct {
	Format       uint32
	Entries      uint64
	Tombstones   uint64
	PayloadBytes uint64
	FileBytes    uint64
	FreeBytes    uint64
	Commits      uint64
	Snapshots    uint64
	Cursor       Cursor
	Loading      bool
	ReadOnly     bool
}

func newFoldState() C.slip_fold_state {
	var c C.slip_fold_state
	c.struct_size = C.sizeof_slip_fold_state
	return c
}

func foldStateOf(c *C.slip_fold_state) FoldState {
	return FoldState{
		Format:       uint32(c.format),
		Entries:      uint64(c.entries),
		Tombstones:   uint64(c.tombstones),
		PayloadBytes: uint64(c.payload_bytes),
		FileBytes:    uint64(c.file_bytes),
		FreeBytes:    uint64(c.free_bytes),
		Commits:      uint64(c.commits),
		Snapshots:    uint64(c.snapshots),
		Cursor:       cursorOf(c.cursor),
		Loading:      c.loading != 0,
		ReadOnly:     c.read_only != 0,
	}
}

// Compaction is slip_compaction of slipstream.h.
type Compaction struct {
	Outcome        CompactionOutcome
	BytesBefore    uint64
	BytesAfter     uint64
	SegmentsBefore uint64
	SegmentsAfter  uint64
	Status         Status
}

func newCompaction() C.slip_compaction {
	var c C.slip_compaction
	c.struct_size = C.sizeof_slip_compaction
	return c
}

func compactionOf(c *C.slip_compaction) Compaction {
	return Compaction{
		Outcome:        CompactionOutcome(c.outcome),
		BytesBefore:    uint64(c.bytes_before),
		BytesAfter:     uint64(c.bytes_after),
		SegmentsBefore: uint64(c.segments_before),
		SegmentsAfter:  uint64(c.segments_after),
		Status:         Status(c.status),
	}
}

// ArtifactSummary is slip_artifact_summary of slipstream.h.
type ArtifactSummary struct {
	Schema        uint32
	Cursor        Cursor
	Entries       uint64
	Tombstones    uint64
	Files         uint64
	StoredBytes   uint64
	LogicalBytes  uint64
	LogicalDigest string
	Bucket        string
}

func newArtifactSummary() C.slip_artifact_summary {
	var c C.slip_artifact_summary
	c.struct_size = C.sizeof_slip_artifact_summary
	return c
}

func artifactSummaryOf(c *C.slip_artifact_summary) ArtifactSummary {
	return ArtifactSummary{
		Schema:        uint32(c.schema),
		Cursor:        cursorOf(c.cursor),
		Entries:       uint64(c.entries),
		Tombstones:    uint64(c.tombstones),
		Files:         uint64(c.files),
		StoredBytes:   uint64(c.stored_bytes),
		LogicalBytes:  uint64(c.logical_bytes),
		LogicalDigest: C.GoString(&c.logical_digest[0]),
		Bucket:        C.GoString(&c.bucket[0]),
	}
}

// Published is slip_published of slipstream.h.
type Published struct {
	Attempts       uint32
	Generation     uint64
	Cursor         Cursor
	Bytes          uint64
	ManifestSha256 string
}

func newPublished() C.slip_published {
	var c C.slip_published
	c.struct_size = C.sizeof_slip_published
	return c
}

func publishedOf(c *C.slip_published) Published {
	return Published{
		Attempts:       uint32(c.attempts),
		Generation:     uint64(c.generation),
		Cursor:         cursorOf(c.cursor),
		Bytes:          uint64(c.bytes),
		ManifestSha256: C.GoString(&c.manifest_sha256[0]),
	}
}
