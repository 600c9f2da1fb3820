#include "gateway/hub.h"

#include <algorithm>
#include <vector>

namespace tocsin::gateway {

Hub::Hub() : thread_([this] { Run(); }) {}

Hub::~Hub() {
  Stop();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Hub::Add(std::shared_ptr<Member> member) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    members_.insert(std::move(member));
    notified_ = true;
  }
  wake_.notify_one();
  return true;
}

void Hub::Remove(const std::shared_ptr<Member>& member) {
  const std::lock_guard lock(mutex_);
  members_.erase(member);
}

void Hub::Notify() {
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
  }
  wake_.notify_one();
}

void Hub::Stop() {
  std::set<std::shared_ptr<Member>> members;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    members = members_;
  }
  for (const std::shared_ptr<Member>& member : members) member->Stop();
}

void Hub::Run() {
  Clock::time_point next = Clock::time_point::max();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto due = [&] { return notified_ || ending_; };
    if (next == Clock::time_point::max()) {
      wake_.wait(lock, due);
    } else {
      wake_.wait_until(lock, next, due);
    }
    notified_ = false;
    const std::vector<std::shared_ptr<Member>> members(members_.begin(), members_.end());
    lock.unlock();
    next = Clock::time_point::max();
    for (const std::shared_ptr<Member>& member : members) {
      next = std::min(next, member->Pump(Clock::now()));
    }
    lock.lock();
  }
}

}  // namespace tocsin::gateway
