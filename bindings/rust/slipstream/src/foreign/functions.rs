//! The functions of a foreign bucket, as the library calls them.
//!
//! Each is called as the contract of slip_bucket_functions says: `user` is what `of` boxed, which
//! lives until destroy and is shared (B: Sync); arguments live for the call; a listing or source is what
//! its own open gave, one call of it at a time.
use super::{BucketSource, Feed, FeedRequest, Listing};
use crate::calls::{answered, caught_silently};
use crate::error::call;
use crate::handle::Owned;
use crate::text::read_view;
use crate::{BucketState, Error, OwnedUpdate, Result, Status, Update};
use slipstream_sys as sys;
use std::ffi::{c_char, c_int, c_void};

const LISTED_MAX: usize = 1000;

/// The functions of one bucket, which now belongs to their `user`: destroy gives it back.
pub(super) fn of<B: BucketSource>(source: B) -> sys::slip_bucket_functions {
    let mut functions = sys::slip_bucket_functions {
        capabilities: if B::FROM_STATE { sys::SLIP_BUCKET_FROM_STATE } else { 0 }
            | if B::HEARTBEATS { sys::SLIP_BUCKET_HEARTBEATS } else { 0 },
        user: Box::into_raw(Box::new(source)).cast(),
        info: Some(info::<B>),
        watch: Some(watch::<B>),
        stop: Some(stop::<B>),
        destroy: Some(destroy::<B>),
        ..Default::default()
    };
    if B::GET {
        functions.get = Some(get::<B>);
    }
    if B::AT_REVISION {
        functions.at_revision = Some(at_revision::<B>);
    }
    if B::LIST {
        functions.list_open = Some(list_open::<B>);
        functions.list_next = Some(list_next);
        functions.list_close = Some(list_close);
    }
    if B::CREDIT {
        functions.credit = Some(credit::<B>);
    }
    functions
}

fn add(answer: *mut sys::slip_answer, updates: &[OwnedUpdate]) -> Result<()> {
    let rows: Vec<Update<'_>> = updates.iter().map(OwnedUpdate::as_update).collect();
    // SAFETY: the answer is valid during the call that it was given to, in which this runs.
    call(|e| unsafe { sys::slip_answer_add(answer, Update::rows(&rows), rows.len(), e) })
}

fn add_found(answer: *mut sys::slip_answer, update: Option<OwnedUpdate>) -> Result<()> {
    let update = update.ok_or_else(|| Error::new(Status::NotFound, "not found"))?;
    add(answer, std::slice::from_ref(&update))
}

/// # Safety
/// An argument (pointer, size) of the library's, read during its call.
pub(super) unsafe fn argument<'a>(data: *const c_void, size: usize) -> &'a [u8] {
    // SAFETY: as the caller promises.
    unsafe { read_view(sys::slip_bytes { data: data.cast(), size }) }
}

unsafe extern "C" fn info<B: BucketSource>(
    user: *mut c_void,
    out: *mut sys::slip_bucket_state,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let (bucket, out) = (&*user.cast::<B>(), &mut *out);
        answered(text, size, || {
            let mut state = BucketState::from(&*out);
            bucket.info(&mut state)?;
            state.write_to(out);
            Ok(())
        })
    }
}

unsafe extern "C" fn get<B: BucketSource>(
    user: *mut c_void,
    key: *const c_void,
    key_size: usize,
    answer: *mut sys::slip_answer,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let (bucket, key) = (&*user.cast::<B>(), argument(key, key_size));
        answered(text, size, || add_found(answer, bucket.get(key)?))
    }
}

unsafe extern "C" fn at_revision<B: BucketSource>(
    user: *mut c_void,
    revision: u64,
    answer: *mut sys::slip_answer,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let bucket = &*user.cast::<B>();
        answered(text, size, || add_found(answer, bucket.at_revision(revision)?))
    }
}

unsafe extern "C" fn list_open<B: BucketSource>(
    user: *mut c_void,
    prefix: *const c_void,
    prefix_size: usize,
    with_values: c_int,
    out: *mut *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let (bucket, prefix) = (&*user.cast::<B>(), argument(prefix, prefix_size));
        answered(text, size, || {
            let listing = bucket.list(prefix, with_values != 0)?;
            *out = Box::into_raw(Box::new(listing)).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn list_next(
    _user: *mut c_void,
    listing: *mut c_void,
    answer: *mut sys::slip_answer,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let listing = &mut *listing.cast::<Listing>();
        answered(text, size, || {
            let part: Vec<OwnedUpdate> =
                listing.by_ref().take(LISTED_MAX).collect::<Result<_>>()?;
            if part.is_empty() {
                return Err(Error::new(Status::End, ""));
            }
            add(answer, &part)
        })
    }
}

unsafe extern "C" fn list_close(_user: *mut c_void, listing: *mut c_void) {
    // SAFETY: see the head of this file; the last call of this listing.
    let listing = unsafe { Box::from_raw(listing.cast::<Listing>()) };
    caught_silently(|| drop(listing));
}

unsafe extern "C" fn watch<B: BucketSource>(
    user: *mut c_void,
    request: *const sys::slip_feed_request,
    feed: *mut sys::slip_feed,
    out_source: *mut *mut c_void,
    text: *mut c_char,
    size: usize,
) -> sys::slip_status {
    // SAFETY: see the head of this file.
    unsafe {
        let (bucket, raw) = (&*user.cast::<B>(), &*request);
        let prefixes = std::slice::from_raw_parts(raw.prefixes, raw.prefix_count);
        let request = FeedRequest {
            from_state: raw.from_state != 0,
            from_revision: raw.from_revision,
            prefixes: prefixes.iter().map(|prefix| read_view(*prefix)).collect(),
            credit_updates: raw.credit_updates,
            credit_bytes: raw.credit_bytes,
            idle_heartbeat_ms: raw.idle_heartbeat_ms,
        };
        let mut source = std::ptr::null_mut();
        let status = answered(text, size, || {
            source = Box::into_raw(Box::new(bucket.watch(&request)?));
            Ok(())
        });
        if status != sys::SLIP_OK {
            // The feed stays the library's: nobody of ours has seen it.
            return status;
        }
        // From here on the feed is ours, whatever happens: SLIP_OK is returned.
        *out_source = source.cast();
        if let Ok(feed) = Owned::new(feed, "feed") {
            caught_silently(|| bucket.start(&mut *source, Feed(feed)));
        }
        sys::SLIP_OK
    }
}

unsafe extern "C" fn credit<B: BucketSource>(
    user: *mut c_void,
    source: *mut c_void,
    updates: usize,
    bytes: usize,
) {
    // SAFETY: see the head of this file.
    unsafe {
        let (bucket, source) = (&*user.cast::<B>(), &mut *source.cast::<B::Source>());
        caught_silently(|| bucket.credit(source, updates, bytes));
    }
}

unsafe extern "C" fn stop<B: BucketSource>(user: *mut c_void, source: *mut c_void) {
    // SAFETY: see the head of this file; the last call with this source.
    unsafe {
        let (bucket, source) = (&*user.cast::<B>(), Box::from_raw(source.cast::<B::Source>()));
        caught_silently(|| bucket.stop(*source));
    }
}

unsafe extern "C" fn destroy<B: BucketSource>(user: *mut c_void) {
    // SAFETY: see the head of this file; the last call of all.
    let bucket = unsafe { Box::from_raw(user.cast::<B>()) };
    caught_silently(|| drop(bucket));
}
