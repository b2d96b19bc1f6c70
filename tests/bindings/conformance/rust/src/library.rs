//! Steps of the library itself, of connections and of buckets.
use crate::{Machine, Said, decoded, done, encoded, fail, json_member, number, options, pop, say};
use crate::{there, top};
use slipstream::{
    BucketOptions, ConnectOptions, Connection, Cursor, Event, ExportOptions, FoldOptions,
    ImportOptions, ObjectStoreOptions, PublishOptions, Scan, Status, Update, WatchOptions, Write,
};

pub fn run(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["version"] => say(&[&slipstream::version()]),
        ["abi_epoch"] => say(&[&slipstream::abi_epoch()]),
        ["feature", name] => say(&[&u8::from(slipstream::feature(name))]),
        ["status_name", code] => say(&[&Status::from(number::<i32>(code)).name()]),
        ["status", code] => status(number(code)),
        ["event_name", event] => say(&[&Event::from(number::<i32>(event)).name()]),
        ["option", kind, name] => option(kind, name),
        ["metrics", text] => {
            slipstream::metrics_text().and_then(|all| say(&[&u8::from(all.contains(text))]))
        }
        ["sentence", text] => {
            let text = String::from_utf8_lossy(&decoded(text)).into_owned();
            say(&[&u8::from(m.sentence.contains(&text))])
        }
        ["times", on] => {
            m.times = *on == "1";
            say(&[])
        }
        ["kind", scheme] => {
            m.kind = scheme.to_string();
            say(&[])
        }
        ["write_file", name, data] => {
            std::fs::write(m.path(name), decoded(data)).unwrap_or_else(|error| fail(error));
            say(&[])
        }
        _ => return cursors(m, words).or_else(|| connections(m, words)),
    })
}

fn status(code: i32) -> Said {
    match slipstream::status_table().iter().find(|row| i32::from(row.status) == code) {
        Some(row) => say(&[&row.name, &u8::from(row.retriable), &encoded(row.text.as_bytes())]),
        None => say(&[]),
    }
}

fn option(kind: &str, name: &str) -> Said {
    let rows = match kind {
        "connection" => ConnectOptions::describe(),
        "bucket" => BucketOptions::describe(),
        "watch" => WatchOptions::describe(),
        "fold" => FoldOptions::describe(),
        "export" => ExportOptions::describe(),
        "object_store" => ObjectStoreOptions::describe(),
        "publish" => PublishOptions::describe(),
        _ => ImportOptions::describe(),
    }?;
    let row = rows.split_once(&format!("\"name\":\"{name}\"")).map_or("", |(_, row)| row);
    say(&[&json_member(row, "type")])
}

fn cursors(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["cursor", epoch, revision] => {
            m.cursors.push(Cursor { epoch: number(epoch), revision: number(revision) });
            say(&[])
        }
        ["cursor_format", bucket] => {
            done(pop(&mut m.cursors).format(bucket).map(|text| m.texts.push(text)))
        }
        ["cursor_parse"] => Cursor::parse(&pop(&mut m.texts)).and_then(|(cursor, bucket)| {
            m.cursors.push(cursor);
            say(&[&bucket])
        }),
        ["cursor_drop"] => say(&[&pop(&mut m.cursors).revision]),
        ["text", text] => {
            m.texts.push(text.to_string());
            say(&[])
        }
        ["text_show"] => say(&[top::<String>(&m.texts)]),
        ["text_drop"] => {
            pop(&mut m.texts);
            say(&[])
        }
        ["text_same"] => say(&[&u8::from(pop(&mut m.texts) == pop(&mut m.texts))]),
        _ => return None,
    })
}

fn connect(m: &mut Machine, url: &str, words: &[&str]) -> Said {
    let options = options!(ConnectOptions, m, words, servers);
    done(Connection::connect_with(url, &options).map(|made| m.connections.push(made)))
}

