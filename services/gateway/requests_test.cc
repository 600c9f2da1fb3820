// What callers ask with: filters, cursors, page tokens, names of warnings, options.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/act_request.h"
#include "gateway/cursor.h"
#include "gateway/filter.h"
#include "gateway/gateway_testing.h"
#include "gateway/options.h"
#include "gateway/page_token.h"
#include "gateway/warning_name.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

v1::WarningView ViewOf(const Warning& warning) {
  v1::WarningView view;
  *view.mutable_warning() = ToProto(warning);
  return view;
}

TEST(CursorTest, APlaceHasPassedWhatIsBeforeItInTheOrderOfTheStream) {
  const auto in_snapshot = [](v1::Severity severity, std::vector<int64_t> offsets) {
    return Place{{{10, 20}, 3}, {}, SnapshotPlace{severity, std::move(offsets)}};
  };
  const Place graver = in_snapshot(v1::SEVERITY_EXTREME, {9, 9});
  const Place here = in_snapshot(v1::SEVERITY_SEVERE, {4, 0});
  const Place after{{{10, 20}, 3}};
  EXPECT_TRUE(HasPassed(here, here));
  EXPECT_TRUE(HasPassed(here, graver));
  EXPECT_FALSE(HasPassed(graver, here));
  EXPECT_FALSE(HasPassed(here, in_snapshot(v1::SEVERITY_SEVERE, {3, 1})));
  EXPECT_TRUE(HasPassed(after, here));
  EXPECT_FALSE(HasPassed(here, after));
  // What was sent ahead of the log is passed by who was told of it, or has come to it in turn.
  const Place ahead{{{10, 20}, 3}, {12, 20}};
  EXPECT_TRUE(HasPassed(ahead, after));
  EXPECT_FALSE(HasPassed(after, ahead));
  EXPECT_TRUE(HasPassed(Place{{{12, 20}, 3}}, ahead));
  EXPECT_FALSE(HasPassed(Place{{{12, 20}, 2}}, ahead));
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

TEST(FilterTest, WhoFiledTheEvidenceAndWhatItIs) {
  v1::WarningView view = ViewOf(testing::WarningOf(1));
  view.mutable_warning()->clear_evidence();
  v1::Evidence& evidence = *view.mutable_warning()->add_evidence();
  evidence.mutable_identity()->set_mission("unmis");
  evidence.set_type("displacement.flow");
  const auto topic = [&](const std::string& name) {
    v1::WarningFilter filter;
    filter.add_topics("security");
    filter.add_topics(name);
    return Matches(filter, view);
  };
  EXPECT_TRUE(topic("displacement"));
  EXPECT_TRUE(topic("displacement.flow"));
  EXPECT_FALSE(topic("displacement.flow.x"));
  EXPECT_FALSE(topic("displace"));
  EXPECT_FALSE(topic("flow"));
  v1::WarningFilter filter;
  filter.add_missions("monusco");
  EXPECT_FALSE(Matches(filter, view));
  filter.add_missions("unmis");
  EXPECT_TRUE(Matches(filter, view));
  // What is withheld is not there to be asked for.
  view.mutable_warning()->clear_evidence();
  EXPECT_FALSE(Matches(filter, view));
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
    EXPECT_EQ(IsOpen(ToProto(warning)), open);
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
  const LogPosition floors = {{0, 10}, 0};
  const LogPosition ends = {{5, 20}, 3};
  const auto check = [&](const std::string& epoch, const std::vector<int64_t>& offsets,
                         int64_t actions = 0, const std::string& actions_epoch = "people") {
    return Check(MakeCursor({epoch, actions_epoch}, {offsets, actions}), {"now", "people"}, floors,
                 ends);
  };
  EXPECT_TRUE(check("now", {0, 10}).ok());
  EXPECT_TRUE(check("now", {5, 20}, 3).ok());
  const std::vector<std::pair<absl::Status, std::string>> refused = {
      {check("before", {0, 10}), "another epoch"},
      {check("", {0, 10}), "another epoch"},
      {check("now", {0}), "1 offsets"},
      {check("now", {0, 10, 0}), "3 offsets"},
      {check("now", {0, 9}), "too old"},
      {check("now", {-1, 10}), "too old"},
      {check("now", {6, 10}), "ahead of the log"},
      {check("now", {0, 10}, 4), "ahead of the log: offset 4 of the actions log"},
      {check("now", {0, 10}, -1), "too old"},
      {check("now", {0, 10}, 0, "before"), "another epoch of the actions log"},
  };
  for (const auto& [status, words] : refused) {
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << words;
    EXPECT_NE(std::string(status.message()).find(words), std::string::npos) << status;
    EXPECT_NE(std::string(status.message()).find("snapshot"), std::string::npos) << status;
  }
}

TEST(PageTokenTest, AHistorysIsBoundToItsWarning) {
  const WarningId id("00000000000000000000000000000001");
  const std::string token = MakeHistoryToken(7, id);
  EXPECT_EQ(ParseHistoryToken(token, id).value(), 7U);
  EXPECT_EQ(ParseHistoryToken("", id).value(), 0U);
  for (const std::string& bad : {std::string("?"), std::string("AAAA"), token + token}) {
    EXPECT_EQ(ParseHistoryToken(bad, id).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(ParseHistoryToken(token, WarningId("00000000000000000000000000000002")).ok());
}

v1::ActRequest RequestTo(const std::function<void(v1::ActRequest&)>& set) {
  v1::ActRequest request;
  request.set_warning_id("143");
  request.set_action_id("a-1");
  set(request);
  return request;
}

TEST(ActRequestTest, SaysWhatIsWrongWithIt) {
  const std::vector<std::pair<v1::ActRequest, std::string>> table = {
      {RequestTo([](auto&) {}), "detail:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_resolve(), r.clear_action_id(); }),
       "action_id:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_resolve(), r.set_action_id("a b"); }),
       "action_id:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_resolve(), r.set_expect(-1); }),
       "expect:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_resolve(), r.set_comment(std::string(2001, 'x'));
       }),
       "comment:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_remark(); }), "comment:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_acknowledge()->set_expires_us(-1); }),
       "acknowledge.expires_us:"},
      {RequestTo(
           [](auto& r) { r.mutable_detail()->mutable_acknowledge()->set_lasts_s(40'000'000); }),
       "acknowledge.lasts_s:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_acknowledge()->set_lasts_s(60);
         r.mutable_detail()->mutable_acknowledge()->set_expires_us(5);
       }),
       "acknowledge.lasts_s:"},
      {RequestTo(
           [](auto& r) { r.mutable_detail()->mutable_assign()->set_person("Somebody Else"); }),
       "assign.person:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_escalate(); }), "escalate.to:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_escalate()->set_to(v1::ESCALATION_LEVEL_DUTY_OFFICER);
       }),
       "escalate.to:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_escalate()->set_to(static_cast<v1::EscalationLevel>(77));
       }),
       "escalate.to:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_mark()->set_verdict(static_cast<v1::Verdict>(77));
       }),
       "mark.verdict:"},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_respond()->set_stage(v1::RESPONSE_STAGE_TASKED);
       }),
       "respond.unit:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_respond()->set_unit("two\nlines"); }),
       "respond.unit:"},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_respond()->set_unit("QRF"); }),
       "respond.stage:"},
  };
  for (const auto& [request, field] : table) {
    const absl::Status status = Check(request);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << request.DebugString();
    EXPECT_EQ(std::string(status.message()).find(field), 0U) << status;
  }
}

