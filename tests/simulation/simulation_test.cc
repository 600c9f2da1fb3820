// Thousands of seeds, none of which breaks a promise, and seeded defects, each of which does.
// build/dev/bin/simulation SEED [DEFECT] tells what a seed did.
#include "simulation.h"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "defects.h"

namespace tocsin::simulation {
namespace {

constexpr uint64_t kSeeds = 5000;
constexpr uint64_t kThreads = 2;
// Most are found by the first ten; a damaged checkpoint is seldom the one that is loaded.
constexpr uint64_t kSeedsOfADefect = 1500;

class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tocsin-simulation-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void Add(const Outcome& one, Outcome& all) {
  all.steps += one.steps;
  all.transactions += one.transactions;
  all.warnings += one.warnings;
  all.of_several += one.of_several;
  all.standing += one.standing;
  all.overtaken += one.overtaken;
  all.fleet.starts += one.fleet.starts;
  all.fleet.kills += one.fleet.kills;
  all.fleet.torn += one.fleet.torn;
  all.fleet.old_states += one.fleet.old_states;
  all.fleet.zombies += one.fleet.zombies;
  all.fleet.absences += one.fleet.absences;
  all.fleet.changed_inputs += one.fleet.changed_inputs;
  all.fleet.other_builds += one.fleet.other_builds;
  all.fleet.upgrades += one.fleet.upgrades;
  all.fleet.blocked += one.fleet.blocked;
  all.fleet.outdated += one.fleet.outdated;
  all.fleet.spoils += one.fleet.spoils;
  all.fleet.shelf.published += one.fleet.shelf.published;
  all.fleet.shelf.loaded += one.fleet.shelf.loaded;
  all.fleet.shelf.refused += one.fleet.shelf.refused;
  all.fleet.shelf.set_aside += one.fleet.shelf.set_aside;
}

TEST(SimulationTest, NothingIsLostDoubledOrDifferentWhateverGoesWrong) {
  Outcome all;
  std::mutex mutex;
  std::map<uint64_t, std::string> problems;
  std::atomic<uint64_t> next = 1;
  {
    std::vector<std::jthread> threads;
    for (uint64_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        const Folder folder;
        for (uint64_t seed = next++; seed <= kSeeds; seed = next++) {
          const Outcome one = Simulate(seed, {}, folder.path(), {});
          const std::lock_guard lock(mutex);
          Add(one, all);
          if (!one.problem.empty()) problems[seed] = one.problem;
          if (problems.size() > 10) break;
        }
      });
    }
  }
  for (const auto& [seed, problem] : problems) {
    ADD_FAILURE() << "seed " << seed << ", " << problem << "\n  bin/simulation " << seed
                  << " tells its story";
  }
  std::cout << all.of_several << " fleets of several router tasks, " << all.steps << " steps, "
            << all.transactions << " transactions, " << all.warnings << " warnings, of which "
            << all.standing << " were compared in the end, " << all.fleet.starts << " starts, "
            << all.fleet.kills << " kills, " << all.fleet.torn << " torn tails, "
            << all.fleet.old_states << " old states, " << all.fleet.zombies << " zombies, "
            << all.fleet.absences << " long absences, " << all.fleet.other_builds
            << " other builds, " << all.fleet.upgrades << " upgrades, " << all.fleet.blocked
            << " blocked, " << all.fleet.outdated << " outdated states; "
            << all.fleet.shelf.published << " checkpoints, of which " << all.fleet.spoils
            << " spoiled, " << all.fleet.shelf.loaded << " loaded and " << all.fleet.shelf.refused
            << " found damaged; " << all.fleet.shelf.set_aside << " damaged disks\n";
  // It must have been about something.
  const auto seeds = static_cast<int64_t>(kSeeds);
  EXPECT_GT(all.transactions, 20 * seeds);
  EXPECT_GT(all.warnings, seeds);
  EXPECT_GT(all.of_several, seeds / 4);
  EXPECT_GT(all.standing, seeds);
  EXPECT_GT(all.overtaken, seeds);
  EXPECT_GT(all.fleet.absences, seeds / 10);
  EXPECT_GT(all.fleet.changed_inputs, seeds / 4);
  EXPECT_GT(all.fleet.kills, seeds);
  EXPECT_GT(all.fleet.torn, seeds / 20);
  EXPECT_GT(all.fleet.old_states, seeds);
  EXPECT_GT(all.fleet.zombies, seeds);
  EXPECT_GT(all.fleet.other_builds, seeds / 20);
  EXPECT_GT(all.fleet.upgrades, seeds / 20);
  EXPECT_GT(all.fleet.blocked, seeds / 50);
  EXPECT_GT(all.fleet.outdated, seeds / 20);
  EXPECT_GT(all.fleet.shelf.published, seeds);
  EXPECT_GT(all.fleet.shelf.loaded, seeds / 20);
  EXPECT_GT(all.fleet.shelf.refused, seeds / 100);
  EXPECT_GT(all.fleet.shelf.set_aside, seeds / 20);
}

TEST(SimulationTest, ASeedDoesTheSameAgain) {
  const Folder folder;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::string once, again;
    Simulate(seed, {}, folder.path(), [&](const std::string& line) { once += line + "\n"; });
    Simulate(seed, {}, folder.path(), [&](const std::string& line) { again += line + "\n"; });
    EXPECT_EQ(once, again) << "seed " << seed;
  }
}

class DefectTest : public ::testing::TestWithParam<Defect> {};

TEST_P(DefectTest, IsFound) {
  const Folder folder;
  for (uint64_t seed = 1; seed <= kSeedsOfADefect; ++seed) {
    const Outcome outcome = Simulate(seed, GetParam(), folder.path(), {});
    if (outcome.problem.empty()) continue;
    std::cout << "seed " << seed << ", " << outcome.problem << "\n";
    return;
  }
  FAIL() << GetParam().name << " was not found by " << kSeedsOfADefect << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Seeded, DefectTest, ::testing::ValuesIn(SeededDefects()),
                         [](const auto& one) { return one.param.name; });

}  // namespace

void PrintTo(const Defect& defect, std::ostream* out) { *out << defect.name; }

}  // namespace tocsin::simulation
