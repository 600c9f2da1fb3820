#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/service/service.h"

namespace tocsin {
namespace {

TEST(Log, IsOneJsonObjectALine) {
  InitLog("test-service", LogLevel::kInfo);
  testing::internal::CaptureStderr();
  Log(LogLevel::kDebug, "not seen");
  Log(LogLevel::kWarning, "two\nlines", {{"n", 3}, {"msg", "not replaced"}, {"bad", "\xff"}});
  const std::string text = testing::internal::GetCapturedStderr();
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["service"], "test-service");
  EXPECT_EQ(line["msg"], "two\nlines");
  EXPECT_EQ(line["n"], 3);
  EXPECT_THAT(line["ts"].get<std::string>(),
              testing::MatchesRegex("[0-9-]+T[0-9:]+\\.[0-9][0-9][0-9][0-9][0-9][0-9]Z"));
}

TEST(Log, LevelsHaveNames) {
  EXPECT_EQ(*ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_FALSE(ParseLogLevel("loud").ok());
}

}  // namespace
}  // namespace tocsin
