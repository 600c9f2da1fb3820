#include "gateway/doors.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"
#include "lib/base/hash.h"

namespace tocsin::gateway {
namespace {

using testing::AcknowledgementOf;
using testing::ActionRecord;
using testing::Caller;
using testing::IdOf;
using testing::RecordOf;
using testing::Released;
using testing::WarningOf;

class DoorsTest : public ::testing::Test {
 protected:
  void Apply(const std::vector<InputRecord>& records) {
    const auto report = view_->Apply(records);
    ASSERT_TRUE(report.ok()) << report.status();
  }
  // One for MINURCAT alone.
  static Warning Theirs(int n) {
    Warning warning = WarningOf(n);
    warning.content.addressees = {MissionId("minurcat")};
    warning.content.label = Released("tocsin", {"minurcat"});
    return warning;
  }

  testing::MemoryViewStore store_;
  std::unique_ptr<View> view_ = *View::Open(store_, testing::Shape());
  Time now_ = WarningOf(1).issued;
  Hearing hearing_{2, 2, Hearing::Clock::now()};
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  Doors doors_{*view_, hearing_, metrics_, [this] { return now_; }};
};

TEST_F(DoorsTest, GetTellsNothingOfWhatTheCallerMayNotSee) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1)});
  EXPECT_EQ(doors_.Get(Caller("unamid"), IdOf(1))->warning().number(), 1);
  EXPECT_EQ(doors_.Get(Caller("unamid"), "UNAMID 0001")->warning().id(), IdOf(1));
  EXPECT_EQ(doors_.Get(Caller("unamid"), "1")->warning().id(), IdOf(1));
  const absl::Status hidden = doors_.Get(Caller("unamid"), IdOf(2)).status();
  EXPECT_EQ(hidden.code(), absl::StatusCode::kNotFound);
  for (const std::string& name : {IdOf(77), std::string("2"), std::string("77"),
                                  std::string("UNMIS 0001"), std::string("UNAMID 0002")}) {
    EXPECT_EQ(doors_.Get(Caller("unamid"), name).status(), hidden) << name;
  }
  EXPECT_EQ(doors_.Get(Caller("unamid"), "no name").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DoorsTest, PagesHoldWhatTheCallerSeesAndNothingElse) {
  std::vector<InputRecord> records;
  for (int n = 1; n <= 20; ++n) {
    // Every second one is for others.
    records.push_back(RecordOf(n % 2 == 0 ? Theirs(n) : WarningOf(n), n % 2, n));
  }
  Apply(records);
  v1::ListRequest request;
  request.set_page_size(4);
  std::vector<int64_t> numbers;
  int pages = 0;
  do {
    const auto page = doors_.List(Caller("unamid"), request);
    ASSERT_TRUE(page.ok()) << page.status();
    ++pages;
    EXPECT_LE(page->warnings_size(), 4);
    for (const auto& view : page->warnings()) numbers.push_back(view.warning().number());
    EXPECT_EQ(page->evaluated_size(), 2);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(numbers, ::testing::ElementsAre(19, 17, 15, 13, 11, 9, 7, 5, 3, 1));
  EXPECT_EQ(pages, 3);
  // Ten for the caller fill pages of ten: no empty page tells of the others.
  request.set_page_size(10);
  EXPECT_EQ(doors_.List(Caller("unamid"), request)->next_page_token(), "");
  request.set_page_size(5);
  const auto first = doors_.List(Caller("unamid"), request);
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(doors_.List(Caller("unamid"), request)->next_page_token(), "");
}

TEST_F(DoorsTest, MarksAreCountedByRuleOverWhatTheCallerSees) {
  Warning other = WarningOf(3);
  other.content.rule_id = RuleId("hot-route");
  Action useful = AcknowledgementOf(1, "a");
  useful.detail = Mark{Verdict::kUseful};
  Action false_alarm = AcknowledgementOf(2, "b");
  false_alarm.detail = Mark{Verdict::kFalseAlarm};
  Action hidden = AcknowledgementOf(4, "c");
  hidden.detail = Mark{Verdict::kUseful};
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 0, 1), RecordOf(other, 0, 2),
         RecordOf(Theirs(4), 0, 3), ActionRecord(useful, 0), ActionRecord(false_alarm, 1),
         ActionRecord(hidden, 2)});
  const auto marks = doors_.Marks(Caller("unamid"), {});
  ASSERT_TRUE(marks.ok()) << marks.status();
  ASSERT_EQ(marks->rules_size(), 2);
  EXPECT_EQ(marks->rules(0).rule_id(), "attacks-near-border");
  EXPECT_EQ(marks->rules(0).warnings(), 2);
  EXPECT_EQ(marks->rules(0).useful(), 1);
  EXPECT_EQ(marks->rules(0).false_alarms(), 1);
  EXPECT_EQ(marks->rules(1).warnings(), 1);
  EXPECT_EQ(marks->rules(1).useful(), 0);
}

