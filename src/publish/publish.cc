#include "publish/publish.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/guard.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "protocol/publish_order.h"
#include "publish/names.h"
#include "publish/payload.h"
#include "publish/standing.h"

namespace slip {
namespace {

constexpr size_t kNonceRandomBytes = 16;

// What is to be published: everything of the pointer that does not depend on what stands there.
Pointer candidate_of(const Manifest& manifest, const std::string& key) {
  Pointer candidate;
  candidate.identity = manifest.meta.identity;
  candidate.scope = manifest.meta.scope;
  candidate.revision = manifest.meta.revision;
  candidate.manifest_sha256 = sha256_hex(format_manifest(manifest));
  candidate.payload = payload_name(key, candidate.revision, candidate.manifest_sha256);
  return candidate;
}

// The candidate as the successor of what stands there, under a nonce of its own.
Pointer successor(const Pointer& candidate, const Standing& standing) {
  Pointer next = candidate;
  next.nonce = random_hex(kNonceRandomBytes);
  if (!standing.pointer) return next;
  const Pointer& before = *standing.pointer;
  next.generation = before.generation;
  next.recent = before.recent;
  next.recent.emplace_back(before.generation, before.nonce);
  if (next.recent.size() > kPointerRecentMax) next.recent.erase(next.recent.begin());
  next.doomed = before.doomed;
  next.pin = before.pin;
  return next;
}

PublishVerdict verdict_on(const Pointer& candidate, const Pointer& standing) {
  PublishFacts facts;
  facts.old_generation = standing.generation;
  facts.old_epoch = standing.identity.epoch;
  facts.old_revision = standing.revision;
  facts.new_generation = standing.generation;
  facts.new_epoch = candidate.identity.epoch;
  facts.new_revision = candidate.revision;
  facts.same_payload = candidate.manifest_sha256 == standing.manifest_sha256;
  facts.same_bucket = candidate.identity.bucket == standing.identity.bucket;
  facts.scope_covers = candidate.scope.covers(standing.scope);
  return judge_publish(facts);
}

std::string describe(const Pointer& pointer) {
  return "bucket " + quoted(pointer.identity.bucket) + ", epoch " +
         std::to_string(pointer.identity.epoch) + ", revision " + std::to_string(pointer.revision);
}

// Whether the candidate may replace what stands there; `already`: it stands there itself.
Status check_order(const Pointer& candidate, const Standing& standing, bool* already) {
  *already = false;
  if (!standing.pointer) return Status();
  const Pointer& old = *standing.pointer;
  const PublishVerdict verdict = verdict_on(candidate, old);
  *already = verdict == PublishVerdict::already_published;
  if (!*already && !old.pin.empty() && old.pin != candidate.payload)
    return Status(SLIP_SUPERSEDED, "the pointer is pinned to " + quoted(old.pin) + " (unpin it)");
  switch (verdict) {
    case PublishVerdict::superseded:
      return Status(SLIP_SUPERSEDED, describe(candidate) +
                                         " is not newer than what stands there, " + describe(old) +
                                         " (nothing is to be done)");
    case PublishVerdict::other_identity:
      return Status(SLIP_IDENTITY_MISMATCH,
                    "the pointer is of bucket " + quoted(old.identity.bucket) +
                        ", the artifact of bucket " + quoted(candidate.identity.bucket) +
                        " (use another key)");
    case PublishVerdict::narrower_scope:
      return Status(SLIP_SCOPE_MISMATCH, "the pointer's scope is " + old.scope.describe() +
                                             ", and the artifact's, " + candidate.scope.describe() +
                                             ", does not cover it (use another key)");
    default:
      return Status();
  }
}

Result<Published> publish(ObjectStore& store, const std::string& key, FileSystem& fs,
                          const std::string& directory) {
  SLIP_ASSIGN(const Manifest manifest, verify_artifact(fs, directory));
  const Pointer candidate = candidate_of(manifest, key);
  Published published;
  for (;;) {
    SLIP_ASSIGN(const Standing standing, read_standing(store, key));
    bool already = false;
    SLIP_TRY(check_order(candidate, standing, &already));
    // Before every swap anew: what was there may have been pruned since.
    // guard: payload_before_pointer
    if (guard_on("payload_before_pointer"))
      SLIP_TRY(upload_payload(store, candidate.payload, fs, directory, manifest, &published.bytes));
    published.pointer = already ? *standing.pointer : successor(candidate, standing);
    if (already) return published;
    SLIP_ASSIGN(const SwapOutcome outcome,
                swap_pointer(store, key, standing, published.pointer, &published.attempts));
    if (outcome == SwapOutcome::committed) return published;
    if (published.attempts >= kPointerAttemptsMax)
      return Status(SLIP_CONFLICT,
                    "others swapped the pointer first, " + std::to_string(published.attempts) +
                        " times in a row (try again)",
                    true);
    pause_before_retry(published.attempts);
  }
}

}  // namespace

Result<Published> publish_artifact(ObjectStore& store, const std::string& key, FileSystem& fs,
                                   const std::string& directory) {
  SLIP_TRY(check_publish_key(key));
  Result<Published> published = publish(store, key, fs, directory);
  if (!published.ok())
    return published.status().with_context("cannot publish " + quoted(directory) + " under key " +
                                           quoted(key) + " of store " + quoted(store.url()));
  return published;
}

}  // namespace slip
