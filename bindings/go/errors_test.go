package slipstream_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"slipstream"
)

func TestClosedHandles(t *testing.T) {
	ctx, folder, bucket := within(t), t.TempDir(), bucketOf(t)
	connection, fold := connect(t, "mem://"), foldAt(t, filepath.Join(folder, "fold"))
	snapshot := must[*slipstream.Snapshot](t)(fold.Snapshot())
	put(t, bucket, "a", "1")
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, nil))
	batch := must[*slipstream.Batch](t)(watch.Next(ctx))
	store := must[*slipstream.ObjectStore](t)(slipstream.OpenObjectStore("local:"+folder, nil))
	ends := func(sequence error) error { return sequence }
	for _, one := range []struct {
		kind   string
		handle io.Closer
		call   func() error
	}{
		{"batch", batch, batch.Ack},
		{"watch", watch, func() error { _, err := watch.Next(ctx); return err }},
		{"watch", watch, func() error { _, err := watch.Status(); return err }},
		{"watch", watch, func() error { _, err := watch.Events(); return err }},
		{"watch", watch, func() error { return watch.WaitCaughtUp(ctx) }},
		{"snapshot", snapshot, func() error { _, err := snapshot.Get("a"); return err }},
		{"snapshot", snapshot, snapshot.Refresh},
		{"snapshot", snapshot, func() error {
			for _, err := range snapshot.Range(slipstream.Range{}) {
				return ends(err)
			}
			return nil
		}},
		{"fold", fold, func() error { _, err := fold.Get("a"); return err }},
		{"fold", fold, func() error { _, err := bucket.Watch(ctx, fold, nil); return err }},
		{"bucket", bucket, func() error { _, err := bucket.Get(ctx, "a"); return err }},
		{"bucket", bucket, func() error { _, err := bucket.Watch(ctx, nil, nil); return err }},
		{"bucket", bucket, func() error {
			for _, err := range bucket.Keys(ctx, "") {
				return ends(err)
			}
			return nil
		}},
		{"connection", connection, func() error { _, err := connection.Bucket(ctx, "a", nil); return err }},
		{"object store", store, func() error { _, err := store.Get(ctx, "a"); return err }},
	} {
		for range 2 {
			if err := one.handle.Close(); err != nil {
				t.Fatal(one.kind, err)
			}
		}
		if err := one.call(); !errors.Is(err, fs.ErrClosed) {
			t.Fatal(one.kind, err)
		} else {
			fails(t, err, slipstream.ErrClosed, "this "+one.kind+" was closed")
		}
	}
	watch.Cancel()
	watch.Interrupt()
	var nothing slipstream.Bucket
	_, err := nothing.Get(ctx, "a")
	fails(t, err, slipstream.ErrInvalid, "not opened")
}

func TestNulBytesAndUTF8(t *testing.T) {
	ctx, bucket, folder := within(t), bucketOf(t), t.TempDir()
	connection := connect(t, "mem://")
	fold := foldAt(t, filepath.Join(folder, "fold"))
	store := must[*slipstream.ObjectStore](t)(slipstream.OpenObjectStore("local:"+folder+"/store", nil))
	defer store.Close()
	for bad, says := range map[string]string{"a\x00b": "holds a NUL byte", "a\xffb": "is not valid UTF-8"} {
		for _, call := range []func() error{
			func() error { _, err := slipstream.Connect(ctx, "mem://"+bad, nil); return err },
			func() error { _, err := connection.Bucket(ctx, bad, nil); return err },
			func() error { return connection.DeleteBucket(ctx, bad) },
			func() error { _, err := slipstream.OpenFold("lmdb:"+folder+"/"+bad, nil); return err },
			func() error { return fold.Apply(bad, nil, slipstream.Cursor{Epoch: 1, Revision: 1}) },
			func() error { _, err := fold.Export(folder+"/"+bad, nil); return err },
			func() error { _, err := slipstream.VerifyArtifact(bad); return err },
			func() error { _, err := slipstream.ImportFold(folder, bad, nil); return err },
			func() error { _, err := store.Get(ctx, bad); return err },
			func() error { _, err := store.Bootstrap(ctx, "key", bad, nil); return err },
			func() error { _, err := (slipstream.Cursor{Epoch: 1}).Format(bad); return err },
			func() error { _, _, err := slipstream.ParseCursor(bad); return err },
			func() error {
				_, err := bucket.Watch(ctx, nil, &slipstream.WatchOptions{Cursor: bad})
				return err
			},
			func() error {
				_, err := slipstream.Connect(ctx, "mem://", &slipstream.ConnectionOptions{Password: bad})
				if err != nil && strings.Contains(err.Error(), "a\\x") {
					t.Fatal("a secret is in the sentence", err)
				}
				return err
			},
		} {
			fails(t, call(), slipstream.ErrInvalid, says)
		}
		equal(t, slipstream.Feature(bad), false)
		// A key is bytes; the rules for keys of a bucket refuse this one.
		_, err := bucket.Put(ctx, bad, nil)
		fails(t, err, slipstream.ErrInvalid, "key")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	ctx, connection := within(t), connect(t, "mem://")
	create := func(options slipstream.BucketOptions) error {
		_, err := connection.CreateBucket(ctx, "b", &options)
		return err
	}
	fails(t, create(slipstream.BucketOptions{History: 65}), slipstream.ErrOutOfBounds, "history")
	fails(t, create(slipstream.BucketOptions{MaxAge: time.Microsecond}), slipstream.ErrOutOfBounds, "max_age_ms")
	fails(t, create(slipstream.BucketOptions{MaxAge: -time.Second}), slipstream.ErrOutOfBounds, "max_age_ms")
	fails(t, create(slipstream.BucketOptions{Storage: "tape"}), slipstream.ErrOutOfBounds, "storage")
	fails(t, create(slipstream.BucketOptions{More: []slipstream.Setting{{Name: "histori", Value: "1"}}}), slipstream.ErrUnknownOption, "history")
	fails(t, create(slipstream.BucketOptions{More: []slipstream.Setting{{Name: "history", Value: "many"}}}), slipstream.ErrInvalid, "history")

	bucket := must[*slipstream.Bucket](t)(connection.CreateBucket(ctx, "b", &slipstream.BucketOptions{
		MaxAge: time.Hour, More: []slipstream.Setting{{Name: "history", Value: "7"}}}))
	defer bucket.Close()
	state := must[slipstream.BucketState](t)(bucket.Info(ctx))
	if state.MaxAge != time.Hour || state.History != 7 {
		t.Fatalf("%+v", state)
	}
	put(t, bucket, "a.1", "", "b.1", "", "c.1", "")
	never, zero := time.Duration(0), uint64(2)
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, &slipstream.WatchOptions{Scope: []string{"a."}, AuditInterval: &never, BatchUpdatesMax: zero,
		StopAt: "caught_up", More: []slipstream.Setting{{Name: "scope", Value: "a."}, {Name: "scope", Value: "c."}}}))
	defer watch.Close()
	equal(t, must[*slipstream.Batch](t)(watch.Next(ctx)).Len(), 2)
}

