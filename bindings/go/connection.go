package slipstream

// #include "glue.h"
import "C"

import (
	"context"
	"unsafe"
)

// Connection is a connection to a NATS server or to an embedded one. All its methods may be called
// at once.
type Connection struct{ h *handle }

// Connect connects to "nats://[user:password@|token@]host[:port][,more]", "tls://...", or the
// embedded server "mem://" or "mem://NAME". It blocks for ConnectTimeout at most per server.
func Connect(ctx context.Context, url string, options *ConnectionOptions) (*Connection, error) {
	return await(ctx, "connect", func() (*Connection, error) {
		chosen, err := newSettings(OptionsConnection, options.set)
		if err != nil {
			return nil, err
		}
		defer chosen.free()
		where, err := cText(url, "the URL")
		if err != nil {
			return nil, err
		}
		defer freeName(where)
		var connection *C.slip_connection
		var e *C.slip_error
		if err := check(C.slip_connect(where, chosen.pointer, &connection, &e), e); err != nil {
			return nil, err
		}
		h := newHandle("connection", unsafe.Pointer(connection), func(p unsafe.Pointer) {
			C.slip_connection_free((*C.slip_connection)(p))
		})
		return guarded(&Connection{h}, h, true), nil
	}, func(late *Connection) { _ = late.Close() })
}

// Status tells what the connection is doing. It never blocks.
func (c *Connection) Status() (ConnectionState, error) {
	p, err := c.h.enter()
	if err != nil {
		return ConnectionState{}, err
	}
	defer c.h.leave()
	state := newConnectionState()
	var e *C.slip_error
	if err := check(C.slip_connection_status((*C.slip_connection)(p), &state, &e), e); err != nil {
		return ConnectionState{}, err
	}
	return connectionStateOf(&state), nil
}

// Close closes the connection for its buckets and watches too. Calling it again does nothing.
func (c *Connection) Close() error {
	p, err := c.h.enter()
	if err != nil {
		return closedIsFine(err)
	}
	var e *C.slip_error
	err = check(C.slip_connection_close((*C.slip_connection)(p), &e), e)
	c.h.leave()
	c.h.close()
	return err
}

// closedIsFine makes Close idempotent.
func closedIsFine(err error) error {
	if failure, ok := err.(*Error); ok && failure.Code == ErrClosed {
		return nil
	}
	return err
}

type bucketOpener func(*C.slip_connection, *C.char, *C.slip_options, **C.slip_bucket, **C.slip_error) C.slip_status

func (c *Connection) bucket(ctx context.Context, what, name string, options *BucketOptions, open bucketOpener) (*Bucket, error) {
	return await(ctx, what+" "+name, func() (*Bucket, error) {
		p, err := c.h.enter()
		if err != nil {
			return nil, err
		}
		defer c.h.leave()
		chosen, err := newSettings(OptionsBucket, options.set)
		if err != nil {
			return nil, err
		}
		defer chosen.free()
		named, err := cName(name, "bucket")
		if err != nil {
			return nil, err
		}
		defer freeName(named)
		var bucket *C.slip_bucket
		var e *C.slip_error
		if err := check(open((*C.slip_connection)(p), named, chosen.pointer, &bucket, &e), e); err != nil {
			return nil, err
		}
		return newBucket(name, bucket), nil
	}, func(late *Bucket) { _ = late.Close() })
}

// CreateBucket creates a bucket as the options say and opens it. One of that name with the same
// configuration is opened; with another one it is ErrBucketExists.
func (c *Connection) CreateBucket(ctx context.Context, name string, options *BucketOptions) (*Bucket, error) {
	return c.bucket(ctx, "create bucket", name, options, func(p *C.slip_connection, name *C.char, o *C.slip_options, out **C.slip_bucket, e **C.slip_error) C.slip_status {
		return C.slip_bucket_create(p, name, o, out, e)
	})
}

// Bucket opens an existing bucket: ErrBucketNotFound where there is none.
func (c *Connection) Bucket(ctx context.Context, name string, options *BucketOptions) (*Bucket, error) {
	return c.bucket(ctx, "open bucket", name, options, func(p *C.slip_connection, name *C.char, o *C.slip_options, out **C.slip_bucket, e **C.slip_error) C.slip_status {
		return C.slip_bucket_open(p, name, o, out, e)
	})
}

// DeleteBucket deletes a bucket with all it holds, for everybody.
func (c *Connection) DeleteBucket(ctx context.Context, name string) error {
	_, err := awaitWrite(ctx, "delete bucket "+name, func() (struct{}, error) {
		p, err := c.h.enter()
		if err != nil {
			return struct{}{}, err
		}
		defer c.h.leave()
		named, err := cName(name, "bucket")
		if err != nil {
			return struct{}{}, err
		}
		defer freeName(named)
		var e *C.slip_error
		return struct{}{}, check(C.slip_bucket_delete((*C.slip_connection)(p), named, &e), e)
	})
	return err
}
