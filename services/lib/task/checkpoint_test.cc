// Checkpoints in a real folder, of real stores: what is published can be loaded, and what is not
// exactly as it was published is not.
#include "lib/task/checkpoint.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/task/checkpoint_options.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TaskIdentity kIdentity{
    .cluster = "c", .semantics = "s/1", .epochs = {{"t", "e"}, {"old", ""}}, .state_format = 1};

CheckpointManifest Manifest() {
  CheckpointManifest manifest;
  manifest.task = "task-0";
  manifest.identity = kIdentity;
  manifest.position.next = {{{"t", 0}, 5}, {{"t", 1}, 7}};
  manifest.position.journal_sequence = 3;
  manifest.position.journal_offset = 9;
  return manifest;
}

class ShelfTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tocsin-shelf-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "disk");
    shelf_ = OpenShelf();
  }
  void TearDown() override { fs::remove_all(root_); }

  std::unique_ptr<CheckpointShelf> OpenShelf() const {
    auto shelf = OpenFolderShelf((root_ / "shelf" / "task-0").string(), state());
    EXPECT_TRUE(shelf.ok()) << shelf.status();
    return *std::move(shelf);
  }
  std::string state() const { return (root_ / "disk" / "state").string(); }
  fs::path folder(const std::string& name) const { return root_ / "shelf" / "task-0" / name; }

  // A checkpoint of a store that holds `value`, with some blocks.
  absl::StatusOr<int64_t> Publish(const std::string& value) {
    auto store = Store::Open(state());
    EXPECT_TRUE(store.ok()) << store.status();
    Overlay::Writes writes = {{"value", value}};
    for (int i = 0; i < 500; ++i) writes["key" + std::to_string(i)] = std::string(100, 'v');
    EXPECT_TRUE((*store)->Apply(writes).ok());
    EXPECT_EQ(shelf_->Stage(**store), absl::OkStatus());
    return shelf_->Publish(Manifest(), {});
  }
  // What is in the state folder; empty: no store.
  std::string Value() const {
    if (!fs::exists(state())) return "";
    auto store = Store::Open(state());
    EXPECT_TRUE(store.ok()) << store.status();
    return (*store)->Get("value").value_or("");
  }

  fs::path root_;
  std::unique_ptr<CheckpointShelf> shelf_;
};

TEST_F(ShelfTest, WhatWasPublishedIsLoadedInPlaceOfWhatIsThere) {
  EXPECT_EQ(*Publish("one"), 1);
  EXPECT_EQ(*Publish("two"), 2);
  EXPECT_THAT(*shelf_->List(), ElementsAre(1, 2));
  auto manifest = shelf_->Read(2);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_FALSE(manifest->files.empty());
  manifest->files.clear();
  EXPECT_EQ(*manifest, Manifest());
  fs::remove_all(state());
  EXPECT_EQ(shelf_->Fetch(1), absl::OkStatus());
  EXPECT_EQ(Value(), "one");
  EXPECT_EQ(shelf_->Fetch(2), absl::OkStatus());
  EXPECT_EQ(Value(), "two");
  EXPECT_EQ(shelf_->Remove(1), absl::OkStatus());
  EXPECT_EQ(shelf_->Remove(1), absl::OkStatus());
  EXPECT_THAT(*shelf_->List(), ElementsAre(2));
  EXPECT_EQ(shelf_->Read(1).status().code(), absl::StatusCode::kNotFound);
  // Nothing is left beside the two folders.
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "disk"), {}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder("")), {}), 1);
}

TEST_F(ShelfTest, ADamagedByteOrAMissingFileIsFoundInEveryFileAndNothingIsChanged) {
  ASSERT_EQ(*Publish("good"), 1);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder("00000001"))) {
    files.push_back(entry.path());
  }
  ASSERT_GT(files.size(), 3u);
  fs::create_directories(root_ / "kept");
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename());
    const fs::path kept = root_ / "kept" / file.filename();
    fs::copy_file(file, kept);
    {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      const auto at = static_cast<std::streamoff>(fs::file_size(file) / 2);
      bytes.seekg(at);
      const char byte = static_cast<char>(bytes.get() ^ 1);
      bytes.seekp(at);
      bytes.put(byte);
    }
    EXPECT_EQ(shelf_->Fetch(1).code(), absl::StatusCode::kDataLoss) << shelf_->Fetch(1);
    fs::resize_file(file, fs::file_size(file) / 2);
    EXPECT_EQ(shelf_->Fetch(1).code(), absl::StatusCode::kDataLoss) << shelf_->Fetch(1);
    fs::remove(file);
    EXPECT_EQ(shelf_->Fetch(1).code(), absl::StatusCode::kDataLoss) << shelf_->Fetch(1);
    EXPECT_EQ(Value(), "good");
    fs::copy_file(kept, file);
  }
  EXPECT_EQ(shelf_->Fetch(1), absl::OkStatus());
}

