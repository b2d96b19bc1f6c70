package slipstream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"slipstream"
)

// figures are resident memory in KiB, threads and descriptors of this process.
func figures(t *testing.T) (memory, threads, descriptors int) {
	text := string(must[[]byte](t)(os.ReadFile("/proc/self/status")))
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		value, _ := strconv.Atoi(fields[1])
		switch fields[0] {
		case "VmRSS:":
			memory = value
		case "Threads:":
			threads = value
		}
	}
	return memory, threads, len(must[[]os.DirEntry](t)(os.ReadDir("/proc/self/fd")))
}

func cycle(t *testing.T, folder string, i int) {
	ctx := context.Background()
	connection := must[*slipstream.Connection](t)(slipstream.Connect(ctx, "mem://", nil))
	defer connection.Close()
	bucket := must[*slipstream.Bucket](t)(connection.CreateBucket(ctx, "b", nil))
	defer bucket.Close()
	fold := must[*slipstream.Fold](t)(slipstream.OpenFold("lmdb:"+folder, &slipstream.FoldOptions{Durability: slipstream.FoldDurabilityProcess}))
	defer fold.Close()
	must[uint64](t)(bucket.Put(ctx, "a", []byte(strconv.Itoa(i))))
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, &slipstream.WatchOptions{StopAt: "caught_up"}))
	var seen []slipstream.Update
	for batch, err := range watch.Batches(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		for _, update := range batch.Updates() {
			seen = append(seen, update)
		}
		if err := batch.Ack(); err != nil {
			t.Fatal(err)
		}
	}
	if err := watch.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fold.Apply("b", seen, slipstream.Cursor{Epoch: 1, Revision: uint64(i + 1)}); err != nil {
		t.Fatal(err)
	}
	snapshot := must[*slipstream.Snapshot](t)(fold.Snapshot())
	defer snapshot.Close()
	_, err := snapshot.Get("absent")
	fails(t, err, slipstream.ErrNotFound, "")
}

// scratch is a folder in memory, where there is one: a thousand cycles would wait for the disk.
func scratch(t *testing.T) string {
	folder, err := os.MkdirTemp("/dev/shm", "slip-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func TestMemoryThreadsAndDescriptorsStayFlat(t *testing.T) {
	folder, cycles := filepath.Join(scratch(t), "fold"), 1000
	if long() {
		cycles = 10000
	}
	const warm = 1000 // until the collector and malloc have their working set
	for i := range warm {
		cycle(t, folder, i)
	}
	debug.FreeOSMemory()
	memory, threads, descriptors := figures(t)
	for i := range cycles {
		cycle(t, folder, i+warm)
	}
	debug.FreeOSMemory()
	// Go keeps the threads that once waited in C; how many is its own decision.
	await(t, "flat figures", func() bool {
		_, threadsNow, descriptorsNow := figures(t)
		return threadsNow <= threads+8 && descriptorsNow <= descriptors
	})
	more, threadsNow, descriptorsNow := figures(t)
	if racing {
		return // its detector keeps memory for whatever was touched
	}
	fmt.Printf("figure: go cycles = %d, resident memory grew by %d KiB, threads by %d, descriptors by %d\n",
		cycles, more-memory, threadsNow-threads, descriptorsNow-descriptors)
	bound := 16 * 1024
	if os.Getenv("MALLOC_ARENA_MAX") == "1" {
		bound = 12 * 1024 // what C frees does not lie about in an arena for each thread
	}
	if more-memory > bound {
		t.Fatalf("resident memory grew by %d KiB", more-memory)
	}
}

func TestTheCollectorClosesWhatIsForgotten(t *testing.T) {
	path := "lmdb:" + filepath.Join(t.TempDir(), "fold")
	func() {
		ctx := context.Background()
		connection := must[*slipstream.Connection](t)(slipstream.Connect(ctx, "mem://", nil))
		bucket := must[*slipstream.Bucket](t)(connection.CreateBucket(ctx, "b", nil))
		put(t, bucket, "a", "1")
		fold := must[*slipstream.Fold](t)(slipstream.OpenFold(path, nil))
		watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, fold, nil))
		must[*slipstream.Batch](t)(watch.Next(ctx))
	}()
	await(t, "the fold's path to be free", func() bool {
		runtime.GC()
		fold, err := slipstream.OpenFold(path, nil)
		if err != nil {
			fails(t, err, slipstream.ErrBusy, "")
			return false
		}
		return fold.Close() == nil
	})
}

func TestChildrenKeepTheirParents(t *testing.T) {
	ctx := within(t)
	connection := must[*slipstream.Connection](t)(slipstream.Connect(ctx, "mem://", nil))
	bucket := must[*slipstream.Bucket](t)(connection.CreateBucket(ctx, "b", nil))
	put(t, bucket, "a", "1")
	connection = nil
	runtime.GC()
	runtime.GC()
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, nil))
	if err := bucket.Close(); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	batch := must[*slipstream.Batch](t)(watch.Next(ctx))
	if err := watch.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, batch.At(0).Key, "a")
	fails(t, batch.Ack(), slipstream.ErrClosed, "closed")
}

