//! Reading and writing a bucket.
use crate::support::*;
use slipstream::*;

#[test]
fn bytes_in_bytes_out() {
    let bucket = bucket("bytes");
    let value: Vec<u8> = (0..=255).collect();
    assert_eq!(bucket.put("a.b", &value).unwrap(), 1);
    let entry = bucket.get("a.b").unwrap().expect("there");
    assert_eq!((entry.key(), entry.value(), entry.revision()), (&b"a.b"[..], &value[..], 1));
    let update = entry.update();
    assert_eq!(
        (update.operation(), update.flags(), update.ttl_ns()),
        (Operation::Put, Flags(0), 0)
    );
    assert!(update.timestamp_ns() > 1_000_000_000_000_000_000);
    assert!(bucket.get("nothing").unwrap().is_none());
}

#[test]
fn conditions() {
    let bucket = bucket("conditions");
    assert_eq!(bucket.put_if_absent("k", "1").unwrap(), 1);
    refused(bucket.put_if_absent("k", "2"), Status::Exists, "k");
    assert_eq!(bucket.put_if("k", "2", 1).unwrap(), 2);
    refused(bucket.put_if("k", "3", 1), Status::Conflict, "k");
    refused(bucket.remove_if("k", 1), Status::Conflict, "k");
    assert_eq!(bucket.remove_if("k", 2).unwrap(), 3);
    refused(bucket.remove("k"), Status::NotFound, "k");
    assert!(bucket.get("k").unwrap().is_none());
    assert_eq!(bucket.purge("k").unwrap(), 4);
    bucket.put("k", "5").unwrap();
    assert_eq!(bucket.remove("k").unwrap(), 6);
}

#[test]
fn keys_and_scans() {
    let bucket = bucket("scans");
    let names: Vec<String> = (0..600).map(|i| format!("k.{i:03}")).collect();
    let writes: Vec<Write> = names.iter().map(|k| Write::put(k.as_bytes(), b"v")).collect();
    assert!(bucket.put_many(&writes).unwrap().iter().all(|result| result.is_ok()));
    bucket.put("other", "").unwrap();
    bucket.remove("k.000").unwrap();
    let found: Vec<OwnedUpdate> = bucket.keys("k.").unwrap().collect::<Result<_>>().unwrap();
    assert_eq!(keys(&found), names[1..]);
    assert!(found.iter().all(|update| update.value.is_empty()));
    let mut scan = bucket.scan("").unwrap();
    let first = scan.next().unwrap().unwrap();
    assert_eq!((first.key, first.value), (b"k.001".to_vec(), b"v".to_vec()));
    let mut count = 1;
    while let Some(batch) = scan.next_batch().unwrap() {
        count += batch.len();
    }
    assert_eq!(count, 600);
    assert!(scan.next().is_none() && scan.next_batch().unwrap().is_none());
}

#[test]
fn many_at_once() {
    let bucket = bucket("many");
    let writes = [
        Write::put(b"a", b"1"),
        Write::put(b"b", b"2").if_revision(0),
        Write::put(b"a", b"3").if_revision(7),
        Write::delete(b"b"),
        Write::purge(b"c"),
        Write::put(b"not a key", b""),
    ];
    let results = bucket.put_many(&writes).unwrap();
    let revisions: Vec<u64> = results.iter().map(|r| *r.as_ref().unwrap_or(&0)).collect();
    assert_eq!(revisions, [1, 2, 0, 3, 4, 0]);
    refused(results[2].clone(), Status::Conflict, "");
    refused(results[5].clone(), Status::Invalid, "");
    let found: Vec<OwnedUpdate> = bucket.keys("").unwrap().collect::<Result<_>>().unwrap();
    assert_eq!(keys(&found), ["a"]);
    assert_eq!(bucket.put_many(&[]).unwrap(), []);
}

#[test]
fn information_and_options() {
    let options =
        BucketOptions::new().history(3).max_age_ms(3_600_000).storage(choice::Storage::Memory);
    let bucket = bucket_with("info", &options);
    bucket.put("a", "1").unwrap();
    let info = bucket.info().unwrap();
    assert_eq!((info.history, info.max_age_ns, info.last_revision), (3, 3_600_000_000_000, 1));
    assert_eq!((info.storage, info.discard), (Storage::Memory, Discard::New));
    let connection = connect();
    assert_eq!(connection.status().unwrap().state, ConnectionPhase::Connected);
    drop(connection.create_bucket("gone", &options).unwrap());
    connection.delete_bucket("gone").unwrap();
    refused(connection.bucket("gone"), Status::BucketNotFound, "gone");
}
