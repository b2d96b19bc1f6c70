//! Folds, snapshots, artifacts and object stores.
use crate::support::*;
use slipstream::*;

fn filled(folder: &Folder) -> Fold {
    let fold = folder.fold("fold");
    let updates = [
        Update::put(b"a", b"1", 1),
        Update::put(b"b\0\xff", b"2", 2).with_timestamp_ns(5),
        Update::put(b"c", b"3", 3),
        Update::delete(b"c", 4),
    ];
    fold.apply("b", &updates, Cursor { epoch: 7, revision: 4 }).unwrap();
    fold
}

fn found(snapshot: &Snapshot, range: &Range<'_>) -> Vec<Vec<u8>> {
    snapshot.range(range).unwrap().map(|update| update.unwrap().key().to_vec()).collect()
}

#[test]
fn reading() {
    let folder = Folder::new();
    let fold = filled(&folder);
    assert_eq!(fold.get(b"b\0\xff").unwrap().unwrap().value(), b"2");
    assert!(fold.get("c").unwrap().is_none());
    let stats = fold.stats().unwrap();
    assert_eq!((stats.entries, stats.tombstones, stats.cursor.revision), (2, 1, 4));
    assert!(!stats.loading && !stats.read_only);
    assert!(fold.check().unwrap() >= 3);
    fold.sync().unwrap();
    let other = fold.apply("other", &[], Cursor { epoch: 7, revision: 5 });
    refused(other, Status::IdentityMismatch, "other");
}

#[test]
fn snapshots() {
    let folder = Folder::new();
    let fold = filled(&folder);
    let mut snapshot = fold.snapshot().unwrap();
    let later = [Update::put(b"d", b"4", 5)];
    fold.apply("b", &later, Cursor { epoch: 7, revision: 5 }).unwrap();
    assert_eq!(snapshot.cursor().revision, 4);
    assert!(snapshot.get("d").unwrap().is_none());
    snapshot.refresh().unwrap();
    assert_eq!(snapshot.get("d").unwrap().unwrap().value(), b"4");
    let all = [&b"a"[..], b"b\0\xff", b"d"];
    let everything: Vec<_> = snapshot.iter().unwrap().map(|u| u.unwrap().key()).collect();
    assert_eq!(everything, all);
    let reversed = found(&snapshot, &Range { reverse: true, ..Default::default() });
    assert_eq!(reversed, [all[2], all[1], all[0]]);
    let one = found(&snapshot, &Range { from: b"b", limit: 1, ..Default::default() });
    assert_eq!(one, [all[1]]);
    let gone = Range { prefix: b"c", tombstones: true, ..Default::default() };
    assert_eq!(found(&snapshot, &gone), [b"c"]);
    // Closing the fold leaves its snapshots whole.
    fold.close().unwrap();
    refused(fold.get("a"), Status::Closed, "");
    assert_eq!(snapshot.get("a").unwrap().unwrap().value(), b"1");
}

#[test]
fn iterating_over_more_than_one_fetch() {
    let folder = Folder::in_memory();
    let fold = folder.fold("fold");
    let names: Vec<String> = (0..1000).map(|i| format!("k{i:04}")).collect();
    let updates: Vec<Update> =
        (1..).zip(&names).map(|(i, k)| Update::put(k.as_bytes(), b"v", i)).collect();
    fold.apply("b", &updates, Cursor { epoch: 1, revision: 1000 }).unwrap();
    let snapshot = fold.snapshot().unwrap();
    let mut entries = snapshot.iter().unwrap();
    let kept: Vec<Update> = entries.by_ref().collect::<Result<_>>().unwrap();
    assert!(entries.next().is_none());
    drop(entries);
    // Views of a snapshot outlive their iterator.
    assert!(kept.iter().zip(&names).all(|(update, name)| update.key() == name.as_bytes()));
    assert_eq!(kept.len(), 1000);
}

