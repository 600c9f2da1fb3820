#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/base/state.h"
#include "lib/base/time.h"

namespace tocsin {
namespace {

TEST(Canonical, ReadsBackWhatItWrote) {
  const std::string text("a\0b\xff", 4);
  const std::string bytes =
      CanonicalWriter().Bytes(text).Int64(-5).Double(1.5).Bytes("").Bool(true).Take();
  CanonicalReader in(bytes);
  EXPECT_EQ(in.Bytes(), text);
  EXPECT_EQ(in.Int64(), -5);
  EXPECT_EQ(in.Double(), 1.5);
  EXPECT_EQ(in.Bytes(), "");
  EXPECT_TRUE(in.Bool());
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.done());
}

TEST(Canonical, TruncatedInputIsNotOkAndDoesNotCrash) {
  const std::string bytes = CanonicalWriter().Bytes("hello").Int64(7).Take();
  for (size_t n = 0; n < bytes.size(); ++n) {
    CanonicalReader in(std::string_view(bytes).substr(0, n));
    in.Bytes();
    in.Int64();
    EXPECT_FALSE(in.ok()) << n;
  }
}

TEST(Canonical, KeysSortAsTheirValues) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto a = static_cast<int64_t>(random()), b = static_cast<int64_t>(random());
    EXPECT_EQ(a < b, CanonicalWriter().Int64(a).str() < CanonicalWriter().Int64(b).str());
    std::string s(random() % 4, '\0'), t(random() % 4, '\0');
    for (char& c : s) c = static_cast<char>(random() % 3);
    for (char& c : t) c = static_cast<char>(random() % 3);
    EXPECT_EQ(s < t, CanonicalWriter().Bytes(s).str() < CanonicalWriter().Bytes(t).str());
  }
}

TEST(Hash, IsTheNamedAlgorithm) {
  // FIPS 180-4 example, and xxhash's own value for XXH64("", 0) = 0xef46db3751d8e999.
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ShortHashHex("abc"), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(PartitionOf("", 1000), static_cast<int32_t>(0xef46db3751d8e999ULL % 1000));
}

TEST(Interval, WidthSaturates) {
  const auto width = [](int64_t from, int64_t to) {
    return Interval{FromMicros(from), FromMicros(to)}.width();
  };
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(width(5, 7), Duration(2));
  EXPECT_EQ(width(7, 5), Duration(-2));
  EXPECT_EQ(width(0, kMost), Duration(kMost));
  EXPECT_EQ(width(-1, kMost), Duration::max());
  EXPECT_EQ(width(kLeast, kMost), Duration::max());
  EXPECT_EQ(width(kLeast, 0), Duration::max());
  EXPECT_EQ(width(kMost, kLeast), Duration::min());
  EXPECT_EQ(width(kLeast, kLeast), Duration(0));
}

TEST(PrefixEnd, IsAboveEveryKeyWithThePrefix) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd(std::string("a\xff")), "b");
  EXPECT_EQ(PrefixEnd(std::string("\xff")), "");
}

TEST(Overlay, BehavesAsOneMapOverRandomOperations) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    MemoryState below, twin;
    Overlay overlay(below);
    for (int i = 0; i < 60; ++i) {
      const std::string key(1, static_cast<char>('a' + random() % 12));
      const std::string value = std::to_string(random() % 100);
      State& target = i < 20 ? static_cast<State&>(below) : static_cast<State&>(overlay);
      if (random() % 3 == 0) {
        target.Delete(key);
        twin.Delete(key);
      } else {
        target.Put(key, value);
        twin.Put(key, value);
      }
    }
    const std::string from(1, static_cast<char>('a' + random() % 12));
    const std::string to =
        random() % 4 ? std::string(1, static_cast<char>('a' + random() % 13)) : "";
    const auto read = [&](const State& state) {
      std::vector<std::pair<std::string, std::string>> out;
      state.Scan(from, to, [&](std::string_view k, std::string_view v) {
        out.emplace_back(k, v);
        return out.size() < 6;
      });
      return out;
    };
    EXPECT_EQ(read(overlay), read(twin)) << "round " << round;
    EXPECT_EQ(overlay.Get(from), twin.Get(from));
  }
}

TEST(Overlay, GoesBackToItsMarkWhateverWasReadSince) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 300; ++round) {
    MemoryState below, twin;
    Overlay overlay(below);
    const auto some_key = [&] {
      std::string key(1, static_cast<char>('a' + random() % 3));
      return key + std::to_string(random() % 8);
    };
    const auto all = [](const State& state) {
      std::vector<std::pair<std::string, std::string>> out;
      state.Scan("", "", [&](std::string_view key, std::string_view value) {
        out.emplace_back(key, value);
        return true;
      });
      return out;
    };
    const auto write = [&](State& target, const std::string& key, uint64_t what) {
      what % 3 == 0 ? target.Delete(key) : target.Put(key, std::to_string(what));
    };
    for (int i = 0; i < 6; ++i) {
      const std::string key = some_key();
      write(below, key, 1);
      write(twin, key, 1);
    }
    for (int step = 0; step < 12; ++step) {
      const bool fails = random() % 2 == 0;
      overlay.Mark();
      for (uint64_t i = random() % 6; i > 0; --i) {
        const std::string key = some_key();
        const uint64_t what = random() % 100;
        write(overlay, key, what);
        if (!fails) write(twin, key, what);
        if (random() % 4 == 0) all(overlay);
      }
      if (fails) overlay.GoBack();
      ASSERT_EQ(all(overlay), all(twin)) << "round " << round << ", step " << step;
    }
    for (const auto& [key, value] : overlay.Take()) {
      value ? below.Put(key, *value) : below.Delete(key);
    }
    EXPECT_EQ(below.entries(), twin.entries()) << "round " << round;
    EXPECT_TRUE(overlay.Take().empty());
  }
}

}  // namespace
}  // namespace tocsin
