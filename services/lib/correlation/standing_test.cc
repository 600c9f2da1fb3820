#include "lib/correlation/standing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using Pairs = std::set<std::pair<size_t, size_t>>;

Pairing Pair(size_t standing, size_t episodes, const Pairs& overlaps, const Pairs& changed = {}) {
  return PairUp(
      standing, episodes,
      [&](size_t s, size_t e) {
        return overlaps.contains({s, e});
      },
      [&](size_t s, size_t e) {
        return changed.contains({s, e});
      });
}

TEST(PairUpTest, OnSplitTheOlderPartKeepsTheId) {
  const Pairing pairing = Pair(1, 2, {{0, 0}, {0, 1}});
  EXPECT_THAT(pairing.standing_of, ElementsAre(0, kNone));
  EXPECT_THAT(pairing.episode_of, ElementsAre(0));
  EXPECT_THAT(pairing.split_from, ElementsAre(kNone, 0));
}

TEST(PairUpTest, APartIsOfTheFirstThatItOverlapsElseSharesTheChangedEventWith) {
  // Two of the three parts are new.
  EXPECT_THAT(Pair(1, 3, {{0, 0}, {0, 1}, {0, 2}}).split_from, ElementsAre(kNone, 0, 0));
  // Both had evidence of what is left.
  EXPECT_THAT(Pair(2, 3, {{0, 0}, {1, 1}, {0, 2}, {1, 2}}).split_from,
              ElementsAre(kNone, kNone, 0));
  // The changed event left the first warning for an episode that is new.
  EXPECT_THAT(Pair(1, 2, {{0, 0}}, {{0, 1}}).split_from, ElementsAre(kNone, 0));
  EXPECT_THAT(Pair(2, 3, {{0, 0}, {1, 1}, {1, 2}}, {{0, 2}}).split_from,
              ElementsAre(kNone, kNone, 1));
}

TEST(PairUpTest, OnMergeTheFirstIssuedSurvives) {
  const Pairing pairing = Pair(2, 1, {{0, 0}, {1, 0}});
  EXPECT_THAT(pairing.episode_of, ElementsAre(0, kNone));
  EXPECT_THAT(pairing.merged_into, ElementsAre(kNone, 0));
}

TEST(PairUpTest, TheChangedEventDecidesOnlyWhatIsLeft) {
  // The changed event went from the first warning's episode to the second's.
  const Pairing moved = Pair(2, 2, {{0, 0}, {1, 1}}, {{0, 1}});
  EXPECT_THAT(moved.episode_of, ElementsAre(0, 1));
  // The first had nothing else: it joined the second.
  const Pairing joined = Pair(2, 1, {{1, 0}}, {{0, 0}});
  EXPECT_THAT(joined.episode_of, ElementsAre(kNone, 0));
  EXPECT_THAT(joined.merged_into, ElementsAre(1, kNone));
  // Alone in both: the same warning at another time.
  EXPECT_THAT(Pair(1, 1, {}, {{0, 0}}).episode_of, ElementsAre(0));
}

TEST(PairUpTest, NothingInCommon) {
  const Pairing pairing = Pair(1, 1, {});
  EXPECT_THAT(pairing.standing_of, ElementsAre(kNone));
  EXPECT_THAT(pairing.episode_of, ElementsAre(kNone));
  EXPECT_THAT(pairing.merged_into, ElementsAre(kNone));
  EXPECT_THAT(pairing.split_from, ElementsAre(kNone));
}

}  // namespace
}  // namespace tocsin
