//! A bucket of one's own, in Rust, behind the library's watch.
use crate::support::*;
use slipstream::foreign::{BucketSource, Feed, FeedRequest, Listing, open_bucket};
use slipstream::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// (from_state, from_revision, prefixes)
type Request = (bool, u64, Vec<Vec<u8>>);

#[derive(Default)]
struct Shared {
    history: Mutex<Vec<OwnedUpdate>>,
    changed: Condvar,
    requests: Mutex<Vec<Request>>,
    deliverers: Mutex<Vec<JoinHandle<Status>>>,
    credits: AtomicUsize,
    stops: AtomicUsize,
    panics_in: Mutex<&'static str>,
}

/// A history in a list, delivered by a thread for each source until its feed says that it is closed.
#[derive(Clone, Default)]
struct Table(Arc<Shared>);

impl Table {
    fn with(keys: usize) -> Self {
        let table = Self::default();
        table.put((1..=keys as u64).map(|i| update(&format!("k{i:04}"), i, Operation::Put)));
        table
    }

    fn put(&self, updates: impl IntoIterator<Item = OwnedUpdate>) {
        self.0.history.lock().unwrap().extend(updates);
        self.0.changed.notify_all();
    }

    fn panics(&self, place: &str) -> Result<()> {
        let panics_in = *self.0.panics_in.lock().unwrap();
        assert_ne!(panics_in, place, "asked for");
        if panics_in.strip_prefix("fail ") == Some(place) {
            return Err(Error::new(Status::User(1005), "the table is on fire"));
        }
        Ok(())
    }

    fn deliver(&self, mut feed: Feed, mut next: u64) -> Status {
        loop {
            let history = self.0.history.lock().unwrap();
            let part: Vec<OwnedUpdate> =
                history.iter().filter(|update| update.revision >= next).cloned().collect();
            if part.is_empty() {
                let wait = Duration::from_millis(20);
                drop(self.0.changed.wait_timeout(history, wait).unwrap());
            } else {
                drop(history);
            }
            let updates: Vec<Update> = part.iter().map(OwnedUpdate::as_update).collect();
            let last = updates.last().map_or(next - 1, |update| update.revision());
            let told = updates
                .chunks(100)
                .try_for_each(|some| feed.append(some, None))
                .and_then(|()| feed.progress(0, last));
            match told {
                Ok(()) => next = last + 1,
                Err(error) => return error.status(),
            }
        }
    }
}

fn update(key: &str, revision: u64, operation: Operation) -> OwnedUpdate {
    let value = if operation == Operation::Put { revision.to_string() } else { String::new() };
    OwnedUpdate {
        key: key.into(),
        value: value.into(),
        revision,
        timestamp_ns: 1_000_000_000_000_000_000 + revision as i64,
        ttl_ns: 0,
        operation,
        flags: Flags::default(),
    }
}

impl BucketSource for Table {
    type Source = u64;
    const GET: bool = true;
    const AT_REVISION: bool = true;
    const LIST: bool = true;
    const CREDIT: bool = true;

