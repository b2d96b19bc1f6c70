//! A watch as a stream of batches. The library has no wakeup to poll, so that one thread waits for the
//! stream, only while it is polled; no runtime is needed.
use crate::{Batch, Error, Result, Status, Watch, WatchHandle};
use futures_core::Stream;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

type Next = Result<Option<Batch<'static>>>;

#[derive(Default)]
struct State {
    wanted: bool,
    closed: bool,
    next: Option<Next>,
    waker: Option<Waker>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics but a waker of the caller's, which is called without it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The batches of a watch; made by [`Watch::into_stream`]. Acknowledge each before the next is asked
/// for ([`Status::Misuse`] otherwise); [`Batch::ack`] blocks for one commit.
///
/// It ends after `stop_at` or a close; an error is its last item, but for [`Status::Interrupted`].
pub struct BatchStream {
    shared: Arc<Shared>,
    // Owns the watch: dropping the stream cancels it.
    watch: Watch,
    waiter: Option<JoinHandle<()>>,
    ended: bool,
}

impl Watch {
    /// As a `futures::Stream`, for any runtime.
    pub fn into_stream(self) -> Result<BatchStream> {
        let shared = Arc::new(Shared::default());
        let (theirs, handle) = (shared.clone(), self.handle());
        let waiter = std::thread::Builder::new()
            .name("slip-rust-stream".into())
            .spawn(move || wait_for_batches(&theirs, &handle))
            .map_err(|error| {
                let sentence = format!("cannot start the thread of a stream: {error}");
                Error::new(Status::OutOfMemory, sentence)
            })?;
        Ok(BatchStream { shared, watch: self, waiter: Some(waiter), ended: false })
    }
}

fn wait_for_batches(shared: &Shared, watch: &WatchHandle) {
    loop {
        let mut state = shared.lock();
        while !state.wanted && !state.closed {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return;
        }
        state.wanted = false;
        drop(state);
        let next = watch.next(None);
        let mut state = shared.lock();
        state.next = Some(next);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl BatchStream {
    /// What any thread may do with the watch.
    pub fn handle(&self) -> WatchHandle {
        self.watch.handle()
    }
}

impl Stream for BatchStream {
    type Item = Result<Batch<'static>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut state = self.shared.lock();
        let Some(next) = state.next.take() else {
            // The first poll asks; later ones only say who waits now.
            if state.waker.replace(context.waker().clone()).is_none() {
                state.wanted = true;
                self.shared.changed.notify_one();
            }
            return Poll::Pending;
        };
        drop(state);
        let passing = matches!(&next, Err(error) if error.status() == Status::Interrupted);
        self.ended = !(matches!(next, Ok(Some(_))) || passing);
        Poll::Ready(next.transpose())
    }
}

impl Drop for BatchStream {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        let cancelled = self.watch.cancel();
        // In a forked child the thread is not there: nobody would end the wait for it.
        let forked = matches!(cancelled, Err(error) if error.status() == Status::Forked);
        if let Some(waiter) = self.waiter.take().filter(|_| !forked) {
            let _ = waiter.join();
        }
    }
}
