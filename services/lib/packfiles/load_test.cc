#include "lib/packfiles/load.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rules/pack.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("packfiles-" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "pack");
  }
  ~LoadTest() override { std::filesystem::remove_all(folder_); }
  void Write(const char* name, std::string_view text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

// The working directory of tests is the repository.
TEST(ShippedPack, LoadsParsesAndHasOneDigest) {
  const auto documents = LoadPackFiles("rules");
  ASSERT_TRUE(documents.ok()) << documents.status();
  const std::vector<MissionId> live = {MissionId("unamid"), MissionId("minurcat")};
  const auto pack = ParsePack(*documents, live);
  ASSERT_TRUE(pack.ok()) << pack.status();
  EXPECT_GE(pack->rules.size(), 5u);
  EXPECT_FALSE(pack->corridors.empty());
  EXPECT_EQ(pack->digest, ActivationOf(*documents, live).digest);
  EXPECT_EQ(pack->FindActor("  lord's   RESISTANCE army ")->id.str(), "lra");
}

TEST_F(LoadTest, NamesWhatIsMissing) {
  Write("types.yaml", "types: {}");
  EXPECT_THAT(LoadPackFiles(folder_).status().message(), HasSubstr("desks.yaml"));
  EXPECT_EQ(LoadPackFiles(folder_ / "nowhere").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LoadTest, RuleIsNamedByItsIdAndOtherFilesAreLeftAlone) {
  Write("types.yaml", "types: {}");
  Write("desks.yaml", "desks: {}");
  Write("pack/some-name.yaml", "id: other-name\nversion: 3\n");
  Write("pack/notes.txt", "for people");
  const auto documents = LoadPackFiles(folder_);
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_EQ(documents->size(), 3u);
  EXPECT_EQ((*documents)[1].name, "other-name");
  EXPECT_EQ((*documents)[1].version, 3);
  Write("pack/bad.yaml", "id: x\n");
  EXPECT_THAT(LoadPackFiles(folder_).status().message(), HasSubstr("version: is missing"));
}

TEST_F(LoadTest, OverridesAreNamedByTheirFileAndNeedNotBeThere) {
  Write("types.yaml", "types: {}");
  Write("desks.yaml", "desks: {}");
  std::filesystem::create_directories(folder_ / "overrides");
  Write("overrides/unamid.yaml", "mission: unamid");
  Write("overrides/a@unamid.tests.yaml", "rule: a@unamid");
  for (const auto& documents : {*LoadPackFiles(folder_), LoadAnyPackFiles(folder_)->documents}) {
    ASSERT_EQ(documents.size(), 3u);
    EXPECT_EQ(std::count_if(documents.begin(), documents.end(),
                            [](const Document& d) {
                              return d.kind == "overrides" && d.name == "unamid" && d.version == 1;
                            }),
              1);
  }
}

}  // namespace
}  // namespace tocsin
