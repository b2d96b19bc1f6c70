// The operations that read first and then write, while somebody else writes in between.
#include <functional>

#include "kv/kv_support.h"

using namespace slip;  // NOLINT
using kv_test::shown;

namespace {

// A bucket into which somebody writes just before each write of ours.
class MeddledBucket : public Bucket {
 public:
  explicit MeddledBucket(std::shared_ptr<Bucket> real) : real_(std::move(real)) {}
  const std::string& name() const override { return real_->name(); }
  Result<BucketState> info() override { return real_->info(); }
  Result<Entry> last(Bytes key) override {
    if (!last_fails.ok()) return last_fails;
    return real_->last(key);
  }
  Result<std::optional<Entry>> at_revision(uint64_t revision) override {
    return real_->at_revision(revision);
  }
  Status write(const Write* writes, size_t count, WriteResult* results) override {
    ++calls;
    if (meddle) meddle(*real_);
    return real_->write(writes, count, results);
  }
  Result<std::unique_ptr<Listing>> list(Bytes prefix, bool with_values) override {
    return real_->list(prefix, with_values);
  }
  Result<std::unique_ptr<Watcher>> watch(const WatchRequest& request,
                                         std::shared_ptr<Intake> intake) override {
    return real_->watch(request, std::move(intake));
  }

  std::function<void(Bucket&)> meddle;
  Status last_fails;
  int calls = 0;  // of write

 private:
  const std::shared_ptr<Bucket> real_;
};

std::unique_ptr<MeddledBucket> make_bucket() {
  Result<std::shared_ptr<Connection>> connection =
      connect("mem://", Options(SLIP_OPTIONS_CONNECTION));
  assert_ok(connection);
  BucketConfig config;
  config.name = "b";
  Result<std::shared_ptr<Bucket>> bucket = (*connection)->create_bucket(config);
  assert_ok(bucket);
  return std::make_unique<MeddledBucket>(bucket.take());
}

std::string last_of(Bucket& bucket, Bytes key) {
  Result<Entry> last = bucket.last(key);
  assert_ok(last);
  return shown(last->update());
}

// What `meddle` does, but only `times` times.
std::function<void(Bucket&)> so_often(int times, const std::function<void(Bucket&)>& meddle) {
  return [=, left = times](Bucket& bucket) mutable {
    if (left > 0 && left-- > 0) meddle(bucket);
  };
}

void put(Bucket& bucket) { assert_ok(bucket_put(bucket, "a", "theirs")); }
void remove(Bucket& bucket) { assert_ok(bucket_remove(bucket, "a")); }

void a_delete_is_of_what_was_seen(void**) {
  std::unique_ptr<MeddledBucket> bucket = make_bucket();
  assert_ok(bucket_put(*bucket, "a", "1"));
  bucket->meddle = so_often(3, put);
  bucket->calls = 0;
  Result<uint64_t> removed = bucket_remove(*bucket, "a");
  assert_ok(removed);
  assert_int_equal(*removed, 5);
  assert_int_equal(bucket->calls, 4);
  assert_text(last_of(*bucket, "a"), "a-@5");
  // Deleted by somebody else meanwhile: theirs stands, and ours is not written.
  assert_ok(bucket_put(*bucket, "a", "2"));
  bucket->meddle = so_often(1, remove);
  assert_status(bucket_remove(*bucket, "a"), SLIP_NOT_FOUND, "cannot delete key \"a\"", "\"b\"");
  assert_text(last_of(*bucket, "a"), "a-@7");
}

void a_conditional_delete_tries_once(void**) {
  std::unique_ptr<MeddledBucket> bucket = make_bucket();
  assert_ok(bucket_put(*bucket, "a", "1"));
  bucket->meddle = so_often(1, put);
  bucket->calls = 0;
  assert_status(bucket_remove_if(*bucket, "a", 1), SLIP_CONFLICT, "delete", "\"a\"", "2");
  assert_int_equal(bucket->calls, 1);
  assert_text(last_of(*bucket, "a"), "a=theirs@2");
}

void a_create_is_on_what_was_dead(void**) {
  std::unique_ptr<MeddledBucket> bucket = make_bucket();
  bucket->meddle = so_often(1, put);
  assert_status(bucket_put_if_absent(*bucket, "a", "ours"), SLIP_EXISTS, "\"a\"", "\"b\"");
  assert_text(last_of(*bucket, "a"), "a=theirs@1");
  remove(*bucket);
  // It comes to life and dies again between our look and our write.
  bucket->meddle = so_often(2, [](Bucket& real) {
    put(real);
    remove(real);
  });
  Result<uint64_t> created = bucket_put_if_absent(*bucket, "a", "ours");
  assert_ok(created);
  assert_text(last_of(*bucket, "a"), "a=ours@" + std::to_string(*created));
}

void trying_has_an_end(void**) {
  std::unique_ptr<MeddledBucket> bucket = make_bucket();
  assert_ok(bucket_put(*bucket, "a", "1"));
  bucket->meddle = put;
  bucket->calls = 0;
  assert_status(bucket_remove(*bucket, "a"), SLIP_CONFLICT, "cannot delete key \"a\"");
  assert_int_equal(bucket->calls, 16);
  bucket->meddle = nullptr;
  assert_ok(bucket_remove(*bucket, "a"));
  bucket->meddle = [](Bucket& real) {
    put(real);
    remove(real);
  };
  bucket->calls = 0;
  assert_status(bucket_put_if_absent(*bucket, "a", "ours"), SLIP_CONFLICT, "cannot create key");
  assert_int_equal(bucket->calls, 16);
}

void other_failures_are_told_at_once(void**) {
  std::unique_ptr<MeddledBucket> bucket = make_bucket();
  assert_ok(bucket_put(*bucket, "a", "1"));
  bucket->last_fails = Status(SLIP_UNREACHABLE, "the server is away", true);
  bucket->calls = 0;
  Result<uint64_t> failed = bucket_remove(*bucket, "a");
  assert_status(failed, SLIP_UNREACHABLE, "cannot delete key \"a\" in bucket \"b\": the server is");
  assert_true(failed.status().retriable());
  assert_status(bucket_get(*bucket, "a"), SLIP_UNREACHABLE, "cannot get key", "is away");
  assert_status(bucket_remove_if(*bucket, "a", 1), SLIP_UNREACHABLE, "is away");
  assert_int_equal(bucket->calls, 0);
  assert_status(bucket_put_if_absent(*bucket, "a", "2"), SLIP_UNREACHABLE, "is away");
  assert_int_equal(bucket->calls, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_delete_is_of_what_was_seen),
      cmocka_unit_test(a_conditional_delete_tries_once),
      cmocka_unit_test(a_create_is_on_what_was_dead),
      cmocka_unit_test(trying_has_an_end),
      cmocka_unit_test(other_failures_are_told_at_once),
  };
  return cmocka_run_group_tests_name("bucket operations", tests, nullptr, nullptr);
}
