//! Steps of folds, snapshots, artifacts, object stores and publishing.
use crate::{Machine, Said, decoded, done, encoded, fail, json_member, number, options, pop, say};
use crate::{there, top};
use slipstream::{
    ArtifactSummary, CompactionOutcome, Cursor, ExportOptions, Flags, Fold, FoldOptions,
    ImportOptions, ObjectStore, ObjectStoreOptions, PublishOptions, Range, Result, Update,
};

pub fn run(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["fold_open", name, words @ ..] => {
            let options = options!(FoldOptions, m, words);
            done(Fold::open_with(&m.fold_url(name), &options).map(|fold| m.folds.push(fold)))
        }
        ["fold_apply", bucket, updates @ ..] => {
            let cursor = pop(&mut m.cursors);
            apply(m, bucket, updates, cursor)
        }
        ["fold_get", key] => top(&m.folds)
            .get(decoded(key))
            .and_then(there)
            .and_then(|entry| say(&[&m.show(&entry.update())])),
        ["fold_cursor"] => top(&m.folds).cursor().and_then(|(cursor, bucket)| {
            m.cursors.push(cursor);
            say(&[&cursor.revision, &encoded(bucket.as_bytes())])
        }),
        ["fold_stats"] => top(&m.folds).stats().and_then(|s| {
            let (at, loading, reads) =
                (s.cursor.revision, u8::from(s.loading), u8::from(s.read_only));
            say(&[&s.entries, &s.tombstones, &s.payload_bytes, &at, &loading, &reads])
        }),
        ["fold_check"] => top(&m.folds).check().and_then(|records| say(&[&records])),
        ["fold_sync"] => done(top(&m.folds).sync()),
        ["fold_close"] => done(top(&m.folds).close()),
        ["fold_free"] => {
            pop(&mut m.folds);
            say(&[])
        }
        _ => {
            return upkeep(m, words)
                .or_else(|| snapshots(m, words))
                .or_else(|| artifacts(m, words))
                .or_else(|| objects(m, words))
                .or_else(|| publishing(m, words));
        }
    })
}

fn apply(m: &Machine, bucket: &str, words: &[&str], cursor: Cursor) -> Said {
    let fields: Vec<Vec<&str>> = words.iter().map(|word| word.split(':').collect()).collect();
    let bytes: Vec<_> = fields.iter().map(|f| (decoded(f[1]), decoded(f[2]))).collect();
    let mut updates = Vec::new();
    for (f, (key, value)) in fields.iter().zip(&bytes) {
        let update = match f[0] {
            "put" => Update::put(key, value, number(f[3])),
            "delete" => Update::delete(key, number(f[3])),
            _ => Update::purge(key, number(f[3])),
        };
        let flagged = update.with_flags(Flags(number(f[4])));
        updates.push(flagged.with_timestamp_ns(number(f[5])).with_ttl_ns(number(f[6])));
    }
    done(top(&m.folds).apply(bucket, &updates, cursor))
}

fn upkeep(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["fold_compact"] => top(&m.folds).compact().and_then(|(compaction, reason)| {
            if reason.is_empty() != (compaction.outcome == CompactionOutcome::Performed) {
                fail(format!("{:?} with the reason {reason:?}", compaction.outcome));
            }
            say(&[&u32::from(compaction.outcome), &i32::from(compaction.status)])
        }),
        ["fold_hide", from, to] => done(top(&m.folds).hide(number(from)..number(to))),
        ["fold_unhide", from, to] => done(top(&m.folds).unhide(number(from)..number(to))),
        ["fold_hidden"] => top(&m.folds).hidden().map(|hidden| {
            hidden.iter().map(|range| format!(" {}:{}", range.start, range.end)).collect()
        }),
        ["position_load", consumer] => top(&m.folds)
            .position(consumer)
            .and_then(|at| say(&[&at.map_or(0, |cursor| cursor.revision)])),
        ["position_save", consumer] => {
            let cursor = pop(&mut m.cursors);
            done(top(&m.folds).save_position(consumer, cursor))
        }
        _ => return None,
    })
}

fn snapshots(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["snapshot_open"] => {
            done(top(&m.folds).snapshot().map(|snapshot| m.snapshots.push(snapshot)))
        }
        ["snapshot_refresh"] => match m.snapshots.last_mut() {
            Some(snapshot) => done(snapshot.refresh()),
            None => fail("a stack is empty"),
        },
        ["snapshot_cursor"] => say(&[&top(&m.snapshots).cursor().revision]),
        ["snapshot_get", key] => top(&m.snapshots)
            .get(decoded(key))
            .and_then(there)
            .and_then(|update| say(&[&m.show(&update)])),
        ["range", prefix, from, reverse, limit, tombstones] => {
            let (prefix, from) = (decoded(prefix), decoded(from));
            range(
                m,
                &Range {
                    prefix: &prefix,
                    from: &from,
                    limit: number(limit),
                    reverse: *reverse == "1",
                    tombstones: *tombstones == "1",
                },
            )
        }
        ["snapshot_free"] => {
            pop(&mut m.snapshots);
            say(&[])
        }
        _ => return None,
    })
}

