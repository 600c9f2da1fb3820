// A few thousand broken messages for each target, from a seed that is printed. They must come back
// with an answer; the targets check what the answer promises.
#include <chrono>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/targets.h"
#include "tocsin/v1/keyed.pb.h"
#include "tocsin/v1/sitrep_ingest_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin {
namespace {

constexpr int kMessages = 1'500;
constexpr int kMutationsOfEach = 6;

uint64_t Seed() {
  const char* given = std::getenv("TOCSIN_FUZZ_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20090314;
  std::printf("seed %llu (TOCSIN_FUZZ_SEED)\n", static_cast<unsigned long long>(seed));
  return seed;
}

template <class Message, class Target>
int Break(Target target) {
  int accepted = 0;
  std::mt19937_64 random(Seed());
  for (int i = 0; i < kMessages; ++i) {
    Message message;
    FillAtRandom(message, random);
    const std::string bytes = message.SerializeAsString();
    accepted += target(bytes) ? 1 : 0;
    for (int n = 0; n < kMutationsOfEach; ++n) {
      accepted += target(Mutate(bytes, random)) ? 1 : 0;
    }
  }
  return accepted;
}

TEST(Mutations, OfReports) { Break<v1::FileRequest>(fuzz_event); }
TEST(Mutations, OfKeyedRecords) { EXPECT_GT(Break<v1::KeyedRecord>(fuzz_keyed), 100); }
TEST(Mutations, OfWarnings) { EXPECT_GT(Break<v1::WarningsRecord>(fuzz_warnings), 100); }

// Near enough to a good report that much of it is accepted: what the random ones never are.
TEST(Mutations, OfAGoodReport) {
  v1::FileRequest request;
  v1::Event& event = *request.mutable_event();
  event.set_id("a");
  event.set_type("security.attack");
  event.mutable_observed()->mutable_interval()->set_from_us(1'236'988'800'000'000);
  event.mutable_place()->set_name("Tine");
  event.mutable_place()->mutable_point()->set_latitude(15.06);
  event.mutable_place()->mutable_point()->set_longitude(22.84);
  event.add_actors()->set_name("JEM");
  event.mutable_people()->set_killed(3);
  event.add_texts()->set_text("Attack on a village");
  (*event.mutable_attributes())["weapon"] = "rifle";
  const std::string bytes = request.SerializeAsString();
  std::mt19937_64 random(Seed());
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) accepted += fuzz_event(Mutate(bytes, random)) ? 1 : 0;
  EXPECT_GT(accepted, 500) << "or what is promised of accepted reports was hardly looked at";
}

}  // namespace
}  // namespace tocsin
