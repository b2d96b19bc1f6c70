//! The form of the watch that calls you.
use crate::calls::{answered, caught, caught_silently};
use crate::error::call;
use crate::options::as_ptr;
use crate::text::read_c;
use crate::{Bucket, Cursor, Error, Fold, Result, Update, WatchHandle, WatchOptions};
use slipstream_sys as sys;
use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

/// What a watch calls, on its own thread, one at a time, in the order of the bucket's revisions.
///
/// A panic in any of them ends the watch with [`Status::CallbackFailed`](crate::Status::CallbackFailed)
/// (but for one in `on_applied`, `discard` and `on_end`, which cannot fail and are left at that).
///
/// ```
/// use slipstream::{Connection, Follow, Items, Update};
/// use std::{collections::BTreeMap, sync::{Arc, Mutex}, time::Duration};
///
/// struct Table(Arc<Mutex<BTreeMap<String, u16>>>);
/// impl Follow for Table {
///     type Item = (String, u16);
///     fn parse(&mut self, update: Update<'_>) -> Option<Self::Item> {
///         let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
///         Some((text(update.key())?, text(update.value())?.parse().ok()?))
///     }
///     fn apply(&mut self, items: Items<'_, Self::Item>) -> slipstream::Result<()> {
///         self.0.lock().unwrap().extend(items.map(|(_, item)| item));
///         Ok(())
///     }
/// }
///
/// let ports = Connection::connect("mem://")?.create_bucket("ports", &Default::default())?;
/// ports.put("http", "80")?;
/// ports.put("junk", "no number")?; // rejected by parse: it is counted, and never reaches apply
/// let table = Arc::new(Mutex::new(BTreeMap::new()));
/// let watch = ports.follow(None, &Default::default(), Table(table.clone()))?;
/// watch.wait_caught_up(Some(Duration::from_secs(60)))?;
/// assert_eq!(watch.status()?.rejected, 1);
/// watch.close()?;
/// assert_eq!(table.lock().unwrap().get("http"), Some(&80));
/// # Ok::<(), slipstream::Error>(())
/// ```
pub trait Follow: Send + 'static {
    /// What an update becomes.
    type Item;

    /// Turn an update into an item; `None` rejects it: it is folded and counted, and never applied.
    fn parse(&mut self, update: Update<'_>) -> Option<Self::Item>;

    /// Apply the items of one batch. An error ends the watch with its status and sentence; cursor and
    /// fold stay where they were, and the batch comes again after a restart.
    fn apply(&mut self, items: Items<'_, Self::Item>) -> Result<()>;

    /// The batch of so many updates was committed. Without a fold this is the cursor to keep.
    fn on_applied(&mut self, cursor: Cursor, updates: usize) {
        let _ = (cursor, updates);
    }

    /// An item that will never reach apply, because the watch was cancelled or failed.
    fn discard(&mut self, item: Self::Item) {
        drop(item);
    }

    /// The watch has ended; the last call. What it ended with is what [`WatchHandle::close`] gives.
    fn on_end(&mut self, result: Result<()>, cursor: Cursor) {
        let _ = (result, cursor);
    }
}

/// The items of one batch, each with its update; what is not taken is dropped.
pub struct Items<'a, T> {
    rows: std::slice::Iter<'a, sys::slip_item>,
    item: PhantomData<T>,
}

