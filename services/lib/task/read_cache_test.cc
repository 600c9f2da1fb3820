#include "lib/task/read_cache.h"

#include <random>
#include <vector>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

namespace tocsin::task_internal {
namespace {

// What is below, and how often it is asked.
class CountedState final : public ReadState {
 public:
  std::optional<std::string> Get(std::string_view key) const override {
    ++asked;
    return held.Get(key);
  }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    ++asked;
    held.Scan(from, to, visit);
  }
  void Apply(const Overlay::Writes& writes) {
    for (const auto& [key, value] : writes) {
      if (value) {
        held.Put(key, *value);
      } else {
        held.Delete(key);
      }
    }
  }

  MemoryState held;
  mutable int asked = 0;
};

std::vector<std::pair<std::string, std::string>> Entries(const ReadState& state,
                                                         std::string_view from, std::string_view to,
                                                         size_t most) {
  std::vector<std::pair<std::string, std::string>> entries;
  state.Scan(from, to, [&](std::string_view key, std::string_view value) {
    entries.emplace_back(key, value);
    return entries.size() < most;
  });
  return entries;
}

TEST(ReadCacheTest, AnswersAsTheStoreDoesWhateverIsReadWrittenAndForgotten) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t n) { return random() % n; };
    const auto some_key = [&] {
      return absl::StrCat(std::string(1, static_cast<char>('a' + below(3))), below(60));
    };
    CountedState store;
    ReadCache cache(store, below(2) == 0 ? 4000 : 1 << 20);
    for (int step = 0; step < 200; ++step) {
      const std::string from = below(20) == 0 ? std::string() : some_key();
      const std::string to = below(8) == 0 ? std::string() : some_key();
      switch (below(4)) {
        case 0: {
          Overlay::Writes writes;
          for (uint64_t i = below(12); i > 0; --i) {
            writes[some_key()] =
                below(3) == 0 ? std::nullopt : std::optional(std::string(below(30), 'v'));
          }
          store.Apply(writes);
          cache.Applied(writes);
          break;
        }
        case 1:
          ASSERT_EQ(cache.Get(from), store.held.Get(from)) << "seed " << seed;
          break;
        default: {
          const size_t most = below(2) == 0 ? 1 + below(5) : 1000;
          ASSERT_EQ(Entries(cache, from, to, most), Entries(store.held, from, to, most))
              << "seed " << seed << ", step " << step << ", from '" << from << "' to '" << to
              << "'";
        }
      }
    }
  }
}

TEST(ReadCacheTest, AWindowThatMovesOnOverNewEntriesAsksTheStoreOnce) {
  CountedState store;
  for (int i = 0; i < 50; ++i) store.held.Put(absl::StrCat("k", 1000 + i), "v");
  store.held.Put("l", "another key's");
  ReadCache cache(store, 1 << 20);
  for (int i = 0; i < 500; ++i) {
    const std::string from = absl::StrCat("k", 1030 + i);
    const std::string to = absl::StrCat("k", 1080 + i);
    ASSERT_EQ(Entries(cache, from, to, 1000), Entries(store.held, from, to, 1000));
    Overlay::Writes writes;
    writes[absl::StrCat("k", 1050 + i)] = "new";
    writes[absl::StrCat("k", 1000 + i)] = std::nullopt;
    store.Apply(writes);
    cache.Applied(writes);
  }
  // Sixteen entries at first, then the rest and the gap behind them.
  EXPECT_LE(store.asked, 2);
}

TEST(ReadCacheTest, ThatARangeIsEmptyIsKnownToo) {
  CountedState store;
  ReadCache cache(store, 1 << 20);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Entries(cache, "b", "c", 10).empty());
    EXPECT_EQ(cache.Get("b1"), std::nullopt);
  }
  EXPECT_EQ(store.asked, 1);
  Overlay::Writes writes;
  writes["b1"] = "2";
  store.Apply(writes);
  cache.Applied(writes);
  EXPECT_EQ(cache.Get("b1"), "2");
  EXPECT_EQ(Entries(cache, "b", "c", 10).size(), 1u);
  EXPECT_EQ(store.asked, 1);
}

TEST(ReadCacheTest, KeysThatAreAskedForOnceAndAreNotThereTakeNoRoom) {
  CountedState store;
  ReadCache cache(store, 1 << 20);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(cache.Get(absl::StrCat("new", i)), std::nullopt);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(ReadCacheTest, AReadMayReadOn) {
  CountedState store;
  for (int i = 0; i < 300; ++i) store.held.Put(absl::StrCat("k", 1000 + i), absl::StrCat(i));
  ReadCache cache(store, 1 << 20);
  size_t inner = 0;
  size_t outer = 0;
  cache.Scan("k1", "k2", [&](std::string_view key, std::string_view) {
    ++outer;
    inner += Entries(cache, key, "k2", 1000).size();
    return true;
  });
  EXPECT_EQ(outer, 300u);
  EXPECT_EQ(inner, 300u * 301 / 2);
}

TEST(ReadCacheTest, ItStaysWithinItsLimitAndForgetsWhatWasNotUsedForLongest) {
  CountedState store;
  const std::string value(500, 'v');
  for (int i = 0; i < 2000; ++i) store.held.Put(absl::StrCat("k", 10000 + i), value);
  constexpr size_t kLimit = 100'000;
  ReadCache cache(store, kLimit);
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(cache.Get("k10000"));
    EXPECT_TRUE(cache.Get(absl::StrCat("k", 10000 + i)));
    cache.Applied({});
    EXPECT_LE(cache.bytes(), kLimit);
  }
  const int asked = store.asked;
  EXPECT_TRUE(cache.Get("k10000"));
  EXPECT_EQ(store.asked, asked);
  EXPECT_TRUE(cache.Get("k10100"));
  EXPECT_EQ(store.asked, asked + 1);
}

}  // namespace
}  // namespace tocsin::task_internal