TEST_F(DoorsTest, APageGoesOnWhereItWasWhenWarningsChange) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 0, 1), RecordOf(WarningOf(3), 0, 2)});
  v1::ListRequest request;
  request.set_page_size(1);
  const auto first = doors_.List(Caller("unamid"), request);
  EXPECT_EQ(first->warnings(0).warning().number(), 3);
  Warning updated = WarningOf(1, 2);
  updated.issued = FromMicros(50'000'000);
  Warning newest = WarningOf(4);
  Apply({RecordOf(updated, 0, 3), RecordOf(newest, 0, 4)});
  request.set_page_token(first->next_page_token());
  request.set_page_size(10);
  const auto rest = doors_.List(Caller("unamid"), request);
  ASSERT_EQ(rest->warnings_size(), 2);
  EXPECT_EQ(rest->warnings(0).warning().number(), 2);
  EXPECT_EQ(rest->warnings(1).warning().revision(), 2);
}

TEST_F(DoorsTest, ListRefusesBadRequests) {
  v1::ListRequest request;
  request.set_page_size(-1);
  EXPECT_EQ(doors_.List(Caller("unamid"), request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_page_size(0);
  request.set_page_token("x");
  EXPECT_EQ(doors_.List(Caller("unamid"), request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.clear_page_token();
  request.mutable_filter()->add_statuses(v1::STATUS_UNSPECIFIED);
  EXPECT_EQ(doors_.List(Caller("unamid"), request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DoorsTest, AMergeNamesItsSurvivorWhereThatMayBeSeen) {
  Warning merged = WarningOf(1, 2);
  merged.message_type = MessageType::kCancel;
  merged.end_reason = "merged";
  merged.merged_into = IdOf(2);
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1), RecordOf(merged, 0, 2)});
  EXPECT_EQ(doors_.Get(Caller("unamid"), IdOf(1))->warning().merged_into(), "");
  EXPECT_EQ(doors_.Get(Caller("minurcat"), IdOf(1))->warning().merged_into(), IdOf(2));
}

TEST_F(DoorsTest, APartNamesItsOriginWhereThatMayBeSeen) {
  Warning part = WarningOf(1);
  part.split_from = IdOf(2);
  Apply({RecordOf(Theirs(2), 0, 0), RecordOf(part, 0, 1)});
  EXPECT_EQ(doors_.Get(Caller("unamid"), IdOf(1))->warning().split_from(), "");
  EXPECT_EQ(doors_.Get(Caller("minurcat"), IdOf(1))->warning().split_from(), IdOf(2));
}

TEST_F(DoorsTest, OpenWarningsAreCountedAfterTheDecision) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1), RecordOf(WarningOf(3), 1, 0)});
  const auto unamid = doors_.Watch(Caller("unamid"))->Open({});
  const auto minurcat = doors_.Watch(Caller("minurcat"))->Open({});
  v1::WarningFilter extreme;
  extreme.set_severity_min(v1::SEVERITY_EXTREME);
  const auto few = doors_.Watch(Caller("unamid"))->Open(extreme);
  EXPECT_EQ(unamid->OpenWarnings({}).warnings, 2);
  EXPECT_EQ(minurcat->OpenWarnings({}).warnings, 3);
  EXPECT_EQ(few->OpenWarnings({}).warnings, 0);
  Warning graver = WarningOf(1, 2);
  graver.content.severity = Severity::kExtreme;
  Warning cancelled = WarningOf(3, 2);
  cancelled.message_type = MessageType::kCancel;
  Apply({RecordOf(graver, 0, 2), RecordOf(cancelled, 1, 1)});
  EXPECT_EQ(unamid->OpenWarnings({}).warnings, 1);
  EXPECT_EQ(minurcat->OpenWarnings({}).warnings, 2);
  EXPECT_EQ(few->OpenWarnings({}).warnings, 1);
  // A later watch of the same caller counts the same.
  EXPECT_EQ(doors_.Watch(Caller("unamid"))->Open({})->OpenWarnings({}).warnings, 1);
}

