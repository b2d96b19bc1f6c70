package slipstream_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"
	"sort"

	"slipstream"
)

// A bucket is followed into a fold, batch by batch; the position moves only after the batch was
// applied.
func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "routes")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	nats, err := slipstream.Connect(ctx, "mem://", nil) // or "nats://127.0.0.1:4222"
	if err != nil {
		log.Fatal(err)
	}
	defer nats.Close()
	routes, err := nats.CreateBucket(ctx, "routes", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer routes.Close()
	if _, err := routes.Put(ctx, "edge.eu", []byte("10.0.0.1")); err != nil {
		log.Fatal(err)
	}

	fold, err := slipstream.OpenFold("lmdb:"+filepath.Join(folder, "fold"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer fold.Close()
	watch, err := routes.Watch(ctx, fold, &slipstream.WatchOptions{StopAt: slipstream.WatchStopAtCaughtUp})
	if err != nil {
		log.Fatal(err)
	}
	defer watch.Close()
	for batch, err := range watch.Batches(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		for _, update := range batch.Updates() {
			fmt.Println(update.Revision, update.Operation, update.Key, string(update.Value))
		}
		if err := batch.Ack(); err != nil {
			log.Fatal(err)
		}
	}
	found, err := fold.Get("edge.eu")
	fmt.Println(string(found.Value), err)
	// Output:
	// 1 put edge.eu 10.0.0.1
	// 10.0.0.1 <nil>
}

// The loop of Next, apply and Ack, until the context ends.
func ExampleWatch_Run() {
	ctx := context.Background()
	nats, _ := slipstream.Connect(ctx, "mem://", nil)
	routes, _ := nats.CreateBucket(ctx, "routes", nil)
	_, _ = routes.Put(ctx, "edge.eu", []byte("10.0.0.1"))

	table := map[string][]byte{}
	watch, err := routes.Watch(ctx, nil, &slipstream.WatchOptions{StopAt: slipstream.WatchStopAtCaughtUp})
	if err != nil {
		log.Fatal(err)
	}
	err = watch.Run(ctx, func(_ context.Context, batch *slipstream.Batch) error {
		for _, update := range batch.Updates() {
			if update.Operation == slipstream.Put {
				table[update.Key] = update.Value
			} else {
				delete(table, update.Key)
			}
		}
		return nil
	})
	fmt.Printf("%s %v\n", table["edge.eu"], err)
	// Output: 10.0.0.1 <nil>
}

// Errors are asked by status, and tell code, sentence and whether trying again may help.
func ExampleError() {
	ctx := context.Background()
	nats, _ := slipstream.Connect(ctx, "mem://", nil)
	routes, _ := nats.CreateBucket(ctx, "routes", nil)
	_, err := routes.Get(ctx, "edge.eu")
	fmt.Println(errors.Is(err, slipstream.ErrNotFound), errors.Is(err, os.ErrNotExist))
	var failure *slipstream.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Code, failure.Retriable)
	}
	// Output:
	// true true
	// SLIP_NOT_FOUND false
}

// A snapshot is one committed state; it is read in key order while the watch goes on.
func ExampleSnapshot_Range() {
	folder, err := os.MkdirTemp("", "routes")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	fold, err := slipstream.OpenFold("lmdb:"+filepath.Join(folder, "fold"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer fold.Close()
	err = fold.Apply("routes", []slipstream.Update{
		{Key: "edge.eu", Value: []byte("10.0.0.1"), Revision: 1, Operation: slipstream.Put},
		{Key: "edge.us", Value: []byte("10.0.0.2"), Revision: 2, Operation: slipstream.Put},
	}, slipstream.Cursor{Epoch: 7, Revision: 2})
	if err != nil {
		log.Fatal(err)
	}
	snapshot, err := fold.Snapshot()
	if err != nil {
		log.Fatal(err)
	}
	defer snapshot.Close()
	for update, err := range snapshot.Range(slipstream.Range{Prefix: "edge.", Reverse: true}) {
		fmt.Println(update.Key, string(update.Value), err)
	}
	// Output:
	// edge.us 10.0.0.2 <nil>
	// edge.eu 10.0.0.1 <nil>
}

// changes is a bucket of one's own: a history that ends.
type changes []slipstream.Update

func (c changes) Info(state *slipstream.BucketState) error {
	state.Epoch, state.LastRevision = 7, c[len(c)-1].Revision
	return nil
}

func (c changes) Watch(request slipstream.FeedRequest, feed *slipstream.Feed) (slipstream.Source, error) {
	go func() {
		defer feed.Close()
		tail := c[sort.Search(len(c), func(i int) bool { return c[i].Revision >= request.FromRevision }):]
		if err := feed.Append(context.Background(), tail, 0); err != nil {
			_ = feed.End(err, false)
			return
		}
		_ = feed.End(slipstream.ErrUnreachable, true)
	}()
	return nil, nil
}

func (c changes) List(prefix string, values bool) iter.Seq2[slipstream.Update, error] {
	return func(yield func(slipstream.Update, error) bool) {
		for _, update := range c {
			if !yield(update, nil) {
				return
			}
		}
	}
}

// A bucket of your own kind goes through the same watch.
func ExampleOpenForeignBucket() {
	ctx := context.Background()
	bucket, err := slipstream.OpenForeignBucket("changes", changes{
		{Key: "a", Value: []byte("1"), Revision: 1, Operation: slipstream.Put},
		{Key: "b", Value: []byte("2"), Revision: 2, Operation: slipstream.Put},
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer bucket.Close()
	watch, err := bucket.Watch(ctx, nil, &slipstream.WatchOptions{StopAt: slipstream.WatchStopAtCaughtUp})
	if err != nil {
		log.Fatal(err)
	}
	defer watch.Close()
	err = watch.Run(ctx, func(_ context.Context, batch *slipstream.Batch) error {
		for _, update := range batch.Updates() {
			fmt.Println(update.Revision, update.Key)
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// 1 a
	// 2 b
	// <nil>
}
