package slipstream

// #include <stdlib.h>
// #include "glue.h"
import "C"

import (
	"time"
	"unsafe"
)

// Operation is what happened to a key.
type Operation uint32

// The values of Operation.
const (
	Put    Operation = 1 // the key has this value
	Delete Operation = 2 // the key is gone
	Purge  Operation = 3 // the key and its history are gone
)

// String is "put", "delete" or "purge".
func (o Operation) String() string {
	switch o {
	case Put:
		return "put"
	case Delete:
		return "delete"
	case Purge:
		return "purge"
	}
	return "?"
}

// TTLNever is a life without end, in Update.TTL and Write.TTL.
const TTLNever time.Duration = -1

// Update is one update of one key. Key and Value are memory of Go: they stay. Those of a batch are
// parts of one copy of the whole batch, which lives while one of them does; strings.Clone and
// bytes.Clone part the few that are to be kept from the rest.
type Update struct {
	// Key may hold any byte.
	Key string
	// Value is empty unless Operation is Put. Its capacity ends with it: append makes a copy.
	Value []byte
	// Revision is of the bucket's stream; 0 where there is none.
	Revision uint64
	// TimestampNS is the server's clock, in nanoseconds since the Unix epoch: see Time.
	TimestampNS int64
	// TTL is the update's own life as received: 0 none, TTLNever without end.
	TTL       time.Duration
	Operation Operation
	Flags     Flags
}

// Time is the server's clock at the update, the zero time where it is unknown.
func (u *Update) Time() time.Time { return timeOf(u.TimestampNS) }

// row is a slip_update as plain numbers, which the collector does not follow.
type row struct {
	key, keySize, value, valueSize uintptr
	revision                       uint64
	timestamp, ttl                 int64
	operation, flags               uint32
	_                              [2]uint64
}

// A row is a slip_update: what does not fit does not compile.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(row{})-unsafe.Sizeof(C.slip_update{})]
	_ = [1]struct{}{}[unsafe.Offsetof(row{}.value)-unsafe.Offsetof(C.slip_update{}.value)]
	_ = [1]struct{}{}[unsafe.Offsetof(row{}.revision)-unsafe.Offsetof(C.slip_update{}.revision)]
	_ = [1]struct{}{}[unsafe.Offsetof(row{}.ttl)-unsafe.Offsetof(C.slip_update{}.ttl_ns)]
	_ = [1]struct{}{}[unsafe.Offsetof(row{}.flags)-unsafe.Offsetof(C.slip_update{}.flags)]
)

// update builds an update on bytes that Go owns.
func (r *row) update(key string, value []byte) Update {
	return Update{Key: key, Value: value, Revision: r.revision, TimestampNS: r.timestamp,
		TTL: time.Duration(r.ttl), Operation: Operation(r.operation), Flags: Flags(r.flags)}
}

// at reads memory of C: an address in a row is no pointer for Go.
func at(address uintptr, size uintptr) []byte {
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), int(size))
}

func stringOf(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// copied gives the update with a copy of its bytes: one allocation.
func (r *row) copied() Update {
	block := make([]byte, r.keySize+r.valueSize)
	copy(block, at(r.key, r.keySize))
	copy(block[r.keySize:], at(r.value, r.valueSize))
	return r.update(stringOf(block[:r.keySize]), block[r.keySize:])
}

// copyRows copies updates and their bytes, which all lie in one block afterwards.
func copyRows(rows []row) []Update {
	var size uintptr
	for i := range rows {
		size += rows[i].keySize + rows[i].valueSize
	}
	block, out := make([]byte, 0, size), make([]Update, len(rows))
	for i := range rows {
		start := len(block)
		block = append(block, at(rows[i].key, rows[i].keySize)...)
		middle := len(block)
		block = append(block, at(rows[i].value, rows[i].valueSize)...)
		out[i] = rows[i].update(stringOf(block[start:middle]), block[middle:len(block):len(block)])
	}
	return out
}

// takeEntry copies an owned entry, and frees it.
func takeEntry(entry *C.slip_entry) Update {
	found := (*row)(unsafe.Pointer(C.slip_entry_update(entry))).copied()
	C.slip_entry_free(entry)
	return found
}

// pack is a block of C's memory that holds rows and, behind them, the bytes that they point to. Go's
// own memory must not be pointed to from there.
type pack struct {
	block unsafe.Pointer
	next  uintptr
}

func newPack(size int) pack {
	block := C.malloc(C.size_t(max(size, 1)))
	return pack{block, uintptr(block)}
}

func (p *pack) free() { C.slipgo_free(p.block) }

// add copies bytes behind what is there, and gives the view of them.
func (p *pack) add(data string) C.slip_bytes {
	if len(data) == 0 {
		return C.slip_bytes{}
	}
	to := at(p.next, uintptr(len(data)))
	copy(to, data)
	p.next += uintptr(len(data))
	return C.slip_bytes{data: (*C.uint8_t)(unsafe.SliceData(to)), size: C.size_t(len(data))}
}

// packUpdates lays updates out as the library reads them. Free the pack afterwards.
func packUpdates(updates []Update) (pack, *C.slip_update) {
	const width = int(unsafe.Sizeof(C.slip_update{}))
	size := len(updates) * width
	for i := range updates {
		size += len(updates[i].Key) + len(updates[i].Value)
	}
	made := newPack(size)
	made.next += uintptr(len(updates) * width)
	rows := unsafe.Slice((*C.slip_update)(made.block), len(updates))
	for i := range updates {
		from := &updates[i]
		rows[i] = C.slip_update{key: made.add(from.Key), value: made.add(stringOf(from.Value)),
			revision: C.uint64_t(from.Revision), timestamp_ns: C.int64_t(from.TimestampNS),
			ttl_ns: C.int64_t(from.TTL), operation: C.uint32_t(from.Operation), flags: C.uint32_t(from.Flags)}
	}
	return made, (*C.slip_update)(made.block)
}
