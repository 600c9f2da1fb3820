#include "tocsinctl/live/board.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"

namespace tocsin::ctl {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int64_t kNow = 1'236'000'000'000'000;  // 2009-03-02 13:20Z

class BoardTest : public ::testing::Test {
 protected:
  BoardTest() {
    Context context;
    context.catalogue = "rules/catalogue/en.yaml";
    context.rules_dir = "rules";
    auto texts = Texts::Load(context, "unamid");
    EXPECT_TRUE(texts.ok()) << texts.status();
    texts_ = *std::move(texts);
    board_ = std::make_unique<Board>(*texts_, "unamid");
    board_->TakeLink(true, "", kNow);
    board_->Take(v1::Heartbeat(), kNow);
  }

  static v1::Delivery Of(int64_t number, v1::Severity severity, int32_t revision = 1,
                         v1::MessageType type = v1::MESSAGE_TYPE_ALERT) {
    v1::Delivery delivery;
    v1::Warning& warning = *delivery.mutable_view()->mutable_warning();
    warning.set_id(std::string(31, 'a') + std::to_string(number));
    warning.set_number(number);
    warning.set_revision(revision);
    warning.set_message_type(type);
    warning.set_status(v1::STATUS_ACTUAL);
    warning.set_severity(severity);
    warning.set_rule_id("displacement-near-border");
    warning.set_issued_us(kNow + number);
    return delivery;
  }
  void Tell(const v1::Delivery& delivery) { board_->Take(delivery, kNow); }
  void Change(int64_t number, v1::LifecycleState state, const std::string& who, int32_t actions) {
    v1::LifecycleChange change;
    change.set_warning_id(std::string(31, 'a') + std::to_string(number));
    change.set_number(number);
    change.mutable_lifecycle()->set_state(state);
    change.mutable_lifecycle()->set_acknowledged_by(who);
    change.mutable_lifecycle()->set_actions(actions);
    board_->Take(change, kNow);
  }

  // Kept quiet or not, since then.
  void Quiet(int64_t number, bool quiet, int32_t actions, int64_t waiting_since_us = 0) {
    v1::LifecycleChange change;
    change.set_warning_id(std::string(31, 'a') + std::to_string(number));
    change.set_number(number);
    change.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_NEW);
    change.mutable_lifecycle()->set_actions(actions);
    change.mutable_lifecycle()->set_waiting_since_us(waiting_since_us);
    if (quiet) change.mutable_lifecycle()->mutable_quiet()->set_by("s-1");
    board_->Take(change, kNow);
  }

  std::vector<BoardLine> Lines(size_t height = 40, int64_t now = kNow) const {
    return board_->Draw(100, height, now);
  }
  // The rows, as the numbers that they are of.
  std::string Rows(size_t height = 40) const {
    std::string rows;
    for (const BoardLine& line : Lines(height)) {
      const size_t at = line.text.find("UNAMID 000");
      if (at == 2) rows += line.text.substr(at + 10, 1);
    }
    return rows;
  }
  std::string Text(size_t height = 40, int64_t now = kNow) const {
    std::string text;
    for (const BoardLine& line : Lines(height, now)) text += line.text + "\n";
    return text;
  }

  std::unique_ptr<Texts> texts_;
  std::unique_ptr<Board> board_;
};

TEST_F(BoardTest, ThoseThatWaitComeFirstTheGravestOfThemFirst) {
  Tell(Of(1, v1::SEVERITY_MODERATE));
  Tell(Of(2, v1::SEVERITY_EXTREME));
  Tell(Of(3, v1::SEVERITY_MODERATE));
  EXPECT_EQ(Rows(), "231");
  Change(2, v1::LIFECYCLE_STATE_ACKNOWLEDGED, "officer-1", 1);
  EXPECT_EQ(Rows(), "312");
  EXPECT_THAT(Text(), HasSubstr("3 stand, 2 wait for somebody"));
  EXPECT_THAT(Text(), HasSubstr("officer-1"));
  Change(3, v1::LIFECYCLE_STATE_RESOLVED, "officer-1", 1);
  EXPECT_EQ(Rows(), "123");
}

