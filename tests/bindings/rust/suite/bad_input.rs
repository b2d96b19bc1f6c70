//! Bad input: an error with code and sentence, never anything else.
use crate::support::*;
use slipstream::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn nul_bytes() {
    let (bucket, connection) = (bucket("nul"), connect());
    refused(Connection::connect("mem://a\0b"), Status::Invalid, "NUL byte");
    refused(connection.bucket("a\0b"), Status::Invalid, "NUL byte");
    refused(Fold::open("lmdb:a\0b"), Status::Invalid, "NUL byte");
    refused(verify_artifact("a\0b"), Status::Invalid, "NUL byte");
    let cursor = WatchOptions::new().cursor("slip1:\0");
    refused(bucket.watch(None, &cursor), Status::Invalid, "NUL byte");
    refused(Cursor::default().format("a\0b"), Status::Invalid, "NUL byte");
    // A key is bytes; the rules for keys of a bucket refuse this one.
    refused(bucket.put("a\0b", ""), Status::Invalid, "key");
    let secret = ConnectOptions::new().password("hid\0den");
    let error = refused(Connection::connect_with("mem://", &secret), Status::Invalid, "password");
    assert!(!error.to_string().contains("hid"), "{error}");
}

#[test]
fn invalid_utf8() {
    let path = OsStr::from_bytes(b"a\xff");
    refused(verify_artifact(path), Status::Invalid, "not valid UTF-8");
    refused(artifact_info(path), Status::Invalid, "not valid UTF-8");
    refused(bucket("utf8").put(b"a\xff", ""), Status::Invalid, "key");
}

#[test]
fn options() {
    let connection = connect();
    let create = |options: BucketOptions| connection.create_bucket("b", &options).map(|_| ());
    refused(create(BucketOptions::new().set("histori", "1")), Status::UnknownOption, "history");
    refused(create(BucketOptions::new().history(65)), Status::OutOfBounds, "history");
    refused(create(BucketOptions::new().set("storage", "tape")), Status::OutOfBounds, "storage");
    refused(create(BucketOptions::new().set("history", "many")), Status::Invalid, "history");
    refused(create(BucketOptions::new().set_bytes("history", b"1")), Status::Invalid, "history");
}

#[test]
fn closed_and_cancelled() {
    let connection = Connection::connect("mem://").unwrap();
    let bucket = connection.create_bucket("b", &BucketOptions::new()).unwrap();
    let watch = bucket.watch(None, &WatchOptions::new()).unwrap();
    connection.close().unwrap();
    connection.close().unwrap();
    assert_eq!(connection.status().unwrap().state, ConnectionPhase::Closed);
    refused(bucket.put("a", "1"), Status::Closed, "");
    refused(connection.bucket("b"), Status::Closed, "");
    refused(watch.handle().next(TIMEOUT), Status::Closed, "");

    let bucket = crate::support::bucket("cancelled");
    let mut watch = bucket.watch(None, &WatchOptions::new()).unwrap();
    watch.cancel().unwrap();
    watch.cancel().unwrap();
    refused(watch.next(None), Status::Cancelled, "");
    refused(watch.wait_revision(99, None), Status::Cancelled, "");
    refused(watch.close(), Status::Cancelled, "");
    let watch = bucket.watch(None, &WatchOptions::new()).unwrap();
    let handle = watch.handle();
    watch.close().unwrap();
    assert!(handle.next(TIMEOUT).unwrap().is_none());
    refused(handle.wait_revision(99, TIMEOUT), Status::Closed, "closed");
}

#[test]
fn servers_that_are_not_there_or_refuse() {
    let quick = ConnectOptions::new().connect_timeout_ms(500);
    let nobody = Connection::connect_with("nats://user:hidden@127.0.0.1:1", &quick);
    let error = refused(nobody, Status::Unreachable, "127.0.0.1:1");
    assert!(error.is_retriable() && !error.to_string().contains("hidden"));
    assert_eq!(error.server_code(), None);
    let connection = connect();
    let name = format!("configured-{}", std::process::id());
    let _made = connection.create_bucket(&name, &BucketOptions::new().history(2)).unwrap();
    let other = connection.create_bucket(&name, &BucketOptions::new().history(3));
    refused(other, Status::BucketExists, "history");
    if std::env::var("SLIP_TEST_URL").is_ok() {
        let error = refused(connection.bucket("nothing"), Status::BucketNotFound, "nothing");
        assert_eq!(error.server_code(), Some(10059), "{error}");
    }
}
