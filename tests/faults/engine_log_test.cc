// A check that finds nothing wrong is worth something only if it would have found it.
#include "engine_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/task/journal.h"

namespace tocsin::faults {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Emission Said(const std::string& warning, int32_t revision) { return {warning, revision, ""}; }

TEST(EngineLogTest, AnEmissionThatComesTwiceOrNotAtAllIsFound) {
  EXPECT_THAT(CheckEmissions({Said("a", 1), Said("b", 1), Said("a", 2)}), IsEmpty());
  EXPECT_THAT(CheckEmissions({Said("a", 1), Said("a", 2), Said("a", 2), Said("a", 3)}),
              ElementsAre(HasSubstr("a/2 was written twice")));
  EXPECT_THAT(CheckEmissions({Said("a", 1), Said("a", 3)}),
              ElementsAre(HasSubstr("a/2 is missing")));
  EXPECT_THAT(CheckEmissions({Said("a", 2)}), ElementsAre(HasSubstr("a/1 is missing")));
}

const SourceId kEvents{"mission.unmis.sitreps.v1", 0};

// A journal record of these (from, to) of the events.
InputRecord Step(int64_t sequence, int64_t from, int64_t to) {
  v1::JournalRecord journal;
  journal.set_sequence(sequence);
  for (int64_t offset = from; offset < to; ++offset) AddRecord(kEvents, offset, false, journal);
  const OutputRecord record = MakeJournalRecord({"fusion.journal.v1", 0}, "router-0", journal);
  return {record.target, sequence, record.key, record.value, false, record.headers};
}

std::vector<std::string> Check(const std::vector<InputRecord>& journal) {
  const auto wrong = CheckJournal(journal, {{kEvents, 12}}, 10);
  EXPECT_TRUE(wrong.ok()) << wrong.status();
  return *wrong;
}

TEST(EngineLogTest, AnEventThatIsFedTwiceOrNotAtAllIsFound) {
  EXPECT_THAT(Check({Step(0, 2, 7), Step(1, 7, 12)}), IsEmpty());
  EXPECT_THAT(Check({Step(0, 2, 7), Step(1, 6, 12)}),
              ElementsAre(HasSubstr("goes on at 6 instead of 7"), HasSubstr("11 events were fed")));
  EXPECT_THAT(Check({Step(0, 2, 7), Step(1, 8, 12)}),
              ElementsAre(HasSubstr("goes on at 8 instead of 7"), HasSubstr("9 events were fed")));
  EXPECT_THAT(Check({Step(0, 3, 7), Step(1, 7, 12)}), ElementsAre(HasSubstr("9 events were fed")));
  EXPECT_THAT(Check({Step(0, 2, 7), Step(1, 7, 11)}),
              ElementsAre(HasSubstr("9 events were fed"), HasSubstr("up to 11 of 12")));
  EXPECT_THAT(Check({Step(0, 2, 7), Step(2, 7, 12)}), ElementsAre(HasSubstr("goes on with 2")));
}

}  // namespace
}  // namespace tocsin::faults