impl<'a, T> Iterator for Items<'a, T> {
    type Item = (Update<'a>, T);

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        // SAFETY: the update lives for the call of apply, which 'a is; the item is what parse made by
        // Box::into_raw, and each row is come by once.
        unsafe { Some((Update::from_raw(*row.update), *Box::from_raw(row.item.cast::<T>()))) }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<T> ExactSizeIterator for Items<'_, T> {}

impl<T> Drop for Items<'_, T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// The updates of one batch.
pub struct Updates<'a>(std::slice::Iter<'a, sys::slip_item>);

impl<'a> Iterator for Updates<'a> {
    type Item = Update<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // SAFETY: the update lives for the call of apply, which 'a is.
        self.0.next().map(|row| unsafe { Update::from_raw(*row.update) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Updates<'_> {}

/// A watch that calls you. Dropping it cancels it; nothing is called afterwards.
pub struct Followed(WatchHandle);

impl Followed {
    /// For other threads.
    pub fn handle(&self) -> WatchHandle {
        self.0.clone()
    }

    /// Flush what was received and stop: the committed cursor, or why the watch ended.
    pub fn close(self) -> Result<Cursor> {
        self.0.close()
    }
}

/// What a [`WatchHandle`] can do, a watch can.
impl std::ops::Deref for Followed {
    type Target = WatchHandle;

    fn deref(&self) -> &WatchHandle {
        &self.0
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// What `user` points to: the caller's callbacks, and what a parse left for apply to tell.
struct Calls<F> {
    functions: F,
    failed: Option<Error>,
}

/// Stands for the item of a parse that panicked; never given to the caller.
static FAILED_ITEM: u8 = 0;

fn failed_item() -> *mut c_void {
    (&raw const FAILED_ITEM).cast_mut().cast()
}

/// # Safety
/// `user` is what `launch` gave for this F. All functions but destroy run on one thread, one at a time,
/// so the reference is the only one.
unsafe fn calls_of<'a, F>(user: *mut c_void) -> &'a mut Calls<F> {
    // SAFETY: as the caller promises.
    unsafe { &mut *user.cast::<Calls<F>>() }
}

unsafe extern "C" fn parse<F: Follow>(
    user: *mut c_void,
    update: *const sys::slip_update,
) -> *mut c_void {
    // SAFETY: by the contract of slip_watch_callbacks; the update lives for the call.
    let (calls, update) = unsafe { (calls_of::<F>(user), Update::from_raw(*update)) };
    if calls.failed.is_some() {
        return failed_item();
    }
    match caught(|| Ok(calls.functions.parse(update))) {
        Ok(Some(item)) => Box::into_raw(Box::new(item)).cast(),
        Ok(None) => std::ptr::null_mut(),
        // apply, which can fail, tells it.
        Err(error) => {
            calls.failed = Some(error);
            failed_item()
        }
    }
}

unsafe extern "C" fn apply<F: Follow>(
    user: *mut c_void,
    items: *const sys::slip_item,
    count: usize,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: by the contract of slip_watch_callbacks; `count` is never 0.
    let (calls, rows) = unsafe { (calls_of::<F>(user), std::slice::from_raw_parts(items, count)) };
    // SAFETY: the library's buffer for the sentence.
    unsafe {
        answered(text, size, || {
            if let Some(error) = &calls.failed {
                let made = rows.iter().filter(|row| row.item != failed_item());
                made.for_each(|row| drop(Box::from_raw(row.item.cast::<F::Item>())));
                return Err(error.clone());
            }
            calls.functions.apply(Items { rows: rows.iter(), item: PhantomData })
        })
    }
}

unsafe extern "C" fn apply_updates<A: FnMut(Updates<'_>) -> Result<()>>(
    user: *mut c_void,
    items: *const sys::slip_item,
    count: usize,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: as apply.
    unsafe {
        let (calls, rows) = (calls_of::<A>(user), std::slice::from_raw_parts(items, count));
        answered(text, size, || (calls.functions)(Updates(rows.iter())))
    }
}

unsafe extern "C" fn on_applied<F: Follow>(
    user: *mut c_void,
    cursor: *const sys::slip_cursor,
    updates: usize,
) {
    // SAFETY: by the contract of slip_watch_callbacks.
    let (calls, cursor) = unsafe { (calls_of::<F>(user), *cursor) };
    caught_silently(|| calls.functions.on_applied(cursor.into(), updates));
}

unsafe extern "C" fn discard<F: Follow>(user: *mut c_void, item: *mut c_void) {
    if item == failed_item() {
        return;
    }
    // SAFETY: by the contract of slip_watch_callbacks; the item is what parse made, given once.
    let (calls, item) = unsafe { (calls_of::<F>(user), Box::from_raw(item.cast::<F::Item>())) };
    caught_silently(|| calls.functions.discard(*item));
}

unsafe extern "C" fn on_end<F: Follow>(
    user: *mut c_void,
    status: sys::slip_status,
    message: *const c_char,
    cursor: *const sys::slip_cursor,
) {
    // SAFETY: by the contract of slip_watch_callbacks; the message lives for the call.
    let (calls, cursor, message) = unsafe { (calls_of::<F>(user), *cursor, read_c(message)) };
    let result = match status {
        sys::SLIP_OK => Ok(()),
        status => Err(Error::new(status.into(), message)),
    };
    caught_silently(|| calls.functions.on_end(result, cursor.into()));
}

unsafe extern "C" fn destroy<F>(user: *mut c_void) {
    // SAFETY: what `launch` gave, for the last time: destroy comes exactly once, after all others.
    let calls = unsafe { Box::from_raw(user.cast::<Calls<F>>()) };
    caught_silently(|| drop(calls));
}

pub(crate) fn start<F: Follow>(
    bucket: &Bucket,
    fold: Option<&Fold>,
    options: &WatchOptions,
    functions: F,
) -> Result<Followed> {
    let callbacks = sys::slip_watch_callbacks {
        parse: Some(parse::<F>),
        apply: Some(apply::<F>),
        on_applied: Some(on_applied::<F>),
        discard: Some(discard::<F>),
        on_end: Some(on_end::<F>),
        ..Default::default()
    };
    launch(bucket, fold, options, functions, callbacks)
}

pub(crate) fn start_updates<A: FnMut(Updates<'_>) -> Result<()> + Send + 'static>(
    bucket: &Bucket,
    fold: Option<&Fold>,
    options: &WatchOptions,
    function: A,
) -> Result<Followed> {
    let apply = Some(apply_updates::<A> as ApplyFunction);
    let callbacks = sys::slip_watch_callbacks { apply, ..Default::default() };
    launch(bucket, fold, options, function, callbacks)
}

pub(crate) fn start_bare(bucket: &Bucket, fold: &Fold, options: &WatchOptions) -> Result<Followed> {
    launch(bucket, Some(fold), options, (), Default::default())
}

type ApplyFunction = unsafe extern "C" fn(
    *mut c_void,
    *const sys::slip_item,
    usize,
    *mut c_char,
    usize,
) -> sys::slip_status;

/// `callbacks` are functions of this F. F goes to the watch's thread, and by destroy to whichever frees
/// the watch: Send.
fn launch<F: Send + 'static>(
    bucket: &Bucket,
    fold: Option<&Fold>,
    options: &WatchOptions,
    functions: F,
    mut callbacks: sys::slip_watch_callbacks,
) -> Result<Followed> {
    let options = options.build()?;
    let calls = Box::new(Calls { functions, failed: None });
    callbacks.user = Box::into_raw(calls).cast();
    callbacks.destroy = Some(destroy::<F>);
    let (fold, mut out) = (fold.map_or(std::ptr::null_mut(), Fold::as_ptr), std::ptr::null_mut());
    // SAFETY: the handles are alive; options and output live for the call; the struct is copied, and
    // `user` is given back by destroy, also when this fails.
    call(|e| unsafe {
        sys::slip_watch_start(bucket.as_ptr(), fold, as_ptr(&options), &callbacks, &mut out, e)
    })?;
    Ok(Followed(WatchHandle::take(out)?))
}
