//! The crates against the loaded library and the C compiler.
use crate::support::Folder;
use slipstream::*;
use slipstream_sys as sys;
use std::fmt::Write as _;
use std::process::Command;

#[test]
fn layouts_are_those_of_c() {
    let (folder, mut rows, mut expected) = (Folder::new(), String::new(), String::new());
    for (name, size, members) in sys::layout::LAYOUTS {
        writeln!(rows, "printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        writeln!(expected, "{name} {size}").unwrap();
        for (member, offset) in *members {
            writeln!(rows, "printf(\"{name}.{member} %zu\\n\", offsetof({name}, {member}));")
                .unwrap();
            writeln!(expected, "{name}.{member} {offset}").unwrap();
        }
    }
    assert!(sys::layout::LAYOUTS.len() >= 17);
    let source = folder.path("layout.c");
    let program = format!(
        "#include <slipstream.h>\n#include <stdio.h>\nint main(void) {{\n{rows}return 0;\n}}\n"
    );
    std::fs::write(&source, program).unwrap();
    let header = std::env::var("SLIP_INCLUDE").expect("the folder of slipstream.h");
    let compiled = Command::new(std::env::var("SLIP_CC").unwrap_or("cc".into()))
        .args(["-I", &header, "-o", &folder.path("layout"), &source])
        .status()
        .unwrap();
    assert!(compiled.success());
    let said = Command::new(folder.path("layout")).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), expected);
}

#[test]
fn every_symbol_is_there() {
    for (name, address) in sys::every_symbol() {
        assert!(!address.is_null(), "{name}");
    }
}

#[test]
fn empty_structs_are_those_of_the_init_macros() {
    let state = sys::slip_watch_state::default();
    assert_eq!(state.struct_size as usize, size_of::<sys::slip_watch_state>());
    assert_eq!((state.ready, state.last_event), (0, 0));
    assert_eq!(sys::slip_update::default().revision, 0);
}

#[test]
fn statuses_are_those_of_the_library() {
    let rows = status_table();
    assert!(rows.len() > 40);
    for row in &rows {
        assert_eq!(row.status.name(), row.name);
        assert!(!matches!(row.status, Status::Unknown(_)), "{} is not in Status", row.name);
        assert_eq!(Status::from(i32::from(row.status)), row.status);
        assert!(!row.text.is_empty());
    }
    assert_eq!(rows[0].status, Status::Ok);
    assert_eq!(rows.last().unwrap().status, Status::User(1000));
    assert!(rows.iter().any(|row| row.status == Status::Unreachable && row.retriable));
    assert_eq!(Status::from(9).name(), "SLIP_?");
    assert_eq!((Status::from(9), Status::from(1234)), (Status::Unknown(9), Status::User(1234)));
}

#[test]
fn options_are_those_of_the_library() {
    let kinds = [
        (sys::SLIP_OPTIONS_CONNECTION, ConnectOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_BUCKET, BucketOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_WATCH, WatchOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_FOLD, FoldOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_EXPORT, ExportOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_OBJECT_STORE, ObjectStoreOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_PUBLISH, PublishOptions::describe().unwrap()),
        (sys::SLIP_OPTIONS_IMPORT, ImportOptions::describe().unwrap()),
    ];
    for (kind, described) in kinds {
        let theirs: Vec<&str> = described
            .split("\"name\":\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        let ours: Vec<&str> =
            OPTION_NAMES.iter().filter(|row| row.0 == kind).map(|row| row.1).collect();
        assert_eq!(ours, theirs, "kind {kind}");
    }
}

#[test]
fn the_library_says_what_it_is() {
    assert_eq!(abi_epoch(), sys::SLIP_ABI_EPOCH);
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
    assert!(feature("lmdb") && feature("objects.local") && !feature("nul\0"));
    assert_eq!(Event::BucketDeleted.name(), "bucket_deleted");
    assert_eq!(Event::from(9999).name(), "?");
}

#[test]
fn what_goes_to_other_threads() {
    fn send<T: Send>() {}
    fn both<T: Send + Sync>() {}
    both::<Connection>();
    both::<Bucket>();
    both::<Fold>();
    both::<Snapshot>();
    both::<ObjectStore>();
    both::<Watch>();
    both::<Followed>();
    both::<WatchHandle>();
    both::<Batch<'static>>();
    both::<Entry>();
    both::<Object>();
    both::<Update<'static>>();
    both::<Error>();
    send::<Scan>();
    send::<Iter<'static>>();
    send::<foreign::Feed>();
}

#[test]
fn options_never_print_what_may_be_a_secret() {
    let options = ConnectOptions::new().user("me").password("hidden");
    let printed = format!("{options:?}");
    assert!(printed.contains("password") && !printed.contains("hidden"), "{printed}");
}

#[test]
fn log_lines_come_until_they_are_switched_off() {
    use std::sync::mpsc;
    let (to, from) = mpsc::channel();
    set_log(Level::Debug, move |level, room, line| {
        // From inside it is refused, and a panic is left at that.
        let inside = clear_log().unwrap_err().status();
        let _ = to.send((level, room.to_owned(), line.to_owned(), inside));
        panic!("a log function may panic");
    })
    .unwrap();
    let lazy = ConnectOptions::new().connect(choice::Connect::Lazy).reconnect_wait_ms(10);
    let nowhere = Connection::connect_with("nats://127.0.0.1:1", &lazy).unwrap();
    assert_eq!(nowhere.status().unwrap().state, ConnectionPhase::Connecting);
    let watch = nowhere.bucket("routes").unwrap().watch(None, &WatchOptions::new()).unwrap();
    let (_, room, line, inside) =
        from.recv_timeout(std::time::Duration::from_secs(60)).expect("a line");
    clear_log().unwrap();
    assert!(!room.is_empty() && !line.is_empty());
    assert_eq!(inside, Status::Deadlock);
    drop(watch);
    // What was set is dropped with its end of the channel.
    while from.try_recv().is_ok() {}
    assert_eq!(from.try_recv().unwrap_err(), mpsc::TryRecvError::Disconnected);
}
