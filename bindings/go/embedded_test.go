package slipstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"slipstream"
)

// everything runs the whole path once, on any server.
func everything(t *testing.T, url string) {
	ctx, folder := within(t), t.TempDir()
	bucket := bucketAt(t, url, &slipstream.BucketOptions{MaxValueSize: 1000})
	equal(t, put(t, bucket, "edge.eu", "10.0.0.1", "edge.us", "10.0.0.2", "core", "x"), 3)
	equal(t, must[uint64](t)(bucket.Remove(ctx, "edge.us")), 4)

	fold := foldAt(t, filepath.Join(folder, "first"))
	equal(t, followToEnd(t, bucket, fold), "put edge.eu=10.0.0.1, put core=x, delete edge.us")
	equal(t, followToEnd(t, bucket, fold), "")
	cursor, name, err := fold.Cursor()
	if err != nil || cursor.Revision != 4 || cursor.Epoch == 0 || name != bucket.Name() {
		t.Fatal(cursor, name, err)
	}
	text := must[string](t)(cursor.Format(name))
	again, of, err := slipstream.ParseCursor(text)
	if err != nil || again != cursor || of != name {
		t.Fatal(again, of, err)
	}

	summary := must[slipstream.ArtifactSummary](t)(fold.Export(filepath.Join(folder, "artifact"), &slipstream.ExportOptions{Compression: slipstream.ExportCompressionNone}))
	equal(t, summary.Entries, 2)
	equal(t, summary.Bucket, name)
	equal(t, must[slipstream.ArtifactSummary](t)(slipstream.VerifyArtifact(filepath.Join(folder, "artifact"))), summary)
	if info := must[json.RawMessage](t)(slipstream.ArtifactInfo(filepath.Join(folder, "artifact"))); !json.Valid(info) {
		t.Fatalf("%s is no JSON", info)
	}
	equal(t, must[slipstream.ArtifactSummary](t)(slipstream.ImportFold(filepath.Join(folder, "artifact"), "lmdb:"+folder+"/imported", nil)).LogicalDigest, summary.LogicalDigest)

	store := must[*slipstream.ObjectStore](t)(slipstream.OpenObjectStore("local:"+filepath.Join(folder, "store"), nil))
	defer store.Close()
	published := must[slipstream.Published](t)(store.Publish(ctx, "routes", filepath.Join(folder, "artifact"), nil))
	equal(t, published.Cursor, cursor)
	equal(t, must[slipstream.Published](t)(store.Publish(ctx, "routes", filepath.Join(folder, "artifact"), nil)).Attempts, 0)
	if pointer := must[json.RawMessage](t)(store.Pointer(ctx, "routes")); !strings.Contains(string(pointer), published.ManifestSha256) {
		t.Fatalf("%s does not name %s", pointer, published.ManifestSha256)
	}
	must[slipstream.ArtifactSummary](t)(store.Download(ctx, "routes", filepath.Join(folder, "download"), nil))
	must[slipstream.ArtifactSummary](t)(store.Bootstrap(ctx, "routes", "lmdb:"+folder+"/second", nil))
	put(t, bucket, "tail", "1")
	second := foldAt(t, filepath.Join(folder, "second"))
	equal(t, followToEnd(t, bucket, second), "put tail=1")
	equal(t, string(must[slipstream.Update](t)(second.Get("edge.eu")).Value), "10.0.0.1")
}

func TestTheWholePath(t *testing.T) { everything(t, "mem://") }

func TestTheWholePathOnAServer(t *testing.T) { everything(t, natsServer(t)) }

