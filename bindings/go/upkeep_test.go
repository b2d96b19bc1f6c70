package slipstream_test

import (
	"path/filepath"
	"testing"

	"slipstream"
)

func boundFold(t *testing.T, path string) *slipstream.Fold {
	t.Helper()
	fold := foldAt(t, path)
	if err := fold.Apply("routes", nil, slipstream.Cursor{Epoch: 7, Revision: 3}); err != nil {
		t.Fatal(err)
	}
	return fold
}

func TestPositions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fold")
	fold := boundFold(t, path)
	_, saved, err := fold.Position("billing")
	if err != nil || saved {
		t.Fatalf("%v, %v", saved, err)
	}
	at := slipstream.Cursor{Epoch: 7, Revision: 2}
	if err := fold.SavePosition("billing", at); err != nil {
		t.Fatal(err)
	}
	fails(t, fold.SavePosition("billing", slipstream.Cursor{Epoch: 8, Revision: 2}), slipstream.ErrIdentityMismatch, "epoch is 8")
	fails(t, fold.SavePosition("../billing", at), slipstream.ErrInvalid, "../billing")
	fails(t, fold.SavePosition("a\x00b", at), slipstream.ErrInvalid, "consumer")
	if err := fold.Close(); err != nil {
		t.Fatal(err)
	}
	cursor, saved, err := boundFold(t, path).Position("billing")
	if err != nil || !saved || cursor != at {
		t.Fatalf("%v, %v, %v", cursor, saved, err)
	}
}

func TestUpkeepIsForAppendLogs(t *testing.T) {
	fold := boundFold(t, filepath.Join(t.TempDir(), "fold"))
	_, _, err := fold.Compact()
	fails(t, err, slipstream.ErrUnsupported, "append-log")
	_, err = fold.Hidden()
	fails(t, err, slipstream.ErrUnsupported, "append-log")
	fails(t, fold.Hide(slipstream.Revisions{From: 1, To: 3}), slipstream.ErrUnsupported, "append-log")
	fails(t, fold.Unhide(slipstream.Revisions{From: 1, To: 3}), slipstream.ErrUnsupported, "append-log")
	fails(t, fold.Hide(slipstream.Revisions{From: 3, To: 3}), slipstream.ErrInvalid, "not below")
}
