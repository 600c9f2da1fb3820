#include "gateway/read_back.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/mutex.h"

namespace tocsin::gateway {
namespace {

// What is under way when the process stops may still end well, in this time.
constexpr std::chrono::milliseconds kPatienceAtEnd{2000};

}  // namespace

ReadBack::ReadBack(Hub& hub, std::chrono::milliseconds patience, std::string too_late)
    : hub_(hub), too_late_(std::move(too_late)), patience_(patience) {}

void ReadBack::Written(int64_t offset, Done done) {
  {
    const MutexLock lock(mutex_);
    if (offset >= end_) {
      waiting_.emplace(offset, Waiting{std::move(done), Hub::Clock::now() + patience_});
      done = nullptr;
    }
  }
  if (done != nullptr) {
    done(absl::OkStatus());
    return;
  }
  hub_.Notify(*this);  // for the deadline
}

void ReadBack::Advance(int64_t end) {
  std::vector<Done> ready;
  {
    const MutexLock lock(mutex_);
    end_ = end;
    const auto later = waiting_.lower_bound(end);
    for (auto it = waiting_.begin(); it != later; ++it) ready.push_back(std::move(it->second.done));
    waiting_.erase(waiting_.begin(), later);
  }
  for (const Done& done : ready) done(absl::OkStatus());
}

Hub::Clock::time_point ReadBack::Pump(Hub::Clock::time_point now) {
  std::vector<Done> late;
  auto next = Hub::Clock::time_point::max();
  {
    const MutexLock lock(mutex_);
    std::erase_if(waiting_, [&](auto& entry) {
      if (entry.second.deadline <= now) {
        late.push_back(std::move(entry.second.done));
        return true;
      }
      next = std::min(next, entry.second.deadline);
      return false;
    });
  }
  for (const Done& done : late) done(absl::UnavailableError(too_late_));
  return next;
}

void ReadBack::Stop() {
  {
    const MutexLock lock(mutex_);
    patience_ = std::min(patience_, kPatienceAtEnd);
    const auto latest = Hub::Clock::now() + patience_;
    for (auto& [offset, waiting] : waiting_) waiting.deadline = std::min(waiting.deadline, latest);
  }
  hub_.Notify(*this);
}

}  // namespace tocsin::gateway