func TestBucket(t *testing.T) {
	ctx, bucket := within(t), bucketOf(t)
	put(t, bucket, "a.1", "one", "a.2", "two", "b", "three")
	found := must[slipstream.Update](t)(bucket.Get(ctx, "a.2"))
	if found.Revision != 2 || string(found.Value) != "two" || found.Key != "a.2" || found.Operation != slipstream.Put || time.Since(found.Time()).Abs() > time.Hour {
		t.Fatalf("%+v", found)
	}
	_, err := bucket.Get(ctx, "c")
	fails(t, err, slipstream.ErrNotFound, "c")
	_, err = bucket.PutIfAbsent(ctx, "b", nil)
	fails(t, err, slipstream.ErrExists, "b")
	_, err = bucket.PutIf(ctx, "b", nil, 1)
	fails(t, err, slipstream.ErrConflict, "b")
	equal(t, must[uint64](t)(bucket.PutIf(ctx, "b", []byte("four"), 3)), 4)
	_, err = bucket.RemoveIf(ctx, "b", 3)
	fails(t, err, slipstream.ErrConflict, "b")
	equal(t, must[uint64](t)(bucket.RemoveIf(ctx, "b", 4)), 5)
	equal(t, must[uint64](t)(bucket.PutIfAbsent(ctx, "b", []byte("five"))), 6)
	equal(t, must[uint64](t)(bucket.Purge(ctx, "b")), 7)
	_, err = bucket.Remove(ctx, "b")
	fails(t, err, slipstream.ErrNotFound, "b")

	var keys []string
	for key, err := range bucket.Keys(ctx, "a.") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	equal(t, strings.Join(keys, " "), "a.1 a.2")
	var all []slipstream.Update
	for update, err := range bucket.Scan(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, update)
	}
	equal(t, describe(all), "put a.1=one, put a.2=two")
	for range bucket.Scan(ctx, "") {
		break // what is left of the listing goes
	}
	state := must[slipstream.BucketState](t)(bucket.Info(ctx))
	if state.LastRevision != 7 || state.History != 1 || state.Subjects != 3 {
		t.Fatalf("%+v", state)
	}
}

func TestPutMany(t *testing.T) {
	ctx, bucket := within(t), bucketOf(t)
	results, err := bucket.PutMany(ctx, []slipstream.Write{
		{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("2"), Expect: slipstream.Last(7)},
		{Key: "c..d"}, {Key: "a", Operation: slipstream.Delete, Expect: slipstream.Last(1)}})
	fails(t, err, slipstream.ErrConflict, "")
	fails(t, results[1].Err, slipstream.ErrConflict, "")
	fails(t, results[2].Err, slipstream.ErrInvalid, "")
	equal(t, results[0], slipstream.WriteResult{Revision: 1})
	equal(t, results[3], slipstream.WriteResult{Revision: 2})
	if results, err := bucket.PutMany(context.Background(), nil); err != nil || len(results) != 0 {
		t.Fatal(results, err)
	}
}

func TestOneCallBringsManyAndTheyStay(t *testing.T) {
	ctx, bucket := within(t), bucketOf(t)
	put(t, bucket, "a", "1", "b", "", "c", "3")
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, nil))
	batch := must[*slipstream.Batch](t)(watch.Next(ctx))
	equal(t, batch.Len(), 3)
	equal(t, batch.Cursor().Revision, 3)
	if _, err := watch.Next(ctx); true {
		fails(t, err, slipstream.ErrMisuse, "outstanding")
	}
	if err := batch.Ack(); err != nil {
		t.Fatal(err)
	}
	fails(t, batch.Ack(), slipstream.ErrMisuse, "acknowledged before")
	cursor, err := watch.End()
	if err != nil || cursor != batch.Cursor() {
		t.Fatal(cursor, err)
	}
	if again, err := watch.End(); err != nil || again != cursor {
		t.Fatal(again, err)
	}
	var seen []slipstream.Update
	for i, update := range batch.Updates() {
		equal(t, update.Key, batch.At(i).Key)
		seen = append(seen, update)
	}
	equal(t, describe(seen), "put a=1, put b=, put c=3")
	// Appending to a value must not write over its neighbour.
	_ = append(seen[0].Value, "overwritten"...)
	equal(t, batch.At(2).Key, "c")
}

func TestRun(t *testing.T) {
	ctx, bucket, fold := within(t), bucketOf(t), foldAt(t, filepath.Join(t.TempDir(), "fold"))
	put(t, bucket, "a", "1")
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, fold, nil))
	broken := errors.New("the table is full")
	equal(t, watch.Run(ctx, func(context.Context, *slipstream.Batch) error { return broken }), broken)
	_, err := watch.End()
	fails(t, err, slipstream.ErrCancelled, "")
	// It was not applied: it comes again.
	watch = must[*slipstream.Watch](t)(bucket.Watch(ctx, fold, nil))
	inner, stop := context.WithCancel(ctx)
	err = watch.Run(inner, func(_ context.Context, batch *slipstream.Batch) error {
		equal(t, batch.At(0).Key, "a")
		stop()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := watch.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, must[slipstream.FoldState](t)(fold.Stats()).Entries, 1)
}

