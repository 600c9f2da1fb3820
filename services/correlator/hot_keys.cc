#include "correlator/hot_keys.h"

#include <algorithm>
#include <functional>

namespace tocsin {
namespace {

// What the heaviest key has for certain, over all parts.
int64_t Heaviest(const std::vector<const HeavyHitters*>& parts) {
  std::map<uint64_t, int64_t> sums;
  for (const HeavyHitters* part : parts) {
    for (const HeavyHitters::Entry& entry : part->entries()) sums[entry.key] += entry.AtLeast();
  }
  int64_t most = 0;
  for (const auto& [key, sum] : sums) most = std::max(most, sum);
  return most;
}

double Ratio(int64_t part, int64_t all) {
  return all <= 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

void HotKeys::Note(const std::vector<CorrelationKey>& keys, std::chrono::nanoseconds took) {
  if (keys.empty()) return;
  Part& part = parts_[current_];
  ++part.records;
  // What each of them took is not known; a record has few.
  const int64_t each = took.count() / static_cast<int64_t>(keys.size());
  for (const CorrelationKey& key : keys) {
    OfSpec& spec = part.specs[key.spec];
    const uint64_t hash = std::hash<std::string>{}(key.value);
    spec.records.Add(hash, 1);
    spec.nanoseconds.Add(hash, each);
  }
}

std::vector<HotKeys::Change> HotKeys::Turn(Clock::time_point now) {
  if (now - part_began_ < kPart) return {};
  parts_[current_].length = now - part_began_;
  part_began_ = now;
  whole_ = std::min(whole_ + 1, kParts);
  Judge();
  current_ = (current_ + 1) % kParts;
  parts_[current_] = {};
  if (whole_ < kParts) return {};

  std::vector<Change> changes;
  for (const auto& [spec, shares] : shares_) {
    const double most = std::max(shares.records, shares.time);
    const auto at = std::lower_bound(hot_.begin(), hot_.end(), spec);
    const bool was = at != hot_.end() && *at == spec;
    if (!was && most >= kHot) {
      hot_.insert(at, spec);
      changes.push_back({spec, shares, true});
    } else if (was && most < kCool) {
      hot_.erase(at);
      changes.push_back({spec, shares, false});
    }
  }
  std::erase_if(hot_, [&](const std::string& spec) {
    if (shares_.contains(spec)) return false;
    changes.push_back({spec, {}, false});
    return true;
  });
  return changes;
}

void HotKeys::Judge() {
  int64_t records = 0;
  std::chrono::nanoseconds length{0};
  struct Parts {
    std::vector<const HeavyHitters*> records;
    std::vector<const HeavyHitters*> nanoseconds;
  };
  std::map<std::string, Parts> specs;
  for (const Part& part : parts_) {
    records += part.records;
    length += part.length;
    for (const auto& [spec, of_spec] : part.specs) {
      specs[spec].records.push_back(&of_spec.records);
      specs[spec].nanoseconds.push_back(&of_spec.nanoseconds);
    }
  }
  shares_.clear();
  for (const auto& [spec, parts] : specs) {
    Shares& shares = shares_[spec];
    if (records >= kLeastRecords) shares.records = Ratio(Heaviest(parts.records), records);
    shares.time = Ratio(Heaviest(parts.nanoseconds), length.count());
  }
}

}  // namespace tocsin
