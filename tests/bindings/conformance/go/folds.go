package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"slipstream"
)

var foldSteps = map[string]step{
	"fold_open": {1, func(m *machine, w []string) (said, error) {
		fold, err := slipstream.OpenFold(m.foldURL(w[0]), &slipstream.FoldOptions{More: m.options(w[1:])})
		return nil, pushed(&m.folds, fold, err)
	}},
	"fold_apply": {1, runFoldApply},
	"fold_get": {1, func(m *machine, w []string) (said, error) {
		update, err := m.folds.top().Get(decoded(w[0]))
		return say(m.show(update)), err
	}},
	"fold_cursor": {0, func(m *machine, _ []string) (said, error) {
		cursor, bucket, err := m.folds.top().Cursor()
		return say(cursor.Revision, encoded(bucket)), pushed(&m.cursors, cursor, err)
	}},
	"fold_stats": {0, func(m *machine, _ []string) (said, error) {
		s, err := m.folds.top().Stats()
		return say(s.Entries, s.Tombstones, s.PayloadBytes, s.Cursor.Revision, s.Loading, s.ReadOnly), err
	}},
	"fold_check": {0, func(m *machine, _ []string) (said, error) { return revision(m.folds.top().Check()) }},
	"fold_sync":  {0, func(m *machine, _ []string) (said, error) { return nil, m.folds.top().Sync() }},
	"fold_close": {0, func(m *machine, _ []string) (said, error) { return nil, m.folds.top().Close() }},
	"fold_free":  {0, func(m *machine, _ []string) (said, error) { return nil, m.folds.pop().Close() }},

	"fold_compact": {0, func(m *machine, _ []string) (said, error) {
		done, reason, err := m.folds.top().Compact()
		if err == nil && (reason == "") != (done.Outcome == slipstream.CompactionPerformed) {
			fail("outcome %d with the reason %q", done.Outcome, reason)
		}
		return say(uint32(done.Outcome), int32(done.Status)), err
	}},
	"fold_hide": {2, func(m *machine, w []string) (said, error) {
		return nil, m.folds.top().Hide(slipstream.Revisions{From: number(w[0], 10), To: number(w[1], 10)})
	}},
	"fold_unhide": {2, func(m *machine, w []string) (said, error) {
		return nil, m.folds.top().Unhide(slipstream.Revisions{From: number(w[0], 10), To: number(w[1], 10)})
	}},
	"fold_hidden": {0, func(m *machine, _ []string) (out said, err error) {
		hidden, err := m.folds.top().Hidden()
		for _, one := range hidden {
			out = append(out, fmt.Sprintf("%d:%d", one.From, one.To))
		}
		return out, err
	}},
	"position_load": {1, func(m *machine, w []string) (said, error) {
		cursor, saved, err := m.folds.top().Position(w[0])
		if err == nil && saved != (cursor != slipstream.Cursor{}) {
			fail("saved is %v at %v", saved, cursor)
		}
		return say(cursor.Revision), err
	}},
	"position_save": {1, func(m *machine, w []string) (said, error) {
		return nil, m.folds.top().SavePosition(w[0], m.cursors.pop())
	}},

	"snapshot_open": {0, func(m *machine, _ []string) (said, error) {
		snapshot, err := m.folds.top().Snapshot()
		return nil, pushed(&m.snapshots, snapshot, err)
	}},
	"snapshot_refresh": {0, func(m *machine, _ []string) (said, error) {
		return nil, m.snapshots.top().Refresh()
	}},
	"snapshot_cursor": {0, func(m *machine, _ []string) (said, error) {
		cursor, err := m.snapshots.top().Cursor()
		return say(cursor.Revision), err
	}},
	"snapshot_get": {1, func(m *machine, w []string) (said, error) {
		update, err := m.snapshots.top().Get(decoded(w[0]))
		return say(m.show(update)), err
	}},
	"range": {5, func(m *machine, w []string) (out said, err error) {
		wanted := slipstream.Range{Prefix: decoded(w[0]), From: decoded(w[1]), Reverse: w[2] == "1",
			Limit: number(w[3], 10), Tombstones: w[4] == "1"}
		for update, err := range m.snapshots.top().Range(wanted) {
			if err != nil {
				return nil, err
			}
			out = append(out, m.show(update))
		}
		return out, nil
	}},
	"snapshot_free": {0, func(m *machine, _ []string) (said, error) { return nil, m.snapshots.pop().Close() }},

	"fold_export": {1, func(m *machine, w []string) (said, error) {
		options := &slipstream.ExportOptions{More: m.options(w[1:])}
		return m.summary(m.folds.top().Export(m.path(w[0]), options))
	}},
	"artifact_verify": {1, func(m *machine, w []string) (said, error) {
		return m.summary(slipstream.VerifyArtifact(m.path(w[0])))
	}},
	"artifact_info": {1, func(m *machine, w []string) (said, error) {
		text, err := slipstream.ArtifactInfo(m.path(w[0]))
		if err != nil {
			return nil, err
		}
		var manifest struct {
			Bucket   string
			Revision uint64
		}
		if err := json.Unmarshal(text, &manifest); err != nil {
			fail("%v", err)
		}
		return say(manifest.Bucket, manifest.Revision), nil
	}},
	"fold_import": {2, func(m *machine, w []string) (said, error) {
		return m.summary(slipstream.ImportFold(m.path(w[0]), m.foldURL(w[1]), nil))
	}},
}

