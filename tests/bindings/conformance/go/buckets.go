package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"slipstream"
)

var background = context.Background()

// --- the library, cursors, texts -----------------------------------------------------------------

var librarySteps = map[string]step{
	"version":   {0, func(*machine, []string) (said, error) { return say(slipstream.Version()), nil }},
	"abi_epoch": {0, func(*machine, []string) (said, error) { return say(slipstream.ABIEpoch()), nil }},
	"feature": {1, func(_ *machine, w []string) (said, error) {
		return say(slipstream.Feature(w[0])), nil
	}},
	"status_name": {1, func(_ *machine, w []string) (said, error) {
		return say(slipstream.Status(number(w[0], 10)).String()), nil
	}},
	"status": {1, func(_ *machine, w []string) (said, error) {
		for _, row := range slipstream.StatusTable() {
			if int64(row.Status) == signed(w[0]) {
				return say(row.Name, row.Retriable, encoded(row.Text)), nil
			}
		}
		return nil, nil
	}},
	"event_name": {1, func(_ *machine, w []string) (said, error) {
		return say(slipstream.EventKind(number(w[0], 10)).String()), nil
	}},
	"option": {2, runOption},
	"metrics": {1, func(_ *machine, w []string) (said, error) {
		text, err := slipstream.Metrics()
		return say(strings.Contains(text, w[0])), err
	}},
	"sentence": {1, func(m *machine, w []string) (said, error) {
		return say(strings.Contains(m.sentence, decoded(w[0]))), nil
	}},
	"cursor": {2, func(m *machine, w []string) (said, error) {
		m.cursors.push(slipstream.Cursor{Epoch: number(w[0], 10), Revision: number(w[1], 10)})
		return nil, nil
	}},
	"cursor_format": {1, func(m *machine, w []string) (said, error) {
		text, err := m.cursors.pop().Format(w[0])
		return nil, pushed(&m.texts, text, err)
	}},
	"cursor_parse": {0, func(m *machine, _ []string) (said, error) {
		cursor, bucket, err := slipstream.ParseCursor(m.texts.pop())
		return say(bucket), pushed(&m.cursors, cursor, err)
	}},
	"cursor_drop": {0, func(m *machine, _ []string) (said, error) {
		return say(m.cursors.pop().Revision), nil
	}},
	"text": {1, func(m *machine, w []string) (said, error) {
		m.texts.push(w[0])
		return nil, nil
	}},
	"text_show": {0, func(m *machine, _ []string) (said, error) { return say(m.texts.top()), nil }},
	"text_drop": {0, func(m *machine, _ []string) (said, error) {
		m.texts.pop()
		return nil, nil
	}},
	"text_same": {0, func(m *machine, _ []string) (said, error) {
		return say(m.texts.pop() == m.texts.pop()), nil
	}},
	"times": {1, func(m *machine, w []string) (said, error) {
		m.times = w[0] == "1"
		return nil, nil
	}},
	"kind": {1, func(m *machine, w []string) (said, error) {
		m.kind = w[0]
		return nil, nil
	}},
	"write_file": {2, func(m *machine, w []string) (said, error) {
		if err := os.WriteFile(m.path(w[0]), []byte(decoded(w[1])), 0o600); err != nil {
			fail("%v", err)
		}
		return nil, nil
	}},
}

func runOption(_ *machine, w []string) (said, error) {
	for kind := slipstream.OptionsConnection; kind <= slipstream.OptionsImport; kind++ {
		if kind.String() != w[0] {
			continue
		}
		text, err := slipstream.DescribeOptions(kind)
		if err != nil {
			return nil, err
		}
		var rows []struct{ Name, Type string }
		if err := json.Unmarshal(text, &rows); err != nil {
			fail("%v", err)
		}
		for _, row := range rows {
			if row.Name == w[1] {
				return say(row.Type), nil
			}
		}
	}
	return nil, nil
}

// --- connections and buckets ---------------------------------------------------------------------

