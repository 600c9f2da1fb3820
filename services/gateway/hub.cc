#include "gateway/hub.h"

#include <algorithm>
#include <vector>

#include "lib/base/mutex.h"

namespace tocsin::gateway {

Hub::Hub() : thread_([this] { Run(); }) {}

Hub::~Hub() {
  Stop();
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  wake_.NotifyOne();
  thread_.join();
}

bool Hub::Add(std::shared_ptr<Member> member) {
  {
    const MutexLock lock(mutex_);
    if (stopped_) return false;
    members_.insert(std::move(member));
    notified_ = true;
  }
  wake_.NotifyOne();
  return true;
}

void Hub::Remove(const std::shared_ptr<Member>& member) {
  const MutexLock lock(mutex_);
  members_.erase(member);
}

void Hub::Notify() {
  {
    const MutexLock lock(mutex_);
    notified_ = true;
  }
  wake_.NotifyOne();
}

void Hub::Stop() {
  std::set<std::shared_ptr<Member>> members;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    members = members_;
  }
  for (const std::shared_ptr<Member>& member : members) member->Stop();
}

void Hub::Run() {
  Clock::time_point next = Clock::time_point::max();
  MutexLock lock(mutex_);
  while (!ending_) {
    const auto due = [this]()
                         ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return notified_ || ending_; };
    if (next == Clock::time_point::max()) {
      wake_.Wait(mutex_, due);
    } else {
      wake_.WaitUntil(mutex_, next, due);
    }
    notified_ = false;
    const std::vector<std::shared_ptr<Member>> members(members_.begin(), members_.end());
    lock.Unlock();
    next = Clock::time_point::max();
    for (const std::shared_ptr<Member>& member : members) {
      next = std::min(next, member->Pump(Clock::now()));
    }
    lock.Lock();
  }
}

}  // namespace tocsin::gateway
