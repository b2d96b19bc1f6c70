//! The life of handles: how often the border is crossed, storms, cycles without a leak, forks, and ends of
//! the process. Run by one thread, since they count what the process has.
#[path = "suite/support.rs"]
#[allow(dead_code)]
mod support;

use slipstream::*;
use slipstream_sys as sys;
use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use support::*;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn fork() -> c_int;
    fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;
    fn prctl(option: c_int, ...) -> c_int;
    fn malloc_trim(pad: usize) -> c_int;
    fn _exit(code: c_int) -> !;
}

static CROSSINGS: AtomicUsize = AtomicUsize::new(0);

/// The library's own function behind the one of that name here.
fn next_of(name: &CStr) -> *mut c_void {
    const RTLD_NEXT: *mut c_void = -1isize as *mut c_void;
    // SAFETY: a NUL-terminated name.
    let found = unsafe { dlsym(RTLD_NEXT, name.as_ptr()) };
    assert!(!found.is_null());
    found
}

// The program's own symbols come before the library's, so that every crossing is seen.

/// # Safety
/// As slip_watch_next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn slip_watch_next(
    watch: *mut sys::slip_watch,
    timeout_ms: i64,
    out: *mut *mut sys::slip_batch,
    error: *mut *mut sys::slip_error,
) -> sys::slip_status {
    type Next = unsafe extern "C" fn(
        *mut sys::slip_watch,
        i64,
        *mut *mut sys::slip_batch,
        *mut *mut sys::slip_error,
    ) -> sys::slip_status;
    CROSSINGS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the function of that name has this type.
    unsafe {
        std::mem::transmute::<*mut c_void, Next>(next_of(c"slip_watch_next"))(
            watch, timeout_ms, out, error,
        )
    }
}

/// # Safety
/// As slip_batch_ack.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn slip_batch_ack(
    batch: *mut sys::slip_batch,
    error: *mut *mut sys::slip_error,
) -> sys::slip_status {
    type Ack =
        unsafe extern "C" fn(*mut sys::slip_batch, *mut *mut sys::slip_error) -> sys::slip_status;
    CROSSINGS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the function of that name has this type.
    unsafe { std::mem::transmute::<*mut c_void, Ack>(next_of(c"slip_batch_ack"))(batch, error) }
}

#[test]
fn many_updates_cross_in_few_calls() {
    const UPDATES: usize = 300_000;
    let bucket = bucket("crossings");
    let names: Vec<String> = (0..UPDATES).map(|i| format!("k{i:06}")).collect();
    let writes: Vec<Write> = names.iter().map(|k| Write::put(k.as_bytes(), k.as_bytes())).collect();
    assert!(bucket.put_many(&writes).unwrap().iter().all(|result| result.is_ok()));
    let before = CROSSINGS.load(Ordering::Relaxed);
    let begin = Instant::now();
    let (mut watch, mut seen) = (bucket.watch(None, &to_the_end()).unwrap(), 0);
    while let Some(mut batch) = watch.next(TIMEOUT).unwrap() {
        for update in batch.updates() {
            assert_eq!(
                (update.key(), update.value()),
                (names[seen].as_bytes(), names[seen].as_bytes())
            );
            seen += 1;
        }
        batch.ack().unwrap();
    }
    let crossed = CROSSINGS.load(Ordering::Relaxed) - before;
    let each = begin.elapsed().as_nanos() / UPDATES as u128;
    println!("figure: rust crossings of {seen} updates = {crossed}, {each} ns an update (debug)");
    assert_eq!(seen, UPDATES);
    assert!(0 < crossed && crossed <= 600, "{crossed}");
}

/// Small numbers from a seed (xorshift), the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(last + 1));
        }
    }
}

const SHORT: Option<Duration> = Some(Duration::from_millis(1));

/// One call of the storm; what it may not end with is told.
fn strike(watch: &WatchHandle, what: usize) -> Result<()> {
    match what {
        0 => watch.cancel(),
        1 => watch.close().map(|_| ()),
        2 | 3 => watch.interrupt(),
        4 => watch.status().map(|_| ()),
        5 => watch.wait_caught_up(SHORT),
        6 => watch.wait_revision(10, SHORT),
        7 => watch.events().map(|_| ()),
        8 => watch.next(SHORT).map(drop),
        _ => watch.next(SHORT)?.map_or(Ok(()), |mut batch| batch.ack()),
    }
}

fn expected(error: &Error) -> bool {
    matches!(
        error.status(),
        Status::Timeout
            | Status::End
            | Status::Interrupted
            | Status::Cancelled
            | Status::Misuse
            | Status::Closed
    )
}

