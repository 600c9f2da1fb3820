// What a seed did, line by line, or which seeds of a range break a promise. Exit status 1: one did.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "defects.h"
#include "simulation.h"

namespace {

using tocsin::simulation::Defect;
using tocsin::simulation::Outcome;
using tocsin::simulation::Simulate;

constexpr char kUsage[] =
    "usage: simulation SEED [DEFECT]        tells the story of a seed\n"
    "       simulation FIRST-LAST [DEFECT]  runs so many, and names those that break a promise\n"
    "defects:\n";

bool Tell(uint64_t seed, const Defect& defect, const std::string& folder) {
  const Outcome outcome =
      Simulate(seed, defect, folder, [](const std::string& line) { std::cout << line << "\n"; });
  std::cout << outcome.steps << " steps, " << outcome.fleet.starts << " starts, "
            << outcome.fleet.kills << " kills, " << outcome.transactions << " transactions, "
            << outcome.warnings << " warnings\n";
  return outcome.problem.empty();
}

bool RunAll(uint64_t first, uint64_t last, const Defect& defect, const std::string& folder) {
  bool good = true;
  for (uint64_t seed = first; seed <= last; ++seed) {
    const Outcome outcome = Simulate(seed, defect, folder, {});
    if (outcome.problem.empty()) continue;
    good = false;
    std::cout << "seed " << seed << ", " << outcome.problem << std::endl;
  }
  return good;
}

}  // namespace

int main(int count, char** arguments) {
  const Defect defect = count > 2 ? tocsin::simulation::FindDefect(arguments[2]) : Defect{};
  if (count < 2 || (count > 2 && defect.name.empty())) {
    std::cerr << kUsage;
    for (const Defect& one : tocsin::simulation::SeededDefects()) {
      std::cerr << "  " << one.name << "\n";
    }
    return 2;
  }
  std::string folder =
      (std::filesystem::temp_directory_path() / "tocsin-simulation-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 2;
  const std::string seeds = arguments[1];
  const size_t dash = seeds.find('-');
  const bool good =
      dash == std::string::npos
          ? Tell(std::stoull(seeds), defect, folder)
          : RunAll(std::stoull(seeds), std::stoull(seeds.substr(dash + 1)), defect, folder);
  std::filesystem::remove_all(folder);
  return good ? 0 : 1;
}
