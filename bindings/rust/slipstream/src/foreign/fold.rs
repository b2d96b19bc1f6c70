//! A fold of your own kind.
use crate::calls::{answered, caught_silently};
use crate::error::call;
use crate::text::{c_name, read_view, view_of};
use crate::{Error, Fold, Result, Status, Update, check_library};
use slipstream_sys as sys;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

/// The rows of a scan, which live as long as their snapshot.
pub type Rows<'s> = Box<dyn Iterator<Item = Result<Update<'s>>> + Send + 's>;

/// One commit: see `slip_fold_changes` of slipstream.h.
#[derive(Clone, Copy)]
pub struct Changes<'a>(&'a sys::slip_fold_changes);

impl<'a> Changes<'a> {
    /// Ascending by key: each in place of whatever is there.
    pub fn puts(&self) -> &'a [Update<'a>] {
        // SAFETY: an array that lives for the call of commit, which 'a is.
        unsafe { Update::slice(self.0.puts, self.0.put_count) }
    }

    /// Ascending: keys whose rows go.
    pub fn removals(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let count = self.0.removal_count;
        // SAFETY: an array that lives for the call of commit, which 'a is.
        let rows = match count {
            0 => &[],
            _ => unsafe { std::slice::from_raw_parts(self.0.removals, count) },
        };
        // SAFETY: the keys live as the array does.
        rows.iter().map(|key| unsafe { read_view(*key) })
    }

    /// In place of the former one.
    pub fn meta(&self) -> &'a [u8] {
        // SAFETY: lives for the call of commit, which 'a is.
        unsafe { read_view(self.0.meta) }
    }
}

/// One committed state of a store. What it gives is borrowed from it, and not copied.
pub trait StoreSnapshot: Send + Sync + 'static {
    /// The library's bytes of that commit; empty where there never was one.
    fn meta(&self) -> &[u8];

    /// The row of a key, a tombstone too.
    fn get(&self, key: &[u8]) -> Result<Option<Update<'_>>>;

    /// Every row from the key `from` on, inclusive, in byte order of keys; an empty `from`: from the
    /// first one, or with `reverse` from the last.
    fn scan(&self, from: &[u8], reverse: bool) -> Result<Rows<'_>>;
}

impl<S: StoreSnapshot> StoreSnapshot for Arc<S> {
    fn meta(&self) -> &[u8] {
        S::meta(self)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Update<'_>>> {
        S::get(self, key)
    }

    fn scan(&self, from: &[u8], reverse: bool) -> Result<Rows<'_>> {
        S::scan(self, from, reverse)
    }
}

