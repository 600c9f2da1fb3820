// Which keys weigh most, in bounded memory: the space-saving algorithm (Metwally et al., 2005).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tocsin {

// Keys are hashes. One thread.
class HeavyHitters {
 public:
  struct Entry {
    uint64_t key = 0;
    int64_t weight = 0;   // never less than what was added for the key
    int64_t surplus = 0;  // ... and more by this at most
    int64_t AtLeast() const { return weight - surplus; }
  };

  // Holds so many keys, 1 or more. Every key whose weight is above total() / counters is among the
  // entries, and no entry's surplus is above that.
  explicit HeavyHitters(size_t counters) : counters_(counters) {}

  // `weight` is not negative.
  void Add(uint64_t key, int64_t weight);
  int64_t total() const { return total_; }
  // In no order.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  size_t counters_;
  int64_t total_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace tocsin
