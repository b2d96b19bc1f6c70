// The arithmetic of credit against a model of the server: never more outstanding than allowed, and
// never stuck.
#include <algorithm>
#include <deque>

#include "kv/kv_support.h"
#include "kv/nats/pull_budget.h"

using slip::PullBudget;

namespace {

// Serves open requests in turn, as servers do.
class Model {
 public:
  // How the server tells that a request is over.
  enum class Manner { always_told, silent_when_complete, without_numbers };

  Model(size_t credit_updates, size_t credit_bytes, Manner manner)
      : credit_updates_(credit_updates),
        credit_bytes_(credit_bytes),
        manner_(manner),
        budget_(credit_updates, credit_bytes) {}

  void ask() {
    while (const auto request = budget_.next()) {
      asked_for_nothing_ = asked_for_nothing_ || request->updates == 0;
      open_.push_back(Open{*request, request->updates, request->bytes});
    }
    size_t asked = 0;
    for (const Open& open : open_) asked += open.updates_left;
    over_ = over_ || held_ + asked > credit_updates_;
  }
  // One update of a size that the server counts, with so much of headers that we do not see.
  bool deliver(size_t size, size_t hidden) {
    while (!open_.empty()) {
      Open open = open_.front();
      open_.pop_front();
      if (open.request.bytes > 0 && open.bytes_left < size + hidden) {
        end(open, true);
        continue;
      }
      --open.updates_left;
      if (open.request.bytes > 0) open.bytes_left -= size + hidden;
      budget_.delivered(size, size / 2);
      held_ += 1;
      held_bytes_ += size / 2;
      over_bytes_ = over_bytes_ || held_bytes_ >= credit_bytes_ + size;
      if (open.updates_left > 0) {
        open_.push_back(open);
      } else if (manner_ != Manner::silent_when_complete && open.request.bytes > 0) {
        end(open, false);
      }
      return true;
    }
    return false;
  }
  void expire_one() {
    if (open_.empty()) return;
    const Open open = open_.front();
    open_.pop_front();
    end(open, false);
  }
  void credit(size_t updates) {
    updates = std::min(updates, held_);
    const size_t bytes = updates == held_ ? held_bytes_ : held_bytes_ / held_ * updates;
    budget_.credited(updates, bytes);
    held_ -= updates;
    held_bytes_ -= bytes;
  }
  bool stuck() const { return open_.empty() && held_ == 0; }
  void check() const {
    assert_false(over_);
    assert_false(over_bytes_);
    assert_false(asked_for_nothing_);
  }
  size_t held() const { return held_; }
  PullBudget& budget() { return budget_; }

 private:
  struct Open {
    PullBudget::Request request;
    size_t updates_left;
    size_t bytes_left;
  };
  void end(const Open& open, bool too_small) {
    std::optional<uint64_t> updates, bytes;
    if (manner_ != Manner::without_numbers) {
      updates = open.updates_left;
      bytes = open.bytes_left;
    }
    if (too_small) {
      budget_.ended_too_small(open.request.number, updates, bytes);
    } else {
      budget_.ended(open.request.number, updates, bytes);
    }
  }