func runFoldApply(m *machine, w []string) (said, error) {
	var updates []slipstream.Update
	for _, word := range w[1:] {
		f := strings.Split(word, ":")
		updates = append(updates, slipstream.Update{Operation: operation(f[0]), Key: decoded(f[1]),
			Value: []byte(decoded(f[2])), Revision: number(f[3], 10), Flags: slipstream.Flags(number(f[4], 10)),
			TimestampNS: signed(f[5]), TTL: time.Duration(signed(f[6]))})
	}
	return nil, m.folds.top().Apply(w[0], updates, m.cursors.pop())
}

func (m *machine) summary(s slipstream.ArtifactSummary, err error) (said, error) {
	return say(s.Cursor.Revision, s.Entries, s.Tombstones, s.Files, s.LogicalBytes, s.Bucket),
		pushed(&m.texts, s.LogicalDigest, err)
}

// --- object stores and publishing ----------------------------------------------------------------

var publishSteps = map[string]step{
	"store_open": {1, func(m *machine, w []string) (said, error) {
		options := &slipstream.ObjectStoreOptions{More: m.options(w[1:])}
		store, err := slipstream.OpenObjectStore("local:"+m.path(w[0]), options)
		return nil, pushed(&m.stores, store, err)
	}},
	"store_free": {0, func(m *machine, _ []string) (said, error) { return nil, m.stores.pop().Close() }},
	"object_get": {1, func(m *machine, w []string) (said, error) {
		object, err := m.stores.top().Get(background, w[0])
		return say(encoded(string(object.Data))), pushed(&m.texts, object.Tag, err)
	}},
	"object_put": {2, func(m *machine, w []string) (said, error) {
		tag, err := m.stores.top().Put(background, w[0], []byte(decoded(w[1])))
		return nil, pushed(&m.texts, tag, err)
	}},
	"object_create": {2, func(m *machine, w []string) (said, error) {
		tag, err := m.stores.top().PutIf(background, w[0], []byte(decoded(w[1])), "")
		return nil, pushed(&m.texts, tag, err)
	}},
	"object_put_if": {2, func(m *machine, w []string) (said, error) {
		tag, err := m.stores.top().PutIf(background, w[0], []byte(decoded(w[1])), m.texts.pop())
		return nil, pushed(&m.texts, tag, err)
	}},
	"object_list": {2, func(m *machine, w []string) (out said, err error) {
		rows, err := m.stores.top().ListPage(background, decoded(w[0]), decoded(w[1]), 1000)
		for _, row := range rows {
			out = append(out, fmt.Sprintf("%s:%d", row.Name, row.Size))
		}
		return out, err
	}},
	"object_remove": {1, func(m *machine, w []string) (said, error) {
		return nil, m.stores.top().Remove(background, w[0])
	}},
	"publish": {2, func(m *machine, w []string) (said, error) {
		options := &slipstream.PublishOptions{More: m.options(w[2:])}
		p, err := m.stores.top().Publish(background, w[0], m.path(w[1]), options)
		return say(p.Attempts, p.Generation, p.Cursor.Revision), err
	}},
	"pointer": {1, func(m *machine, w []string) (said, error) {
		text, err := m.stores.top().Pointer(background, w[0])
		if err != nil {
			return nil, err
		}
		var read struct {
			Pointer struct {
				Generation, Revision uint64
				Bucket               string
			}
		}
		if err := json.Unmarshal(text, &read); err != nil {
			fail("%v", err)
		}
		return say(read.Pointer.Generation, read.Pointer.Bucket, read.Pointer.Revision), nil
	}},
	"download": {2, func(m *machine, w []string) (said, error) {
		return m.fetched(m.stores.top().Download(background, w[0], m.path(w[1]), nil))
	}},
	"bootstrap": {2, func(m *machine, w []string) (said, error) {
		return m.fetched(m.stores.top().Bootstrap(background, w[0], m.foldURL(w[1]), nil))
	}},
}

func (m *machine) fetched(s slipstream.ArtifactSummary, err error) (said, error) {
	return say(s.Cursor.Revision, s.Entries, s.Tombstones), pushed(&m.texts, s.LogicalDigest, err)
}
