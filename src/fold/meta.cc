// What a commit may do to a fold, and what the fold knows of itself afterwards: the same for every
// kind.
#include <algorithm>
#include <cassert>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "fold/fold.h"

namespace slip {
namespace {

std::string describe(const Identity& identity) {
  return "bucket " + quoted(identity.bucket) + ", epoch " + std::to_string(identity.epoch);
}

// Of eight proofs the oldest and the newest stay; among the others the one goes whose neighbours
// stand closest for their age. So they lie dense near the cursor and thin far from it, however many
// commits there were.
void thin(std::vector<Fingerprint>* fingerprints) {
  assert(fingerprints->size() > 2);
  const uint64_t newest = fingerprints->back().revision;
  size_t victim = 1;
  double smallest = 0;
  for (size_t i = 1; i + 1 < fingerprints->size(); ++i) {
    const uint64_t before = (*fingerprints)[i - 1].revision;
    const uint64_t after = (*fingerprints)[i + 1].revision;
    const double gap = static_cast<double>(after - before) / static_cast<double>(newest - before);
    if (i > 1 && gap >= smallest) continue;
    smallest = gap;
    victim = i;
  }
  fingerprints->erase(fingerprints->begin() + static_cast<std::ptrdiff_t>(victim));
}

void remember(std::vector<Fingerprint>* fingerprints, const Update& update) {
  if (!fingerprints->empty() && fingerprints->back().revision >= update.revision) return;
  fingerprints->push_back({update.revision, update.timestamp_ns, xxh3(key_of(update))});
  if (fingerprints->size() > kFingerprintsMax) thin(fingerprints);
}

}  // namespace

Status check_update(const Update& update, const std::string& path) {
  const auto refused = [&](slip_status code, const std::string& why) {
    return Status(code, "cannot commit to fold " + quoted(path) + ": " + why);
  };
  const Bytes key = key_of(update);
  if (key.empty()) return refused(SLIP_INVALID, "an update has an empty key");
  if (key.size() > kFoldKeyBytesMax)
    return refused(SLIP_TOO_LARGE, "the key " + quoted(key) + " has " + std::to_string(key.size()) +
                                       " bytes, the limit is " + std::to_string(kFoldKeyBytesMax));
  if (update.operation < SLIP_PUT || update.operation > SLIP_PURGE)
    return refused(SLIP_INVALID, "the update of key " + quoted(key) + " has operation " +
                                     std::to_string(update.operation));
  if (update.value.size > kValueBytesMax)
    return refused(SLIP_TOO_LARGE, "the value of key " + quoted(key) + " has " +
                                       std::to_string(update.value.size) + " bytes, the limit is " +
                                       std::to_string(kValueBytesMax));
  return Status();
}

Result<uint64_t> FoldWriter::narrow(const Scope&) {
  return Status(SLIP_UNSUPPORTED, "the scope of a fold of this kind cannot be narrowed");
}

Result<std::unique_ptr<FoldLoader>> Fold::loader() {
  return Status(SLIP_UNSUPPORTED, "cannot import into fold " + quoted(path()) +
                                      " while it is open: folds of this kind are made anew, at " +
                                      "their URL (slip_fold_import)");
}

Status check_whole(const FoldMeta& meta, const std::string& path) {
  // guard: fold_narrowing
  if (!guard_on("fold_narrowing") || !meta.narrowing) return Status();
  return Status(SLIP_SCOPE_MISMATCH,
                "fold " + quoted(path) + " is on its way to a narrower scope, " +
                    meta.scope.describe() +
                    ", and still holds keys of its old one (start a watch with the new scope: it "
                    "ends that first)");
}

Status check_narrow(const FoldMeta& meta, const Scope& scope, const std::string& path) {
  // guard: fold_narrow_scope
  if (!guard_on("fold_narrow_scope") || !meta.identity.bound() || meta.scope.covers(scope))
    return Status();
  return Status(SLIP_SCOPE_MISMATCH, "cannot narrow fold " + quoted(path) + ": it holds " +
                                         meta.scope.describe() + " and not all of " +
                                         scope.describe() + " (use a new fold)");
}

Status check_commit(const FoldMeta& meta, const Commit& commit, const std::string& path) {
  const auto sentence = [&path](const std::string& why) {
    return "cannot commit to fold " + quoted(path) + ": " + why;
  };
  if (commit.identity.bucket.empty() || commit.identity.bucket.size() > kBucketNameBytesMax)
    return Status(SLIP_INVALID, sentence("the commit names no bucket"));
  if (commit.revision > kRevisionMax)
    return Status(SLIP_INVALID, sentence("nothing can follow revision 2^64-1"));
  if (!meta.identity.bound()) return Status();
  // guard: fold_identity
  if (guard_on("fold_identity") && !(commit.identity == meta.identity))
    return Status(SLIP_IDENTITY_MISMATCH,
                  sentence("it is of " + describe(meta.identity) + ", the commit of " +
                           describe(commit.identity) + " (use another fold)"));
  SLIP_TRY(check_whole(meta, path));
  // guard: fold_scope
  if (guard_on("fold_scope") && !(commit.scope == meta.scope))
    return Status(SLIP_SCOPE_MISMATCH,
                  sentence("it was made for " + meta.scope.describe() + ", the commit is for " +
                           commit.scope.describe() + " (use another fold)"));
  // guard: fold_cursor_forward
  if (guard_on("fold_cursor_forward") && commit.revision < meta.revision)
    return Status(SLIP_INVALID,
                  sentence("its cursor is at revision " + std::to_string(meta.revision) +
                           " and cannot go back to " + std::to_string(commit.revision)));
  return Status();
}

void advance_meta(FoldMeta* meta, const Update* updates, size_t count, const Commit& commit) {
  if (!meta->identity.bound()) meta->scope = commit.scope;
  meta->identity = commit.identity;
  meta->revision = commit.revision;
  meta->loading = commit.loading;
  // The last update that the new cursor covers is the proof of this commit.
  for (size_t i = count; i > 0; --i) {
    const Update& update = updates[i - 1];
    if (update.revision == 0 || update.revision > commit.revision) continue;
    remember(&meta->fingerprints, update);
    break;
  }
}

}  // namespace slip
