// What a bucket needs in order to surge: docs/rules.md, surge.
#pragma once

#include <vector>

#include "lib/correlation/episodes.h"

namespace tocsin {

struct BucketStanding {
  int64_t count = 0;                 // distinct incidents
  int64_t needed = 0;                // count from which it surges; 0: its past is too short
  int64_t past = 0, past_least = 0;  // buckets that the past has, and has to have
};

// Of a bucket, with or without events; `members`: up to its end, from the baseline before it on.
BucketStanding StandingOfBucket(const Rule& rule, const std::vector<Member>& members,
                                int64_t bucket);

}  // namespace tocsin