func TestContexts(t *testing.T) {
	bucket := bucketOf(t)
	over, cancel := context.WithCancelCause(context.Background())
	mine := errors.New("the user went home")
	cancel(mine)
	for _, call := range []func() error{
		func() error { _, err := slipstream.Connect(over, "mem://", nil); return err },
		func() error { _, err := bucket.Get(over, "a"); return err },
		func() error { _, err := bucket.Put(over, "a", nil); return err },
		func() error { _, err := bucket.PutMany(over, []slipstream.Write{{Key: "a"}}); return err },
		func() error { _, err := bucket.Watch(over, nil, nil); return err },
		func() error {
			for _, err := range bucket.Keys(over, "") {
				return err
			}
			return nil
		},
	} {
		err := call()
		fails(t, err, slipstream.ErrInterrupted, "the user went home")
		if !errors.Is(err, context.Canceled) || !errors.Is(err, mine) {
			t.Fatal(err)
		}
	}
	_, err := bucket.Get(context.Background(), "a")
	fails(t, err, slipstream.ErrNotFound, "a") // nothing was written

	watch := must[*slipstream.Watch](t)(bucket.Watch(within(t), nil, nil))
	defer watch.Close()
	for range 20 {
		soon, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Millisecond, cancel)
		_, err := watch.Next(soon)
		fails(t, err, slipstream.ErrInterrupted, "context canceled")
	}
	// None of those that were over strikes a later call.
	put(t, bucket, "a", "1")
	equal(t, must[*slipstream.Batch](t)(watch.Next(within(t))).Len(), 1)
}

func TestAContextEndsItsOwnCallOnly(t *testing.T) {
	bucket := bucketOf(t)
	watch := must[*slipstream.Watch](t)(bucket.Watch(within(t), nil, nil))
	defer watch.Close()
	first := make(chan error, 1)
	go func() {
		batch, err := watch.Next(within(t))
		if err == nil {
			err = batch.Ack()
		}
		first <- err
	}()
	// The library strikes whoever waits in Next first: the interrupts find the ones they are for.
	for range 20 {
		soon, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		fails(t, watch.WaitRevision(soon, 1), slipstream.ErrTimeout, "deadline")
		cancel()
	}
	revision := put(t, bucket, "a", "1")
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err := watch.WaitRevision(within(t), revision); err != nil {
		t.Fatal(err)
	}
	// Interrupt is for anybody, and comes to the next call where nobody waits.
	watch.Interrupt()
	_, err := watch.Next(within(t))
	fails(t, err, slipstream.ErrInterrupted, "interrupted")
}

func TestNoServer(t *testing.T) {
	_, err := slipstream.Connect(within(t), "nats://secret:word@127.0.0.1:1", nil)
	if failure := fails(t, err, slipstream.ErrUnreachable, "127.0.0.1:1"); !failure.Retriable || strings.Contains(failure.Message, "word") {
		t.Fatal(failure)
	}
	soon, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err = slipstream.Connect(soon, "nats://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3", nil)
	if !errors.Is(err, slipstream.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestStatuses(t *testing.T) {
	rows := slipstream.StatusTable()
	for _, row := range rows {
		equal(t, row.Status.String(), row.Name)
		equal(t, row.Text != "", true)
	}
	equal(t, rows[0].Status, slipstream.OK)
	equal(t, rows[len(rows)-1].Status, slipstream.UserFirst)
	equal(t, slipstream.Status(29).String(), "SLIP_?")
	equal(t, (slipstream.UserFirst + 5).String(), "SLIP_USER_FIRST+5")
	if !errors.Is(slipstream.ErrNotFound, fs.ErrNotExist) || errors.Is(slipstream.ErrNotFound, fs.ErrExist) {
		t.Fatal("io/fs")
	}
}

func TestServerCode(t *testing.T) {
	ctx := within(t)
	// Over the account's limit the server refuses with a code of its own.
	_, err := connect(t, natsServer(t)).CreateBucket(ctx, "b", &slipstream.BucketOptions{Replicas: 3})
	var failure *slipstream.Error
	if !errors.As(err, &failure) || failure.ServerCode == 0 || !strings.Contains(failure.Message, "err_code") {
		t.Fatalf("%v has no code of the server", err)
	}
}
