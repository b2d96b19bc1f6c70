package slipstream

// #include "glue.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"time"
	"unsafe"
)

// ObjectStore is where artifacts are published. All its methods may be called at once. A context that
// ends lets the caller go on; what the library has begun goes on to its own end.
type ObjectStore struct{ h *handle }

// OpenObjectStore opens "local:PATH" or "file:///PATH", a directory that is created where it is
// missing.
func OpenObjectStore(url string, options *ObjectStoreOptions) (*ObjectStore, error) {
	if misfit != nil {
		return nil, misfit
	}
	chosen, err := newSettings(OptionsObjectStore, options.set)
	if err != nil {
		return nil, err
	}
	defer chosen.free()
	where, err := cText(url, "the object store's URL")
	if err != nil {
		return nil, err
	}
	defer freeName(where)
	var store *C.slip_object_store
	var e *C.slip_error
	if err := check(C.slip_object_store_open(where, chosen.pointer, &store, &e), e); err != nil {
		return nil, err
	}
	h := newHandle("object store", unsafe.Pointer(store), func(p unsafe.Pointer) {
		C.slip_object_store_free((*C.slip_object_store)(p))
	})
	return guarded(&ObjectStore{h}, h, true), nil
}

// Close releases the store. Calling it again does nothing.
func (s *ObjectStore) Close() error {
	s.h.close()
	return nil
}

// in runs a call on the store that takes one name.
func in[T any](s *ObjectStore, name, what string, call func(*C.slip_object_store, *C.char) (T, error)) func() (T, error) {
	return func() (none T, err error) {
		p, err := s.h.enter()
		if err != nil {
			return none, err
		}
		defer s.h.leave()
		named, err := cName(name, what)
		if err != nil {
			return none, err
		}
		defer freeName(named)
		return call((*C.slip_object_store)(p), named)
	}
}

// Object is a whole object, and the tag that PutIf takes.
type Object struct {
	Data []byte
	Tag  string
}

// Get reads a whole object of at most 64 MiB; ErrNotFound where there is none.
func (s *ObjectStore) Get(ctx context.Context, name string) (Object, error) {
	return await(ctx, "get object "+name, in(s, name, "object", func(p *C.slip_object_store, named *C.char) (Object, error) {
		var data, tag *C.slip_text
		var e *C.slip_error
		if err := check(C.slip_object_store_get(p, named, &data, &tag, &e), e); err != nil {
			return Object{}, err
		}
		return Object{takeText(data), string(takeText(tag))}, nil
	}), nil)
}

// Put writes an object whatever was there, and gives its tag.
func (s *ObjectStore) Put(ctx context.Context, name string, data []byte) (tag string, err error) {
	return s.put(ctx, name, data, func(p *C.slip_object_store, named *C.char, v unsafe.Pointer, vs C.size_t, tag **C.slip_text, e **C.slip_error) C.slip_status {
		return C.slip_object_store_put(p, named, v, vs, tag, e)
	})
}

// PutIf writes an object only while its tag is this one, or, where that is "", only while there is
// none; ErrConflict otherwise.
func (s *ObjectStore) PutIf(ctx context.Context, name string, data []byte, expected string) (tag string, err error) {
	return s.put(ctx, name, data, func(p *C.slip_object_store, named *C.char, v unsafe.Pointer, vs C.size_t, tag **C.slip_text, e **C.slip_error) C.slip_status {
		if expected == "" {
			return C.slip_object_store_put_if(p, named, v, vs, nil, tag, e)
		}
		old, err := cName(expected, "tag")
		if err != nil {
			return C.slip_status(ErrConflict) // no tag of an object looks like that
		}
		defer freeName(old)
		return C.slip_object_store_put_if(p, named, v, vs, old, tag, e)
	})
}

func (s *ObjectStore) put(ctx context.Context, name string, data []byte, call func(*C.slip_object_store, *C.char, unsafe.Pointer, C.size_t, **C.slip_text, **C.slip_error) C.slip_status) (string, error) {
	if ctx.Done() != nil {
		data = bytes.Clone(data)
	}
	return awaitWrite(ctx, "put object "+name, in(s, name, "object", func(p *C.slip_object_store, named *C.char) (string, error) {
		var tag *C.slip_text
		var e *C.slip_error
		v, vs := bytesOf(data)
		if err := check(call(p, named, unsafe.Pointer(v), vs, &tag, &e), e); err != nil {
			return "", err
		}
		return string(takeText(tag)), nil
	}))
}

// ObjectInfo is one row of a listing.
type ObjectInfo struct {
	Name     string
	Size     uint64
	Modified time.Time
}

