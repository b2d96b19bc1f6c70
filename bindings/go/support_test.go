package slipstream_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"slipstream"
)

// patience is for what comes in any case, on the slowest machine.
const patience = time.Minute

func long() bool { return os.Getenv("SLIP_TEST_LANE") == "long" }

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, url string) *slipstream.Connection {
	t.Helper()
	connection := must[*slipstream.Connection](t)(slipstream.Connect(within(t), url, nil))
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

var unsuitable = regexp.MustCompile(`[^A-Za-z0-9_-]`)

func bucketAt(t *testing.T, url string, options *slipstream.BucketOptions) *slipstream.Bucket {
	t.Helper()
	name := unsuitable.ReplaceAllString(t.Name(), "_")
	bucket := must[*slipstream.Bucket](t)(connect(t, url).CreateBucket(within(t), name, options))
	t.Cleanup(func() { _ = bucket.Close() })
	return bucket
}

func bucketOf(t *testing.T) *slipstream.Bucket {
	t.Helper()
	return bucketAt(t, "mem://", nil)
}

func foldAt(t *testing.T, path string) *slipstream.Fold {
	t.Helper()
	fold := must[*slipstream.Fold](t)(slipstream.OpenFold("lmdb:"+path, nil))
	t.Cleanup(func() { _ = fold.Close() })
	return fold
}

func put(t *testing.T, bucket *slipstream.Bucket, pairs ...string) (last uint64) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		last = must[uint64](t)(bucket.Put(within(t), pairs[i], []byte(pairs[i+1])))
	}
	return last
}

// fails asserts the status, that the error is one of this package, and a part of its sentence.
func fails(t *testing.T, err error, status slipstream.Status, says string) *slipstream.Error {
	t.Helper()
	var failure *slipstream.Error
	if !errors.As(err, &failure) {
		t.Fatalf("%v (%T) is no *slipstream.Error of %v", err, err, status)
	}
	if failure.Code != status || !errors.Is(err, status) {
		t.Fatalf("%v is not %v", err, status)
	}
	if failure.Message == "" || !strings.Contains(failure.Message, says) {
		t.Fatalf("%q does not say %q", failure.Message, says)
	}
	return failure
}

// describe tells updates as "put a=1, delete b".
func describe(updates []slipstream.Update) string {
	var parts []string
	for _, update := range updates {
		text := update.Operation.String() + " " + update.Key
		if update.Operation == slipstream.Put {
			text += "=" + string(update.Value)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// followToEnd applies everything up to the present, and tells it.
func followToEnd(t *testing.T, bucket *slipstream.Bucket, fold *slipstream.Fold) string {
	t.Helper()
	watch := must[*slipstream.Watch](t)(bucket.Watch(within(t), fold, &slipstream.WatchOptions{StopAt: slipstream.WatchStopAtCaughtUp}))
	var seen []slipstream.Update
	err := watch.Run(within(t), func(_ context.Context, batch *slipstream.Batch) error {
		for _, update := range batch.Updates() {
			seen = append(seen, update)
		}
		return nil
	})
	if err == nil {
		err = watch.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return describe(seen)
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// natsServer starts a server on a free port; it is stopped with the test.
func natsServer(t *testing.T) string {
	t.Helper()
	program := os.Getenv("SLIP_NATS_SERVER")
	if program == "" {
		program = "nats-server"
	}
	folder := t.TempDir()
	server := exec.Command(program, "--addr", "127.0.0.1", "--port", "-1", "--jetstream",
		"--store_dir", filepath.Join(folder, "store"), "--ports_file_dir", folder, "--log", filepath.Join(folder, "log"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
	})
	var url string
	await(t, "the server's port", func() bool {
		files, _ := filepath.Glob(filepath.Join(folder, "*.ports"))
		if len(files) == 1 {
			text, _ := os.ReadFile(files[0])
			url = regexp.MustCompile(`nats://[0-9.:]+`).FindString(string(text))
		}
		return url != ""
	})
	return url
}
