package slipstream

// #include "glue.h"
import "C"

import (
	"bytes"
	"context"
	"iter"
	"sync/atomic"
	"time"
	"unsafe"
)

// Bucket is an open bucket. All its methods may be called at once. Calls that ask the server block
// for RequestTimeout at most; where the context ends before, they return with its error, and a
// write then is ErrIndeterminate.
type Bucket struct {
	h    *handle
	name string
}

func newBucket(name string, pointer *C.slip_bucket) *Bucket {
	h := newHandle("bucket", unsafe.Pointer(pointer), func(p unsafe.Pointer) {
		C.slip_bucket_free((*C.slip_bucket)(p))
	})
	return guarded(&Bucket{h, name}, h, true)
}

// Name is the name that it was opened by.
func (b *Bucket) Name() string { return b.name }

// Close releases the bucket. Watches and iterators on it go on. Calling it again does nothing.
func (b *Bucket) Close() error {
	b.h.close()
	return nil
}

// on runs a call on the bucket's handle.
func on[T any](b *Bucket, call func(*C.slip_bucket) (T, error)) func() (T, error) {
	return func() (T, error) {
		p, err := b.h.enter()
		if err != nil {
			var none T
			return none, err
		}
		defer b.h.leave()
		return call((*C.slip_bucket)(p))
	}
}

// Info asks the server for the bucket's configuration and bounds.
func (b *Bucket) Info(ctx context.Context) (BucketState, error) {
	return await(ctx, "look at bucket "+b.name, on(b, func(p *C.slip_bucket) (BucketState, error) {
		state := newBucketState()
		var e *C.slip_error
		if err := check(C.slip_bucket_info(p, &state, &e), e); err != nil {
			return BucketState{}, err
		}
		return bucketStateOf(&state), nil
	}), nil)
}

// Get gives the current update of a key as the server has it now; ErrNotFound where it does not live.
func (b *Bucket) Get(ctx context.Context, key string) (Update, error) {
	return await(ctx, "get", on(b, func(p *C.slip_bucket) (Update, error) {
		var entry *C.slip_entry
		var e *C.slip_error
		data, size := keyOf(key)
		if err := check(C.slip_bucket_get(p, unsafe.Pointer(data), size, &entry, &e), e); err != nil {
			return Update{}, err
		}
		return takeEntry(entry), nil
	}), nil)
}