// ListPage gives the objects whose names begin with prefix and come after `after`, ascending, `limit`
// at most (1 to 10,000).
func (s *ObjectStore) ListPage(ctx context.Context, prefix, after string, limit int) ([]ObjectInfo, error) {
	return await(ctx, "list objects", in(s, prefix, "prefix", func(p *C.slip_object_store, prefixed *C.char) ([]ObjectInfo, error) {
		var behind *C.char
		if after != "" {
			var err error
			if behind, err = cName(after, "object"); err != nil {
				return nil, err
			}
			defer freeName(behind)
		}
		var text *C.slip_text
		var e *C.slip_error
		if err := check(C.slip_object_store_list(p, prefixed, behind, C.size_t(max(limit, 0)), &text, &e), e); err != nil {
			return nil, err
		}
		var rows []struct {
			Name     string `json:"name"`
			Size     uint64 `json:"size"`
			Modified int64  `json:"modified_ns"`
		}
		if err := json.Unmarshal(takeText(text), &rows); err != nil {
			return nil, &Error{Code: ErrInternal, Message: "cannot read the listing of an object store: " + err.Error(), cause: err}
		}
		out := make([]ObjectInfo, len(rows))
		for i, row := range rows {
			out[i] = ObjectInfo{row.Name, row.Size, timeOf(row.Modified)}
		}
		return out, nil
	}), nil)
}

// listPage names cross in one call of List.
const listPage = 1000

// List iterates over the objects whose names begin with prefix, ascending. An error ends the loop.
func (s *ObjectStore) List(ctx context.Context, prefix string) iter.Seq2[ObjectInfo, error] {
	return func(yield func(ObjectInfo, error) bool) {
		for after := ""; ; {
			rows, err := s.ListPage(ctx, prefix, after, listPage)
			if err != nil {
				yield(ObjectInfo{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if len(rows) < listPage {
				return
			}
			after = rows[len(rows)-1].Name
		}
	}
}

// Remove removes an object; ErrNotFound where there was none.
func (s *ObjectStore) Remove(ctx context.Context, name string) error {
	_, err := awaitWrite(ctx, "remove object "+name, in(s, name, "object", func(p *C.slip_object_store, named *C.char) (struct{}, error) {
		var e *C.slip_error
		return struct{}{}, check(C.slip_object_store_remove(p, named, &e), e)
	}))
	return err
}

// Publish publishes the artifact in a directory under a key; ErrSuperseded where something newer
// stands there.
func (s *ObjectStore) Publish(ctx context.Context, key, directory string, options *PublishOptions) (Published, error) {
	return awaitWrite(ctx, "publish "+key, in(s, key, "key", func(p *C.slip_object_store, named *C.char) (Published, error) {
		chosen, err := newSettings(OptionsPublish, options.set)
		if err != nil {
			return Published{}, err
		}
		defer chosen.free()
		from, err := cName(directory, "directory")
		if err != nil {
			return Published{}, err
		}
		defer freeName(from)
		published := newPublished()
		var e *C.slip_error
		if err := check(C.slip_publish(p, named, from, chosen.pointer, &published, &e), e); err != nil {
			return Published{}, err
		}
		return publishedOf(&published), nil
	}))
}

// Pointer gives the pointer with the manifest that it names, as one JSON text
// {"pointer":{...},"manifest":{...}}.
func (s *ObjectStore) Pointer(ctx context.Context, key string) (json.RawMessage, error) {
	return await(ctx, "read the pointer of "+key, in(s, key, "key", func(p *C.slip_object_store, named *C.char) (json.RawMessage, error) {
		var text *C.slip_text
		var e *C.slip_error
		if err := check(C.slip_pointer_read(p, named, &text, &e), e); err != nil {
			return nil, err
		}
		return takeText(text), nil
	}), nil)
}

// Download downloads what is published into a directory, and verifies it to the last byte.
func (s *ObjectStore) Download(ctx context.Context, key, directory string, options *ImportOptions) (ArtifactSummary, error) {
	return s.fetch(ctx, key, directory, "directory", options, func(p *C.slip_object_store, named, into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_download(p, named, into, o, summary, e)
	})
}

// Bootstrap makes a new fold at a URL that holds what is published; a watch on it receives only the
// tail.
func (s *ObjectStore) Bootstrap(ctx context.Context, key, url string, options *ImportOptions) (ArtifactSummary, error) {
	return s.fetch(ctx, key, url, "the fold's URL", options, func(p *C.slip_object_store, named, into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_bootstrap(p, named, into, o, summary, e)
	})
}

func (s *ObjectStore) fetch(ctx context.Context, key, to, what string, options *ImportOptions, call func(*C.slip_object_store, *C.char, *C.char, *C.slip_options, *C.slip_artifact_summary, **C.slip_error) C.slip_status) (ArtifactSummary, error) {
	return awaitWrite(ctx, "fetch "+key, in(s, key, "key", func(p *C.slip_object_store, named *C.char) (ArtifactSummary, error) {
		return summarised(OptionsImport, options.set, to, what, func(into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
			return call(p, named, into, o, summary, e)
		})
	}))
}
