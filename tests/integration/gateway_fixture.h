// Gateways as processes, over mutual TLS, on a real broker, fed with hand-made warnings of the
// test's own exercise.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "tests/integration/gateway_world.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin::testing {

inline Label Released(const std::string& originator, const std::vector<std::string>& to) {
  Label label;
  label.originator = MissionId(originator);
  label.classification = Classification::kUnclassified;
  label.tlp = Tlp::kAmber;
  for (const std::string& mission : to) label.releasable_to.emplace_back(mission);
  return label;
}

class GatewayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GatewayWorld::Get();
    exercise_ = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  std::string StateOf(const std::string& mission) {
    return KafkaBroker::Get().Folder(StrCat("state-", exercise_, "-", mission));
  }
  // One of this test's exercise. Numbers are the test's own: another's do not show.
  Warning Make(int n, int32_t revision = 1,
               std::vector<std::string> missions = {"minurcat", "unamid"}) const {
    Warning warning;
    warning.id = WarningId(ShortHashHex(StrCat(exercise_, "/", n)));
    warning.revision = revision;
    warning.message_type = revision == 1 ? MessageType::kAlert : MessageType::kUpdate;
    warning.number = PartitionOf(exercise_, 10'000) * 10'000 + n;
    warning.issued = FromMicros(1'000'000 + n);
    warning.content.status = Status::kExercise;
    warning.content.exercise_id = exercise_;
    warning.content.rule_id = RuleId("attacks-near-border");
    warning.content.rule_version = 1;
    warning.content.severity = Severity::kSevere;
    for (const std::string& mission : missions) warning.content.addressees.emplace_back(mission);
    warning.content.label = Released("tocsin", missions);
    return warning;
  }
  std::vector<Warning> Many(int from, int to) const {
    std::vector<Warning> warnings;
    for (int n = from; n < to; ++n) warnings.push_back(Make(n));
    return warnings;
  }
  Watcher::Options Watch(const std::string& mission = "unamid") const {
    Watcher::Options options;
    options.mission = mission;
    options.exercise = exercise_;
    return options;
  }
  static auto Has(size_t count) {
    return [count](const Watcher& w) { return w.deliveries.size() >= count; };
  }
  static std::unique_ptr<v1::GatewayService::Stub> Stub(const GatewayProcess& gateway,
                                                        const std::string& mission,
                                                        const std::string& role = "watch-officer") {
    return v1::GatewayService::NewStub(GatewayWorld::Get().Channel(gateway.port(), mission, role));
  }
  static grpc::Status Get(const GatewayProcess& gateway, const std::string& mission,
                          const std::string& role, const std::string& id, v1::GetResponse& out) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetRequest request;
    request.set_warning_id(id);
    return Stub(gateway, mission, role)->Get(&context, request, &out);
  }

  std::string exercise_;
};

}  // namespace tocsin::testing