TEST_F(DoorsTest, ADigestOfWhatStandsForItsVeryPosition) {
  // As gateway_service.proto says; the sums are of coreutils' sha256sum.
  const auto one = [](const std::string& of) {
    return std::stoull(Sha256Hex(of).substr(0, 16), nullptr, 16);
  };
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1), RecordOf(WarningOf(3), 1, 0)});
  const auto source = doors_.Watch(Caller("unamid"))->Open({});
  EXPECT_EQ(one("abc"), 0xba7816bf8f01cfeaU);
  EXPECT_EQ(source->OpenWarnings({{2, 1}, 0}).digest,
            one(IdOf(1) + "/1/0") ^ one(IdOf(3) + "/1/0"));
  EXPECT_EQ(source->OpenWarnings({{1, 1}, 0}).digest, std::nullopt);
  Warning cancelled = WarningOf(3, 2);
  cancelled.message_type = MessageType::kCancel;
  Apply({RecordOf(cancelled, 1, 1), RecordOf(WarningOf(1, 2), 0, 2),
         ActionRecord(AcknowledgementOf(1, "a"), 0), ActionRecord(AcknowledgementOf(2, "b"), 1)});
  EXPECT_EQ(source->OpenWarnings({{3, 2}, 2}).digest, one(IdOf(1) + "/2/1"));
  // A watch that begins now comes to the same.
  v1::WarningFilter all;
  all.set_severity_min(v1::SEVERITY_MINOR);
  EXPECT_EQ(doors_.Watch(Caller("unamid"))->Open(all)->OpenWarnings({{3, 2}, 2}).digest,
            one(IdOf(1) + "/2/1"));
}

TEST_F(DoorsTest, ChangesOfLifeAreForThoseWhoMaySeeTheWarning) {
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1),
         ActionRecord(AcknowledgementOf(2, "a"), 0), ActionRecord(AcknowledgementOf(1, "b"), 1),
         ActionRecord(AcknowledgementOf(9, "c"), 2)});
  const auto source = doors_.Watch(Caller("unamid"))->Open({});
  const auto scanned = source->NextChange(0, 3);
  ASSERT_TRUE(scanned.found.has_value());
  EXPECT_EQ(scanned.found->change.warning_id(), IdOf(1));
  EXPECT_EQ(scanned.found->change.lifecycle().acknowledged_by(), "officer");
  EXPECT_EQ(scanned.reached, 2);
  EXPECT_FALSE(source->NextChange(2, 3).found.has_value());
}

