package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"slipstream"
)

// watching is a watch, and the goroutine that runs it where the script says "follow".
type watching struct {
	*slipstream.Watch
	follower *follower
}

// follower is what Run has seen.
type follower struct {
	sync.Mutex
	rejected string
	refused  uint64
	seen     said
	revision uint64
	end      error
	ended    chan struct{}
}

var watchSteps = map[string]step{
	"watch_open": {1, func(m *machine, w []string) (said, error) {
		watch, err := m.open(w[0], &slipstream.WatchOptions{More: m.options(w[1:])})
		return nil, pushed(&m.watches, &watching{watch, nil}, err)
	}},
	"next": {2, runNext},
	"pull": {1, func(m *machine, w []string) (said, error) { return m.pull(int(number(w[0], 10))) }},
	"pull_to_end": {0, func(m *machine, _ []string) (out said, err error) {
		err = m.watches.top().Run(background, func(_ context.Context, batch *slipstream.Batch) error {
			out = append(out, m.updates(batch)...)
			return nil
		})
		return out, err
	}},
	"follow":  {2, runFollow},
	"applied": {0, runApplied},
	"ended": {0, func(m *machine, _ []string) (said, error) {
		f := m.watches.top().follower
		<-f.ended
		return say(f.status()), nil
	}},
	"watch_status": {0, func(m *machine, _ []string) (said, error) {
		s, err := m.watches.top().Status()
		return say(int32(s.State), int32(s.EndStatus), s.Ready, s.Cursor.Revision, s.LagRevisions, s.Applied, s.Replayed), err
	}},
	"watch_events": {0, func(m *machine, _ []string) (out said, err error) {
		events, err := m.watches.top().Events()
		for _, e := range events {
			out = append(out, fmt.Sprintf("%d:%s:%d:%d", e.Kind, e.Name, e.Count, e.LastRevision))
		}
		return out, err
	}},
	"wait_caught_up": {1, func(m *machine, w []string) (said, error) {
		ctx, cancel := within(w[0])
		defer cancel()
		return nil, m.watches.top().why(m.watches.top().WaitCaughtUp(ctx))
	}},
	"wait_revision": {2, func(m *machine, w []string) (said, error) {
		ctx, cancel := within(w[1])
		defer cancel()
		return nil, m.watches.top().why(m.watches.top().WaitRevision(ctx, number(w[0], 10)))
	}},
	"cancel": {0, func(m *machine, _ []string) (said, error) {
		m.watches.top().Cancel()
		return nil, nil
	}},
	"interrupt": {0, func(m *machine, _ []string) (said, error) {
		m.watches.top().Interrupt()
		return nil, nil
	}},
	"watch_close": {0, func(m *machine, _ []string) (said, error) {
		cursor, err := m.watches.top().End()
		return say(cursor.Revision), m.watches.top().why(err)
	}},
	"watch_free": {0, func(m *machine, _ []string) (said, error) {
		_ = m.watches.pop().Close() // why it ended was asked before, or nobody asks
		return nil, nil
	}},
	"watch_export": {1, func(m *machine, w []string) (said, error) {
		summary, err := m.watches.top().Export(m.path(w[0]), nil)
		return m.summary(summary, err)
	}},
}

func (m *machine) open(where string, options *slipstream.WatchOptions) (*slipstream.Watch, error) {
	var fold *slipstream.Fold
	if where == "fold" {
		fold = m.folds.top()
	}
	return m.buckets.top().Watch(background, fold, options)
}

func (m *machine) updates(batch *slipstream.Batch) (out said) {
	for _, update := range batch.Updates() {
		out = append(out, m.show(update))
	}
	return out
}

func runNext(m *machine, w []string) (said, error) {
	ctx, cancel := within(w[0])
	defer cancel()
	batch, err := m.watches.top().Next(ctx)
	if err != nil {
		return nil, err
	}
	out := say(batch.Len(), batch.Cursor().Revision, m.updates(batch))
	if w[1] == "ack" {
		return out, batch.Ack()
	}
	return out, batch.Close()
}

func (m *machine) pull(want int) (out said, err error) {
	ctx, cancel := context.WithTimeout(background, waitMax)
	defer cancel()
	for batch, err := range m.watches.top().Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, m.updates(batch)...)
		if err := batch.Ack(); err != nil || len(out) >= want {
			return out, err
		}
	}
	return out, slipstream.ErrEnd
}

// --- a watch that calls: Run on a goroutine of its own -------------------------------------------

func runFollow(m *machine, w []string) (said, error) {
	options := &slipstream.WatchOptions{Replay: slipstream.WatchReplayFold, More: m.options(w[2:])}
	watch, err := m.open(w[0], options)
	if err != nil {
		return nil, err
	}
	f := &follower{rejected: decoded(w[1]), ended: make(chan struct{})}
	m.watches.push(&watching{watch, f})
	go func() {
		defer close(f.ended)
		end := watch.Run(background, func(_ context.Context, batch *slipstream.Batch) error {
			return f.apply(m, batch)
		})
		f.Lock()
		defer f.Unlock()
		f.end = end
	}()
	return nil, nil
}

func (f *follower) apply(m *machine, batch *slipstream.Batch) error {
	f.Lock()
	defer f.Unlock()
	poisoned, replayed := false, false
	for _, update := range batch.Updates() {
		replayed = update.Flags&slipstream.FlagReplay != 0
		if f.rejected != "" && strings.HasPrefix(update.Key, f.rejected) {
			f.refused++
			continue
		}
		f.seen = append(f.seen, m.show(update))
		poisoned = poisoned || strings.Contains(string(update.Value), "poison")
	}
	if poisoned {
		return &slipstream.Error{Code: slipstream.UserFirst + 7, Message: "the poison was found"}
	}
	// Whoever waits for the commit asks after it: it may stand here a moment before.
	if !replayed {
		f.revision = batch.Cursor().Revision
	}
	return nil
}

// status is how the run ended, as the library would say it.
func (f *follower) status() int32 {
	f.Lock()
	defer f.Unlock()
	var reason *slipstream.Error
	if errors.As(f.end, &reason) {
		return int32(reason.Code)
	}
	return 0
}

// why prefers what apply failed with to the end that it made of the watch.
func (w *watching) why(err error) error {
	if err == nil || w.follower == nil || !errors.Is(err, slipstream.ErrCancelled) {
		return err
	}
	<-w.follower.ended
	if w.follower.status() >= int32(slipstream.UserFirst) {
		return w.follower.end
	}
	return err
}

func runApplied(m *machine, _ []string) (said, error) {
	f := m.watches.top().follower
	f.Lock()
	defer f.Unlock()
	out := say(f.revision, f.refused, f.seen)
	f.seen = nil
	return out, nil
}