fn one_round(bucket: &Bucket, seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let calls = Arc::new(AtomicUsize::new(0));
    let options = WatchOptions::new().batch_updates_max([1, 3, 100][dice.roll(3)]);
    // A third of the rounds is of watches that call: nothing may be called once close has returned.
    let follow = dice.roll(3) == 0;
    let (mut pulled, mut followed) = (None, None);
    let handle = if follow {
        let counted = calls.clone();
        let watch = bucket.follow_updates(None, &options, move |updates| {
            counted.fetch_add(updates.len(), Ordering::SeqCst);
            Ok(())
        });
        followed.insert(watch.unwrap()).handle()
    } else {
        pulled.insert(bucket.watch(None, &options).unwrap()).handle()
    };
    let begin = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            // Two of the four may end it; the others go on as if they did not know.
            let mut order: Vec<usize> = (if thread < 2 { 0 } else { 2 }..12).collect();
            dice.shuffle(&mut order);
            let (watch, begin) = (handle.clone(), begin.clone());
            std::thread::spawn(move || {
                begin.wait();
                order.into_iter().filter_map(|what| strike(&watch, what).err()).collect::<Vec<_>>()
            })
        })
        .collect();
    if dice.roll(2) == 0 {
        // The owner goes while the others are in their calls.
        drop((pulled.take(), followed.take()));
    }
    for thread in threads {
        for error in thread.join().unwrap() {
            assert!(expected(&error), "seed {seed}: {error}");
        }
    }
    let called = calls.load(Ordering::SeqCst);
    drop((pulled, followed, handle));
    assert_eq!(calls.load(Ordering::SeqCst), called, "seed {seed}: called after close");
    // The closure is gone with the last handle.
    assert_eq!(Arc::strong_count(&calls), 1, "seed {seed}");
}

#[test]
fn calls_from_several_threads_in_any_order() {
    let before = CROSSINGS.load(Ordering::Relaxed);
    let bucket = bucket("storm");
    for i in 0..20 {
        bucket.put(format!("k{i}"), "v").unwrap();
    }
    (1..=1000).for_each(|seed| one_round(&bucket, seed));
    println!("figure: rust storm crossings = {}", CROSSINGS.load(Ordering::Relaxed) - before);
}

/// (resident memory in KiB, threads, descriptors)
fn figures() -> (i64, i64, usize) {
    // What is free and kept by the allocator is no growth.
    // SAFETY: it takes a number alone.
    unsafe { malloc_trim(0) };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let number = |name: &str| -> i64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
    (number("VmRSS:"), number("Threads:"), descriptors)
}

fn cycle(folder: &Folder, i: u64) {
    let bucket = bucket("cycles");
    let options = FoldOptions::new().durability(choice::Durability::Process);
    let fold = Fold::open_with(&format!("lmdb:{}", folder.path("fold")), &options).unwrap();
    let snapshot = fold.snapshot().unwrap();
    let (seen, value) = (Arc::new(AtomicUsize::new(0)), i.to_string());
    let revision = bucket.put("a", &value).unwrap();
    assert_eq!(drain(&mut bucket.watch(None, &to_the_end()).unwrap()).len(), 1);
    let theirs = seen.clone();
    let watch = bucket.follow_updates(None, &WatchOptions::new(), move |updates| {
        theirs.fetch_add(updates.len(), Ordering::SeqCst);
        Ok(())
    });
    watch.unwrap().wait_revision(revision, TIMEOUT).unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    let cursor = Cursor { epoch: 1, revision: i + 1 };
    fold.apply("b", &[Update::put(b"a", value.as_bytes(), i + 1)], cursor).unwrap();
    assert!(bucket.get("b").unwrap().is_none());
    refused(bucket.put("not a key", ""), Status::Invalid, "key");
    assert_eq!(snapshot.iter().unwrap().count(), usize::from(i > 0));
    assert_eq!(bucket.scan("").unwrap().count(), 1);
}

#[test]
fn memory_threads_and_descriptors_stay_flat() {
    let long = std::env::var("SLIP_TEST_LANE").is_ok_and(|lane| lane == "long");
    let (folder, cycles) = (Folder::in_memory(), if long { 10_000 } else { 1_000 });
    // A huge page under a thread's stack is 2 MiB at once, and no growth of ours.
    const PR_SET_THP_DISABLE: c_int = 41;
    let none: c_ulong = 0;
    // SAFETY: it takes numbers alone.
    unsafe { prctl(PR_SET_THP_DISABLE, 1 as c_ulong, none, none, none) };
    (0..100).for_each(|i| cycle(&folder, i));
    let before = figures();
    (100..100 + cycles).for_each(|i| cycle(&folder, i));
    // A thread that was joined may be counted for a moment longer.
    let deadline = Instant::now() + Duration::from_secs(30);
    while figures().1 > before.1 && Instant::now() < deadline {
        std::thread::yield_now();
    }
    let after = figures();
    let grown = after.0 - before.0;
    println!("figure: rust cycles = {cycles}, resident memory grew by {grown} KiB");
    assert_eq!((after.1, after.2), (before.1, before.2));
    assert!(grown < 4096, "{grown} KiB");
}

