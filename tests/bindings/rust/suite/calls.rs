//! Watches that call you.
use crate::support::*;
use slipstream::*;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

type Said = Arc<Mutex<Vec<String>>>;

/// Tells what it is called with; fails or panics where it is told to.
struct Recorder {
    said: Said,
    panics_in: &'static str,
    fails: bool,
}

/// An item that tells when it goes.
struct Item(String, Said);

impl Drop for Item {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(format!("drop {}", self.0));
    }
}

impl Recorder {
    fn new() -> (Self, Said) {
        let said = Said::default();
        (Self { said: said.clone(), panics_in: "", fails: false }, said)
    }

    fn say(&self, text: String) {
        self.said.lock().unwrap().push(text);
    }

    fn panics(&self, place: &str) {
        if self.panics_in == place {
            panic!("no such route é in {place}");
        }
    }
}

impl Follow for Recorder {
    type Item = Item;

    fn parse(&mut self, update: Update<'_>) -> Option<Item> {
        let key = String::from_utf8(update.key().to_vec()).unwrap();
        if key == "second" {
            self.panics("parse");
        }
        (!key.starts_with("drop")).then(|| Item(key, self.said.clone()))
    }

    fn apply(&mut self, mut items: Items<'_, Item>) -> Result<()> {
        // What is not taken is dropped all the same.
        let (update, item) = items.next().unwrap();
        assert_eq!(update.key(), item.0.as_bytes());
        self.say(format!("apply {} of {}", item.0, items.len() + 1));
        self.panics("apply");
        if self.fails {
            return Err(Error::new(Status::User(1007), "the table is full"));
        }
        Ok(())
    }

    fn on_applied(&mut self, cursor: Cursor, updates: usize) {
        self.say(format!("applied {updates} to {}", cursor.revision));
        self.panics("on_applied");
    }

    fn on_end(&mut self, result: Result<()>, cursor: Cursor) {
        self.say(format!("end {:?} at {}", result.map_err(|e| e.status()), cursor.revision));
    }
}

