//! Steps of watches: pulled from, or calling.
use crate::{Machine, Said, decoded, done, fail, number, options, pop, say, shown, top};
use slipstream::{
    Batch, Cursor, Error, ExportOptions, Fold, Follow, Followed, Items, Status, Update, Watch,
    WatchHandle, WatchOptions,
};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

const WAIT: Option<Duration> = Some(Duration::from_secs(60));

/// A watch, and what it has seen where it calls.
pub enum Watching {
    Pulled(Watch),
    Calling(Followed, Arc<Mutex<Seen>>),
}

#[derive(Default)]
pub struct Seen {
    applied: String,
    revision: u64,
    end: Option<i32>,
}

impl Watching {
    fn handle(&self) -> WatchHandle {
        match self {
            Self::Pulled(watch) => watch.handle(),
            Self::Calling(watch, _) => watch.handle(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        match self {
            Self::Pulled(_) => fail("this watch does not call"),
            Self::Calling(_, seen) => seen.lock().unwrap_or_else(|error| fail(error)),
        }
    }
}

/// What the watch calls, on its own thread.
struct Calls {
    rejected: Vec<u8>,
    seen: Arc<Mutex<Seen>>,
}

impl Calls {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(|error| fail(error))
    }
}

impl Follow for Calls {
    type Item = String;

    fn parse(&mut self, update: Update<'_>) -> Option<String> {
        let refused = !self.rejected.is_empty() && update.key().starts_with(&self.rejected);
        (!refused).then(|| shown(&update, false))
    }

    fn apply(&mut self, items: Items<'_, String>) -> slipstream::Result<()> {
        let mut poisoned = false;
        for (update, text) in items {
            poisoned |= update.value().windows(6).any(|part| part == b"poison");
            self.seen().applied += &format!(" {text}");
        }
        match poisoned {
            true => Err(Error::new(Status::User(1007), "the poison was found")),
            false => Ok(()),
        }
    }

    fn on_applied(&mut self, cursor: Cursor, _: usize) {
        self.seen().revision = cursor.revision;
    }

    fn on_end(&mut self, result: slipstream::Result<()>, _: Cursor) {
        self.seen().end = Some(result.map_or_else(|error| error.code(), |()| 0));
    }
}

fn within(milliseconds: &str) -> Option<Duration> {
    Some(Duration::from_millis(number(milliseconds)))
}

fn fold_of<'m>(m: &'m Machine, place: &str) -> Option<&'m Fold> {
    (place == "fold").then(|| top(&m.folds))
}

fn ended() -> Error {
    Error::new(Status::End, "the watch has ended")
}

pub fn run(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["watch_open", place, words @ ..] => {
            let options = options!(WatchOptions, m, words, scope);
            let made = top(&m.buckets).watch(fold_of(m, place), &options);
            done(made.map(|watch| m.watches.push(Watching::Pulled(watch))))
        }
        ["follow", place, rejected, words @ ..] => {
            let options = options!(WatchOptions, m, words, scope);
            let seen = Arc::new(Mutex::new(Seen::default()));
            let calls = Calls { rejected: decoded(rejected), seen: seen.clone() };
            let made = top(&m.buckets).follow(fold_of(m, place), &options, calls);
            done(made.map(|watch| m.watches.push(Watching::Calling(watch, seen))))
        }
        ["next", timeout, then] => next(m, within(timeout), then),
        ["pull", want] => pull(m, number(want)),
        ["pull_to_end"] => pull(m, usize::MAX),
        ["watch_free"] => {
            pop(&mut m.watches);
            say(&[])
        }
        ["watch_export", name] => {
            let summary = handle(m).export(m.path(name), &ExportOptions::new());
            crate::folds::summary(m, summary)
        }
        _ => return looking(m, words),
    })
}

fn handle(m: &Machine) -> WatchHandle {
    top(&m.watches).handle()
}

fn looking(m: &Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["applied"] => handle(m).status().map(|s| {
            let mut seen = top(&m.watches).seen();
            let applied = std::mem::take(&mut seen.applied);
            format!(" {} {}{applied}", seen.revision, s.rejected)
        }),
        ["ended"] => match top(&m.watches).seen().end {
            Some(status) => say(&[&status]),
            None => fail("the watch has not ended"),
        },
        ["watch_status"] => handle(m).status().and_then(|s| {
            let (state, end, ready) =
                (i32::from(s.state), i32::from(s.end_status), u8::from(s.ready));
            let at = s.cursor.revision;
            say(&[&state, &end, &ready, &at, &s.lag_revisions, &s.applied, &s.replayed])
        }),
        ["watch_events"] => handle(m).events().map(|events| {
            let one = |e: &slipstream::WatchEvent| {
                format!(" {}:{}:{}:{}", i32::from(e.event), e.name, e.count, e.last_revision)
            };
            events.iter().map(one).collect()
        }),
        ["wait_caught_up", timeout] => done(handle(m).wait_caught_up(within(timeout))),
        ["wait_revision", revision, timeout] => {
            done(handle(m).wait_revision(number(revision), within(timeout)))
        }
        ["cancel"] => done(handle(m).cancel()),
        ["interrupt"] => done(handle(m).interrupt()),
        ["watch_close"] => handle(m).close().and_then(|cursor| say(&[&cursor.revision])),
        _ => return None,
    })
}

fn updates(m: &Machine, batch: &Batch<'_>) -> String {
    batch.updates().iter().map(|update| format!(" {}", m.show(update))).collect()
}

fn next(m: &Machine, timeout: Option<Duration>, then: &str) -> Said {
    let mut batch = handle(m).next(timeout)?.ok_or_else(ended)?;
    let (count, revision) = (batch.updates().len(), batch.cursor().revision);
    let shown = updates(m, &batch);
    if then == "ack" {
        batch.ack()?;
    }
    Ok(format!(" {count} {revision}{shown}"))
}

fn pull(m: &Machine, want: usize) -> Said {
    let (mut out, mut seen) = (String::new(), 0);
    while seen < want {
        match handle(m).next(WAIT)? {
            Some(mut batch) => {
                seen += batch.updates().len();
                out += &updates(m, &batch);
                batch.ack()?;
            }
            None if want == usize::MAX => break,
            None => return Err(ended()),
        }
    }
    Ok(out)
}