/// What the child of a fork finds: 0, or the number of the first thing that is wrong.
fn in_the_child(nats: &Connection, bucket: &Bucket, fold: &Fold, watch: &Watch) -> c_int {
    let forked = |result: Result<()>| result.is_err_and(|error| error.status() == Status::Forked);
    let checks = [
        forked(nats.status().map(drop)),
        forked(bucket.put("a", "2").map(drop)),
        forked(fold.get("a").map(drop)),
        forked(fold.snapshot().map(drop)),
        forked(watch.status().map(drop)),
        forked(watch.handle().next(TIMEOUT).map(drop)),
        forked(watch.cancel()),
        forked(watch.handle().close().map(drop)),
    ];
    if let Some(wrong) = checks.iter().position(|good| !good) {
        return wrong as c_int + 1;
    }
    // Objects made in the child work.
    let own =
        Connection::connect("mem://").and_then(|own| own.create_bucket("c", &BucketOptions::new()));
    let Ok(own) = own else { return 20 };
    if own.put("a", "1").is_err() {
        return 21;
    }
    let Ok(mut again) = own.watch(None, &to_the_end()) else { return 22 };
    match again.next(TIMEOUT) {
        Ok(Some(batch)) if batch.updates().len() == 1 => 0,
        _ => 23,
    }
}

#[test]
fn in_a_forked_child_handles_are_forked() {
    let (folder, nats) = (Folder::new(), connect());
    let bucket = nats.create_bucket("fork", &BucketOptions::new()).unwrap();
    let fold = folder.fold("fold");
    bucket.put("a", "1").unwrap();
    let called = Arc::new(AtomicBool::new(false));
    let theirs = called.clone();
    let following = bucket.follow_updates(None, &WatchOptions::new(), move |_| {
        theirs.store(true, Ordering::SeqCst);
        Ok(())
    });
    let following = following.unwrap();
    following.wait_revision(1, TIMEOUT).unwrap();
    let (snapshot, scan) = (fold.snapshot().unwrap(), bucket.scan("").unwrap());
    let mut watch = bucket.watch(&fold, &WatchOptions::new()).unwrap();
    let batch = watch.handle().next(TIMEOUT).unwrap().unwrap();
    // SAFETY: the only other threads are the library's and the test's own runner; the child ends by
    // _exit.
    match unsafe { fork() } {
        0 => {
            let wrong = in_the_child(&nats, &bucket, &fold, &watch);
            // Freeing only forgets.
            drop((batch, scan, snapshot, following, watch, fold, bucket, nats));
            // SAFETY: ends the child without running what belongs to the parent.
            unsafe { _exit(wrong) }
        }
        child => {
            assert!(child > 0);
            let mut status = -1;
            // SAFETY: the child that was just made.
            assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
            assert_eq!(status, 0, "the child found {} wrong", status >> 8);
        }
    }
    drop(batch);
    refused(watch.next(TIMEOUT), Status::Cancelled, "");
    assert!(called.load(Ordering::SeqCst));
    following.close().unwrap();
}

/// Run in a process of its own: it ends with everything open and running.
#[test]
fn end_with_everything_open() {
    let Ok(path) = std::env::var("SLIP_RUST_END") else { return };
    let bucket = Box::leak(Box::new(bucket("end")));
    (0..2000).for_each(|i| assert!(bucket.put(format!("k{i}"), "v").is_ok()));
    let fold = Fold::open(&path).unwrap();
    let watch =
        bucket.follow_updates(&fold, &WatchOptions::new().batch_updates_max(10), |_| Ok(()));
    let waiting = bucket.watch(None, &WatchOptions::new()).unwrap();
    let writer = std::thread::spawn(|| while bucket.put("more", "").is_ok() {});
    let waiter = waiting.handle();
    std::thread::spawn(move || waiter.wait_revision(u64::MAX - 1, None));
    watch.unwrap().wait_revision(1000, TIMEOUT).unwrap();
    let _alive = (writer, waiting);
    std::process::exit(0);
}

#[test]
fn the_process_may_end_at_any_time() {
    let folder = Folder::new();
    for i in 0..5 {
        let path = format!("lmdb:{}", folder.path(&i.to_string()));
        let done = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "end_with_everything_open"])
            .env("SLIP_RUST_END", &path)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        // The path is free again, and what it holds is whole.
        assert!(Fold::open(&path).unwrap().check().unwrap() >= 1000);
    }
}