fn connections(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["connect", words @ ..] => {
            let url = m.url.clone();
            connect(m, &url, words)
        }
        ["connect_to", url, words @ ..] => connect(m, url, words),
        ["connection_status"] => {
            let status = top(&m.connections).status();
            status.and_then(|s| say(&[&i32::from(s.state), &s.reconnects]))
        }
        ["connection_close"] => done(top(&m.connections).close()),
        ["connection_free"] => {
            pop(&mut m.connections);
            say(&[])
        }
        ["bucket_create", name, words @ ..] => {
            let options = options!(BucketOptions, m, words);
            let made = top(&m.connections).create_bucket(name, &options);
            done(made.map(|bucket| m.buckets.push(bucket)))
        }
        ["bucket_open", name, words @ ..] => {
            let options = options!(BucketOptions, m, words);
            let made = top(&m.connections).bucket_with(name, &options);
            done(made.map(|bucket| m.buckets.push(bucket)))
        }
        ["bucket_delete", name] => done(top(&m.connections).delete_bucket(name)),
        ["bucket_free"] => {
            pop(&mut m.buckets);
            say(&[])
        }
        ["bucket_info"] => bucket_info(m),
        _ => return buckets(m, words),
    })
}

fn bucket_info(m: &Machine) -> Said {
    let s = top(&m.buckets).info()?;
    let counts = [s.first_revision, s.last_revision, s.messages, s.subjects];
    let counts = counts.map(|count| count.to_string()).join(" ");
    let storage = u32::from(s.storage);
    let bounds: [&dyn std::fmt::Display; 5] =
        [&s.max_age_ns, &s.max_bytes, &s.max_value_size, &s.replicas, &storage];
    Ok(say(&[&s.history, &counts])? + &say(&bounds)?)
}

fn revision(result: slipstream::Result<u64>) -> Said {
    result.and_then(|revision| say(&[&revision]))
}

fn buckets(m: &Machine, words: &[&str]) -> Option<Said> {
    let bucket = || top(&m.buckets);
    Some(match words {
        ["put", key, value] => revision(bucket().put(decoded(key), decoded(value))),
        ["put_if_absent", key, value] => {
            revision(bucket().put_if_absent(decoded(key), decoded(value)))
        }
        ["put_if", key, value, last] => {
            revision(bucket().put_if(decoded(key), decoded(value), number(last)))
        }
        ["remove", key] => revision(bucket().remove(decoded(key))),
        ["remove_if", key, last] => revision(bucket().remove_if(decoded(key), number(last))),
        ["purge", key] => revision(bucket().purge(decoded(key))),
        ["get", key] => bucket()
            .get(decoded(key))
            .and_then(there)
            .and_then(|entry| say(&[&m.show(&entry.update())])),
        ["keys", prefix, most] => bucket()
            .keys(decoded(prefix))
            .and_then(|scan| listed(scan, number(most), |update| encoded(update.key()))),
        ["scan", prefix, most] => bucket()
            .scan(decoded(prefix))
            .and_then(|scan| listed(scan, number(most), |update| m.show(update))),
        ["put_many", items @ ..] => put_many(m, items),
        _ => return None,
    })
}

fn listed(scan: Scan, most: usize, show: impl Fn(&Update<'_>) -> String) -> Said {
    let mut out = String::new();
    for update in scan.take(if most == 0 { usize::MAX } else { most }) {
        out += &format!(" {}", show(&update?.as_update()));
    }
    Ok(out)
}

fn put_many(m: &Machine, items: &[&str]) -> Said {
    let fields: Vec<Vec<&str>> = items.iter().map(|item| item.split(':').collect()).collect();
    let bytes: Vec<_> = fields.iter().map(|f| (decoded(f[1]), decoded(f[2]))).collect();
    let mut writes = Vec::new();
    for (f, (key, value)) in fields.iter().zip(&bytes) {
        let write = match f[0] {
            "put" => Write::put(key, value),
            "delete" => Write::delete(key),
            _ => Write::purge(key),
        };
        writes.push(if f[3] == "any" { write } else { write.if_revision(number(f[3])) });
    }
    let results = top(&m.buckets).put_many(&writes)?;
    let one = |result: &slipstream::Result<u64>| match result {
        Ok(revision) => format!(" {revision}"),
        Err(error) => format!(" {}", error.status().name()),
    };
    Ok(results.iter().map(one).collect())
}
