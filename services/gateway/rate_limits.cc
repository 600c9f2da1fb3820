#include "gateway/rate_limits.h"

#include <algorithm>

#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kManyBuckets = 4096;

bool Writes(Act act) {
  return act == Act::kActOnWarnings || act == Act::kCountersign || act == Act::kPublishRules ||
         act == Act::kAcceptRules;
}

}  // namespace

absl::Status RateLimits::Take(const Principal& caller, Act act, Time now) {
  const bool writes = Writes(act);
  const auto rate = static_cast<double>(RateOf(writes));
  const MutexLock lock(mutex_);
  if (buckets_.size() >= kManyBuckets) ForgetTheIdle(now);
  Bucket& bucket = buckets_.try_emplace({caller, writes}, Bucket{kBurst * rate, now}).first->second;
  const std::chrono::duration<double> passed = now - bucket.as_of;
  bucket.tokens = std::min(kBurst * rate, bucket.tokens + std::max(0.0, passed.count()) * rate);
  bucket.as_of = std::max(bucket.as_of, now);
  if (bucket.tokens < 1) {
    return absl::ResourceExhaustedError(
        StrCat(NameOf(caller.role), "/", caller.name, " calls more often than ", RateOf(writes),
               writes ? " times a second to write" : " times a second to read",
               "; try again in a second"));
  }
  bucket.tokens -= 1;
  return absl::OkStatus();
}

void RateLimits::ForgetTheIdle(Time now) {
  std::erase_if(buckets_, [now](const auto& entry) {
    return now - entry.second.as_of > std::chrono::seconds(kBurst);
  });
}

}  // namespace tocsin::gateway
