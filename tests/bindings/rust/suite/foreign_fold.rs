//! A fold of one's own, in Rust: a map in memory behind the library's watch, snapshots and artifacts.
use crate::support::*;
use slipstream::foreign::{Changes, FoldStore, Rows, StoreSnapshot, open_fold};
use slipstream::*;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone, Default)]
struct State {
    rows: BTreeMap<Vec<u8>, OwnedUpdate>,
    meta: Vec<u8>,
    panics_in: &'static str,
}

fn view<'s>((_, row): (&Vec<u8>, &'s OwnedUpdate)) -> Result<Update<'s>> {
    Ok(row.as_update())
}

impl StoreSnapshot for State {
    fn meta(&self) -> &[u8] {
        &self.meta
    }

    fn get(&self, key: &[u8]) -> Result<Option<Update<'_>>> {
        assert_ne!(self.panics_in, "get", "asked for");
        Ok(self.rows.get(key).map(OwnedUpdate::as_update))
    }

    fn scan(&self, from: &[u8], reverse: bool) -> Result<Rows<'_>> {
        assert_ne!(self.panics_in, "scan", "asked for");
        let edge = if from.is_empty() { Bound::Unbounded } else { Bound::Included(from) };
        let range = |from, to| self.rows.range::<[u8], _>((from, to));
        Ok(if reverse {
            Box::new(range(Bound::Unbounded, edge).rev().map(view))
        } else {
            Box::new(range(edge, Bound::Unbounded).map(view))
        })
    }
}

/// What is committed, shared with the test.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Arc<State>>>);

