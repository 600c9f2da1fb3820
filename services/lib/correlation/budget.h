// What a rule may cost, in units that do not depend on the machine: entries of a timeline that are
// looked at, candidates that are tried. docs/decisions/0016.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tocsin {

class Budget {
 public:
  // Each event that is told to a rule is worth so much, and no more than so much is saved up.
  static constexpr int64_t kForEvent = 10'000;
  static constexpr int64_t kMost = 3'000'000;

  // A key that is worked out anew is not paid for by the account: a change of rules asks for it,
  // and once. It may cost what its events would have been worth, told one by one, and no more than
  // fits into one transaction.
  static constexpr int64_t kMostForKey = 60'000'000;
  static Budget ForKey(int64_t events) {
    const int64_t worth = std::min(events, kMostForKey / kForEvent) * kForEvent;
    return Budget(std::min(kMost + worth, kMostForKey));
  }

  Budget() = default;
  explicit Budget(int64_t left) : left_(left) {}

  // False once more was spent than there was: whoever is searching gives up, and what was found so
  // far is not used.
  bool Spend(int64_t units) {
    left_ -= units;
    return left_ >= 0;
  }
  bool exhausted() const { return left_ < 0; }
  int64_t left() const { return left_; }

 private:
  int64_t left_ = kMost;
};

}  // namespace tocsin