func TestWaiting(t *testing.T) {
	ctx, bucket := within(t), bucketOf(t)
	revision := put(t, bucket, "a", "1", "b", "2")
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, nil))
	defer watch.Close()
	soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	err := watch.WaitRevision(soon, revision+1)
	fails(t, err, slipstream.ErrTimeout, "deadline")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- watch.Run(ctx, func(context.Context, *slipstream.Batch) error { return nil }) }()
	if err := watch.WaitCaughtUp(ctx); err != nil {
		t.Fatal(err)
	}
	if err := watch.WaitRevision(ctx, revision); err != nil {
		t.Fatal(err)
	}
	state := must[slipstream.WatchState](t)(watch.Status())
	if state.State != slipstream.WatchLive || !state.Ready || state.Applied != 2 || state.Cursor.Revision != revision {
		t.Fatalf("%+v", state)
	}
	equal(t, must[uint64](t)(bucket.Purge(ctx, "a")), 3)
	if err := watch.WaitRevision(ctx, 3); err != nil {
		t.Fatal(err)
	}
	events := must[[]slipstream.Event](t)(watch.Events())
	if len(events) != 1 || events[0].Kind != slipstream.EventKeyPurged || events[0].Name != "key_purged" || events[0].Count != 1 || events[0].LastRevision != 3 {
		t.Fatalf("%+v", events)
	}
	text := must[string](t)(slipstream.Metrics())
	if !strings.Contains(text, `bucket="TestWaiting",fold="",event="key_purged"} 1`) {
		t.Fatal(text)
	}
	if err := watch.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
}

func TestFoldAndSnapshot(t *testing.T) {
	fold := foldAt(t, filepath.Join(t.TempDir(), "fold"))
	updates := []slipstream.Update{{Key: "a\x00b", Value: []byte("1"), Revision: 1, Operation: slipstream.Put},
		{Key: "a\xff", Value: []byte("2"), Revision: 2, Operation: slipstream.Put, TTL: slipstream.TTLNever},
		{Key: "b", Revision: 3, Operation: slipstream.Delete}}
	if err := fold.Apply("routes", updates, slipstream.Cursor{Epoch: 7, Revision: 3}); err != nil {
		t.Fatal(err)
	}
	snapshot := must[*slipstream.Snapshot](t)(fold.Snapshot())
	equal(t, must[slipstream.Cursor](t)(snapshot.Cursor()), slipstream.Cursor{Epoch: 7, Revision: 3})
	found := must[slipstream.Update](t)(snapshot.Get("a\xff"))
	if found.TTL != slipstream.TTLNever || string(found.Value) != "2" {
		t.Fatalf("%+v", found)
	}
	value := must[[]byte](t)(snapshot.AppendValue([]byte("is "), "a\x00b"))
	equal(t, string(value), "is 1")
	_, err := snapshot.Get("b")
	fails(t, err, slipstream.ErrNotFound, "")
	_, err = fold.Get("b")
	fails(t, err, slipstream.ErrNotFound, "b")

	ranged := func(wanted slipstream.Range) string {
		var seen []slipstream.Update
		for update, err := range snapshot.Range(wanted) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, update)
		}
		return describe(seen)
	}
	equal(t, ranged(slipstream.Range{}), "put a\x00b=1, put a\xff=2")
	equal(t, ranged(slipstream.Range{Reverse: true, Tombstones: true, Limit: 2}), "delete b, put a\xff=2")
	equal(t, ranged(slipstream.Range{Prefix: "a", From: "a\x01"}), "put a\xff=2")
	for range snapshot.Range(slipstream.Range{}) {
		fails(t, snapshot.Refresh(), slipstream.ErrMisuse, "iterator")
	}
	if err := fold.Apply("routes", nil, slipstream.Cursor{Epoch: 7, Revision: 9}); err != nil {
		t.Fatal(err)
	}
	equal(t, must[slipstream.Cursor](t)(snapshot.Cursor()).Revision, 3)
	if err := snapshot.Refresh(); err != nil {
		t.Fatal(err)
	}
	equal(t, must[slipstream.Cursor](t)(snapshot.Cursor()).Revision, 9)
	equal(t, must[uint64](t)(fold.Check()) > 0, true)
	if err := fold.Sync(); err != nil {
		t.Fatal(err)
	}
	// The snapshot stays when the fold goes.
	if err := fold.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, string(must[slipstream.Update](t)(snapshot.Get("a\xff")).Value), "2")
	if err := snapshot.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWatchExport(t *testing.T) {
	ctx, bucket, folder := within(t), bucketOf(t), t.TempDir()
	put(t, bucket, "a", "1")
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, foldAt(t, filepath.Join(folder, "fold")), nil))
	defer watch.Close()
	batch := must[*slipstream.Batch](t)(watch.Next(ctx))
	if err := batch.Ack(); err != nil {
		t.Fatal(err)
	}
	equal(t, must[slipstream.ArtifactSummary](t)(watch.Export(filepath.Join(folder, "artifact"), nil)).Cursor, batch.Cursor())
	_, err := watch.Export(filepath.Join(folder, "artifact"), nil)
	fails(t, err, slipstream.ErrNotEmpty, "artifact")
}