TEST_F(BoardTest, WhatIsChosenStaysChosenUntilItEnds) {
  Tell(Of(1, v1::SEVERITY_MODERATE));
  Tell(Of(2, v1::SEVERITY_MODERATE));
  board_->Move(-1);
  EXPECT_EQ(board_->chosen()->warning().number(), 2);
  board_->Move(1);
  EXPECT_EQ(board_->chosen()->warning().number(), 1);
  Tell(Of(3, v1::SEVERITY_EXTREME));
  EXPECT_EQ(Rows(), "321");
  EXPECT_EQ(board_->chosen()->warning().number(), 1);
  board_->Move(-100);
  EXPECT_EQ(board_->chosen()->warning().number(), 3);
  Tell(Of(3, v1::SEVERITY_EXTREME, 2, v1::MESSAGE_TYPE_CANCEL));
  EXPECT_EQ(Rows(), "21");
  EXPECT_EQ(board_->chosen()->warning().number(), 2);
  EXPECT_THAT(Text(), HasSubstr("UNAMID 0003"));  // that it ended is said
  Tell(Of(2, v1::SEVERITY_MODERATE, 2, v1::MESSAGE_TYPE_EXPIRE));
  Tell(Of(1, v1::SEVERITY_MODERATE, 2, v1::MESSAGE_TYPE_EXPIRE));
  EXPECT_EQ(board_->chosen(), nullptr);
  EXPECT_THAT(Text(), HasSubstr("No warning stands."));
}

TEST_F(BoardTest, OnlyWhatIsNewAndLoudRingsTheBell) {
  v1::Delivery old = Of(1, v1::SEVERITY_SEVERE);
  old.set_snapshot(true);
  Tell(old);
  EXPECT_FALSE(board_->TakeBell());
  Tell(Of(2, v1::SEVERITY_SEVERE));
  EXPECT_TRUE(board_->TakeBell());
  EXPECT_FALSE(board_->TakeBell());
  Tell(Of(2, v1::SEVERITY_SEVERE));  // once more, after a link was made again
  EXPECT_FALSE(board_->TakeBell());
  Tell(Of(2, v1::SEVERITY_SEVERE, 2, v1::MESSAGE_TYPE_UPDATE));  // a quiet one
  EXPECT_FALSE(board_->TakeBell());
  v1::Delivery loud = Of(2, v1::SEVERITY_EXTREME, 3, v1::MESSAGE_TYPE_UPDATE);
  loud.mutable_view()->mutable_warning()->set_alerts(true);
  Tell(loud);
  EXPECT_TRUE(board_->TakeBell());
}

TEST_F(BoardTest, ALinkThatIsLostAndAnEngineThatIsSilentAreSaid) {
  EXPECT_THAT(Text(), HasSubstr("Whole, heard 0 s ago"));
  board_->TakeLink(false, "connection refused", kNow);
  EXPECT_THAT(
      Text(40, kNow + 300'000'000),
      HasSubstr("NO LINK: connection refused. Trying again; what stands here is 5 min old"));
  board_->TakeLink(true, "", kNow);
  v1::Heartbeat heartbeat;
  v1::Trouble& trouble = *heartbeat.add_troubles();
  trouble.set_kind(v1::TROUBLE_KIND_EVALUATION_STOPPED);
  trouble.set_since_us(kNow - 40'000'000);
  trouble.set_keyed_partition(2);
  v1::JocLink& link = *heartbeat.add_links();
  link.set_mission("unmis");
  link.set_status(v1::JOC_LINK_STATUS_DOWN);
  link.set_since_us(kNow);
  heartbeat.mutable_overdue()->set_unseen(3);
  board_->Take(heartbeat, kNow);
  EXPECT_THAT(Text(), HasSubstr("evaluation stopped since"));
  EXPECT_THAT(Text(), HasSubstr("UNMIS: link down since"));
  EXPECT_EQ(Lines()[2].kind, BoardLine::Kind::kAlarm);
  board_->Take(v1::Heartbeat(), kNow);
  EXPECT_THAT(Text(), Not(HasSubstr("evaluation stopped")));
}

TEST_F(BoardTest, AnOlderLifeDoesNotReplaceANewerOne) {
  Tell(Of(1, v1::SEVERITY_SEVERE));
  Change(1, v1::LIFECYCLE_STATE_ACKNOWLEDGED, "officer-1", 2);
  Change(1, v1::LIFECYCLE_STATE_NEW, "", 1);
  EXPECT_EQ(board_->chosen()->lifecycle().state(), v1::LIFECYCLE_STATE_ACKNOWLEDGED);
}

TEST_F(BoardTest, FitsAnyHeightAndKeepsWhatIsChosenInSight) {
  for (int64_t number = 1; number <= 9; ++number) Tell(Of(number, v1::SEVERITY_SEVERE));
  board_->Move(-100);
  for (size_t height = 1; height <= 40; ++height) {
    EXPECT_LE(Lines(height).size(), height);
  }
  for (int step = 0; step < 9; ++step) {
    const std::vector<BoardLine> lines = Lines(16);
    EXPECT_EQ(
        std::count_if(lines.begin(), lines.end(),
                      [](const BoardLine& line) { return line.kind == BoardLine::Kind::kChosen; }),
        1)
        << step;
    board_->Move(1);
  }
  EXPECT_THAT(Text(16), HasSubstr(" more)"));
}

