#include "lib/base/mutex.h"

#include <thread>

#include <gtest/gtest.h>

namespace tocsin {
namespace {

struct Counter {
  Mutex mutex;
  Condition changed;
  int count ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, AConditionIsMetByAnotherThread) {
  Counter counter;
  std::jthread other([&counter] {
    for (int i = 0; i < 3; ++i) {
      const MutexLock lock(counter.mutex);
      ++counter.count;
      counter.changed.NotifyAll();
    }
  });
  MutexLock lock(counter.mutex);
  counter.changed.Wait(counter.mutex, [&counter]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(counter.mutex) {
    return counter.count == 3;
  });
  EXPECT_EQ(counter.count, 3);
  lock.Unlock();
  // Free again: this would wait for ever otherwise.
  counter.mutex.lock();
  counter.mutex.unlock();
  lock.Lock();
}

TEST(MutexTest, AStopEndsAWaitAndASleep) {
  Counter counter;
  std::stop_source stop;
  std::jthread other([&stop] { stop.request_stop(); });
  {
    const MutexLock lock(counter.mutex);
    EXPECT_FALSE(counter.changed.Wait(counter.mutex, stop.get_token(), [] { return false; }));
  }
  SleepUnlessStopped(stop.get_token(), std::chrono::hours(1));
  EXPECT_TRUE(stop.stop_requested());
}

TEST(MutexTest, AWaitEndsWithItsTime) {
  Counter counter;
  const MutexLock lock(counter.mutex);
  EXPECT_FALSE(
      counter.changed.WaitFor(counter.mutex, std::chrono::milliseconds(1), [] { return false; }));
  EXPECT_TRUE(counter.changed.WaitUntil(counter.mutex, std::chrono::steady_clock::now(),
                                        [] { return true; }));
}

}  // namespace
}  // namespace tocsin