  const size_t credit_updates_;
  const size_t credit_bytes_;
  const Manner manner_;
  PullBudget budget_;
  std::deque<Open> open_;
  size_t held_ = 0;
  size_t held_bytes_ = 0;
  bool over_ = false;
  bool over_bytes_ = false;
  bool asked_for_nothing_ = false;
};

void two_halves_to_begin_with(void**) {
  PullBudget budget(100, 1000);
  const auto first = budget.next(), second = budget.next();
  assert_true(first && second && !budget.next());
  assert_int_equal(first->updates + second->updates, 100);
  assert_int_equal(first->bytes + second->bytes, 1000);
  assert_true(first->number != second->number);
}

void credit_of_one(void**) {
  PullBudget budget(1, 10);
  for (int i = 0; i < 10; ++i) {
    const auto request = budget.next();
    assert_true(request && request->updates == 1);
    assert_false(budget.next().has_value());
    budget.delivered(5, 3);
    assert_false(budget.next().has_value());
    budget.credited(1, 3);
  }
}

void what_fits_nowhere_goes_alone(void**) {
  PullBudget budget(10, 100);
  const auto first = budget.next(), second = budget.next();
  budget.ended_too_small(first->number, 5, 50);
  assert_false(budget.next().has_value());  // the other is still open
  budget.ended_too_small(second->number, 5, 50);
  const auto alone = budget.next();
  assert_true(alone && alone->updates == 1 && alone->bytes == 0);
  assert_false(budget.next().has_value());
  budget.delivered(5000, 4900);
  assert_false(budget.next().has_value());  // far more than the credit is held
  budget.credited(1, 4900);
  assert_true(budget.next()->bytes > 0);
}

void statuses_of_nobody_change_nothing(void**) {
  PullBudget budget(10, 100);
  const auto first = budget.next();
  const auto second = budget.next();
  budget.ended(99, 5, 50);
  budget.ended_too_small(99, 5, 50);
  assert_int_equal(budget.asked_updates(), 10);
  budget.ended(first->number, UINT64_MAX, UINT64_MAX);  // more left than there was
  assert_int_equal(budget.asked_updates(), 5);
  budget.ended(first->number, 0, 0);  // twice
  assert_int_equal(budget.asked_updates(), 5);
  budget.credited(1000, 1000);  // more than was held
  budget.ended(second->number, 5, 50);
  assert_int_equal(budget.asked_updates(), 0);
  assert_true(budget.next().has_value());
}

void random_runs(void**) {
  constexpr Model::Manner kManners[] = {Model::Manner::always_told,
                                        Model::Manner::silent_when_complete,
                                        Model::Manner::without_numbers};
  for (int run = 0; run < 300; ++run) {
    const size_t credit_updates = 1 + test_random() % 200;
    const size_t credit_bytes = 1000 + test_random() % 20000;
    Model model(credit_updates, credit_bytes, kManners[run % 3]);
    size_t delivered = 0;
    for (int step = 0; step < 2000; ++step) {
      model.ask();
      const uint64_t what = test_random() % 100;
      const size_t size = test_random() % 50 == 0 ? 2 * credit_bytes : 50 + test_random() % 500;
      if (what < 70) {
        if (model.deliver(size, test_random() % 3 == 0 ? 80 : 0)) ++delivered;
      } else if (what < 95) {
        model.credit(1 + test_random() % credit_updates);
      } else {
        model.expire_one();
      }
      model.ask();
      model.check();
      if (model.stuck()) fail_msg("run %d, step %d: nothing asked for and nothing held", run, step);
    }
    // An applier that gives everything back always gets more.
    for (int i = 0; i < 20; ++i) {
      model.credit(model.held());
      model.ask();
      const size_t before = delivered;
      for (int tries = 0; tries < 3 && delivered == before; ++tries) {
        if (model.deliver(100, 0)) ++delivered;
        model.credit(model.held());
        model.ask();
      }
      assert_true(delivered > before);
    }
  }
}

// A request that ended without a word is over when its time is.
void silent_ends(void**) {
  PullBudget budget(100, 1000);
  const auto first = budget.next();
  const auto second = budget.next();
  assert_true(first && second && !budget.next());
  const slip::Deadline now = slip::Steady::now();
  budget.expect_end(first->number, now);
  budget.expect_end(second->number, now + std::chrono::seconds(1));
  budget.expire(now - std::chrono::seconds(1));
  assert_true(budget.is_open(first->number));
  budget.expire(now);
  assert_false(budget.is_open(first->number));
  assert_true(budget.is_open(second->number));
  assert_int_equal(budget.next()->updates, 50);
  budget.expire(now + std::chrono::seconds(2));
  assert_false(budget.is_open(second->number));
  assert_int_equal(budget.asked_updates(), 50);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(two_halves_to_begin_with),
      cmocka_unit_test(credit_of_one),
      cmocka_unit_test(what_fits_nowhere_goes_alone),
      cmocka_unit_test(statuses_of_nobody_change_nothing),
      cmocka_unit_test(random_runs),
      cmocka_unit_test(silent_ends),
  };
  return cmocka_run_group_tests_name("pull budget", tests, nullptr, nullptr);
}
