//! Watches that are pulled from.
use crate::support::*;
use slipstream::*;
use std::time::Duration;

#[test]
fn pull_resumes_after_what_was_acknowledged() {
    let (bucket, folder) = (bucket("resume"), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("a", "1").unwrap();
    bucket.put("b", "2").unwrap();
    bucket.remove("a").unwrap();
    let seen = drain(&mut bucket.watch(&fold, &to_the_end()).unwrap());
    assert_eq!(keys(&seen), ["b", "a"]);
    assert_eq!((seen[1].operation, seen[1].revision), (Operation::Delete, 3));
    bucket.put("c", "3").unwrap();
    // A batch that nobody acknowledges comes again.
    let mut watch = bucket.watch(&fold, &to_the_end()).unwrap();
    assert_eq!(watch.next(TIMEOUT).unwrap().unwrap().updates()[0].key(), b"c");
    refused(watch.next(TIMEOUT), Status::Cancelled, "");
    drop(watch);
    let seen = drain(&mut bucket.watch(&fold, &to_the_end()).unwrap());
    assert_eq!(keys(&seen), ["c"]);
    let (cursor, name) = fold.cursor().unwrap();
    assert_eq!((cursor.revision, name), (4, bucket.name().to_owned()));
}

#[test]
fn the_end_timeouts_and_interrupts() {
    let bucket = bucket("ends");
    let mut watch = bucket.watch(None, &WatchOptions::new()).unwrap();
    refused(watch.next(Some(Duration::ZERO)), Status::Timeout, "");
    watch.interrupt().unwrap();
    refused(watch.next(TIMEOUT), Status::Interrupted, "");
    let handle = watch.handle();
    let waiter = std::thread::spawn(move || watch.next(None).map(|_| ()).unwrap_err().status());
    handle.cancel().unwrap();
    assert_eq!(waiter.join().unwrap(), Status::Cancelled);
    refused(handle.close(), Status::Cancelled, "");
    assert_eq!(handle.status().unwrap().state, WatchPhase::Ended);
    let mut watch = bucket.watch(None, &to_the_end()).unwrap();
    assert!(watch.next(TIMEOUT).unwrap().is_none());
    assert!(watch.next(TIMEOUT).unwrap().is_none());
    watch.close().unwrap();
}

#[test]
fn batches() {
    let bucket = bucket("batches");
    let names: Vec<String> = (0..25).map(|i| format!("k{i}")).collect();
    let writes: Vec<Write> = names.iter().map(|k| Write::put(k.as_bytes(), k.as_bytes())).collect();
    bucket.put_many(&writes).unwrap();
    let options = to_the_end().batch_updates_max(10).batch_close(choice::BatchClose::Window);
    let mut watch = bucket.watch(None, &options.window_ms(60_000)).unwrap();
    let handle = watch.handle();
    let mut batch = watch.next(TIMEOUT).unwrap().unwrap();
    refused(handle.next(Some(Duration::ZERO)), Status::Misuse, "");
    assert_eq!(batch.updates().len(), 10);
    // The updates are views of the one block, in place.
    let (arena, last) = (batch.arena().as_ptr_range(), batch.updates()[9]);
    assert!(arena.contains(&last.key().as_ptr()) && arena.contains(&last.value().as_ptr()));
    assert_eq!((last.key(), last.revision(), batch.cursor().revision), (&b"k9"[..], 10, 10));
    assert_eq!((&batch).into_iter().count(), 10);
    batch.ack().unwrap();
    assert!(batch.updates().is_empty() && batch.arena().is_empty());
    refused(batch.ack(), Status::Misuse, "");
    drop(batch);
    assert_eq!(keys(&drain(&mut watch)), names[10..]);
    assert_eq!(handle.status().unwrap().applied, 25);
}

#[test]
fn a_batch_outlives_its_watch() {
    let bucket = bucket("outlives");
    bucket.put("a", "1").unwrap();
    let watch = bucket.watch(None, &WatchOptions::new()).unwrap();
    let mut batch = watch.handle().next(TIMEOUT).unwrap().unwrap();
    drop(watch);
    drop(bucket);
    assert_eq!(batch.updates()[0].value(), b"1");
    refused(batch.ack(), Status::Cancelled, "");
}

#[test]
fn health() {
    let (bucket, folder) = (bucket("health"), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("a", "").unwrap();
    bucket.purge("b").unwrap();
    let mut watch = bucket.watch(&fold, &WatchOptions::new()).unwrap();
    let mut applied = 0;
    while applied < 2 {
        let mut batch = watch.next(TIMEOUT).unwrap().unwrap();
        applied += batch.updates().len();
        batch.ack().unwrap();
    }
    watch.wait_caught_up(TIMEOUT).unwrap();
    watch.wait_revision(2, TIMEOUT).unwrap();
    refused(watch.wait_revision(3, Some(Duration::from_millis(1))), Status::Timeout, "");
    let state = watch.status().unwrap();
    assert_eq!((state.ready, state.lag_revisions, state.applied), (true, 0, 2));
    assert_eq!((state.state, state.end_status), (WatchPhase::Live, Status::Ok));
    let events = watch.events().unwrap();
    let rows: Vec<_> = events.iter().map(|e| (e.event, e.name.as_str(), e.count)).collect();
    assert_eq!(rows, [(Event::KeyPurged, "key_purged", 1), (Event::EmptyValue, "empty_value", 1)]);
    assert!(metrics_text().unwrap().contains(&format!("bucket=\"{}\"", bucket.name())));
    assert_eq!(watch.close().unwrap(), fold.cursor().unwrap().0);
}

#[test]
fn a_position_of_ones_own() {
    let bucket = bucket("position");
    bucket.put("a", "1").unwrap();
    let mut watch = bucket.watch(None, &to_the_end()).unwrap();
    let mut batch = watch.next(TIMEOUT).unwrap().unwrap();
    let token = batch.cursor().format(bucket.name()).unwrap();
    batch.ack().unwrap();
    drop(batch);
    bucket.put("b", "2").unwrap();
    assert_eq!(Cursor::parse(&token).unwrap().1, bucket.name());
    let seen = drain(&mut bucket.watch(None, &to_the_end().cursor(&token)).unwrap());
    assert_eq!(keys(&seen), ["b"]);
}

#[test]
fn the_scope() {
    let bucket = bucket("scope");
    for key in ["a.1", "b.1", "c.1"] {
        bucket.put(key, "1").unwrap();
    }
    let seen = drain(&mut bucket.watch(None, &to_the_end().scope(["a.", "c."])).unwrap());
    assert_eq!(keys(&seen), ["a.1", "c.1"]);
}