TEST_F(BoardTest, LongLinesOfTheDetailsAreBroken) {
  Tell(Of(1, v1::SEVERITY_SEVERE));
  for (const BoardLine& line : board_->Draw(40, 60, kNow)) {
    if (line.kind != BoardLine::Kind::kPlain || line.text.find("Z  ") != std::string::npos)
      continue;
    EXPECT_LE(line.text.size(), 46U) << line.text;
  }
}

TEST_F(BoardTest, AWordThatIsLongerThanTheScreenIsBrokenToo) {
  v1::Delivery delivery = Of(1, v1::SEVERITY_SEVERE);
  v1::Evidence& evidence = *delivery.mutable_view()->mutable_warning()->add_evidence();
  evidence.mutable_identity()->set_mission("unmis");
  evidence.mutable_identity()->set_id(std::string(128, 'x'));
  evidence.set_revision(1);
  evidence.set_type("displacement.flow");
  Tell(delivery);
  size_t there = 0;
  for (const BoardLine& line : board_->Draw(40, 100, kNow)) {
    there += static_cast<size_t>(std::count(line.text.begin(), line.text.end(), 'x'));
  }
  EXPECT_GE(there, 128U);
}

TEST_F(BoardTest, WhatIsKeptQuietRingsWhenItIsOver) {
  v1::Delivery silenced = Of(1, v1::SEVERITY_SEVERE);
  silenced.mutable_view()->mutable_lifecycle()->mutable_quiet()->set_by("s-1");
  Tell(silenced);
  EXPECT_FALSE(board_->TakeBell());
  EXPECT_THAT(Lines().front().text, HasSubstr("0 wait for somebody, 1 quietly"));
  Quiet(1, true, 1);
  EXPECT_FALSE(board_->TakeBell());
  Quiet(1, false, 2, kNow);
  EXPECT_TRUE(board_->TakeBell());
  EXPECT_THAT(Lines().front().text, HasSubstr("1 wait for somebody   "));
}

TEST_F(BoardTest, WhoHasTheWatchAndWhatIsSilencedStandsAbove) {
  v1::Centre centre;
  centre.add_on_watch()->set_person("officer-1");
  v1::ActiveSilence& silence = *centre.add_silences();
  silence.set_person("officer-2");
  silence.set_expires_us(kNow + 1'000'000);
  silence.mutable_filter()->add_areas("darfur");
  board_->Take(centre, kNow);
  std::string text;
  for (const BoardLine& line : Lines()) text += line.text + "\n";
  EXPECT_THAT(text, HasSubstr("On watch: officer-1"));
  EXPECT_THAT(text, HasSubstr("by officer-2: area darfur; up to severe"));
  text.clear();
  for (const BoardLine& line : Lines(40, kNow + 1'000'000)) text += line.text + "\n";
  EXPECT_THAT(text, Not(HasSubstr("Silenced")));
}

TEST_F(BoardTest, WhatRingsWithOthersRingsTheBellAndAFloodStandsAbove) {
  v1::Delivery held = Of(1, v1::SEVERITY_SEVERE);
  held.mutable_view()->mutable_lifecycle()->mutable_quiet()->set_by("column");
  Tell(held);
  EXPECT_FALSE(board_->TakeBell());
  v1::LifecycleChange rings;
  rings.set_warning_id(held.view().warning().id());
  rings.set_number(1);
  rings.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_ACKNOWLEDGED);
  rings.mutable_lifecycle()->set_actions(2);
  rings.mutable_lifecycle()->set_rang_us(kNow);
  board_->Take(rings, kNow);
  EXPECT_TRUE(board_->TakeBell());
  board_->Take(rings, kNow);
  EXPECT_FALSE(board_->TakeBell());
  v1::Heartbeat heartbeat;
  heartbeat.mutable_load()->set_alarms_10min(1);
  board_->Take(heartbeat, kNow);
  EXPECT_THAT(Lines().at(1).text, HasSubstr("; 1 alarm in 10 minutes"));
  heartbeat.mutable_load()->set_alarms_10min(14);
  heartbeat.mutable_load()->set_flood(true);
  board_->Take(heartbeat, kNow);
  EXPECT_THAT(Lines().at(2).text,
              HasSubstr("Flood, 14 alarms in 10 minutes: what comes now rings"));
}

}  // namespace
}  // namespace tocsin::ctl
