#include "lib/task/fail_point.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::HasSubstr;

TEST(FailPointTest, NamesAPlaceAndAPass) {
  for (const std::string_view name : kFailPoints) {
    const auto point = ParseFailPoint(std::string(name) + ":12");
    ASSERT_TRUE(point.ok()) << point.status();
    EXPECT_EQ(point->name, name);
    EXPECT_EQ(point->passes, 12);
  }
  for (const char* wrong : {"", "after_commit", "after_commit:", "after_commit:0",
                            "after_commit:-1", "after_commit:x", "after_lunch:1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseFailPoint(wrong).status())) << wrong;
  }
  EXPECT_THAT(ParseFailPoint("after_lunch:1").status().message(), HasSubstr("after_commit"));
}

TEST(FailPointTest, IsRefusedUnlessTheEnvironmentAllowsIt) {
  unsetenv("TOCSIN_FAIL_POINTS");
  EXPECT_TRUE(MakeRealWorldWith("").ok());
  const auto refused = MakeRealWorldWith("after_store:1");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
  EXPECT_THAT(refused.status().message(), HasSubstr("TOCSIN_FAIL_POINTS=allowed"));
  setenv("TOCSIN_FAIL_POINTS", "yes", 1);
  EXPECT_FALSE(MakeRealWorldWith("after_store:1").ok());
  setenv("TOCSIN_FAIL_POINTS", "allowed", 1);
  EXPECT_TRUE(MakeRealWorldWith("after_store:1").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(MakeRealWorldWith("after_lunch:1").status()));
  unsetenv("TOCSIN_FAIL_POINTS");
}

// The pass before the last changes nothing, the last one ends the process with what it did in
// place.
TEST(FailPointDeathTest, EndsTheProcessAtThatPass) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-fuse-XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::string folder = pattern + "/state";
  const auto write_three = [&] {
    setenv("TOCSIN_FAIL_POINTS", "allowed", 1);
    const auto world = MakeRealWorldWith("after_store:2");
    const auto store = (*world)->OpenStore(folder, nullptr);
    for (const char* key : {"a", "b", "c"}) {
      if (!(*store)->Apply({{key, "1"}}).ok()) std::_Exit(1);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(write_three(), ::testing::KilledBySignal(SIGKILL), "");
  {
    const auto store = MakeRealWorld()->OpenStore(folder, nullptr);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Get("a").has_value());
    EXPECT_TRUE((*store)->Get("b").has_value());
    EXPECT_FALSE((*store)->Get("c").has_value());
  }
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace tocsin