func oneStorm(t *testing.T, bucket *slipstream.Bucket, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0))
	watch := must[*slipstream.Watch](t)(bucket.Watch(context.Background(), nil, &slipstream.WatchOptions{
		BatchUpdatesMax: []uint64{1, 3, 100}[dice.IntN(3)]}))
	soon := func(call func(context.Context) error) func() error {
		return func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seed%5)*time.Millisecond)
			defer cancel()
			return call(ctx)
		}
	}
	next := soon(func(ctx context.Context) error {
		batch, err := watch.Next(ctx)
		if err != nil {
			return err
		}
		switch seed % 3 {
		case 0:
			go batch.Close()
			return batch.Ack()
		case 1:
			go batch.Ack()
		}
		return batch.Ack()
	})
	calls := []func() error{next, next, soon(watch.WaitCaughtUp), watch.Close,
		func() error { watch.Cancel(); return nil }, func() error { watch.Interrupt(); return nil },
		func() error { _, err := watch.Status(); return err },
		func() error { _, err := watch.Events(); return err }}
	var done sync.WaitGroup
	for range 4 {
		order := dice.Perm(len(calls))
		done.Go(func() {
			for _, i := range order {
				err := calls[i]()
				switch {
				case err == nil, errors.Is(err, slipstream.ErrTimeout), errors.Is(err, slipstream.ErrEnd),
					errors.Is(err, slipstream.ErrInterrupted), errors.Is(err, slipstream.ErrCancelled),
					errors.Is(err, slipstream.ErrMisuse), errors.Is(err, slipstream.ErrClosed):
				default:
					t.Errorf("seed %d: call %d: %v", seed, i, err)
				}
			}
		})
	}
	hung := time.AfterFunc(patience, func() { panic(fmt.Sprintf("storm: seed %d hangs", seed)) })
	done.Wait()
	hung.Stop()
}

func TestStorm(t *testing.T) {
	bucket := bucketOf(t)
	writes := make([]slipstream.Write, 20)
	for i := range writes {
		writes[i].Key = fmt.Sprint("k", i)
	}
	must[[]slipstream.WriteResult](t)(bucket.PutMany(within(t), writes))
	rounds := uint64(1000)
	if long() {
		rounds = 10000
	}
	for seed := range rounds {
		oneStorm(t, bucket, seed)
	}
}

func TestReadersWhileClosing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fold")
	fold := foldAt(t, path)
	if err := fold.Apply("b", []slipstream.Update{{Key: "a", Value: []byte("1"), Revision: 1, Operation: slipstream.Put}}, slipstream.Cursor{Epoch: 1, Revision: 1}); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		snapshot := must[*slipstream.Snapshot](t)(fold.Snapshot())
		var done sync.WaitGroup
		for range 3 {
			done.Go(func() {
				for {
					found, err := snapshot.Get("a")
					if err != nil {
						if !errors.Is(err, slipstream.ErrClosed) {
							t.Error(err)
						}
						return
					}
					if string(found.Value) != "1" {
						t.Error(found)
					}
					if err := snapshot.Refresh(); err != nil && !errors.Is(err, slipstream.ErrClosed) {
						t.Error(err)
					}
				}
			})
		}
		done.Go(func() { _ = snapshot.Close() })
		done.Wait()
	}
}

func TestManyUpdatesCrossInFewCalls(t *testing.T) {
	const updates = 300000
	ctx, bucket := context.Background(), bucketOf(t)
	writes := make([]slipstream.Write, updates)
	for i := range writes {
		writes[i] = slipstream.Write{Key: fmt.Sprintf("k%06d", i), Value: fmt.Appendf(nil, "v%06d", i)}
	}
	must[[]slipstream.WriteResult](t)(bucket.PutMany(ctx, writes))
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, &slipstream.WatchOptions{StopAt: "caught_up"}))
	defer watch.Close()
	// Every call into C of the whole process counts.
	seen, before, begin := 0, runtime.NumCgoCall(), time.Now()
	for batch, err := range watch.Batches(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		for _, update := range batch.Updates() {
			if want := &writes[seen]; update.Key != want.Key || string(update.Value) != string(want.Value) {
				t.Fatalf("update %d is %+v", seen, update)
			}
			seen++
		}
		if err := batch.Ack(); err != nil {
			t.Fatal(err)
		}
	}
	crossed := runtime.NumCgoCall() - before
	fmt.Printf("figure: go crossings of %d updates = %d, %d ns an update\n", seen, crossed, time.Since(begin).Nanoseconds()/updates)
	equal(t, seen, updates)
	if crossed > 600 {
		t.Fatalf("%d crossings", crossed)
	}
}