TEST_F(DoorsTest, HistoryComesInPagesAndEndsWhenAsked) {
  std::vector<InputRecord> records;
  for (int revision = 1; revision <= 5; ++revision) {
    records.push_back(RecordOf(WarningOf(1, revision), 0, revision));
    records.back().logged = FromMicros(revision * 1'000'000);
  }
  records.push_back(ActionRecord(AcknowledgementOf(1, "a"), 0));
  records.back().logged = FromMicros(2'500'000);
  records.push_back(RecordOf(Theirs(2), 1, 0));
  Apply(records);
  const auto ask = [&](int64_t until_us) {
    v1::WarningHistoryRequest request;
    request.set_warning_id(IdOf(1));
    request.set_page_size(2);
    request.set_until_us(until_us);
    std::vector<std::string> said;
    do {
      const auto page = doors_.History(Caller("unamid"), request);
      EXPECT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->entries_size(), 2);
      for (const auto& entry : page->entries()) {
        said.push_back(entry.has_revision() ? StrCat(entry.revision().warning().revision())
                                            : entry.action().action().action_id());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return said;
  };
  EXPECT_THAT(ask(0), ::testing::ElementsAre("1", "2", "a", "3", "4", "5"));
  EXPECT_THAT(ask(3'000'000), ::testing::ElementsAre("1", "2", "a", "3"));
  v1::WarningHistoryRequest theirs;
  theirs.set_warning_id(IdOf(2));
  EXPECT_EQ(doors_.History(Caller("unamid"), theirs).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DoorsTest, AWatchSkipsWhatIsNotForItsCaller) {
  Apply({RecordOf(Theirs(1), 0, 0), RecordOf(Theirs(2), 0, 1), RecordOf(WarningOf(3), 0, 2)});
  const auto source = doors_.Watch(Caller("unamid"))->Open({});
  const auto scanned = source->Next(0, 0, 3, Lane{});
  ASSERT_TRUE(scanned.found.has_value());
  EXPECT_EQ(scanned.found->offset, 2);
  EXPECT_EQ(scanned.reached, 3);
  const auto none = source->Next(0, 0, 2, Lane{});
  EXPECT_FALSE(none.found.has_value());
  EXPECT_EQ(none.reached, 2);
  EXPECT_FALSE(source->Next(0, 3, 3, Lane{}).found.has_value());
}

TEST_F(DoorsTest, AnEndlessRunOfOthersWarningsIsCut) {
  std::vector<InputRecord> records;
  for (int n = 1; n <= 1200; ++n) records.push_back(RecordOf(Theirs(n), 0, n));
  records.push_back(RecordOf(WarningOf(2000), 0, 1201));
  Apply(records);
  const auto source = doors_.Watch(Caller("unamid"))->Open({});
  int64_t from = 0;
  int calls = 0;
  while (from < 1202) {
    const auto scanned = source->Next(0, from, 1202, Lane{});
    ASSERT_GT(scanned.reached, from);
    from = scanned.reached;
    ++calls;
    if (scanned.found) {
      EXPECT_EQ(scanned.found->offset, 1201);
    }
  }
  EXPECT_GE(calls, 3);
}

TEST_F(DoorsTest, WhatLeavesTheFilterIsToldOnce) {
  Warning milder = WarningOf(1, 2);
  milder.content.severity = Severity::kMinor;
  Warning milder_still = WarningOf(1, 3);
  milder_still.content.severity = Severity::kMinor;
  Warning cancelled = WarningOf(2, 2);
  cancelled.message_type = MessageType::kCancel;
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(milder, 0, 1), RecordOf(milder_still, 0, 2),
         RecordOf(WarningOf(2), 1, 0), RecordOf(cancelled, 1, 1)});
  v1::WarningFilter filter;
  filter.set_severity_min(v1::SEVERITY_SEVERE);
  filter.set_open_only(true);
  const auto source = doors_.Watch(Caller("unamid"))->Open(filter);
  const auto offsets = [&](int32_t partition, int64_t to) {
    std::vector<int64_t> found;
    for (int64_t from = 0; from < to;) {
      const auto scanned = source->Next(partition, from, to, Lane{});
      from = scanned.reached;
      if (scanned.found) found.push_back(scanned.found->offset);
    }
    return found;
  };
  EXPECT_THAT(offsets(0, 3), ::testing::ElementsAre(0, 1));
  EXPECT_THAT(offsets(1, 2), ::testing::ElementsAre(0, 1));
}

TEST(HearingTest, TheOldestOfAll) {
  const auto start = Hearing::Clock::time_point(std::chrono::seconds(100));
  Hearing hearing(2, 2, start);
  const auto later = start + std::chrono::seconds(7);
  EXPECT_EQ(hearing.OldestAge(later), std::chrono::seconds(7));
  hearing.Heard(0, 0, later);
  hearing.Heard(0, 1, later);
  hearing.Heard(1, 0, later);
  hearing.Heard(5, 0, later);  // no such task
  EXPECT_EQ(hearing.OldestAge(later), std::chrono::seconds(7));
  hearing.Heard(1, 1, start + std::chrono::seconds(5));
  EXPECT_EQ(hearing.OldestAge(later), std::chrono::seconds(2));
}