impl Memory {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(Arc::make_mut(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

impl FoldStore for Memory {
    type Snapshot = Arc<State>;

    fn snapshot(&self) -> Result<Arc<State>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn commit(&self, changes: Changes<'_>) -> Result<()> {
        match self.snapshot()?.panics_in {
            "commit" => panic!("asked for"),
            "fail commit" => return Err(Error::new(Status::User(1011), "the map is on fire")),
            _ => {}
        }
        self.change(|state| {
            for row in changes.puts() {
                state.rows.insert(row.key().to_vec(), row.to_owned());
            }
            for key in changes.removals() {
                assert!(state.rows.remove(key).is_some());
            }
            state.meta = changes.meta().to_vec();
        });
        Ok(())
    }

    fn check(&self) -> Result<()> {
        match self.snapshot()?.panics_in {
            "fail check" => Err(Error::new(Status::Corrupt, "the map is odd")),
            _ => Ok(()),
        }
    }
}

#[test]
fn it_follows_a_bucket_and_goes_on_after_its_cursor() {
    let (bucket, memory) = (bucket("own-fold"), Memory::default());
    bucket.put("a.1", "1").unwrap();
    bucket.put("b.1", "2").unwrap();
    bucket.put("b.2", "3").unwrap();
    bucket.remove("a.1").unwrap();
    let fold = open_fold("memory", memory.clone()).unwrap();
    assert_eq!(drain(&mut bucket.watch(&fold, &to_the_end()).unwrap()).len(), 3);
    let snapshot = fold.snapshot().unwrap();
    assert_eq!(snapshot.get("b.1").unwrap().unwrap().value(), b"2");
    assert!(snapshot.get("a.1").unwrap().is_none());
    let found = |range: Range<'_>| -> Vec<Vec<u8>> {
        snapshot.range(&range).unwrap().map(|row| row.unwrap().key().to_vec()).collect()
    };
    assert_eq!(found(Range::default()), [b"b.1", b"b.2"]);
    assert_eq!(found(Range { reverse: true, ..Default::default() }), [b"b.2", b"b.1"]);
    assert_eq!(found(Range { tombstones: true, limit: 1, ..Default::default() }), [b"a.1"]);
    // A snapshot stays as it is.
    bucket.put("c.1", "4").unwrap();
    let again = open_fold("memory", memory.clone());
    drop(fold);
    let fold = again.unwrap();
    assert_eq!(keys(&drain(&mut bucket.watch(&fold, &to_the_end()).unwrap())), ["c.1"]);
    assert!(snapshot.get("c.1").unwrap().is_none());
    assert_eq!(fold.stats().unwrap().entries, 3);
    assert!(fold.check().unwrap() >= 4);
    drop(snapshot);
    fold.close().unwrap();
    drop(fold);
    assert_eq!(Arc::strong_count(&memory.0), 1, "destroy gave it back");
}

#[test]
fn artifacts_go_out_and_in() {
    let folder = Folder::new();
    let fold = open_fold("memory", Memory::default()).unwrap();
    let names: Vec<String> = (0..500).map(|i| format!("k{i:03}")).collect();
    let updates: Vec<Update> =
        (1..).zip(&names).map(|(i, k)| Update::put(k.as_bytes(), b"v", i)).collect();
    fold.apply("b", &updates, Cursor { epoch: 1, revision: 500 }).unwrap();
    let made = fold.export(folder.path("artifact"), &ExportOptions::new()).unwrap();
    let second = open_fold("second", Memory::default()).unwrap();
    let imported = second.import(folder.path("artifact"), &ImportOptions::new()).unwrap();
    assert_eq!((imported.entries, imported.logical_digest), (500, made.logical_digest));
    assert_eq!(second.get("k499").unwrap().unwrap().value(), b"v");
    let again = second.import(folder.path("artifact"), &ImportOptions::new());
    refused(again, Status::NotEmpty, "");
    let lmdb = folder.fold("lmdb").import(folder.path("artifact"), &ImportOptions::new());
    refused(lmdb, Status::Unsupported, "");
}

#[test]
fn errors_and_panics_are_handed_through() {
    let memory = Memory::default();
    let fold = open_fold("memory", memory.clone()).unwrap();
    let apply = |revision| {
        let cursor = Cursor { epoch: 1, revision };
        fold.apply("b", &[Update::put(b"a", b"1", revision)], cursor)
    };
    apply(1).unwrap();
    let ask = |place| memory.change(|state| state.panics_in = place);
    ask("fail commit");
    refused(apply(2), Status::User(1011), "the map is on fire");
    ask("commit");
    refused(apply(2), Status::CallbackFailed, "panicked: asked for");
    assert_eq!(fold.cursor().unwrap().0.revision, 1);
    ask("get");
    refused(fold.get("a"), Status::CallbackFailed, "panicked");
    ask("scan");
    let all = fold.snapshot().unwrap();
    let first = all.iter().and_then(|mut rows| rows.next().expect("an error"));
    refused(first, Status::CallbackFailed, "panicked");
    drop(all);
    ask("fail check");
    refused(fold.check(), Status::Corrupt, "the map is odd");
    ask("");
    apply(2).unwrap();
    refused(open_fold("", Memory::default()), Status::Invalid, "name");
    refused(open_fold("a\0b", Memory::default()), Status::Invalid, "NUL byte");
}

/// Gives what it has, and takes nothing.
struct ReadOnly(Memory);

impl FoldStore for ReadOnly {
    type Snapshot = Arc<State>;
    const READ_ONLY: bool = true;

    fn snapshot(&self) -> Result<Arc<State>> {
        self.0.snapshot()
    }

    fn commit(&self, _: Changes<'_>) -> Result<()> {
        unreachable!("it says that it has none")
    }
}

#[test]
fn a_store_without_a_commit_is_read_only() {
    let memory = Memory::default();
    let cursor = Cursor { epoch: 1, revision: 1 };
    let writer = open_fold("memory", memory.clone()).unwrap();
    writer.apply("b", &[Update::put(b"a", b"1", 1)], cursor).unwrap();
    drop(writer);
    let fold = open_fold("memory", ReadOnly(memory)).unwrap();
    assert_eq!(fold.get("a").unwrap().unwrap().value(), b"1");
    assert!(fold.stats().unwrap().read_only);
    refused(fold.apply("b", &[], cursor), Status::PermissionDenied, "");
}
