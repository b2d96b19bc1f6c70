package slipstream_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"slipstream"
)

// lines is a buffer for two goroutines.
type lines struct {
	sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(data []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(data)
}

func (l *lines) text() string {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.String()
}

func TestLog(t *testing.T) {
	nowhere := must[*slipstream.Connection](t)(slipstream.Connect(within(t), "nats://127.0.0.1:1",
		&slipstream.ConnectionOptions{Connect: slipstream.ConnectionConnectLazy, ReconnectWait: 10 * time.Millisecond}))
	defer nowhere.Close()
	var out lines
	defer slipstream.SetLogger(nil, slipstream.LogDebug)
	if err := slipstream.SetLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})), slipstream.LogDebug); err != nil {
		t.Fatal(err)
	}
	bucket := must[*slipstream.Bucket](t)(nowhere.Bucket(within(t), "routes", nil))
	defer bucket.Close()
	watch := must[*slipstream.Watch](t)(bucket.Watch(within(t), nil, nil))
	await(t, "a line", func() bool {
		return strings.Contains(out.text(), "room=watch") || strings.Contains(out.text(), "room=kv")
	})
	// Another function takes its place.
	came := make(chan slipstream.LogLine, 1000)
	if err := slipstream.SetLog(slipstream.LogDebug, func(line slipstream.LogLine) { came <- line }); err != nil {
		t.Fatal(err)
	}
	watch.Cancel()
	fails(t, slipstream.SetLog(9, func(slipstream.LogLine) {}), slipstream.ErrInvalid, "level")
	another := must[*slipstream.Watch](t)(bucket.Watch(within(t), nil, nil))
	defer another.Close()
	select {
	case line := <-came:
		if line.Room == "" || line.Message == "" || line.Level < slipstream.LogError || line.Level > slipstream.LogDebug {
			t.Fatalf("%+v", line)
		}
	case <-time.After(patience):
		t.Fatal("waited in vain for a line")
	}
	_, err := watch.End()
	fails(t, err, slipstream.ErrCancelled, "")
	if err := slipstream.SetLog(slipstream.LogDebug, nil); err != nil {
		t.Fatal(err)
	}
}