func TestObjectStore(t *testing.T) {
	ctx := within(t)
	store := must[*slipstream.ObjectStore](t)(slipstream.OpenObjectStore("local:"+t.TempDir(), nil))
	defer store.Close()
	tag := must[string](t)(store.PutIf(ctx, "a/1", []byte("one"), ""))
	_, err := store.PutIf(ctx, "a/1", []byte("two"), "")
	fails(t, err, slipstream.ErrConflict, "a/1")
	must[string](t)(store.PutIf(ctx, "a/1", []byte("two"), tag))
	_, err = store.PutIf(ctx, "a/1", []byte("three"), tag)
	fails(t, err, slipstream.ErrConflict, "a/1")
	must[string](t)(store.Put(ctx, "a/2", nil))
	equal(t, string(must[slipstream.Object](t)(store.Get(ctx, "a/1")).Data), "two")
	var names []string
	for object, err := range store.List(ctx, "a/") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, object.Name)
	}
	if !slices.Equal(names, []string{"a/1", "a/2"}) {
		t.Fatal(names)
	}
	page := must[[]slipstream.ObjectInfo](t)(store.ListPage(ctx, "", "a/1", 10))
	if len(page) != 1 || page[0].Name != "a/2" || page[0].Size != 0 {
		t.Fatalf("%+v", page)
	}
	if err := store.Remove(ctx, "a/1"); err != nil {
		t.Fatal(err)
	}
	fails(t, store.Remove(ctx, "a/1"), slipstream.ErrNotFound, "a/1")
	_, err = store.Get(ctx, "../x")
	fails(t, err, slipstream.ErrInvalid, "")
}

func TestConnection(t *testing.T) {
	ctx := within(t)
	connection := connect(t, "mem://")
	equal(t, must[slipstream.ConnectionState](t)(connection.Status()).State, slipstream.ConnectionConnected)
	_, err := connection.Bucket(ctx, "nowhere", nil)
	fails(t, err, slipstream.ErrBucketNotFound, "nowhere")
	bucket := must[*slipstream.Bucket](t)(connection.CreateBucket(ctx, "b", &slipstream.BucketOptions{History: 5}))
	defer bucket.Close()
	_, err = connection.CreateBucket(ctx, "b", &slipstream.BucketOptions{History: 6})
	fails(t, err, slipstream.ErrBucketExists, "history")
	if err := connection.DeleteBucket(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	_, err = bucket.Put(ctx, "a", nil)
	fails(t, err, slipstream.ErrBucketNotFound, "b")
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	if err := connection.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = bucket.Put(ctx, "a", nil)
	fails(t, err, slipstream.ErrClosed, "")
}
