#include "lib/rocks/store.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace tocsin {
namespace {

using Map = std::map<std::string, std::string>;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-store-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "a" / "b").string(); }
  std::unique_ptr<Store> Open() const {
    auto store = Store::Open(path());
    EXPECT_TRUE(store.ok()) << store.status();
    return std::move(*store);
  }

  std::filesystem::path folder_;
};

Map Content(const ReadState& state, std::string_view from = "", std::string_view to = "") {
  Map content;
  std::string last;
  state.Scan(from, to, [&](std::string_view key, std::string_view value) {
    EXPECT_TRUE(content.empty() || key > last) << "not ascending";
    last = std::string(key);
    content.emplace(key, value);
    return true;
  });
  return content;
}

// Any bytes, few enough that keys meet again and share prefixes.
std::string RandomText(std::mt19937& random, size_t longest) {
  static constexpr std::string_view kBytes("\x00\x01\x02\x7f\x80\xff", 6);
  std::string text(std::uniform_int_distribution<size_t>(0, longest)(random), ' ');
  for (char& c : text) {
    c = kBytes[std::uniform_int_distribution<size_t>(0, kBytes.size() - 1)(random)];
  }
  return text;
}

TEST_F(StoreTest, AnswersAsAMapDoesThroughRandomBatchesAndReopenings) {
  constexpr unsigned kSeed = 7;
  std::mt19937 random(kSeed);
  Map twin;
  auto store = Open();
  for (int round = 0; round < 60; ++round) {
    Overlay overlay(*store);
    for (int i = 0; i < 40; ++i) {
      const std::string key = RandomText(random, 4);
      if (random() % 3 == 0) {
        overlay.Delete(key);
        twin.erase(key);
      } else {
        const std::string value = RandomText(random, 12);
        overlay.Put(key, value);
        twin[key] = value;
      }
    }
    ASSERT_EQ(Content(overlay), twin) << "through the overlay, round " << round;
    ASSERT_TRUE(store->Apply(overlay.Take()).ok());
    if (round % 10 == 9) {
      store.reset();
      store = Open();
    }
    ASSERT_EQ(Content(*store), twin) << "round " << round;
    for (int i = 0; i < 20; ++i) {
      const std::string from = RandomText(random, 4);
      const std::string to = RandomText(random, 4);
      Map expected;
      for (const auto& [key, value] : twin) {
        if (key >= from && (to.empty() || key < to)) expected.emplace(key, value);
      }
      EXPECT_EQ(Content(*store, from, to), expected);
      const auto it = twin.find(from);
      EXPECT_EQ(store->Get(from),
                it == twin.end() ? std::nullopt : std::optional<std::string>(it->second));
    }
  }
  EXPECT_TRUE(store->health().ok());
}

TEST_F(StoreTest, AScanStopsWhenToldTo) {
  auto store = Open();
  ASSERT_TRUE(store->Apply({{"a", "1"}, {"b", "2"}, {"c", "3"}}).ok());
  int seen = 0;
  store->Scan("", "", [&](std::string_view, std::string_view) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
}

TEST_F(StoreTest, OneFolderHasOneOwner) {
  const auto store = Open();
  const auto second = Store::Open(path());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
  EXPECT_NE(second.status().message().find(path()), absl::string_view::npos);
}

TEST_F(StoreTest, StoresShareTheirResources) {
  const auto resources = MakeStoreResources(1 << 20, 1 << 20);
  auto a = Store::Open(path() + "/1", resources);
  auto b = Store::Open(path() + "/2", resources);
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*a)->Apply({{"k", "a"}}).ok());
  ASSERT_TRUE((*b)->Apply({{"k", "b"}}).ok());
  EXPECT_EQ((*a)->Get("k"), "a");
  EXPECT_EQ((*b)->Get("k"), "b");
}

TEST_F(StoreTest, ACheckpointIsTheStateOfItsMomentAndOpensAsAStore) {
  const std::string aside = (folder_ / "aside").string();
  auto store = Open();
  ASSERT_TRUE(store->Apply({{"a", "1"}, {"b", "1"}}).ok());
  ASSERT_TRUE(store->Apply({{"a", "2"}, {"c", "2"}}).ok());
  const Map then = Content(*store);
  ASSERT_EQ(store->Checkpoint(aside), absl::OkStatus());
  EXPECT_FALSE(store->Checkpoint(aside).ok()) << "it exists";
  EXPECT_EQ(VerifyStore(aside), absl::OkStatus());
  ASSERT_TRUE(store->Apply({{"a", "3"}, {"b", std::nullopt}}).ok());
  store.reset();
  std::filesystem::remove_all(path());
  auto copy = Store::Open(aside);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(Content(**copy), then);
}

TEST_F(StoreTest, ADamagedBlockIsNoticedWhenItIsReadOrVerified) {
  const std::string aside = (folder_ / "aside").string();
  {
    auto store = Open();
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(store->Apply({{absl::StrCat("key-", i), std::string(100, 'v')}}).ok());
    }
    ASSERT_TRUE(store->Checkpoint(aside).ok());
  }
  int damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(aside)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file << "x";
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  EXPECT_EQ(VerifyStore(aside).code(), absl::StatusCode::kDataLoss) << VerifyStore(aside);
  auto store = Store::Open(aside);
  ASSERT_TRUE(store.ok()) << "nothing of it was read: " << store.status();
  EXPECT_LT(Content(**store).size(), 1000u);
  EXPECT_EQ((*store)->health().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ((*store)->Apply({{"k", "v"}}).code(), absl::StatusCode::kDataLoss);
}

TEST_F(StoreTest, ADamagedFolderIsRefusedWithWhatToDo) {
  { ASSERT_TRUE(Open()->Apply({{"k", "v"}}).ok()); }
  for (const auto& entry : std::filesystem::directory_iterator(path())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) {
      std::ofstream(entry.path(), std::ios::trunc)
          << "this is no manifest, but long enough to read";
    }
  }
  const auto store = Store::Open(path());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
  EXPECT_NE(store.status().message().find("rebuilt from the log"), absl::string_view::npos);
}

// A limit on the size of files stands for a full disk: both fail in the middle of a write.
TEST_F(StoreTest, AWriteThatFailsIsAnErrorAndTheProcessEndsInOrder) {
  const auto write_until_it_fails = [this] {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = Open();
    if (!store->Apply({{"before", "1"}}).ok()) std::_Exit(1);
    const rlimit limit{1, 1};
    setrlimit(RLIMIT_FSIZE, &limit);
    bool told = true;
    for (int i = 0; i < 3; ++i) {
      told &=
          store->Apply({{"after", "1"}}).message().find("writing: IO error") != std::string::npos;
    }
    store.reset();
    std::_Exit(told ? 0 : 2);
  };
  EXPECT_EXIT(write_until_it_fails(), ::testing::ExitedWithCode(0), "");
  const auto store = Open();
  EXPECT_EQ(store->Get("before"), "1");
  EXPECT_EQ(store->Get("after"), std::nullopt);
}

TEST_F(StoreTest, AFolderThatCannotBeMadeIsAClearError) {
  std::ofstream(folder_ / "a") << "a file where the folder should be";
  const auto store = Store::Open(path());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
}

}  // namespace
}  // namespace tocsin