    fn info(&self, state: &mut BucketState) -> Result<()> {
        self.panics("info")?;
        assert_eq!((state.history, state.first_revision), (1, 1));
        let history = self.0.history.lock().unwrap();
        (state.epoch, state.last_revision) = (5, history.last().map_or(0, |last| last.revision));
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<OwnedUpdate>> {
        let history = self.0.history.lock().unwrap();
        Ok(history.iter().rfind(|update| update.key == key).cloned())
    }

    fn at_revision(&self, revision: u64) -> Result<Option<OwnedUpdate>> {
        let history = self.0.history.lock().unwrap();
        Ok(history.iter().find(|update| update.revision == revision).cloned())
    }

    fn list(&self, prefix: &[u8], with_values: bool) -> Result<Listing> {
        self.panics("list")?;
        let mut last = BTreeMap::new();
        for update in self.0.history.lock().unwrap().iter() {
            last.insert(update.key.clone(), update.clone());
        }
        let prefix = prefix.to_vec();
        let live = last.into_values().filter(move |update| {
            update.operation == Operation::Put && update.key.starts_with(&prefix)
        });
        Ok(Box::new(live.map(move |mut update| {
            if !with_values {
                update.value.clear();
            }
            Ok(update)
        })))
    }

    fn watch(&self, request: &FeedRequest<'_>) -> Result<u64> {
        self.panics("watch")?;
        let prefixes = request.prefixes.iter().map(|prefix| prefix.to_vec()).collect();
        self.0.requests.lock().unwrap().push((request.from_state, request.from_revision, prefixes));
        Ok(request.from_revision)
    }

    fn start(&self, from: &mut u64, feed: Feed) {
        if self.panics("start").is_err() {
            return;
        }
        let (table, from) = (self.clone(), *from);
        let deliverer = std::thread::spawn(move || table.deliver(feed, from));
        self.0.deliverers.lock().unwrap().push(deliverer);
    }

    fn credit(&self, _: &mut u64, updates: usize, _: usize) {
        self.0.credits.fetch_add(updates, Ordering::Relaxed);
    }

    fn stop(&self, _: u64) {
        self.0.stops.fetch_add(1, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}

#[test]
fn the_whole_path() {
    let (table, folder) = (Table::with(2500), Folder::new());
    let (bucket, fold) = (open_bucket("table", table.clone()).unwrap(), folder.fold("fold"));
    assert_eq!(drain(&mut bucket.watch(&fold, &to_the_end()).unwrap()).len(), 2500);
    table.put([update("k0001", 2501, Operation::Delete)]);
    let seen = drain(&mut bucket.watch(&fold, &to_the_end()).unwrap());
    assert_eq!((keys(&seen), seen[0].operation), (vec!["k0001"], Operation::Delete));
    let requests = table.0.requests.lock().unwrap().clone();
    assert_eq!(requests, [(false, 1, vec![vec![]]), (false, 2501, vec![vec![]])]);
    assert_eq!(fold.stats().unwrap().entries, 2499);
    for deliverer in table.0.deliverers.lock().unwrap().drain(..) {
        assert_eq!(deliverer.join().unwrap(), Status::Closed);
    }
    assert_eq!(table.0.stops.load(Ordering::Relaxed), 2);
    assert_eq!(table.0.credits.load(Ordering::Relaxed), 2501);
    let shared = Arc::downgrade(&table.0);
    drop((table, bucket));
    assert_eq!(shared.strong_count(), 0, "destroy gave it back");
}

#[test]
fn reads() {
    let table = Table::with(2500);
    table.put([update("k0001", 2501, Operation::Delete)]);
    let bucket = open_bucket("table", table).unwrap();
    assert_eq!(bucket.get("k0002").unwrap().unwrap().value(), b"2");
    assert!(bucket.get("k0001").unwrap().is_none() && bucket.get("none").unwrap().is_none());
    assert_eq!(bucket.keys("").unwrap().count(), 2499);
    let found: Vec<OwnedUpdate> = bucket.scan("k000").unwrap().map(|row| row.unwrap()).collect();
    assert_eq!((found.len(), &found[0].value[..]), (8, &b"2"[..]));
    refused(bucket.put("a", "1"), Status::Unsupported, "");
    let info = bucket.info().unwrap();
    assert_eq!((info.epoch, info.last_revision), (5, 2501));
}

#[test]
fn errors_and_panics_are_handed_through() {
    let table = Table::with(1);
    let bucket = open_bucket("table", table.clone()).unwrap();
    let ask = |place| *table.0.panics_in.lock().unwrap() = place;
    ask("fail info");
    refused(bucket.info(), Status::User(1005), "the table is on fire");
    ask("info");
    refused(bucket.info(), Status::CallbackFailed, "panicked");
    ask("fail watch");
    let watch = |bucket: &Bucket| -> Result<()> {
        bucket.watch(None, &WatchOptions::new())?.next(TIMEOUT).map(|_| ())
    };
    refused(watch(&bucket), Status::User(1005), "the table is on fire");
    ask("watch");
    refused(watch(&bucket), Status::CallbackFailed, "panicked");
    ask("list");
    refused(
        bucket.keys("").and_then(|mut k| k.next().unwrap()),
        Status::CallbackFailed,
        "panicked",
    );
    refused(open_bucket("a b", table.clone()), Status::Invalid, "name");
}

#[test]
fn a_source_that_panics_when_it_starts_is_a_break() {
    let table = Table::with(3);
    *table.0.panics_in.lock().unwrap() = "start";
    let bucket = open_bucket("table", table.clone()).unwrap();
    let mut watch = bucket.watch(None, &to_the_end()).unwrap();
    refused(watch.next(Some(Duration::from_millis(50))), Status::Timeout, "");
    *table.0.panics_in.lock().unwrap() = "";
    assert_eq!(drain(&mut watch).len(), 3);
    drop(watch);
    for deliverer in table.0.deliverers.lock().unwrap().drain(..) {
        deliverer.join().unwrap();
    }
}

/// The state first, then one change and a reason to end.
struct State;

impl BucketSource for State {
    type Source = bool;
    const FROM_STATE: bool = true;

    fn info(&self, state: &mut BucketState) -> Result<()> {
        (state.epoch, state.last_revision) = (5, 3);
        Ok(())
    }

    fn watch(&self, request: &FeedRequest<'_>) -> Result<bool> {
        Ok(request.from_state)
    }

    fn start(&self, from_state: &mut bool, mut feed: Feed) {
        assert!(*from_state);
        feed.append(&[Update::put(b"b", b"2", 2), Update::put(b"a", b"1", 1)], None).unwrap();
        feed.state_end(2).unwrap();
        refused(feed.state_end(2), Status::Misuse, "");
        feed.append_numbered(&[Update::put(b"later", b"3", 3)], 0, TIMEOUT).unwrap();
        feed.end(&Error::new(Status::User(1009), "that was all"), false).unwrap();
    }
}

#[test]
fn a_state_first() {
    let folder = Folder::new();
    let (bucket, fold) = (open_bucket("state", State).unwrap(), folder.fold("fold"));
    let mut watch = bucket.watch(&fold, &WatchOptions::new()).unwrap();
    let mut seen = Vec::new();
    let error = loop {
        match watch.next(TIMEOUT) {
            Ok(Some(mut batch)) => {
                seen.extend(batch.updates().iter().map(|update| update.to_owned()));
                batch.ack().unwrap();
            }
            Ok(None) => panic!("it ends with the reason of the feed"),
            Err(error) => break error,
        }
    };
    refused::<()>(Err(error), Status::User(1009), "that was all");
    assert_eq!(keys(&seen), ["b", "a", "later"]);
    assert_eq!(fold.cursor().unwrap().0, Cursor { epoch: 5, revision: 3 });
    // What it does not offer is unsupported, as the library says.
    refused(bucket.get("a"), Status::Unsupported, "");
    refused(bucket.keys(""), Status::Unsupported, "");
}