TEST_F(ShelfTest, AStoreWithADamagedBlockIsNotPublished) {
  {
    auto store = Store::Open(state());
    ASSERT_TRUE(store.ok());
    Overlay::Writes writes;
    for (int i = 0; i < 1000; ++i) writes["key" + std::to_string(i)] = std::string(100, 'v');
    ASSERT_TRUE((*store)->Apply(writes).ok());
    ASSERT_EQ(shelf_->Stage(**store), absl::OkStatus());
  }
  for (const auto& entry : fs::directory_iterator(state())) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file << "x";
  }
  EXPECT_EQ(shelf_->Publish(Manifest(), {}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(*shelf_->List(), IsEmpty());
}

TEST_F(ShelfTest, WhatIsHalfPublishedIsNeverSeen) {
  std::stop_source stop;
  stop.request_stop();
  auto store = Store::Open(state());
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->Apply({{"value", "x"}}).ok());
  ASSERT_EQ(shelf_->Stage(**store), absl::OkStatus());
  EXPECT_EQ(shelf_->Publish(Manifest(), stop.get_token()).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_THAT(*shelf_->List(), IsEmpty());
  // As a kill leaves it.
  fs::create_directories(folder(".part-abcdef"));
  std::ofstream(folder(".part-abcdef") / "checkpoint.json") << EncodeManifest(Manifest());
  EXPECT_THAT(*shelf_->List(), IsEmpty());
  EXPECT_THAT(*OpenShelf()->List(), IsEmpty());
  EXPECT_FALSE(fs::exists(folder(".part-abcdef")));
}

TEST_F(ShelfTest, AFolderThatCannotBeUsedIsAClearError) {
  std::ofstream(root_ / "file") << "no folder";
  const auto shelf = OpenFolderShelf((root_ / "file" / "task").string(), state());
  EXPECT_EQ(shelf.status().code(), absl::StatusCode::kFailedPrecondition) << shelf.status();
}

TEST(ManifestTest, IsOfOneTaskOneClusterOneFormatAndOneGenerationOfItsTopics) {
  const CheckpointManifest manifest = Manifest();
  EXPECT_EQ(CheckManifest(manifest, "task-0", kIdentity), absl::OkStatus());
  TaskIdentity more = kIdentity;
  // An epoch that one of the two does not know any more says nothing.
  more.epochs = {{"t", ""}, {"old", "e"}, {"new", "e"}};
  EXPECT_EQ(CheckManifest(manifest, "task-0", more), absl::OkStatus());
  const auto refused = [&](const std::string& task, const TaskIdentity& identity) {
    const absl::Status status = CheckManifest(manifest, task, identity);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_THAT(refused("task-1", kIdentity), HasSubstr("task-1"));
  TaskIdentity other = kIdentity;
  other.cluster = "d";
  EXPECT_THAT(refused("task-0", other), HasSubstr("cluster"));
  other = kIdentity;
  other.semantics = "s/2";
  EXPECT_THAT(refused("task-0", other), HasSubstr("s/2"));
  other = kIdentity;
  other.state_format = 2;
  EXPECT_THAT(refused("task-0", other), HasSubstr("format"));
  other = kIdentity;
  other.epochs["t"] = "f";
  EXPECT_THAT(refused("task-0", other), HasSubstr("topic t of epoch e"));
}

TEST(ManifestTest, WhatIsNotAsItWasWrittenIsRefused) {
  const std::string text = EncodeManifest(Manifest());
  EXPECT_EQ(*ParseManifest(text), Manifest());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto parsed = ParseManifest(other);
    // White space may be another; nothing else.
    if (parsed.ok()) {
      EXPECT_EQ(*parsed, Manifest());
    } else {
      EXPECT_TRUE(absl::IsDataLoss(parsed.status()) || absl::IsFailedPrecondition(parsed.status()))
          << parsed.status();
    }
    // All but its last end of line.
    if (i + 1 < text.size()) {
      EXPECT_FALSE(ParseManifest(text.substr(0, i)).ok());
    }
  }
}

TEST(ManifestTest, TheStateThatGoesFurtherIsTheGreater) {
  TaskPosition a = Manifest().position;
  TaskPosition b = a;
  ++b.next.begin()->second;
  EXPECT_LT(ProgressOf(a), ProgressOf(b));
  ++a.journal_sequence;
  EXPECT_GT(ProgressOf(a), ProgressOf(b));
  EXPECT_LT(ProgressOf(TaskPosition()), ProgressOf(a));
}

TEST(CheckpointOptionsTest, NamesTopicsThatAreKeptForTooShortATime) {
  using std::chrono::hours;
  const CheckpointOptions options{.dir = "/shared", .every = hours(1), .kept = 3};
  EXPECT_EQ(CheckRetention(options, {{"a", hours(6)}, {"b", hours(-1)}}), absl::OkStatus());
  const absl::Status status = CheckRetention(options, {{"a", hours(6)}, {"b", hours(5)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("topic b: retention.ms is 18000000"));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr("topic a")));
  EXPECT_EQ(CheckRetention({}, {{"b", hours(0)}}), absl::OkStatus());
}

}  // namespace
}  // namespace tocsin