// write runs one write. A context that may end leaves the call behind, and the caller's value may
// change then: the call gets a copy.
func (b *Bucket) write(ctx context.Context, what string, value []byte, call func(p *C.slip_bucket, value []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status) (uint64, error) {
	if ctx.Done() != nil {
		value = bytes.Clone(value)
	}
	return awaitWrite(ctx, what, on(b, func(p *C.slip_bucket) (uint64, error) {
		var revision C.uint64_t
		var e *C.slip_error
		err := check(call(p, value, &revision, &e), e)
		return uint64(revision), err
	}))
}

// Put sets a key, and gives the revision of the write.
func (b *Bucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.write(ctx, "put", value, func(p *C.slip_bucket, value []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		v, vs := bytesOf(value)
		return C.slip_bucket_put(p, unsafe.Pointer(k), ks, unsafe.Pointer(v), vs, revision, e)
	})
}

// PutIfAbsent sets a key that does not live yet; ErrExists otherwise.
func (b *Bucket) PutIfAbsent(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.write(ctx, "put", value, func(p *C.slip_bucket, value []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		v, vs := bytesOf(value)
		return C.slip_bucket_put_if_absent(p, unsafe.Pointer(k), ks, unsafe.Pointer(v), vs, revision, e)
	})
}

// PutIf sets a key whose last revision is `last`; ErrConflict otherwise.
func (b *Bucket) PutIf(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	return b.write(ctx, "put", value, func(p *C.slip_bucket, value []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		v, vs := bytesOf(value)
		return C.slip_bucket_put_if(p, unsafe.Pointer(k), ks, unsafe.Pointer(v), vs, C.uint64_t(last), revision, e)
	})
}

// Remove deletes a key that lives; ErrNotFound otherwise, and nothing is written.
func (b *Bucket) Remove(ctx context.Context, key string) (uint64, error) {
	return b.write(ctx, "remove", nil, func(p *C.slip_bucket, _ []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		return C.slip_bucket_remove(p, unsafe.Pointer(k), ks, revision, e)
	})
}

// RemoveIf deletes a key whose last revision is `last`; ErrConflict otherwise.
func (b *Bucket) RemoveIf(ctx context.Context, key string, last uint64) (uint64, error) {
	return b.write(ctx, "remove", nil, func(p *C.slip_bucket, _ []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		return C.slip_bucket_remove_if(p, unsafe.Pointer(k), ks, C.uint64_t(last), revision, e)
	})
}

// Purge deletes a key and its history; written for absent keys too.
func (b *Bucket) Purge(ctx context.Context, key string) (uint64, error) {
	return b.write(ctx, "purge", nil, func(p *C.slip_bucket, _ []byte, revision *C.uint64_t, e **C.slip_error) C.slip_status {
		k, ks := keyOf(key)
		return C.slip_bucket_purge(p, unsafe.Pointer(k), ks, revision, e)
	})
}

// Expect is a condition of a write of PutMany: its zero value writes in any case.
type Expect struct {
	set      bool
	revision uint64
}

// Last lets a write happen only while the key's last revision is this; 0: it was never written.
func Last(revision uint64) Expect { return Expect{true, revision} }

// Write is one write of PutMany. Operation 0 is Put.
type Write struct {
	Key       string
	Value     []byte
	Expect    Expect
	TTL       time.Duration // 0: as the bucket says; TTLNever; whole seconds
	Operation Operation
}

// WriteResult is what became of one write: its revision, or why there is none.
type WriteResult struct {
	Revision uint64
	Err      error
}

// PutMany writes items, pipelined, in order, in one call of the library. Each result tells of its own
// item; the error is that of the first item that failed, and nil where all succeeded.
func (b *Bucket) PutMany(ctx context.Context, writes []Write) ([]WriteResult, error) {
	block, rows := packWrites(writes)
	count := len(writes)
	// Whoever comes first has the block: the call, or who gave it up before it began.
	var taken atomic.Bool
	results, err := awaitWrite(ctx, "put many", on(b, func(p *C.slip_bucket) ([]WriteResult, error) {
		if !taken.CompareAndSwap(false, true) {
			return nil, newError(ErrInterrupted, "put many was given up before it began")
		}
		defer block.free()
		results := make([]C.slip_write_result, count+1)
		var e *C.slip_error
		err := check(C.slip_bucket_put_many(p, rows, C.size_t(count), &results[0], &e), e)
		return resultsOf(results[:count], err)
	}))
	if taken.CompareAndSwap(false, true) {
		block.free()
	}
	return results, err
}

func resultsOf(results []C.slip_write_result, first error) ([]WriteResult, error) {
	out := make([]WriteResult, len(results))
	failed := false
	for i, result := range results {
		out[i].Revision = uint64(result.revision)
		code := Status(result.status)
		if code == OK {
			continue
		}
		failed = true
		if failure, ok := first.(*Error); ok && failure.Code == code {
			out[i].Err = first
		} else {
			out[i].Err = newError(code, "this item failed")
		}
	}
	if first != nil && !failed {
		return nil, first // the call as a whole was refused
	}
	return out, first
}

func packWrites(writes []Write) (pack, *C.slip_write) {
	const width = int(unsafe.Sizeof(C.slip_write{}))
	size := len(writes) * width
	for i := range writes {
		size += len(writes[i].Key) + len(writes[i].Value)
	}
	made := newPack(size)
	made.next += uintptr(len(writes) * width)
	rows := unsafe.Slice((*C.slip_write)(made.block), len(writes))
	for i := range writes {
		from := &writes[i]
		revision, operation := C.uint64_t(C.SLIP_REVISION_ANY), from.Operation
		if from.Expect.set {
			revision = C.uint64_t(from.Expect.revision)
		}
		if operation == 0 {
			operation = Put
		}
		rows[i] = C.slip_write{key: made.add(from.Key), value: made.add(stringOf(from.Value)),
			expected_revision: revision, ttl_ns: C.int64_t(from.TTL), operation: C.uint32_t(operation)}
	}
	return made, (*C.slip_write)(made.block)
}

// Keys iterates over the live keys that begin with prefix, in order of last update. The listing is
// read from the server as the loop goes on; an error ends it.
func (b *Bucket) Keys(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for update, err := range b.list(ctx, prefix, false) {
			if !yield(update.Key, err) {
				return
			}
		}
	}
}

// Scan iterates over the live entries whose keys begin with prefix, as Keys does.
func (b *Bucket) Scan(ctx context.Context, prefix string) iter.Seq2[Update, error] {
	return b.list(ctx, prefix, true)
}

func (b *Bucket) list(ctx context.Context, prefix string, values bool) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		open := on(b, func(p *C.slip_bucket) (*iterator, error) {
			var opened *C.slip_iterator
			var e *C.slip_error
			var status C.slip_status
			data, size := keyOf(prefix)
			if values {
				status = C.slip_bucket_scan(p, unsafe.Pointer(data), size, &opened, &e)
			} else {
				status = C.slip_bucket_keys(p, unsafe.Pointer(data), size, &opened, &e)
			}
			if err := check(status, e); err != nil {
				return nil, err
			}
			return newIterator(opened), nil
		})
		it, err := await(ctx, "list "+b.name, open, (*iterator).close)
		if err != nil {
			yield(Update{}, err)
			return
		}
		defer it.close()
		it.each(func() ([]Update, error) { return await(ctx, "list "+b.name, it.next, nil) }, yield)
	}
}