/// A store of your kind: a map in byte order of keys with snapshots, and one call that changes it with
/// all or nothing. Any function may run on any thread, several at once, but one commit at a time. The
/// rules are those of FOREIGN FOLD in slipstream.h.
///
/// ```
/// use slipstream::foreign::{Changes, FoldStore, Rows, StoreSnapshot, open_fold};
/// use slipstream::{Cursor, OwnedUpdate, Result, Update};
/// use std::{collections::BTreeMap, ops::Bound, sync::{Arc, Mutex}};
///
/// /// A map in memory; a commit makes a new one.
/// #[derive(Clone, Default)]
/// struct State { rows: BTreeMap<Vec<u8>, OwnedUpdate>, meta: Vec<u8> }
/// struct Memory(Mutex<Arc<State>>);
///
/// fn view<'s>((_, row): (&Vec<u8>, &'s OwnedUpdate)) -> Result<Update<'s>> {
///     Ok(row.as_update())
/// }
///
/// impl StoreSnapshot for State {
///     fn meta(&self) -> &[u8] {
///         &self.meta
///     }
///     fn get(&self, key: &[u8]) -> Result<Option<Update<'_>>> {
///         Ok(self.rows.get(key).map(|row| row.as_update()))
///     }
///     fn scan(&self, from: &[u8], reverse: bool) -> Result<Rows<'_>> {
///         let first = if from.is_empty() { Bound::Unbounded } else { Bound::Included(from) };
///         Ok(match reverse {
///             false => Box::new(self.rows.range::<[u8], _>((first, Bound::Unbounded)).map(view)),
///             true => Box::new(self.rows.range::<[u8], _>((Bound::Unbounded, first)).rev().map(view)),
///         })
///     }
/// }
///
/// impl FoldStore for Memory {
///     type Snapshot = Arc<State>;
///     fn snapshot(&self) -> Result<Arc<State>> {
///         Ok(self.0.lock().unwrap().clone())
///     }
///     fn commit(&self, changes: Changes<'_>) -> Result<()> {
///         let mut newest = self.0.lock().unwrap();
///         let mut next = State::clone(&newest);
///         for row in changes.puts() {
///             next.rows.insert(row.key().to_vec(), row.to_owned());
///         }
///         for key in changes.removals() {
///             next.rows.remove(key);
///         }
///         next.meta = changes.meta().to_vec();
///         *newest = Arc::new(next);
///         Ok(())
///     }
/// }
///
/// let fold = open_fold("memory", Memory(Default::default()))?;
/// fold.apply("routes", &[Update::put(b"a", b"1", 1)], Cursor { epoch: 1, revision: 1 })?;
/// assert_eq!(fold.snapshot()?.get("a")?.unwrap().value(), b"1");
/// # Ok::<(), slipstream::Error>(())
/// ```
pub trait FoldStore: Send + Sync + 'static {
    /// See [`StoreSnapshot`].
    type Snapshot: StoreSnapshot;

    /// `commit` is not there.
    const READ_ONLY: bool = false;

    /// The newest committed state, which stays as it is while commits go on.
    fn snapshot(&self) -> Result<Self::Snapshot>;

    /// Rows and meta, all or nothing, also if the process dies in between.
    fn commit(&self, changes: Changes<'_>) -> Result<()>;

    /// Every commit so far is safe against a power loss.
    fn sync(&self) -> Result<()> {
        Ok(())
    }

    /// A check of your own, after the library has read every row.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// The fold is closed: no further snapshots and commits.
    fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// A fold of your kind; `name` stands for it in sentences and metrics.
pub fn open_fold<S: FoldStore>(name: &str, store: S) -> Result<Fold> {
    check_library()?;
    let (c, mut out) = (c_name("fold", name)?, std::ptr::null_mut());
    let functions = sys::slip_fold_functions {
        user: Box::into_raw(Box::new(store)).cast(),
        snapshot_open: Some(snapshot_open::<S>),
        snapshot_close: Some(snapshot_close::<S>),
        get: Some(get::<S>),
        scan_open: Some(scan_open::<S>),
        scan_next: Some(scan_next),
        scan_close: Some(scan_close),
        commit: if S::READ_ONLY { None } else { Some(commit::<S>) },
        sync: Some(sync::<S>),
        check: Some(check::<S>),
        close: Some(close::<S>),
        destroy: Some(destroy::<S>),
        ..Default::default()
    };
    // SAFETY: the name lives for the call; the struct is copied, and `user` is given back by destroy,
    // also when this fails.
    call(|e| unsafe { sys::slip_fold_open_foreign(c.as_ptr(), &functions, &mut out, e) })?;
    Fold::take(out)
}

// Each function below is called as the contract of slip_fold_functions says: `user` is what open_fold
// boxed, which lives until destroy and is shared (S: Sync); a snapshot is what snapshot_open boxed,
// shared (Sync) until its snapshot_close; a scan is what scan_open boxed, one call of it at a time, and
// closed before its snapshot; other arguments live for the call.

unsafe extern "C" fn snapshot_open<S: FoldStore>(
    user: *mut c_void,
    out: *mut *mut c_void,
    out_meta: *mut sys::slip_bytes,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above. The meta lies in the boxed snapshot, which stays where it is.
    unsafe {
        let store = &*user.cast::<S>();
        answered(text, size, || {
            let snapshot = Box::new(store.snapshot()?);
            *out_meta = view_of(snapshot.meta());
            *out = Box::into_raw(snapshot).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn snapshot_close<S: FoldStore>(_user: *mut c_void, snapshot: *mut c_void) {
    // SAFETY: see above; the last call with this snapshot.
    let snapshot = unsafe { Box::from_raw(snapshot.cast::<S::Snapshot>()) };
    caught_silently(|| drop(snapshot));
}

unsafe extern "C" fn get<S: FoldStore>(
    _user: *mut c_void,
    snapshot: *mut c_void,
    key: *const c_void,
    key_size: usize,
    out: *mut sys::slip_update,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above. The row is borrowed from the snapshot, so it lives until its close.
    unsafe {
        let snapshot = &*snapshot.cast::<S::Snapshot>();
        let key = super::functions::argument(key, key_size);
        answered(text, size, || {
            let row = snapshot.get(key)?;
            *out = row.ok_or_else(|| Error::new(Status::NotFound, ""))?.raw();
            Ok(())
        })
    }
}

unsafe extern "C" fn scan_open<S: FoldStore>(
    _user: *mut c_void,
    snapshot: *mut c_void,
    from: *const c_void,
    from_size: usize,
    reverse: c_int,
    out: *mut *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above. The scan borrows the snapshot for as long as it likes ('static), and is closed
    // before it; to the caller's `scan` this is a lifetime like any other.
    unsafe {
        let snapshot: &'static S::Snapshot = &*snapshot.cast::<S::Snapshot>();
        let from = super::functions::argument(from, from_size);
        answered(text, size, || {
            let rows: Rows<'static> = snapshot.scan(from, reverse != 0)?;
            *out = Box::into_raw(Box::new(rows)).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn scan_next(
    _user: *mut c_void,
    scan: *mut c_void,
    out: *mut sys::slip_update,
    capacity: usize,
    out_count: *mut usize,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above; there is room for `capacity` rows, which are borrowed from the snapshot.
    unsafe {
        let rows = &mut *scan.cast::<Rows<'static>>();
        answered(text, size, || {
            let mut count = 0;
            while count < capacity {
                let Some(row) = rows.next() else { break };
                out.add(count).write(row?.raw());
                count += 1;
            }
            *out_count = count;
            if count == 0 { Err(Error::new(Status::End, "")) } else { Ok(()) }
        })
    }
}

unsafe extern "C" fn scan_close(_user: *mut c_void, scan: *mut c_void) {
    // SAFETY: see above; the last call of this scan.
    let rows = unsafe { Box::from_raw(scan.cast::<Rows<'static>>()) };
    caught_silently(|| drop(rows));
}

unsafe extern "C" fn commit<S: FoldStore>(
    user: *mut c_void,
    changes: *const sys::slip_fold_changes,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above.
    unsafe {
        let (store, changes) = (&*user.cast::<S>(), Changes(&*changes));
        answered(text, size, || store.commit(changes))
    }
}

unsafe extern "C" fn sync<S: FoldStore>(
    user: *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above.
    unsafe { answered(text, size, || (*user.cast::<S>()).sync()) }
}

unsafe extern "C" fn check<S: FoldStore>(
    user: *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above.
    unsafe { answered(text, size, || (*user.cast::<S>()).check()) }
}

unsafe extern "C" fn close<S: FoldStore>(
    user: *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see above.
    unsafe { answered(text, size, || (*user.cast::<S>()).close()) }
}

unsafe extern "C" fn destroy<S: FoldStore>(user: *mut c_void) {
    // SAFETY: see above; the last call of all.
    let store = unsafe { Box::from_raw(user.cast::<S>()) };
    caught_silently(|| drop(store));
}