#[test]
fn artifacts_and_publishing() {
    let folder = Folder::new();
    let fold = filled(&folder);
    let options = ExportOptions::new().compression(choice::Compression::None);
    let made = fold.export(folder.path("artifact"), &options).unwrap();
    assert_eq!((made.entries, made.tombstones, made.bucket.as_str()), (2, 1, "b"));
    assert_eq!(made.logical_digest.len(), 64);
    assert_eq!(verify_artifact(folder.path("artifact")).unwrap(), made);
    assert!(artifact_info(folder.path("artifact")).unwrap().contains("\"bucket\""));
    let again = fold.export(folder.path("artifact"), &options);
    refused(again, Status::NotEmpty, "artifact");
    let (none, second) = (ImportOptions::new(), format!("lmdb:{}", folder.path("second")));
    let imported = import_fold(folder.path("artifact"), &second, &none).unwrap();
    assert_eq!(imported.logical_digest, made.logical_digest);
    assert_eq!(folder.fold("second").get("a").unwrap().unwrap().value(), b"1");

    let store = ObjectStore::open(&format!("local:{}", folder.path("store"))).unwrap();
    assert_eq!(store.read_pointer("edge").unwrap(), None);
    let publish = PublishOptions::new();
    let published = store.publish("edge", folder.path("artifact"), &publish).unwrap();
    assert_eq!((published.cursor.epoch, published.cursor.revision), (7, 4));
    assert!(store.read_pointer("edge").unwrap().unwrap().contains(&published.manifest_sha256));
    let fetched = store.download("edge", folder.path("fetched"), &none).unwrap();
    assert_eq!(fetched.logical_digest, made.logical_digest);
    let third = format!("lmdb:{}", folder.path("third"));
    bootstrap_fold(&store, "edge", &third, &none).unwrap();
    assert_eq!(folder.fold("third").cursor().unwrap().0.revision, 4);
    fold.apply("b", &[], Cursor { epoch: 7, revision: 9 }).unwrap();
    fold.export(folder.path("later"), &ExportOptions::new()).unwrap();
    store.publish("edge", folder.path("later"), &publish).unwrap();
    let older = store.publish("edge", folder.path("artifact"), &publish);
    refused(older, Status::Superseded, "");

    let data = std::fs::read_dir(folder.path("artifact/data")).unwrap().next().unwrap().unwrap();
    let mut bytes = std::fs::read(data.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(data.path(), bytes).unwrap();
    let name = data.file_name().into_string().unwrap();
    refused(verify_artifact(folder.path("artifact")), Status::ArtifactInvalid, &name);
}

#[test]
fn a_second_node_receives_only_the_tail() {
    let (bucket, folder) = (bucket("tail"), Folder::new());
    let fold = folder.fold("fold");
    bucket.put("a", "1").unwrap();
    let mut watch = bucket.watch(&fold, &WatchOptions::new()).unwrap();
    watch.next(TIMEOUT).unwrap().unwrap().ack().unwrap();
    let made = watch.export(folder.path("artifact"), &ExportOptions::new()).unwrap();
    assert_eq!((made.cursor.revision, made.entries), (1, 1));
    watch.close().unwrap();
    bucket.put("b", "2").unwrap();
    let second = format!("lmdb:{}", folder.path("second"));
    import_fold(folder.path("artifact"), &second, &ImportOptions::new()).unwrap();
    let second = folder.fold("second");
    assert_eq!(keys(&drain(&mut bucket.watch(&second, &to_the_end()).unwrap())), ["b"]);
}

#[test]
fn objects() {
    let folder = Folder::new();
    let store = ObjectStore::open(&format!("local:{}", folder.path("store"))).unwrap();
    let tag = store.put_if("a/1", b"\0one", None).unwrap();
    refused(store.put_if("a/1", b"", None), Status::Conflict, "a/1");
    refused(store.put_if("a/1", b"", Some("another")), Status::Conflict, "a/1");
    let object = store.get("a/1").unwrap().unwrap();
    assert_eq!((object.data(), object.tag()), (&b"\0one"[..], tag.as_str()));
    assert_ne!(store.put("a/2", b"xx").unwrap(), tag);
    let listed = store.list("a/", Some("a/1"), 10).unwrap();
    assert!(listed.contains("a/2") && !listed.contains("a/1"), "{listed}");
    store.remove("a/1").unwrap();
    refused(store.remove("a/1"), Status::NotFound, "a/1");
    assert!(store.get("a/1").unwrap().is_none());
    refused(store.put("../a", b""), Status::Invalid, "");
}
