// The gateway as a process, over mutual TLS, on a real broker, fed with hand-made records.
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "tests/integration/gateway_fixture.h"
#include "tocsin/v1/journal.pb.h"

namespace tocsin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(GatewayTest, EachJocGetsWhatIsReleasedToIt) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  GatewayProcess minurcat("minurcat", StateOf("minurcat"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_NO_FATAL_FAILURE(minurcat.Start());
  Watcher officer(unamid.port(), Watch());
  auto liaison_options = Watch("minurcat");
  liaison_options.role = "liaison";
  Watcher liaison(minurcat.port(), liaison_options);
  ASSERT_TRUE(officer.Await([](const Watcher& w) { return w.snapshot_ended; }));
  ASSERT_TRUE(liaison.Await([](const Watcher& w) { return w.snapshot_ended; }));

  Warning shared = Make(1);
  for (const auto& [mission, id, to] :
       std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
           {"unamid", "unamid-open", {"*"}},
           {"unamid", "unamid-secret", {}},
           {"minurcat", "minurcat-secret", {"unmis"}}}) {
    Evidence evidence;
    evidence.identity = Identity{MissionId(mission), EventId(id)};
    evidence.revision = 1;
    evidence.label = Released(mission, to);
    shared.content.evidence.push_back(evidence);
  }
  shared.caused_by = shared.content.evidence[1].identity;
  GatewayWorld::Get().Produce({Make(2, 1, {"minurcat"}), shared, Make(3, 1, {"unmis"}), Make(4)});

  ASSERT_TRUE(officer.Await(Has(2)));
  ASSERT_TRUE(liaison.Await(Has(3)));
  officer.End();
  liaison.End();
  EXPECT_EQ(officer.deliveries.size(), 2U);
  EXPECT_EQ(liaison.deliveries.size(), 3U);
  const auto find = [](const Watcher& watcher, const Warning& warning) {
    for (const v1::Delivery& delivery : watcher.deliveries) {
      if (delivery.view().warning().id() == warning.id.str()) return delivery;
    }
    return v1::Delivery();
  };
  const v1::Delivery own = find(officer, shared);
  EXPECT_EQ(own.view().warning().evidence_size(), 2);
  ASSERT_EQ(own.view().withheld_size(), 1);
  EXPECT_EQ(own.view().withheld(0).originator(), "minurcat");
  EXPECT_EQ(own.view().withheld(0).reason(), "not_releasable");
  EXPECT_THAT(own.SerializeAsString(), ::testing::Not(HasSubstr("minurcat-secret")));
  EXPECT_THAT(own.SerializeAsString(), HasSubstr("unamid-secret"));
  const v1::Delivery theirs = find(liaison, shared);
  EXPECT_EQ(theirs.view().warning().evidence_size(), 2);
  EXPECT_EQ(theirs.view().withheld(0).originator(), "unamid");
  EXPECT_THAT(theirs.SerializeAsString(), ::testing::Not(HasSubstr("unamid-secret")));

  // Nor by asking: the same words as for none.
  v1::GetResponse response;
  const grpc::Status hidden = Get(unamid, "unamid", "watch-officer", Make(2).id.str(), response);
  const grpc::Status absent = Get(unamid, "unamid", "watch-officer", Make(99).id.str(), response);
  EXPECT_EQ(hidden.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(hidden.error_message(), absent.error_message());
  EXPECT_EQ(unamid.Metric("tocsin_gateway_sessions"), 0);
  EXPECT_EQ(unamid.Metric("tocsin_gateway_delivered_total"), 2);
  EXPECT_EQ(unamid.Metric("tocsin_gateway_withheld_total"), 1);
}

TEST_F(GatewayTest, WhoMayNotComeInGetsNoAnswer) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  GatewayWorld::Get().Produce({Make(1)});
  v1::GetResponse response;
  const auto code = [&](const std::string& mission, const std::string& role) {
    return Get(unamid, mission, role, Make(1).id.str(), response).error_code();
  };
  ASSERT_TRUE(Eventually([&] { return code("unamid", "watch-officer") == grpc::StatusCode::OK; }));
  EXPECT_EQ(code("unamid", "service"), grpc::StatusCode::OK);
  EXPECT_EQ(code("unamid", "liaison"), grpc::StatusCode::OK);
  EXPECT_EQ(code("unamid", "sensor"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(code("unamid", "operator"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(code("minurcat", "watch-officer"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(code("", ""), grpc::StatusCode::UNAVAILABLE);
  auto options = Watch("minurcat");
  EXPECT_EQ(Watcher(unamid.port(), options).End(/*cancel=*/false).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(GatewayTest, ASlowClientParksAndNobodyWaitsForIt) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  auto slow_options = Watch();
  slow_options.credit = 5;
  Watcher slow(gateway.port(), slow_options);
  auto deaf_options = Watch();
  deaf_options.reads = false;
  Watcher deaf(gateway.port(), deaf_options);
  Watcher quick(gateway.port(), Watch());
  constexpr int kCount = 400;
  GatewayWorld::Get().Produce(Many(0, kCount));
  ASSERT_TRUE(quick.Await(Has(kCount)));
  ASSERT_TRUE(slow.Await([](const Watcher& w) {
    return w.deliveries.size() == 5 &&
           w.heartbeats.back().waiting() == 100;  // as far as it is counted
  }));
  EXPECT_GE(gateway.Metric("tocsin_gateway_sessions_parked"), 1);
  slow.Credit(kCount);
  ASSERT_TRUE(slow.Await(Has(kCount)));
  ASSERT_TRUE(slow.Await([](const Watcher& w) { return w.heartbeats.back().waiting() == 0; }));
  slow.End();
  quick.End();
  for (const Watcher* watcher : {&slow, &quick}) {
    const std::vector<std::string> emissions = watcher->Emissions();
    EXPECT_EQ(emissions.size(), static_cast<size_t>(kCount));
    EXPECT_EQ(std::set<std::string>(emissions.begin(), emissions.end()).size(),
              static_cast<size_t>(kCount));
  }
}

TEST_F(GatewayTest, KilledAndResumedByCursorNothingIsLostOrDoubled) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  std::vector<std::string> got;
  std::optional<v1::Cursor> cursor;
  int produced = 0;
  const auto more = [&](int count) {
    GatewayWorld::Get().Produce(Many(produced, produced + count));
    produced += count;
  };
  for (int round = 0; round < 4; ++round) {
    auto options = Watch();
    options.cursor = cursor;
    Watcher watcher(gateway.port(), options);
    const size_t before = got.size();
    more(50);
    // In the middle of it.
    ASSERT_TRUE(watcher.Await(Has(round == 3 ? static_cast<size_t>(produced) - before : 10)));
    gateway.Kill();
    EXPECT_EQ(watcher.End(/*cancel=*/false).error_code(), grpc::StatusCode::UNAVAILABLE);
    for (const std::string& emission : watcher.Emissions()) got.push_back(emission);
    cursor = watcher.cursor;
    if (round == 3) break;
    more(20);  // while it is dead
    ASSERT_NO_FATAL_FAILURE(gateway.Start());
  }
  EXPECT_EQ(got.size(), static_cast<size_t>(produced));
  EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), static_cast<size_t>(produced));
}

TEST_F(GatewayTest, ACursorOfAnotherEpochIsRefusedInWords) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1)});
  Watcher first(gateway.port(), Watch());
  ASSERT_TRUE(
      first.Await([](const Watcher& w) { return w.deliveries.size() == 1 && w.snapshot_ended; }));
  first.End();
  auto options = Watch();
  options.cursor = first.cursor;
  options.cursor->set_epoch("00000000000000000000000000000000");
  const grpc::Status epoch = Watcher(gateway.port(), options).End(/*cancel=*/false);
  EXPECT_EQ(epoch.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(epoch.error_message(), HasSubstr("another epoch"));
  options.cursor = first.cursor;
  options.cursor->set_offsets(0, 1'000'000);
  const grpc::Status ahead = Watcher(gateway.port(), options).End(/*cancel=*/false);
  EXPECT_EQ(ahead.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(ahead.error_message(), HasSubstr("ahead of the log"));
}

TEST_F(GatewayTest, HeartbeatsSayHowFarItIsEvaluatedAndASilentClientIsGivenUp) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  Watcher watcher(gateway.port(), Watch());
  auto mute_options = Watch();
  mute_options.answers = false;
  Watcher mute(gateway.port(), mute_options);
  constexpr int64_t kClock = 1'230'000'000'000'000;
  GatewayWorld::Get().Produce({Make(1)});
  GatewayWorld::Get().Evaluate(kClock);
  ASSERT_TRUE(watcher.Await([](const Watcher& w) {
    if (w.heartbeats.empty() || w.heartbeats.back().evaluated_size() != 2) return false;
    const v1::Heartbeat& last = w.heartbeats.back();
    return std::all_of(last.evaluated().begin(), last.evaluated().end(),
                       [](const auto& task) { return task.evaluated_up_to_us() >= kClock; }) &&
           last.open_warnings() == 1 && w.deliveries.size() == 1;
  }));
  // Every heartbeat that knew of the evaluation came after the warning before it.
  const grpc::Status given_up = mute.End(/*cancel=*/false);
  // Cut off, where a message to it was still on its way.
  EXPECT_THAT(given_up.error_code(),
              ::testing::AnyOf(grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::CANCELLED))
      << given_up.error_message();
  watcher.End();
  for (size_t i = 1; i < watcher.heartbeats.size(); ++i) {
    EXPECT_EQ(watcher.heartbeats[i].number(), watcher.heartbeats[i - 1].number() + 1);
  }
}

TEST_F(GatewayTest, AViewOfAnotherMissionIsBuiltAnew) {
  GatewayWorld::Get().Produce({Make(1)});
  v1::GetResponse got;
  {
    GatewayProcess minurcat("minurcat", StateOf("shared"));
    ASSERT_NO_FATAL_FAILURE(minurcat.Start());
    ASSERT_TRUE(Get(minurcat, "minurcat", "watch-officer", Make(1).id.str(), got).ok());
    EXPECT_EQ(minurcat.Stop(), 0);
  }
  GatewayProcess unamid("unamid", StateOf("shared"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  EXPECT_THAT(unamid.Log(), HasSubstr("the view is built anew"));
  EXPECT_TRUE(Get(unamid, "unamid", "watch-officer", Make(1).id.str(), got).ok());
}

// By key, those of the gateway's that are of its two topics.
std::map<std::string, std::vector<v1::DeadLetter>> DeadLettersBy(const std::string& gateway) {
  std::map<std::string, std::vector<v1::DeadLetter>> letters;
  for (const InputRecord& record : ReadAll({kDeadLettersTopic, 0})) {
    v1::DeadLetter letter;
    EXPECT_TRUE(letter.ParseFromString(record.value));
    EXPECT_THAT(record.value, ::testing::Not(HasSubstr("garbage")));
    if (letter.task() == gateway) letters[record.key].push_back(letter);
  }
  return letters;
}

TEST_F(GatewayTest, ForeignRecordsArePassedCountedAndKeptAsDeadLetters) {
  const size_t letters_before = DeadLettersBy("gateway-unamid").size();
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  const double before = gateway.Metric("tocsin_gateway_dead_letters_total");
  Watcher watcher(gateway.port(), Watch());
  for (int32_t p = 0; p < 3; ++p) {
    GatewayWorld::Get().ProduceRaw(p, "foreign", std::string("\xff\x00garbage", 9));
    GatewayWorld::Get().ProduceRaw(p, "empty", "");
  }
  GatewayWorld::Get().Produce(Many(0, 10));
  EXPECT_TRUE(watcher.Await(Has(10)));
  ProduceAll({ActionsTopic(MissionId("unamid")), 0}, {"\xff garbage"});
  EXPECT_TRUE(
      Eventually([&] { return DeadLettersBy("gateway-unamid").size() == letters_before + 7; }));
  EXPECT_EQ(gateway.Metric("tocsin_gateway_dead_letters_total"), before + 7);
  EXPECT_EQ(gateway.Stop(), 0);
  // Another gateway of the same records writes its own, under the same keys; this one none again.
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayProcess other("minurcat", StateOf("minurcat-foreign"));
  ASSERT_NO_FATAL_FAILURE(other.Start());
  EXPECT_TRUE(Eventually([] { return DeadLettersBy("gateway-minurcat").size() >= 6; }));
  const auto own = DeadLettersBy("gateway-unamid");
  for (const auto& [key, letters] : own) {
    EXPECT_EQ(letters.size(), 1U) << key;
    EXPECT_EQ(letters.front().cause().code(), "unusable_record");
    EXPECT_EQ(letters.front().sha256().size(), 64U);
  }
  size_t shared = 0;
  for (const auto& [key, letters] : DeadLettersBy("gateway-minurcat")) shared += own.count(key);
  EXPECT_GE(shared, 6U);
  EXPECT_EQ(other.Stop(), 0);
  EXPECT_EQ(gateway.Stop(), 0);
}

TEST_F(GatewayTest, AnOrderlyStopSendsClientsElsewhere) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  Watcher watcher(gateway.port(), Watch());
  ASSERT_TRUE(watcher.Await([](const Watcher& w) { return w.snapshot_ended; }));
  EXPECT_EQ(gateway.Stop(), 0);
  const grpc::Status status = watcher.End(/*cancel=*/false);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("resume elsewhere"));
  EXPECT_FALSE(watcher.cursor.epoch().empty());
}

TEST_F(GatewayTest, PagesOverTheWire) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  std::vector<Warning> warnings = Many(0, 7);
  warnings.push_back(Make(100, 1, {"minurcat"}));
  Watcher watcher(gateway.port(), Watch());
  GatewayWorld::Get().Produce(warnings);
  ASSERT_TRUE(watcher.Await(Has(7)));
  v1::ListRequest request;
  request.mutable_filter()->add_statuses(v1::STATUS_EXERCISE);
  request.mutable_filter()->set_exercise_id(exercise_);
  request.set_page_size(3);
  std::vector<std::string> ids;
  do {
    grpc::ClientContext context;
    v1::ListResponse page;
    ASSERT_TRUE(Stub(gateway, "unamid")->List(&context, request, &page).ok());
    for (const auto& view : page.warnings()) ids.push_back(view.warning().id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  std::vector<std::string> newest_first;
  for (int n = 6; n >= 0; --n) newest_first.push_back(Make(n).id.str());
  EXPECT_EQ(ids, newest_first);
}

}  // namespace
}  // namespace tocsin::testing
