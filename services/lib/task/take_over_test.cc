// Which states a version goes on from, by what stands beside the committed offsets.
#include "lib/task/take_over.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/task/blocked.h"
#include "lib/task/ledger.h"

namespace tocsin::task_internal {
namespace {

using ::testing::HasSubstr;

const SourceId kA{"topic-a", 0};
const SourceId kB{"topic-b", 3};

TEST(OffsetNoteTest, ComesBackAsItWas) {
  for (const OffsetNote& note :
       {OffsetNote{"correlator/3", 1234567890123}, {"router 2", 0}, {"", 7}}) {
    EXPECT_EQ(ParseOffsetNote(EncodeOffsetNote(note)), note);
  }
  for (const char* other : {"", "since", "since x by a", "since 4", "by a", "since 4by a"}) {
    EXPECT_EQ(ParseOffsetNote(other), std::nullopt) << other;
  }
}

// Version 2, which goes on from version 1.
class TakeOverTest : public ::testing::Test {
 protected:
  TakeOverTest() {
    options_.state_folder = "/folder";
    options_.inputs = {kA, kB};
    options_.semantics = "2";
    options_.upgrades_from = {"1"};
  }
  // A state of this version that has read `own` of kA; 0: an empty one.
  void Have(const std::string& version, int64_t own) {
    state_ = MemoryState();
    TaskIdentity identity{.cluster = "c", .semantics = version, .epochs = {}};
    ASSERT_TRUE(CheckIdentity("/folder", identity, state_).ok());
    if (own > 0) WritePosition({}, {.next = {{kA, own}}}, state_);
  }
  absl::StatusOr<OffsetNotes> Take(const CommittedOffsets& committed, bool anew = false) {
    return TakeOver(options_, committed, anew, state_);
  }
  // What is beside kA's offsets from here on.
  OffsetNote Taken(const CommittedOffsets& committed, bool anew = false) {
    const auto notes = Take(committed, anew);
    EXPECT_TRUE(notes.ok()) << notes.status();
    EXPECT_EQ(ReadSemantics(state_), "2");
    return notes.ok() ? ParseOffsetNote(notes->at(kA)).value_or(OffsetNote{}) : OffsetNote{};
  }
  void ExpectBlocked(const CommittedOffsets& committed, const std::string& what_to_do) {
    const auto before = state_.entries();
    const auto notes = Take(committed);
    EXPECT_EQ(BlockedBy(notes.status()), kOtherBuild) << notes.status();
    EXPECT_THAT(std::string(notes.status().message()), HasSubstr(what_to_do));
    EXPECT_THAT(std::string(notes.status().message()), HasSubstr("/folder"));
    EXPECT_EQ(state_.entries(), before);
  }
  static CommittedOffset By(const std::string& version, int64_t since, int64_t next) {
    return {next, EncodeOffsetNote({version, since})};
  }

  TaskOptions options_;
  MemoryState state_;
};

TEST_F(TakeOverTest, AStateThatStandsWhereTheOffsetsDoBecomesOneOfTheNextBuild) {
  for (const CommittedOffset& committed : {By("1", 0, 7), CommittedOffset{7, ""}}) {
    Have("1", 7);
    EXPECT_EQ(Taken({{kA, committed}}), (OffsetNote{"2", 7}));
    // Stopped before it had committed anything: again.
    EXPECT_EQ(Taken({{kA, By("1", 0, 7)}}), (OffsetNote{"2", 7}));
    const TaskIdentity former{.cluster = "c", .semantics = "1", .epochs = {}};
    EXPECT_EQ(BlockedBy(CheckIdentity("/folder", former, state_)), kOtherBuild) << "no way back";
  }
}

TEST_F(TakeOverTest, WhatTheFormerBuildToldSinceIsForThatBuildToTell) {
  const std::string once_more = "Start the build of 1 once more and stop it in order";
  Have("1", 7);
  ExpectBlocked({{kA, {8, ""}}}, once_more);
  ExpectBlocked({{kA, By("1", 0, 8)}}, once_more);
  ExpectBlocked({{kA, By("1", 0, 7)}, {kB, By("1", 0, 1)}}, once_more);
  ExpectBlocked({}, once_more);
  // Taken over, and then the former build went on with a copy of its own.
  Have("2", 7);
  ExpectBlocked({{kA, By("1", 0, 8)}}, once_more);
}

TEST_F(TakeOverTest, AnEmptyStateIsNotFedWhatAnotherBuildTold) {
  Have("2", 0);
  EXPECT_EQ(Taken({}), (OffsetNote{"2", 0})) << "nobody has told anything";
  ExpectBlocked({{kA, By("1", 0, 8)}}, "Start the build of 1 once more");
  ExpectBlocked({{kA, By("2", 5, 8)}}, "told what there is only since 5");
  ExpectBlocked({{kA, {8, ""}}}, "a build that does not say which");
  EXPECT_EQ(Taken({{kA, By("2", 0, 8)}}), (OffsetNote{"2", 0}))
      << "its own: a replay makes it again";
  // Where there has never been another version, a lost state is made again from the log.
  options_.upgrades_from.clear();
  EXPECT_EQ(Taken({{kA, {8, ""}}}), (OffsetNote{"2", 0}));
}

TEST_F(TakeOverTest, AStateFromBeforeTheTakeOverIsOfNoUseAfterIt) {
  Have("2", 6);
  EXPECT_EQ(Taken({{kA, By("2", 5, 8)}}), (OffsetNote{"2", 5})) << "made since";
  Have("2", 5);
  EXPECT_EQ(Taken({{kA, By("2", 5, 8)}}), (OffsetNote{"2", 5}));
  Have("2", 4);
  ExpectBlocked({{kA, By("2", 5, 8)}}, "a checkpoint that 2 made since then");
  Have("1", 5);
  ExpectBlocked({{kA, By("2", 5, 8)}}, "a checkpoint that 2 made since then");
}

TEST_F(TakeOverTest, AFormerBuildDoesNotGoOnAfterALaterOne) {
  const std::string other = "Start the build of 3 instead";
  for (const int64_t own : {0, 5}) {
    Have("2", own);
    ExpectBlocked({{kA, By("3", 5, 8)}}, other);
  }
}

TEST_F(TakeOverTest, WhatAPersonGivesUpIsNotAskedForButAlsoNotForgotten) {
  Have("2", 0);
  EXPECT_EQ(Taken({{kA, By("1", 0, 8)}}, true), (OffsetNote{"2", 8}));
  EXPECT_EQ(Taken({{kA, By("2", 5, 8)}}, true), (OffsetNote{"2", 5}));
  // With a journal the state begins where it was placed; what comes first is read from its
  // beginning.
  options_.journal = kB;
  EXPECT_EQ(Taken({{kA, By("1", 0, 8)}}, true), (OffsetNote{"2", 0}));
  Have("2", 8);
  EXPECT_EQ(Taken({{kA, By("1", 0, 8)}}, true), (OffsetNote{"2", 8}));
}

}  // namespace
}  // namespace tocsin::task_internal
