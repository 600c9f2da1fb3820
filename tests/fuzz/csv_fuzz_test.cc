// Bounded, seeded mutation of what the importers read: no input crashes or stops them, every row is
// accounted for, and what comes out holds what events promise.
//
//   TOCSIN_FUZZ_SEED=n TOCSIN_FUZZ_RUNS=n csv_fuzz_test      another course, or a longer one
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "lib/importing/csv.h"
#include "lib/importing/record.h"
#include "lib/importing/testing.h"

namespace tocsin {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string FirstLines(const std::string& path, int lines) {
  std::ifstream file(path);
  std::string text;
  std::string line;
  for (int i = 0; i < lines && std::getline(file, line); ++i) {
    text += line + "\n";
  }
  EXPECT_FALSE(text.empty()) << path;
  return text;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  std::string Mutate(std::string text) {
    static const std::vector<std::string> kPieces = {"\"",
                                                     "\"\"",
                                                     ",",
                                                     "\n",
                                                     "\r\n",
                                                     "\r",
                                                     ",,,,",
                                                     "nan",
                                                     "-inf",
                                                     "1e999",
                                                     "-1",
                                                     "9223372036854775808",
                                                     "0x1p3",
                                                     "\xFF",
                                                     "\xC3",
                                                     "2008-02-30",
                                                     "0000-00-00",
                                                     "2008-01-01T00:00Z",
                                                     "{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     ": ",
                                                     "- ",
                                                     "&a *a",
                                                     "!!binary x",
                                                     "'",
                                                     "\t",
                                                     "#",
                                                     "|",
                                                     "\xEF\xBB\xBF",
                                                     std::string(1, '\0'),
                                                     std::string(70'000, 'x')};
    for (size_t n = 1 + Below(6); n > 0; --n) {
      const size_t at = Below(text.size() + 1);
      switch (Below(6)) {
        case 0:
          text.insert(at, kPieces[Below(kPieces.size())]);
          break;
        case 1:
          text.erase(at, 1 + Below(20));
          break;
        case 2:
          if (at < text.size()) {
            text[at] = static_cast<char>(random_());
          }
          break;
        case 3:  // a piece of it again, elsewhere
          text.insert(Below(text.size() + 1), text.substr(at, Below(80)));
          break;
        case 4:
          text.resize(at);
          break;
        default:
          text.replace(at, std::min<size_t>(Below(12), text.size() - at),
                       kPieces[Below(kPieces.size())]);
      }
    }
    return text;
  }

 private:
  std::mt19937_64 random_;
};

void CheckEvent(const Event& event) {
  EXPECT_FALSE(event.identity.mission.empty());
  EXPECT_FALSE(event.identity.id.empty());
  EXPECT_LE(event.observed.from, event.observed.to);
  EXPECT_TRUE(IsValidUtf8(event.place.name));
  if (event.place.point.has_value()) {
    EXPECT_TRUE(std::isfinite(event.place.point->latitude));
    EXPECT_TRUE(std::isfinite(event.place.point->longitude));
  }
  for (const Actor& actor : event.actors) {
    EXPECT_TRUE(IsValidUtf8(actor.name));
  }
  for (const auto& [name, value] : event.attributes) {
    EXPECT_TRUE(IsValidUtf8(name) && IsValidUtf8(value));
  }
}

void CheckProblems(const std::vector<ImportProblem>& problems) {
  for (const ImportProblem& problem : problems) {
    EXPECT_GE(problem.line, 1);
    EXPECT_FALSE(problem.reason.empty());
    EXPECT_TRUE(IsValidUtf8(problem.reason));
  }
}

void CheckTable(const Imported& got) {
  EXPECT_EQ(got.rows, static_cast<int64_t>(got.events.size()) + got.refused + got.outside);
  EXPECT_EQ(got.events.size(), got.lines.size());
  CheckProblems(got.problems);
  for (const Event& event : got.events) {
    CheckEvent(event);
    EXPECT_LE(std::abs(event.place.point->latitude), 90);
    EXPECT_LE(std::abs(event.place.point->longitude), 180);
  }
}

class ImportFuzzTest : public ::testing::Test {
 protected:
  template <class Check>
  void Fuzz(const std::string& text, Check check) {
    const uint64_t seed = FromEnvironment("TOCSIN_FUZZ_SEED", 20'080'101);
    const uint64_t runs = FromEnvironment("TOCSIN_FUZZ_RUNS", 1'500);
    std::cout << "seed " << seed << ", " << runs << " runs\n";
    Mutator mutator(seed);
    check(text);
    for (uint64_t i = 0; i < runs && !HasFailure(); ++i) {
      const std::string mutated = mutator.Mutate(text);
      SCOPED_TRACE(::testing::Message() << "run " << i);
      check(mutated);
    }
  }

  ImportOptions options_ = [] {
    ImportOptions options;
    options.filer = MissionId("minurcat");
    return options;
  }();
  const ImportWorld world_ = importing_testing::World();
};

TEST_F(ImportFuzzTest, Ucdp) {
  Fuzz(FirstLines("data/ucdp/ucdp_ged_2008_2009.csv", 12), [this](const std::string& text) {
    CheckTable(ImportUcdp(text, UcdpSpec(), options_, world_));
  });
}

TEST_F(ImportFuzzTest, Firms) {
  Fuzz(FirstLines("data/firms/firms_modis_2018-09-22_region.csv", 12),
       [this](const std::string& text) {
         CheckTable(ImportFirms(text, FirmsSpec(), options_, world_));
       });
}

TEST_F(ImportFuzzTest, Lra) {
  Fuzz(
      "date,latitude,longitude,country_pip,border_km,border_pair\n"
      "2008-01-07,3.4404,32.5846,Uganda,34.8,S. Sudan|Uganda\n"
      "2008-02-13,3.7176,28.5583,Dem. Rep. Congo,64.6,Dem. Rep. Congo|S. Sudan\n",
      [this](const std::string& text) { CheckTable(ImportLra(text, options_, world_)); });
}

TEST_F(ImportFuzzTest, Record) {
  Fuzz(FirstLines("data/exercise/record.yaml", 120), [this](const std::string& text) {
    const ExerciseRecord record = ReadRecord(text, options_, world_);
    CheckProblems(record.problems);
    for (const RecordItem& item : record.items) {
      CheckEvent(item.event);
    }
  });
}

TEST_F(ImportFuzzTest, Play) {
  Fuzz(FirstLines("data/exercise/play.yaml", 60), [](const std::string& text) {
    const Play play = ReadPlay(text);
    CheckProblems(play.problems);
    if (play.problems.empty()) {
      EXPECT_FALSE(play.sources.empty());
    }
  });
}

}  // namespace
}  // namespace tocsin
