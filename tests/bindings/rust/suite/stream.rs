//! A watch as a stream, on a runtime of twenty lines.
use crate::support::*;
use futures_core::Stream;
use slipstream::*;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (mut future, waker) = (pin!(future), Waker::from(Arc::new(Unpark(std::thread::current()))));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

async fn next(stream: &mut BatchStream) -> Option<Result<Batch<'static>>> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

#[test]
fn batches_come_until_the_end() {
    let bucket = bucket("stream");
    for i in 0..30 {
        bucket.put(format!("k{i}"), "v").unwrap();
    }
    let watch = bucket.watch(None, &to_the_end().batch_updates_max(10)).unwrap();
    let mut stream = watch.into_stream().unwrap();
    let mut seen = 0;
    block_on(async {
        while let Some(batch) = next(&mut stream).await {
            let mut batch = batch.unwrap();
            seen += batch.updates().len();
            batch.ack().unwrap();
        }
        assert!(next(&mut stream).await.is_none());
    });
    assert_eq!(seen, 30);
}

#[test]
fn misuse_interrupts_and_cancels() {
    let bucket = bucket("stream-ends");
    bucket.put("a", "1").unwrap();
    let mut stream = bucket.watch(None, &WatchOptions::new()).unwrap().into_stream().unwrap();
    let handle = stream.handle();
    block_on(async {
        let mut batch = next(&mut stream).await.unwrap().unwrap();
        batch.ack().unwrap();
        drop(batch);
        // An interrupt is an item; the stream goes on.
        handle.interrupt().unwrap();
        refused(next(&mut stream).await.unwrap(), Status::Interrupted, "");
        bucket.put("b", "2").unwrap();
        let first = next(&mut stream).await.unwrap().unwrap();
        assert_eq!(first.updates()[0].key(), b"b");
        refused(next(&mut stream).await.unwrap(), Status::Misuse, "");
        assert!(next(&mut stream).await.is_none());
    });
}

#[test]
fn dropping_it_ends_a_wait() {
    let bucket = bucket("stream-drop");
    let mut stream = bucket.watch(None, &WatchOptions::new()).unwrap().into_stream().unwrap();
    let waker = Waker::noop();
    let polled = Pin::new(&mut stream).poll_next(&mut Context::from_waker(waker));
    assert!(polled.is_pending());
    let handle = stream.handle();
    drop(stream);
    refused(handle.close(), Status::Cancelled, "");
}
