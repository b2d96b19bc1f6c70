//! The Rust arm of bindings: see bench/bindings/README.md.
use slipstream::{
    Bucket, BucketOptions, Connection, Fold, FoldOptions, Operation, Result, Watch, WatchOptions,
    Write,
    choice::{Durability, StopAt},
};
use std::collections::HashMap;
use std::time::{Duration, Instant};

const CHUNK: usize = 10_000;

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
}

/// Processor time of the whole process.
fn cpu_time() -> Duration {
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
    let mut time = TimeSpec { seconds: 0, nanoseconds: 0 };
    // SAFETY: the struct is that of 64-bit Linux, and lives for the call.
    assert_eq!(unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.seconds as u64, time.nanoseconds as u32)
}

fn each(span: Duration, count: usize) -> f64 {
    span.as_nanos() as f64 / count as f64
}

fn pull<'f>(bucket: &Bucket, fold: impl Into<Option<&'f Fold>>) -> Result<Watch> {
    bucket.watch(fold, &WatchOptions::new().stop_at(StopAt::CaughtUp))
}

fn fold(url: &str, bucket: &str, into: &str) -> Result<()> {
    let bucket = Connection::connect(url)?.bucket(bucket)?;
    let fold = Fold::open_with(into, &FoldOptions::new().durability(Durability::Process))?;
    let (start, mut updates) = (Instant::now(), 0);
    let mut watch = pull(&bucket, &fold)?;
    while let Some(mut batch) = watch.next(None)? {
        updates += batch.updates().len();
        batch.ack()?;
    }
    println!("{{\"seconds\":{:.6},\"updates\":{updates}}}", start.elapsed().as_secs_f64());
    Ok(())
}

fn fill(bucket: &Bucket, count: usize, value: &[u8]) -> Result<()> {
    for done in (0..count).step_by(CHUNK) {
        let numbers = done..count.min(done + CHUNK);
        let keys: Vec<String> =
            numbers.map(|i| format!("route.svc-{:06}.{i:08}", i / 1000)).collect();
        let writes: Vec<Write> = keys.iter().map(|k| Write::put(k.as_bytes(), value)).collect();
        bucket.put_many(&writes)?.into_iter().collect::<Result<Vec<_>>>()?;
    }
    Ok(())
}

fn consume(count: usize, size: usize) -> Result<()> {
    let bucket = Connection::connect("mem://")?.create_bucket("consume", &BucketOptions::new())?;
    fill(&bucket, count, &vec![7; size])?;
    let (start, cpu, mut updates, mut sum) = (Instant::now(), cpu_time(), 0, 0);
    let mut watch = pull(&bucket, None)?;
    while let Some(mut batch) = watch.next(None)? {
        for update in batch.updates() {
            let value = update.value();
            sum += (update.key().len() + value.len()) as u64;
            sum += value.last().copied().map_or(0, u64::from);
        }
        updates += batch.updates().len();
        batch.ack()?;
    }
    let (ns, cpu_ns) = (each(start.elapsed(), updates), each(cpu_time() - cpu, updates));
    println!("{{\"ns\":{ns:.2},\"cpu_ns\":{cpu_ns:.2},\"updates\":{updates},\"sum\":{sum}}}");
    Ok(())
}

fn get(url: &str, count: usize) -> Result<()> {
    let snapshot = Fold::open(url)?.snapshot()?;
    let mut keys = Vec::new();
    for update in snapshot.iter()?.take(count) {
        keys.push(update?.key().to_vec());
    }
    let (mut state, mut value) = (7u64, Vec::new());
    for i in (2..=keys.len()).rev() {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        keys.swap(i - 1, (state >> 33) as usize % i);
    }
    // The first round brings the pages in.
    for timed in [false, true] {
        let (start, cpu, mut hits) = (Instant::now(), cpu_time(), 0);
        for i in 0..count {
            if let Some(found) = snapshot.get(&keys[i % keys.len()])? {
                value.clear();
                value.extend_from_slice(found.value());
                hits += usize::from(value.last().is_some_and(|last| *last != 255));
            }
        }
        if timed {
            let (ns, cpu_ns) = (each(start.elapsed(), count), each(cpu_time() - cpu, count));
            println!("{{\"ns\":{ns:.2},\"cpu_ns\":{cpu_ns:.2},\"hits\":{hits}}}");
        }
    }
    Ok(())
}

fn table(url: &str, bucket: &str) -> Result<()> {
    let bucket = Connection::connect(url)?.bucket(bucket)?;
    let (start, mut all) = (Instant::now(), HashMap::<Vec<u8>, Vec<u8>>::new());
    let mut watch = pull(&bucket, None)?;
    while let Some(mut batch) = watch.next(None)? {
        for update in batch.updates() {
            match update.operation() {
                Operation::Put => all.insert(update.key().to_vec(), update.value().to_vec()),
                _ => all.remove(update.key()),
            };
        }
        batch.ack()?;
    }
    println!("{{\"seconds\":{:.6},\"updates\":{}}}", start.elapsed().as_secs_f64(), all.len());
    Ok(())
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().expect("a number");
    match words[..] {
        ["fold", url, bucket, into] => fold(url, bucket, into),
        ["consume", count, size] => consume(number(count), number(size)),
        ["get", url, count] => get(url, number(count)),
        ["map", url, bucket] => table(url, bucket),
        _ => panic!("usage: see bench/bindings/README.md"),
    }
}