#[test]
fn the_whole_life() {
    let (bucket, folder) = (bucket("calls"), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("keep", "1").unwrap();
    bucket.put("drop", "2").unwrap();
    let (recorder, said) = Recorder::new();
    let options = WatchOptions::new().batch_close(choice::BatchClose::Window).window_ms(50);
    let watch = bucket.follow(&fold, &options, recorder).unwrap();
    watch.wait_caught_up(TIMEOUT).unwrap();
    refused(watch.handle().next(TIMEOUT), Status::Misuse, "");
    assert_eq!(watch.close().unwrap().revision, 2);
    let said = said.lock().unwrap();
    assert_eq!(said[..2], ["apply keep of 1", "drop keep"]);
    assert_eq!(said.last().unwrap(), "end Ok(()) at 2");
    // What was rejected is folded all the same, and a second run replays what there is.
    assert_eq!(fold.get("drop").unwrap().unwrap().value(), b"2");
    let (to, from) = channel();
    let watch = bucket
        .follow_updates(&fold, &WatchOptions::new(), move |updates| {
            for update in updates {
                assert!(update.flags().contains(Flags::REPLAY));
                to.send(update.key().to_vec()).unwrap();
            }
            Ok(())
        })
        .unwrap();
    watch.wait_caught_up(TIMEOUT).unwrap();
    drop(watch);
    assert_eq!(from.iter().collect::<Vec<_>>(), [b"drop", b"keep"]);
}

#[test]
fn the_fold_alone() {
    let (bucket, folder) = (bucket("bare"), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("a", "1").unwrap();
    let watch = bucket.follow_into(&fold, &WatchOptions::new()).unwrap();
    watch.wait_revision(1, TIMEOUT).unwrap();
    refused(fold.close(), Status::Busy, "");
    refused(bucket.watch(&fold, &WatchOptions::new()), Status::Busy, "");
    watch.close().unwrap();
    assert_eq!(fold.get("a").unwrap().unwrap().value(), b"1");
    fold.close().unwrap();
}

/// A watch whose callbacks end it; nothing moved, and the batch comes again.
fn failing(name: &str, panics_in: &'static str, fails: bool) -> (Error, Vec<String>) {
    let (bucket, folder) = (bucket(name), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("first", "1").unwrap();
    bucket.put("second", "2").unwrap();
    let (mut recorder, said) = Recorder::new();
    (recorder.panics_in, recorder.fails) = (panics_in, fails);
    // Both in one batch.
    let options = WatchOptions::new()
        .batch_updates_max(2)
        .batch_close(choice::BatchClose::Window)
        .window_ms(60_000);
    let watch = bucket.follow(&fold, &options, recorder).unwrap();
    let error = watch.wait_caught_up(TIMEOUT).unwrap_err();
    assert_eq!(watch.close().unwrap_err(), error);
    assert_eq!(fold.cursor().unwrap().0, Cursor::default());
    let seen = drain(&mut bucket.watch(&fold, &to_the_end()).unwrap());
    assert_eq!(keys(&seen), ["first", "second"]);
    let said = said.lock().unwrap().clone();
    // Everything that parse made is gone, once.
    for key in ["first", "second"] {
        let dropped = format!("drop {key}");
        let expected = usize::from(!(panics_in == "parse" && key == "second"));
        assert_eq!(said.iter().filter(|text| **text == dropped).count(), expected, "{said:?}");
    }
    (error, said)
}

#[test]
fn a_panic_in_apply_ends_the_watch() {
    let (error, said) = failing("panic-apply", "apply", false);
    let sentence = "a callback panicked: no such route é in apply";
    refused::<()>(Err(error), Status::CallbackFailed, sentence);
    assert_eq!(said.last().unwrap(), "end Err(CallbackFailed) at 0");
}

#[test]
fn a_panic_in_parse_ends_the_watch() {
    let (error, said) = failing("panic-parse", "parse", false);
    refused::<()>(Err(error), Status::CallbackFailed, "no such route é in parse");
    assert!(!said.iter().any(|text| text.starts_with("apply")), "{said:?}");
}

#[test]
fn a_status_of_ones_own_goes_through() {
    let (error, _) = failing("own-status", "", true);
    assert_eq!((error.code(), error.message()), (1007, "the table is full"));
    assert_eq!(error.to_string(), "status 1007: the table is full");
}

#[test]
fn a_panic_where_nothing_can_fail_is_left_at_that() {
    let bucket = bucket("panic-applied");
    bucket.put("a", "1").unwrap();
    let (mut recorder, said) = Recorder::new();
    recorder.panics_in = "on_applied";
    let watch = bucket.follow(None, &WatchOptions::new(), recorder).unwrap();
    watch.wait_revision(1, TIMEOUT).unwrap();
    watch.close().unwrap();
    assert!(said.lock().unwrap().contains(&"applied 1 to 1".to_owned()));
}

/// Cancels its own watch while it applies the first item.
struct Canceller {
    started: std::sync::mpsc::Receiver<WatchHandle>,
    errors: Sender<Status>,
    discarded: Sender<String>,
}

impl Follow for Canceller {
    type Item = String;

    fn parse(&mut self, update: Update<'_>) -> Option<String> {
        Some(String::from_utf8(update.key().to_vec()).unwrap())
    }

    fn apply(&mut self, _: Items<'_, String>) -> Result<()> {
        let watch = self.started.recv().unwrap();
        // Waiting for oneself is refused; what does not wait is allowed.
        self.errors.send(watch.wait_caught_up(TIMEOUT).unwrap_err().status()).unwrap();
        self.errors.send(watch.close().unwrap_err().status()).unwrap();
        watch.status()?;
        watch.cancel()
    }

    fn discard(&mut self, item: String) {
        self.discarded.send(item).unwrap();
    }
}

#[test]
fn what_never_reaches_apply_is_discarded() {
    let bucket = bucket("discards");
    for key in ["a", "b", "c"] {
        bucket.put(key, "1").unwrap();
    }
    let (start, started) = channel();
    let (errors, refusals) = channel();
    let (discarded, discards) = channel();
    let canceller = Canceller { started, errors, discarded };
    // Nothing but one at a time, so that what is discarded was received and not applied.
    let options = WatchOptions::new().batch_updates_max(1);
    let watch = bucket.follow(None, &options, canceller).unwrap();
    start.send(watch.handle()).unwrap();
    refused(watch.wait_revision(99, TIMEOUT), Status::Cancelled, "");
    refused(watch.close(), Status::Cancelled, "");
    drop(start);
    assert_eq!(refusals.iter().collect::<Vec<_>>(), [Status::Deadlock, Status::Deadlock]);
    let discards: Vec<String> = discards.iter().collect();
    assert!(discards.iter().all(|key| key == "b" || key == "c"), "{discards:?}");
}

#[test]
fn what_the_callbacks_hold_is_given_back() {
    let bucket = bucket("given-back");
    let held = Arc::new(());
    let theirs = held.clone();
    let options = WatchOptions::new().set("no_such_option", "1");
    let failed = bucket.follow_updates(None, &options, move |_| {
        let _ = &theirs;
        Ok(())
    });
    refused(failed.map(|_| ()), Status::UnknownOption, "no_such_option");
    assert_eq!(Arc::strong_count(&held), 1);
    let theirs = held.clone();
    let watch = bucket.follow_updates(None, &WatchOptions::new(), move |_| {
        let _ = &theirs;
        Ok(())
    });
    assert_eq!(Arc::strong_count(&held), 2);
    drop(watch);
    assert_eq!(Arc::strong_count(&held), 1);
    // Also where the library refuses the start itself.
    let theirs = held.clone();
    let cursor = WatchOptions::new().cursor("slip1:another:1:1");
    let refused_start = bucket.follow_updates(None, &cursor, move |_| {
        let _ = &theirs;
        Ok(())
    });
    assert!(refused_start.is_err());
    assert_eq!(Arc::strong_count(&held), 1);
}