TEST_F(DoorsTest, WhatTheCentreIsDoneWithStandsInNoListAndNoCountAndIsToldOnAllTheSame) {
  const Principal officer = Caller("unamid");
  Action resolve = testing::AcknowledgementOf(1, "r");
  resolve.detail = Resolve{};
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(2), 0, 1)});
  v1::ListRequest open;
  open.mutable_filter()->set_open_only(true);
  const auto source = doors_.Watch(officer)->Open(open.filter());
  EXPECT_EQ(source->OpenWarnings({{2, 0}, 0}).warnings, 2);
  Apply({testing::ActionRecord(resolve, 0)});
  EXPECT_EQ(doors_.List(officer, open)->warnings_size(), 1);
  EXPECT_EQ(doors_.List(officer, v1::ListRequest())->warnings_size(), 2);
  EXPECT_EQ(source->OpenWarnings({{2, 0}, 1}).warnings, 1);
  EXPECT_EQ(doors_.Watch(officer)->Open(open.filter())->OpenWarnings({{2, 0}, 1}).warnings, 1);
  const auto change = source->NextChange(0, 1);
  ASSERT_TRUE(change.found.has_value());
  EXPECT_EQ(change.found->change.lifecycle().state(), v1::LIFECYCLE_STATE_RESOLVED);
  Apply({RecordOf(WarningOf(1, 2), 0, 2)});
  EXPECT_TRUE(source->Next(0, 2, 3, {}).found.has_value());
}

TEST_F(DoorsTest, WhatIsSilencedComesQuietlyFromItsFirstMomentOnAndIsThereAllTheSame) {
  const Principal officer = Caller("unamid");
  Apply({testing::CentreRecord(testing::SilenceOf("s", now_, std::chrono::hours(1)), 0)});
  Warning extreme = WarningOf(2);
  extreme.content.severity = Severity::kExtreme;
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(extreme, 0, 1)});
  const auto quiet = doors_.Get(officer, "1");
  ASSERT_TRUE(quiet.ok());
  EXPECT_EQ(quiet->lifecycle().quiet().reason(), v1::QUIET_REASON_SILENCED);
  EXPECT_EQ(quiet->lifecycle().quiet().by(), "s");
  EXPECT_FALSE(doors_.Get(officer, "2")->lifecycle().has_quiet());
  EXPECT_EQ(doors_.List(officer, v1::ListRequest())->warnings_size(), 2);
  // It rings again when the silence is over, whether somebody wrote so or not.
  now_ += std::chrono::hours(1);
  EXPECT_FALSE(doors_.Get(officer, "1")->lifecycle().has_quiet());
  EXPECT_EQ(doors_.Centre(officer).silences_size(), 0);
}