// What is asked for is what the log gets and what is read from it.
TEST(ActRequestTest, EveryDetailComesThroughTheLog) {
  const Time now = FromMicros(1'000'000);
  const std::vector<std::pair<v1::ActRequest, ActionDetail>> table = {
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_acknowledge(); }), Acknowledge{kNever}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_acknowledge()->set_expires_us(5); }),
       Acknowledge{FromMicros(5)}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_acknowledge()->set_lasts_s(60); }),
       Acknowledge{now + std::chrono::minutes(1)}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_assign()->set_person("officer-2"); }),
       Assign{"officer-2"}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_remark(), r.set_comment("words"); }),
       Remark{}},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_escalate()->set_to(v1::ESCALATION_LEVEL_CHIEF_JOC);
       }),
       Escalate{EscalationLevel::kChiefJoc}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_resolve(); }), Resolve{}},
      {RequestTo([](auto& r) { r.mutable_detail()->mutable_reopen(); }), Reopen{}},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_link()->set_warning_id("w");
         r.mutable_detail()->mutable_link()->set_undo(true);
       }),
       Link{WarningId("w"), true}},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_mark()->set_verdict(v1::VERDICT_FALSE_ALARM);
       }),
       Mark{Verdict::kFalseAlarm}},
      {RequestTo([](auto& r) {
         r.mutable_detail()->mutable_respond()->set_unit("QRF");
         r.mutable_detail()->mutable_respond()->set_stage(v1::RESPONSE_STAGE_ON_SCENE);
       }),
       Respond{"QRF", ResponseStage::kOnScene, now}},
  };
  std::set<std::string_view> names;
  for (const auto& [request, detail] : table) {
    EXPECT_TRUE(Check(request).ok()) << request.DebugString();
    EXPECT_TRUE(DetailOf(request, now) == detail) << request.DebugString();
    Action action;
    action.detail = detail;
    EXPECT_EQ(FromProto(ToProto(action)), action);
    names.insert(NameOf(detail));
  }
  EXPECT_EQ(names.size(), 9U);
  Action lapse;
  lapse.detail = Lapse{FromMicros(7)};
  EXPECT_EQ(FromProto(ToProto(lapse)), lapse);
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
  EXPECT_NE(refused({{"most_under_way_bytes", 100}}).find("most_under_way_bytes"),
            std::string::npos);
  EXPECT_NE(refused({{"log_level", "loud"}}).find("loud"), std::string::npos);
  EXPECT_EQ(refused({{"clock", "sun"}}), "clock: must be wall or scenario");
  EXPECT_THAT(refused({{"storm", {{"alarms", -1}}}}),
              ::testing::StartsWith("storm.alarms: must be 0"));
  EXPECT_THAT(refused({{"storm", {{"within_s", 0}}}}), ::testing::StartsWith("storm.within_s:"));
  EXPECT_EQ(refused({{"storm", {{"group_wait_s", 400}}}}),
            "storm.group_wait_s: more than storm.group_interval_s");
  EXPECT_EQ(refused({{"storm", {{"alarms", 0}}}}), "");
  const auto escalation = [&](nlohmann::json steps) {
    return refused({{"escalation", {{"severe", std::move(steps)}}}});
  };
  const nlohmann::json step = {{"after_s", 60}, {"to", "chief-joc"}};
  EXPECT_EQ(escalation(nlohmann::json::array({step})), "");
  EXPECT_THAT(escalation(5), ::testing::StartsWith("escalation.severe: must be a list"));
  EXPECT_THAT(escalation(nlohmann::json::array({5})),
              ::testing::StartsWith("escalation.severe[0]: must have"));
  EXPECT_THAT(escalation(nlohmann::json::array({{{"after_s", 0}, {"to", "deputy"}}})),
              ::testing::StartsWith("escalation.severe[0].after_s:"));
  EXPECT_THAT(escalation(nlohmann::json::array({{{"after_s", 60}, {"to", "nobody"}}})),
              ::testing::StartsWith("escalation.severe[0].to:"));
  EXPECT_THAT(escalation(nlohmann::json::array({step, {{"after_s", 90}, {"to", "deputy"}}})),
              ::testing::StartsWith("escalation.severe[1]: must be later"));
}

}  // namespace
}  // namespace tocsin::gateway
