// What a step or a transaction counts, by name: a few names, each many times, so they are found by
// looking at one after the other. In the order in which they were first counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <absl/container/inlined_vector.h>

namespace tocsin {

class Counts {
  static constexpr size_t kUsual = 6;
  using All = absl::InlinedVector<std::pair<std::string, int64_t>, kUsual>;

 public:
  // As containers have them, for what takes any.
  using value_type = All::value_type;
  using const_iterator = All::const_iterator;

  int64_t& operator[](std::string_view name) {
    for (auto& [known, count] : counts_) {
      if (known == name) return count;
    }
    return counts_.emplace_back(std::string(name), 0).second;
  }
  void Add(const Counts& others) {
    for (const auto& [name, count] : others) (*this)[name] += count;
  }
  // 0: it was not counted.
  int64_t at(std::string_view name) const {
    for (const auto& [known, count] : counts_) {
      if (known == name) return count;
    }
    return 0;
  }
  size_t size() const { return counts_.size(); }
  bool empty() const { return counts_.empty(); }
  const_iterator begin() const { return counts_.begin(); }
  const_iterator end() const { return counts_.end(); }
  friend bool operator==(const Counts&, const Counts&) = default;

 private:
  All counts_;
};

}  // namespace tocsin
