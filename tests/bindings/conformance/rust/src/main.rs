//! machine SCRIPT LOG URL DIRECTORY FOLDS: runs the conformance script on the Rust crate, and writes each
//! step with its result. README.md in the folder above has the language of the script.
mod folds;
mod library;
mod watches;

use slipstream::{
    Bucket, Connection, Cursor, Error, Fold, ObjectStore, Operation, Snapshot, Status, Update,
};
use std::fmt::Display;
use std::io::Write as _;
use std::process::exit;
use watches::Watching;

/// What stands behind "ok", or why the call failed.
type Said = slipstream::Result<String>;

#[derive(Default)]
struct Machine {
    url: String,
    directory: String,
    kind: String,
    times: bool,
    sentence: String,
    connections: Vec<Connection>,
    buckets: Vec<Bucket>,
    folds: Vec<Fold>,
    watches: Vec<Watching>,
    snapshots: Vec<Snapshot>,
    stores: Vec<ObjectStore>,
    cursors: Vec<Cursor>,
    texts: Vec<String>,
}

/// A defect of the script or of this machine, never of the library.
fn fail(what: impl Display) -> ! {
    eprintln!("machine: {what}");
    exit(2);
}

fn top<T>(stack: &[T]) -> &T {
    stack.last().unwrap_or_else(|| fail("a stack is empty"))
}

fn pop<T>(stack: &mut Vec<T>) -> T {
    stack.pop().unwrap_or_else(|| fail("a stack is empty"))
}

/// Nothing more than "ok".
fn done<T>(result: slipstream::Result<T>) -> Said {
    result.map(|_| String::new())
}

fn say(words: &[&dyn Display]) -> Said {
    Ok(words.iter().map(|word| format!(" {word}")).collect())
}

/// What is merely not there is None here, and a status elsewhere.
fn there<T>(found: Option<T>) -> slipstream::Result<T> {
    found.ok_or_else(|| Error::new(Status::NotFound, "it is not there"))
}

fn encoded(data: &[u8]) -> String {
    if data.is_empty() {
        return "%".into();
    }
    let one = |byte: &u8| match byte {
        b'%' | b':' => format!("%{byte:02X}"),
        b'!'..=b'~' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    data.iter().map(one).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    if text == "%" {
        return out;
    }
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).unwrap_or("");
            out.push(u8::from_str_radix(digits, 16).unwrap_or_else(|_| fail(text)));
            rest = &after[2..];
        } else {
            out.push(first);
            rest = after;
        }
    }
    out
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| fail(format!("no number: {text}")))
}

fn shown(update: &Update<'_>, times: bool) -> String {
    let operation = match update.operation() {
        Operation::Put => "put",
        Operation::Delete => "delete",
        Operation::Purge => "purge",
        _ => "?",
    };
    let (key, value) = (encoded(update.key()), encoded(update.value()));
    let mut text = format!("{operation}:{key}:{value}:{}:{}", update.revision(), update.flags().0);
    if times {
        text += &format!(":{}:{}", update.timestamp_ns(), update.ttl_ns());
    }
    text
}

/// The value of the first member of this name in a JSON text: digits, or a string without escapes.
fn json_member<'t>(json: &'t str, name: &str) -> &'t str {
    let Some((_, after)) = json.split_once(&format!("\"{name}\"")) else { return "" };
    let value = after.trim_start_matches([':', ' ', '\n']);
    match value.strip_prefix('"') {
        Some(text) => text.split('"').next().unwrap_or(""),
        None => value.split(|c: char| !c.is_ascii_digit()).next().unwrap_or(""),
    }
}

/// Options from NAME=VALUE words: by name and text, but for those that are lists.
macro_rules! options {
    ($kind:ty, $machine:expr, $words:expr $(, $list:ident)*) => {{
        let mut options = <$kind>::new();
        $(let mut $list: Vec<String> = Vec::new();)*
        for word in $words {
            let (name, value) = $machine.option(word);
            match name.as_str() {
                $(stringify!($list) => $list.push(value),)*
                _ => options = options.set(&name, &value),
            }
        }
        $(if !$list.is_empty() {
            options = options.$list($list);
        })*
        options
    }};
}
pub(crate) use options;

impl Machine {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    fn fold_url(&self, name: &str) -> String {
        format!("{}:{}", self.kind, self.path(name))
    }

    fn show(&self, update: &Update<'_>) -> String {
        shown(update, self.times)
    }

    fn option(&mut self, word: &str) -> (String, String) {
        let (name, value) = word.split_once('=').unwrap_or_else(|| fail(word));
        let value = match value.split_once(':') {
            Some(("text", "")) => pop(&mut self.texts),
            Some(("u64" | "add", value)) => value.to_owned(),
            Some(("bool", value)) => (value == "1").to_string(),
            _ => value.to_owned(),
        };
        (name.to_owned(), value)
    }

    fn run(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let said = library::run(self, &words)
            .or_else(|| watches::run(self, &words))
            .or_else(|| folds::run(self, &words))
            .unwrap_or_else(|| fail(format!("no step {}", words[0])));
        match said {
            Ok(more) => format!("ok{more}"),
            Err(error) => {
                self.sentence = error.message().to_owned();
                failure(line, &error)
            }
        }
    }

    fn left(&self) -> usize {
        let handles = self.connections.len() + self.buckets.len() + self.folds.len();
        let others = self.watches.len() + self.snapshots.len() + self.stores.len();
        handles + others + self.cursors.len() + self.texts.len()
    }
}

fn failure(line: &str, error: &Error) -> String {
    if error.message().is_empty() {
        fail(format!("an error without a sentence: {line}"));
    }
    let name = match error.status() {
        Status::User(_) => "user".to_owned(),
        status => status.name().to_string(),
    };
    let again = if error.is_retriable() { "retriable" } else { "final" };
    format!("{name} {} {again}", error.code())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, script, log, url, directory, kind] = arguments.as_slice() else {
        fail("usage: machine SCRIPT LOG URL DIRECTORY FOLDS")
    };
    let mut machine = Machine {
        url: url.clone(),
        directory: directory.clone(),
        kind: kind.clone(),
        ..Machine::default()
    };
    let script = std::fs::read_to_string(script).unwrap_or_else(|error| fail(error));
    let mut log = std::fs::File::create(log).unwrap_or_else(|error| fail(error));
    for line in script.lines() {
        let step = line.split(" -> ").next().unwrap_or("");
        if !step.is_empty() && !step.starts_with('#') {
            let result = machine.run(step);
            writeln!(log, "{step} -> {result}").unwrap_or_else(|error| fail(error));
        }
    }
    if machine.left() != 0 {
        fail(format!("the script leaves {} things on the stacks", machine.left()));
    }
}
