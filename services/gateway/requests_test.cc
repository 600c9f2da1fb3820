// What callers ask with: filters, cursors, page tokens, names of warnings, options.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/cursor.h"
#include "gateway/filter.h"
#include "gateway/gateway_testing.h"
#include "gateway/options.h"
#include "gateway/page_token.h"
#include "gateway/warning_name.h"

namespace tocsin::gateway {
namespace {

v1::WarningView ViewOf(const Warning& warning) {
  v1::WarningView view;
  *view.mutable_warning() = ToProto(warning);
  return view;
}

TEST(FilterTest, ActualAloneUnlessStated) {
  Warning warning = testing::WarningOf(1);
  EXPECT_TRUE(Matches({}, ViewOf(warning)));
  warning.content.status = Status::kExercise;
  warning.content.exercise_id = "demo";
  EXPECT_FALSE(Matches({}, ViewOf(warning)));
  v1::WarningFilter filter;
  filter.add_statuses(v1::STATUS_EXERCISE);
  EXPECT_TRUE(Matches(filter, ViewOf(warning)));
  filter.set_exercise_id("another");
  EXPECT_FALSE(Matches(filter, ViewOf(warning)));
  filter.set_exercise_id("demo");
  EXPECT_TRUE(Matches(filter, ViewOf(warning)));
}

TEST(FilterTest, EveryFieldMustHold) {
  const Warning warning = testing::WarningOf(1);
  v1::WarningFilter filter;
  filter.add_rule_ids("other");
  EXPECT_FALSE(Matches(filter, ViewOf(warning)));
  filter.add_rule_ids("attacks-near-border");
  EXPECT_TRUE(Matches(filter, ViewOf(warning)));
  filter.set_severity_min(v1::SEVERITY_EXTREME);
  EXPECT_FALSE(Matches(filter, ViewOf(warning)));
  filter.set_severity_min(v1::SEVERITY_SEVERE);
  EXPECT_TRUE(Matches(filter, ViewOf(warning)));
  filter.add_areas("chad-east");
  EXPECT_FALSE(Matches(filter, ViewOf(warning)));
  filter.add_areas("darfur");
  EXPECT_TRUE(Matches(filter, ViewOf(warning)));
}

TEST(FilterTest, ARuleIsMeantWithItsFormsAndAFormAlone) {
  Warning warning = testing::WarningOf(1);
  v1::WarningFilter rule, form;
  rule.add_rule_ids("attacks-near-border");
  form.add_rule_ids("attacks-near-border@minurcat");
  EXPECT_FALSE(Matches(form, ViewOf(warning)));
  warning.content.rule_id = RuleId("attacks-near-border@minurcat");
  EXPECT_TRUE(Matches(rule, ViewOf(warning)));
  EXPECT_TRUE(Matches(form, ViewOf(warning)));
}

TEST(FilterTest, OpenOnly) {
  v1::WarningFilter filter;
  filter.set_open_only(true);
  for (const auto& [type, open] :
       std::vector<std::pair<MessageType, bool>>{{MessageType::kAlert, true},
                                                 {MessageType::kUpdate, true},
                                                 {MessageType::kCancel, false},
                                                 {MessageType::kExpire, false}}) {
    Warning warning = testing::WarningOf(1, 2);
    warning.message_type = type;
    EXPECT_EQ(Matches(filter, ViewOf(warning)), open);
    EXPECT_EQ(IsOpen(ViewOf(warning)), open);
    EXPECT_TRUE(Matches({}, ViewOf(warning)));
  }
}

TEST(FilterTest, RefusesWhatIsNoValue) {
  v1::WarningFilter filter;
  filter.add_statuses(static_cast<v1::Status>(42));
  EXPECT_EQ(Check(filter).code(), absl::StatusCode::kInvalidArgument);
  filter.clear_statuses();
  filter.add_statuses(v1::STATUS_UNSPECIFIED);
  EXPECT_FALSE(Check(filter).ok());
  filter.clear_statuses();
  filter.set_severity_min(static_cast<v1::Severity>(42));
  EXPECT_FALSE(Check(filter).ok());
  filter.set_severity_min(v1::SEVERITY_UNSPECIFIED);
  EXPECT_TRUE(Check(filter).ok());
  for (int i = 0; i < 1000; ++i) filter.add_areas(StrCat("area-", i));
  EXPECT_FALSE(Check(filter).ok());
}

TEST(CursorTest, SaysWhyItCannotGoOn) {
  const std::vector<int64_t> floors = {0, 10};
  const std::vector<int64_t> ends = {5, 20};
  const auto check = [&](const std::string& epoch, const std::vector<int64_t>& offsets) {
    return Check(MakeCursor(epoch, offsets), "now", floors, ends);
  };
  EXPECT_TRUE(check("now", {0, 10}).ok());
  EXPECT_TRUE(check("now", {5, 20}).ok());
  const std::vector<std::pair<absl::Status, std::string>> refused = {
      {check("before", {0, 10}), "another epoch"},
      {check("", {0, 10}), "another epoch"},
      {check("now", {0}), "1 offsets"},
      {check("now", {0, 10, 0}), "3 offsets"},
      {check("now", {0, 9}), "too old"},
      {check("now", {-1, 10}), "too old"},
      {check("now", {6, 10}), "ahead of the log"},
  };
  for (const auto& [status, words] : refused) {
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << words;
    EXPECT_NE(std::string(status.message()).find(words), std::string::npos) << status;
    EXPECT_NE(std::string(status.message()).find("snapshot"), std::string::npos) << status;
  }
}

TEST(PageTokenTest, IsBoundToItsList) {
  v1::WarningFilter filter;
  filter.add_areas("darfur");
  const std::string key = std::string("t\0\x01key", 6);
  const std::string token = MakePageToken(key, filter);
  EXPECT_EQ(ParsePageToken(token, filter).value(), key);
  EXPECT_EQ(ParsePageToken("", filter).value(), "");
  EXPECT_EQ(ParsePageToken(token, {}).status().code(), absl::StatusCode::kInvalidArgument);
  for (const std::string& bad : {std::string("?"), std::string("AAAA"), token + token,
                                 MakePageToken("w-another-key", filter)}) {
    EXPECT_EQ(ParsePageToken(bad, filter).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(WarningNameTest, IdsAndNumbers) {
  EXPECT_EQ(ParseWarningName(testing::IdOf(7))->id, WarningId(testing::IdOf(7)));
  for (const char* text : {"143", "0143", "UNAMID 0143", "unamid-143", " Unamid 143 "}) {
    const auto name = ParseWarningName(text);
    ASSERT_TRUE(name.ok()) << text;
    EXPECT_EQ(name->number, 143) << text;
    EXPECT_FALSE(name->id.has_value());
  }
  EXPECT_EQ(ParseWarningName("UNAMID 0143")->mission, MissionId("unamid"));
  EXPECT_EQ(ParseWarningName("0143")->mission, MissionId());
  for (const std::string& text : {std::string(), std::string("unamid"), std::string("0"),
                                  std::string("unamid143"), std::string("99999999999999999999"),
                                  std::string("-"), std::string(1000, '1'), std::string(32, 'A')}) {
    EXPECT_EQ(ParseWarningName(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

nlohmann::json GoodOptions() {
  nlohmann::json json = Spec().defaults;
  json["mission"] = "unamid";
  json["tls"] = {{"ca", "ca.crt"}, {"certificate", "a.crt"}, {"key", "a.key"}};
  json["state_dir"] = "state";
  return json;
}

TEST(OptionsTest, Parsed) {
  nlohmann::json json = GoodOptions();
  json["heartbeat_period_ms"] = 200;
  json["kafka"]["properties"] = {{"security.protocol", "SSL"}, {"socket.timeout.ms", 1000}};
  const auto options = Parse(json);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->mission, MissionId("unamid"));
  EXPECT_EQ(options->heartbeat_period, std::chrono::milliseconds(200));
  EXPECT_EQ(options->kafka.properties.at("socket.timeout.ms"), "1000");
  EXPECT_EQ(options->kafka.properties.at("security.protocol"), "SSL");
}

TEST(OptionsTest, RefusedByName) {
  const auto refused = [](const nlohmann::json& patch) {
    nlohmann::json json = GoodOptions();
    json.merge_patch(patch);
    return std::string(Parse(json).status().message());
  };
  EXPECT_NE(refused({{"mission", "UN AMID"}}).find("mission"), std::string::npos);
  EXPECT_NE(refused({{"mission", "un.amid"}}).find("mission"), std::string::npos);
  EXPECT_NE(refused({{"listen", {{"port", 65536}}}}).find("listen.port"), std::string::npos);
  EXPECT_NE(refused({{"ops", {{"port", -1}}}}).find("ops.port"), std::string::npos);
  EXPECT_NE(refused({{"state_dir", ""}}).find("state_dir"), std::string::npos);
  EXPECT_NE(refused({{"heartbeat_period_ms", 1}}).find("heartbeat_period_ms"), std::string::npos);
  EXPECT_NE(refused({{"log_level", "loud"}}).find("loud"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::gateway
