#include "tocsinctl/seen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lib/base/mutex.h"

namespace tocsin::ctl {
namespace {

using ::testing::ElementsAre;

class SeenByEnterTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(pipe_.data()), 0); }
  void TearDown() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }
  void Type(std::string_view text) const {
    ASSERT_EQ(write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  SeenByEnter::Say Say() {
    return [this](const std::string& id, int32_t revision) {
      const MutexLock lock(mutex_);
      tried_.push_back(id + "." + std::to_string(revision));
      changed_.NotifyAll();
      return linked_;
    };
  }
  void AwaitTried(size_t count) {
    const MutexLock lock(mutex_);
    EXPECT_TRUE(changed_.WaitFor(
        mutex_, std::chrono::minutes(1),
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return tried_.size() >= count; }));
  }

  std::array<int, 2> pipe_{};
  Mutex mutex_;
  Condition changed_;
  std::vector<std::string> tried_ ABSL_GUARDED_BY(mutex_);
  bool linked_ ABSL_GUARDED_BY(mutex_) = true;
};

TEST_F(SeenByEnterTest, OnlyEnterSaysSoAndOfWhatWasShownBefore) {
  SeenByEnter seen(pipe_[0], Say());
  seen.Shown("w1", 1);
  seen.Shown("w2", 3);
  Type("abc");
  Type("\n");
  AwaitTried(2);
  seen.Shown("w3", 1);
  Type("\n");
  AwaitTried(3);
  const MutexLock lock(mutex_);
  EXPECT_THAT(tried_, ElementsAre("w1.1", "w2.3", "w3.1"));
}

TEST_F(SeenByEnterTest, WhatCouldNotBeSaidIsSaidWithTheNextEnter) {
  {
    const MutexLock lock(mutex_);
    linked_ = false;
  }
  SeenByEnter seen(pipe_[0], Say());
  seen.Shown("w1", 1);
  Type("\n");
  AwaitTried(1);
  {
    const MutexLock lock(mutex_);
    linked_ = true;
  }
  Type("\n");
  AwaitTried(2);
  const MutexLock lock(mutex_);
  EXPECT_THAT(tried_, ElementsAre("w1.1", "w1.1"));
}

}  // namespace
}  // namespace tocsin::ctl