fn range(m: &Machine, wanted: &Range<'_>) -> Said {
    let mut out = String::new();
    for update in top(&m.snapshots).range(wanted)? {
        out += &format!(" {}", m.show(&update?));
    }
    Ok(out)
}

pub fn summary(m: &mut Machine, result: Result<ArtifactSummary>) -> Said {
    let s = result?;
    let said = say(&[
        &s.cursor.revision,
        &s.entries,
        &s.tombstones,
        &s.files,
        &s.logical_bytes,
        &s.bucket,
    ]);
    m.texts.push(s.logical_digest);
    said
}

fn artifacts(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["fold_export", name, words @ ..] => {
            let options = options!(ExportOptions, m, words);
            let made = top(&m.folds).export(m.path(name), &options);
            summary(m, made)
        }
        ["artifact_verify", name] => {
            let verified = slipstream::verify_artifact(m.path(name));
            summary(m, verified)
        }
        ["artifact_info", name] => slipstream::artifact_info(m.path(name)).and_then(|json| {
            say(&[&json_member(&json, "bucket"), &json_member(&json, "revision")])
        }),
        ["fold_import", name, fold] => {
            let (from, to) = (m.path(name), m.fold_url(fold));
            summary(m, slipstream::import_fold(from, &to, &ImportOptions::new()))
        }
        _ => return None,
    })
}

fn objects(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["store_open", name, words @ ..] => {
            let options = options!(ObjectStoreOptions, m, words);
            let url = format!("local:{}", m.path(name));
            done(ObjectStore::open_with(&url, &options).map(|store| m.stores.push(store)))
        }
        ["store_free"] => {
            pop(&mut m.stores);
            say(&[])
        }
        ["object_get", name] => top(&m.stores).get(name).and_then(there).and_then(|object| {
            m.texts.push(object.tag().to_owned());
            say(&[&encoded(object.data())])
        }),
        ["object_put", name, data] => {
            done(top(&m.stores).put(name, &decoded(data)).map(|tag| m.texts.push(tag)))
        }
        ["object_create", name, data] => {
            done(top(&m.stores).put_if(name, &decoded(data), None).map(|tag| m.texts.push(tag)))
        }
        ["object_put_if", name, data] => {
            let expected = pop(&mut m.texts);
            let made = top(&m.stores).put_if(name, &decoded(data), Some(&expected));
            done(made.map(|tag| m.texts.push(tag)))
        }
        ["object_list", prefix, after] => {
            let text = |word: &str| String::from_utf8_lossy(&decoded(word)).into_owned();
            let (prefix, after) = (text(prefix), text(after));
            let after = (!after.is_empty()).then_some(after.as_str());
            top(&m.stores).list(&prefix, after, 1000).map(|json| {
                let row = |row: &str| {
                    let row = format!("\"name\"{row}");
                    format!(" {}:{}", json_member(&row, "name"), json_member(&row, "size"))
                };
                json.split("\"name\"").skip(1).map(row).collect()
            })
        }
        ["object_remove", name] => done(top(&m.stores).remove(name)),
        _ => return None,
    })
}

fn publishing(m: &mut Machine, words: &[&str]) -> Option<Said> {
    Some(match words {
        ["publish", key, name, words @ ..] => {
            let options = options!(PublishOptions, m, words);
            let made = top(&m.stores).publish(key, m.path(name), &options);
            made.and_then(|p| say(&[&p.attempts, &p.generation, &p.cursor.revision]))
        }
        ["pointer", key] => top(&m.stores).read_pointer(key).and_then(there).and_then(|json| {
            let member = |name| json_member(&json, name);
            say(&[&member("generation"), &member("bucket"), &member("revision")])
        }),
        ["download", key, name] => {
            let made = top(&m.stores).download(key, m.path(name), &ImportOptions::new());
            fetched(m, made)
        }
        ["bootstrap", key, fold] => {
            let to = m.fold_url(fold);
            let made = slipstream::bootstrap_fold(top(&m.stores), key, &to, &ImportOptions::new());
            fetched(m, made)
        }
        _ => return None,
    })
}

fn fetched(m: &mut Machine, result: Result<ArtifactSummary>) -> Said {
    let s = result?;
    m.texts.push(s.logical_digest);
    say(&[&s.cursor.revision, &s.entries, &s.tombstones])
}