TEST_F(DoorsTest, APreviewSaysWhatASilenceWouldHide) {
  Warning extreme = WarningOf(2);
  extreme.content.severity = Severity::kExtreme;
  Warning ended = WarningOf(3, 2);
  ended.message_type = MessageType::kExpire;
  Warning elsewhere = WarningOf(4);
  elsewhere.content.areas = {AreaId("abyei")};
  Apply({RecordOf(WarningOf(1), 0, 0), RecordOf(extreme, 0, 1), RecordOf(WarningOf(3), 0, 2),
         RecordOf(ended, 0, 3), RecordOf(elsewhere, 0, 4), RecordOf(Theirs(5), 0, 5)});
  v1::PreviewSilenceRequest request;
  EXPECT_EQ(doors_.Preview(Caller("unamid"), request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.mutable_filter()->add_areas("darfur");
  request.mutable_filter()->set_severity_max(v1::SEVERITY_EXTREME);
  const auto all = doors_.Preview(Caller("unamid"), request);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->standing_count(), 2);
  EXPECT_EQ(all->standing_size(), 2);
  EXPECT_EQ(all->extreme_count(), 1);
  EXPECT_EQ(all->last_day_count(), 3);
  request.mutable_filter()->clear_severity_max();
  request.set_most(1);
  EXPECT_EQ(doors_.Preview(Caller("unamid"), request)->standing_count(), 1);
  now_ += std::chrono::hours(25);
  EXPECT_EQ(doors_.Preview(Caller("unamid"), request)->last_day_count(), 0);
}

TEST_F(DoorsTest, ADeskActsInTheNameOfWhoIsLoggedOn) {
  Principal desk = Caller("unamid", Role::kWatchDesk);
  desk.name = "ops-1";
  EXPECT_EQ(doors_.PersonOf(desk).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*doors_.PersonOf(Caller("unamid")), "somebody");
  CentreAction on = testing::CentreActionOf("on", LogOn{"officer-2"}, now_);
  on.desk = "ops-1";
  Apply({testing::CentreRecord(on, 0)});
  EXPECT_EQ(*doors_.PersonOf(desk), "officer-2");
}

// A silence that names a warning tells nobody of it who may not see it.
TEST_F(DoorsTest, ACentreNamesOnlyWarningsThatTheCallerMaySee) {
  CentreAction silence = testing::CentreActionOf(
      "s",
      Silence{{{WarningId(IdOf(1)), WarningId(IdOf(2))}, {}, {}, Severity::kSevere},
              now_ + std::chrono::hours(1)},
      now_);
  Apply(
      {RecordOf(WarningOf(1), 0, 0), RecordOf(Theirs(2), 0, 1), testing::CentreRecord(silence, 0)});
  const v1::Centre centre = doors_.Centre(Caller("unamid"));
  ASSERT_EQ(centre.silences_size(), 1);
  ASSERT_EQ(centre.silences(0).filter().warning_ids_size(), 1);
  EXPECT_EQ(centre.silences(0).filter().warning_ids(0), IdOf(1));
}

TEST_F(DoorsTest, AShiftHoldsWhatWasToldAndDoneSince) {
  const auto at = [](InputRecord record, int64_t seconds) {
    record.logged = FromMicros(seconds * 1'000'000);
    return record;
  };
  Apply({at(RecordOf(WarningOf(1), 0, 0), 10), at(RecordOf(WarningOf(2), 0, 1), 30),
         at(RecordOf(Theirs(3), 0, 2), 31),
         at(testing::ActionRecord(testing::AcknowledgementOf(1, "a"), 0), 40)});
  v1::ShiftRequest request;
  request.set_since_us(20'000'000);
  auto shift = doors_.Shift(Caller("unamid"), request);
  ASSERT_TRUE(shift.ok());
  ASSERT_EQ(shift->entries_size(), 2);
  EXPECT_EQ(shift->entries(0).number(), 2);
  EXPECT_TRUE(shift->entries(0).entry().has_revision());
  EXPECT_EQ(shift->entries(1).number(), 1);
  EXPECT_TRUE(shift->entries(1).entry().has_action());
  EXPECT_EQ(shift->standing(), 2);
  EXPECT_EQ(shift->waiting(), 1);
  request.set_most(1);
  shift = doors_.Shift(Caller("unamid"), request);
  ASSERT_EQ(shift->entries_size(), 1);
  EXPECT_TRUE(shift->entries(0).entry().has_action());
  EXPECT_EQ(shift->left_out(), 1);
}

// A desk's load is what it may see, and only what came lately.
TEST_F(DoorsTest, LoadIsOfTheDeskAndAFloodComesQuietly) {
  std::vector<InputRecord> records;
  for (int n = 1; n <= 12; ++n) {
    Warning warning = WarningOf(n);
    warning.issued = now_;
    records.push_back(RecordOf(warning, 0, n));
  }
  Warning theirs = Theirs(13);
  theirs.issued = now_;
  records.push_back(RecordOf(theirs, 0, 13));
  Apply(records);
  const v1::Load load = doors_.LoadOf(Caller("unamid"), {});
  EXPECT_EQ(load.alarms_10min(), 12);
  EXPECT_TRUE(load.flood());
  v1::WarningFilter drills;
  drills.add_statuses(v1::STATUS_EXERCISE);
  EXPECT_EQ(doors_.LoadOf(Caller("unamid"), drills).alarms_10min(), 0);
  EXPECT_FALSE(doors_.LoadOf(Caller("unamid"), drills).flood());
  // From the first moment on, before anybody has written it down.
  EXPECT_FALSE(doors_.Get(Caller("unamid"), IdOf(1))->lifecycle().has_quiet());
  const v1::Quiet quiet = doors_.Get(Caller("unamid"), IdOf(12))->lifecycle().quiet();
  EXPECT_EQ(quiet.reason(), v1::QUIET_REASON_DIGESTED);
  EXPECT_EQ(quiet.until_us(), ToMicros(now_ + std::chrono::seconds(30)));
  now_ += std::chrono::minutes(10);
  EXPECT_EQ(doors_.LoadOf(Caller("unamid"), {}).alarms_10min(), 0);
  EXPECT_FALSE(doors_.Get(Caller("unamid"), IdOf(12))->lifecycle().has_quiet());
}

}  // namespace
}  // namespace tocsin::gateway
