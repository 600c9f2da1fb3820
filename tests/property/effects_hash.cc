// Prints a hash of all effects of seeded histories of every kind: two processes must print the
// same.
#include <cstdio>

#include "cases.h"
#include "lib/base/hash.h"
#include "run.h"

int main() {
  using namespace tocsin::property;  // NOLINT(google-build-using-namespace): the whole program
  std::string effects;
  for (const Kind kind :
       {Kind::kEventCount, Kind::kValueCount, Kind::kNear, Kind::kAbsence, Kind::kSchedule,
        Kind::kDivergence, Kind::kTemporal, Kind::kTemporalOrdered, Kind::kSurge, Kind::kMovement,
        Kind::kComposite}) {
    for (uint64_t r = 0; r < 10; ++r) {
      Random random(4'000'000 + static_cast<uint64_t>(kind) * 1000 + r);
      Engine engine(RandomRule(kind, random));
      for (int h = 0; h < 20; ++h)
        effects += engine.Run(RandomHistory(kind, random), false).effects;
    }
  }
  std::printf("%zu %s\n", effects.size(), tocsin::Sha256Hex(effects).c_str());
  return effects.empty() ? 1 : 0;
}
