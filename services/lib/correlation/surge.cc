// More incidents in a bucket than the buckets before it explain. docs/rules.md, surge.
#include "lib/correlation/surge.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/correlation/alarm_count.h"

namespace tocsin {
namespace {

struct Bucket {
  int64_t index = 0;
  size_t first = 0, end = 0;  // its members, by position
  int64_t count = 0;          // distinct incidents
  int64_t needed = 0;         // count from which it surges; 0: nothing is expected of it
  bool surges() const { return needed > 0 && count >= needed; }
};

// Those that have events, ascending.
std::vector<Bucket> BucketsOf(const Rule& rule, const std::vector<Member>& members) {
  std::vector<Bucket> buckets;
  std::set<Identity> incidents;
  for (size_t i = 0; i < members.size(); ++i) {
    const int64_t index = BucketOf(members[i].time, rule.surge.bucket);
    if (buckets.empty() || buckets.back().index != index) {
      buckets.push_back({index, i, i, 0, 0});
      incidents.clear();
    }
    incidents.insert(members[i].incident);
    buckets.back().end = i + 1;
    buckets.back().count = static_cast<int64_t>(incidents.size());
  }
  return buckets;
}

class Judge {
 public:
  Judge(const Rule& rule, const std::vector<Bucket>& buckets)
      : condition_(rule.surge),
        buckets_(buckets),
        weights_(BaselineWeights(rule.surge.baseline / rule.surge.bucket, rule.surge.bucket,
                                 rule.surge.half_life)) {}

  // What the bucket at this position needs in order to surge; 0 if too little is known.
  int64_t NeededBy(size_t at) const {
    const size_t oldest = OldestOf(at);
    const int64_t past = PastOf(at);
    if (past < PastLeast()) return 0;
    const int64_t index = buckets_[at].index;
    std::vector<int64_t> counts(static_cast<size_t>(past), 0);
    for (size_t i = oldest + 1; i < at; ++i) {
      counts[static_cast<size_t>(index - buckets_[i].index - 1)] = buckets_[i].count;
    }
    return std::max(condition_.least_count,
                    AlarmCount(ForecastOf(counts, weights_), condition_.false_alarms_ppm));
  }
  // How many buckets its past has. The oldest one with an event only tells that something was
  // reported by then: it would not be the oldest if nothing were in it.
  int64_t PastOf(size_t at) const {
    const size_t oldest = OldestOf(at);
    return oldest == at ? 0 : buckets_[at].index - buckets_[oldest].index - 1;
  }
  // A quarter of the baseline.
  int64_t PastLeast() const { return (std::ssize(weights_) + 3) / 4; }

 private:
  // The first within the baseline.
  size_t OldestOf(size_t at) const {
    size_t oldest = at;
    while (oldest > 0 && buckets_[oldest - 1].index >= buckets_[at].index - std::ssize(weights_)) {
      --oldest;
    }
    return oldest;
  }

  const SurgeCondition& condition_;
  const std::vector<Bucket>& buckets_;
  const std::vector<int64_t> weights_;
};

// Of the event with which the bucket's count became what it needs.
Time OnsetOf(const Bucket& bucket, const std::vector<Member>& members) {
  std::set<Identity> incidents;
  size_t i = bucket.first;
  for (; i < bucket.end; ++i) {
    incidents.insert(members[i].incident);
    if (static_cast<int64_t>(incidents.size()) >= bucket.needed) break;
  }
  return members[i].time;
}

}  // namespace

BucketStanding StandingOfBucket(const Rule& rule, const std::vector<Member>& members,
                                int64_t bucket) {
  std::vector<Bucket> buckets = BucketsOf(rule, members);
  if (buckets.empty() || buckets.back().index != bucket) {
    buckets.push_back({bucket, members.size(), members.size(), 0, 0});
  }
  const Judge judge(rule, buckets);
  const size_t at = buckets.size() - 1;
  return {buckets[at].count, judge.NeededBy(at), judge.PastOf(at), judge.PastLeast()};
}

Found FindSurges(const Run& run) {
  std::vector<Bucket> buckets = BucketsOf(run.rule, run.members);
  const Judge judge(run.rule, buckets);
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].count >= run.rule.surge.least_count) buckets[i].needed = judge.NeededBy(i);
  }
  Found found;
  for (size_t i = 0; i < buckets.size();) {
    if (!buckets[i].surges()) {
      ++i;
      continue;
    }
    const Bucket* greatest = &buckets[i];
    Episode episode;
    episode.onset = OnsetOf(buckets[i], run.members);
    episode.severity = run.rule.severity;
    int64_t last = buckets[i].index - 1;
    for (; i < buckets.size() && buckets[i].surges() && buckets[i].index == last + 1; ++i) {
      last = buckets[i].index;
      if (buckets[i].count > greatest->count) greatest = &buckets[i];
      episode.members.insert(episode.members.end(),
                             run.members.begin() + static_cast<ptrdiff_t>(buckets[i].first),
                             run.members.begin() + static_cast<ptrdiff_t>(buckets[i].end));
    }
    episode.measure = greatest->count;
    episode.measures = {{"incidents", greatest->count, greatest->needed}};
    found.episodes.push_back(std::move(episode));
  }
  return found;
}

}  // namespace tocsin
