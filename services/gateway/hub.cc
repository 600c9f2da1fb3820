#include "gateway/hub.h"

#include <algorithm>

#include "lib/base/mutex.h"

namespace tocsin::gateway {
namespace {

// One member's work must not hold up all others; more than the processors would not be quicker.
size_t Threads() { return std::clamp(std::thread::hardware_concurrency(), 2U, 8U); }

}  // namespace

Hub::Hub() {
  for (size_t n = 0; n < Threads(); ++n) threads_.emplace_back([this] { Run(); });
}

Hub::~Hub() {
  Stop();
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  wake_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void Hub::SetDue(const Member* key, Seat& seat, Clock::time_point due) {
  queue_.erase({seat.due, key});
  seat.due = due;
  if (due != Clock::time_point::max()) queue_.emplace(due, key);
}

void Hub::MakeDue(const Member* key, Seat& seat, Clock::time_point now) {
  if (seat.running) {
    seat.notified = true;
  } else if (seat.due > now) {
    SetDue(key, seat, now);
  }
}

bool Hub::Add(std::shared_ptr<Member> member) {
  {
    const MutexLock lock(mutex_);
    if (stopped_) return false;
    const Member* const key = member.get();
    Seat& seat = seats_[key];
    seat.member = std::move(member);
    SetDue(key, seat, Clock::now());
  }
  wake_.NotifyOne();
  return true;
}

void Hub::Remove(const std::shared_ptr<Member>& member) {
  const MutexLock lock(mutex_);
  const auto seat = seats_.find(member.get());
  if (seat == seats_.end()) return;
  queue_.erase({seat->second.due, member.get()});
  seats_.erase(seat);
}

void Hub::Notify() {
  {
    const MutexLock lock(mutex_);
    const Clock::time_point now = Clock::now();
    for (auto& [key, seat] : seats_) MakeDue(key, seat, now);
  }
  wake_.NotifyAll();
}

void Hub::Notify(const Member& member) {
  {
    const MutexLock lock(mutex_);
    const auto found = seats_.find(&member);
    if (found == seats_.end()) return;
    MakeDue(&member, found->second, Clock::now());
  }
  wake_.NotifyOne();
}

void Hub::Stop() {
  std::vector<std::shared_ptr<Member>> members;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    for (const auto& [key, seat] : seats_) members.push_back(seat.member);
  }
  for (const std::shared_ptr<Member>& member : members) member->Stop();
}

// Until something is due. Whoever makes something due sooner wakes one that waits.
void Hub::Await() {
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return ending_ || (!queue_.empty() && queue_.begin()->first <= Clock::now());
  };
  if (queue_.empty()) {
    wake_.Wait(mutex_, ready);
  } else {
    wake_.WaitUntil(mutex_, queue_.begin()->first, ready);
  }
}

void Hub::Run() {
  MutexLock lock(mutex_);
  while (!ending_) {
    const Clock::time_point now = Clock::now();
    if (queue_.empty() || queue_.begin()->first > now) {
      Await();
      continue;
    }
    const Member* const key = queue_.begin()->second;
    queue_.erase(queue_.begin());
    Seat& seat = seats_[key];
    seat.running = true;
    seat.notified = false;
    std::shared_ptr<Member> member = seat.member;
    lock.Unlock();
    const Clock::time_point due = member->Pump(now);
    lock.Lock();
    const auto found = seats_.find(key);
    if (found != seats_.end()) {
      found->second.running = false;
      SetDue(key, found->second, found->second.notified ? std::min(due, now) : due);
    }
    // The last one to let go of a member destroys it: not under the lock.
    lock.Unlock();
    member.reset();
    lock.Lock();
  }
}

}  // namespace tocsin::gateway