var bucketSteps = map[string]step{
	"connect": {0, func(m *machine, w []string) (said, error) { return nil, m.connect(m.url, w) }},
	"connect_to": {1, func(m *machine, w []string) (said, error) {
		return nil, m.connect(w[0], w[1:])
	}},
	"connection_status": {0, func(m *machine, _ []string) (said, error) {
		state, err := m.connections.top().Status()
		return say(int32(state.State), state.Reconnects), err
	}},
	"connection_close": {0, func(m *machine, _ []string) (said, error) {
		return nil, m.connections.top().Close()
	}},
	"connection_free": {0, func(m *machine, _ []string) (said, error) {
		return nil, m.connections.pop().Close()
	}},
	"bucket_create": {1, func(m *machine, w []string) (said, error) {
		options := &slipstream.BucketOptions{More: m.options(w[1:])}
		bucket, err := m.connections.top().CreateBucket(background, w[0], options)
		return nil, pushed(&m.buckets, bucket, err)
	}},
	"bucket_open": {1, func(m *machine, w []string) (said, error) {
		options := &slipstream.BucketOptions{More: m.options(w[1:])}
		bucket, err := m.connections.top().Bucket(background, w[0], options)
		return nil, pushed(&m.buckets, bucket, err)
	}},
	"bucket_delete": {1, func(m *machine, w []string) (said, error) {
		return nil, m.connections.top().DeleteBucket(background, w[0])
	}},
	"bucket_free": {0, func(m *machine, _ []string) (said, error) { return nil, m.buckets.pop().Close() }},
	"bucket_info": {0, func(m *machine, _ []string) (said, error) {
		s, err := m.buckets.top().Info(background)
		return say(s.History, s.FirstRevision, s.LastRevision, s.Messages, s.Subjects, int64(s.MaxAge),
			s.MaxBytes, s.MaxValueSize, s.Replicas, uint32(s.Storage)), err
	}},
	"put": {2, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().Put(background, decoded(w[0]), []byte(decoded(w[1]))))
	}},
	"put_if_absent": {2, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().PutIfAbsent(background, decoded(w[0]), []byte(decoded(w[1]))))
	}},
	"put_if": {3, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().PutIf(background, decoded(w[0]), []byte(decoded(w[1])), number(w[2], 10)))
	}},
	"remove": {1, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().Remove(background, decoded(w[0])))
	}},
	"remove_if": {2, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().RemoveIf(background, decoded(w[0]), number(w[1], 10)))
	}},
	"purge": {1, func(m *machine, w []string) (said, error) {
		return revision(m.buckets.top().Purge(background, decoded(w[0])))
	}},
	"get": {1, func(m *machine, w []string) (said, error) {
		update, err := m.buckets.top().Get(background, decoded(w[0]))
		return say(m.show(update)), err
	}},
	"keys":     {2, runKeys},
	"scan":     {2, runScan},
	"put_many": {0, runPutMany},
}

func (m *machine) connect(url string, w []string) error {
	options := &slipstream.ConnectionOptions{More: m.options(w)}
	connection, err := slipstream.Connect(background, url, options)
	return pushed(&m.connections, connection, err)
}

func revision(revision uint64, err error) (said, error) { return say(revision), err }

func runKeys(m *machine, w []string) (out said, err error) {
	for key, err := range m.buckets.top().Keys(background, decoded(w[0])) {
		if err != nil {
			return nil, err
		}
		if out = append(out, encoded(key)); len(out) == int(number(w[1], 10)) {
			break
		}
	}
	return out, nil
}

func runScan(m *machine, w []string) (out said, err error) {
	for update, err := range m.buckets.top().Scan(background, decoded(w[0])) {
		if err != nil {
			return nil, err
		}
		if out = append(out, m.show(update)); len(out) == int(number(w[1], 10)) {
			break
		}
	}
	return out, nil
}

func runPutMany(m *machine, w []string) (out said, err error) {
	var writes []slipstream.Write
	for _, word := range w {
		fields := strings.Split(word, ":")
		write := slipstream.Write{Operation: operation(fields[0]), Key: decoded(fields[1]), Value: []byte(decoded(fields[2]))}
		if fields[3] != "any" {
			write.Expect = slipstream.Last(number(fields[3], 10))
		}
		writes = append(writes, write)
	}
	results, first := m.buckets.top().PutMany(background, writes)
	if results == nil {
		return nil, first
	}
	for _, result := range results {
		if result.Err == nil {
			out = append(out, fmt.Sprint(result.Revision))
		} else {
			out = append(out, result.Err.(*slipstream.Error).Code.String())
		}
	}
	return out, nil
}
