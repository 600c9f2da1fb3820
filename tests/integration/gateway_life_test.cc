// What people and time do with warnings, through gateways as processes over a real broker.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/kafka/topic_set.h"
#include "tests/integration/gateway_fixture.h"

namespace tocsin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(GatewayTest, AnAcknowledgementIsReadBackAndIsOfOneJoc) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  GatewayProcess minurcat("minurcat", StateOf("minurcat"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_NO_FATAL_FAILURE(minurcat.Start());
  GatewayWorld::Get().Produce({Make(1), Make(2, 1, {"minurcat"})});
  v1::GetResponse got;
  for (const auto& [gateway, mission] :
       {std::pair(&unamid, "unamid"), std::pair(&minurcat, "minurcat")}) {
    ASSERT_TRUE(Eventually([&, gateway = gateway, mission = mission] {
      return Get(*gateway, mission, "watch-officer", Make(1).id.str(), got).ok();
    }));
  }
  v1::ActResponse answer;
  const auto acknowledge = [&](const std::string& action, int expect, int n = 1,
                               const std::string& role = "watch-officer") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.mutable_detail()->mutable_acknowledge();
    request.set_warning_id(Make(n).id.str());
    request.set_action_id(action);
    request.set_comment("patrol tasked");
    if (expect >= 0) request.set_expect(expect);
    answer.Clear();
    return Stub(unamid, "unamid", role)->Act(&context, request, &answer);
  };
  EXPECT_EQ(acknowledge("l", 0, 1, "liaison").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(acknowledge("s", 0, 1, "service").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(acknowledge("", 0).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(acknowledge("z", 0, 2).error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(acknowledge("a", 0).ok());
  EXPECT_EQ(answer.lifecycle().state(), v1::LIFECYCLE_STATE_ACKNOWLEDGED);
  EXPECT_EQ(answer.lifecycle().acknowledged_by(), "desk");
  EXPECT_EQ(answer.lifecycle().comment(), "patrol tasked");
  // Read back: what was answered is what everybody sees at once.
  ASSERT_TRUE(Get(unamid, "unamid", "liaison", Make(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().actions(), 1);
  EXPECT_TRUE(acknowledge("a", 0).ok());  // again, with the same id
  EXPECT_EQ(answer.lifecycle().actions(), 1);
  EXPECT_EQ(acknowledge("b", 0).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(acknowledge("c", -1).ok());  // nothing left to do, and the answer says who did it
  EXPECT_EQ(answer.lifecycle().actions(), 1);
  // Not of the other JOC.
  ASSERT_TRUE(Get(minurcat, "minurcat", "watch-officer", Make(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().state(), v1::LIFECYCLE_STATE_NEW);
  // The life is in the log: a gateway that starts from nothing has it.
  unamid.Kill();
  std::filesystem::remove_all(StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_TRUE(Get(unamid, "unamid", "watch-officer", Make(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().acknowledged_by(), "desk");
}

TEST_F(GatewayTest, WhatPeopleDoReachesEveryClientOfTheirCentreAndNoOther) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  GatewayProcess minurcat("minurcat", StateOf("minurcat"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  ASSERT_NO_FATAL_FAILURE(minurcat.Start());
  GatewayWorld::Get().Produce({Make(1), Make(2)});
  Watcher officer(unamid.port(), Watch());
  auto as_liaison = Watch();
  as_liaison.role = "liaison";
  Watcher liaison(unamid.port(), as_liaison);
  Watcher theirs(minurcat.port(), Watch("minurcat"));
  for (Watcher* watcher : {&officer, &liaison, &theirs}) ASSERT_TRUE(watcher->Await(Has(2)));

  const auto stub = Stub(unamid, "unamid");
  const auto act = [&](int n, const std::string& id,
                       const std::function<void(v1::ActRequest&)>& set) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.set_warning_id(Make(n).id.str());
    request.set_action_id(id);
    set(request);
    v1::ActResponse response;
    return stub->Act(&context, request, &response);
  };
  ASSERT_TRUE(act(1, "a", [](auto& r) { r.mutable_detail()->mutable_acknowledge(); }).ok());
  ASSERT_TRUE(act(1, "b", [&](auto& r) {
                r.mutable_detail()->mutable_link()->set_warning_id(Make(2).id.str());
              }).ok());
  ASSERT_TRUE(act(2, "c", [](auto& r) { r.mutable_detail()->mutable_resolve(); }).ok());
  EXPECT_EQ(act(2, "d", [](auto& r) { r.mutable_detail()->mutable_acknowledge(); }).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(act(1, "e",
                [&](auto& r) {
                  r.mutable_detail()->mutable_link()->set_warning_id(std::string(32, 'f'));
                })
                .error_code(),
            grpc::StatusCode::NOT_FOUND);
  const auto has = [&](int n, int actions) {
    return [id = Make(n).id.str(), actions](const Watcher& w) {
      return std::any_of(w.changes.begin(), w.changes.end(), [&](const auto& change) {
        return change.warning_id() == id && change.lifecycle().actions() == actions;
      });
    };
  };
  // The digest is of what a client of the centre was told stands: one of the two is resolved.
  const auto one = [](const Warning& warning, int actions) {
    const std::string hex = Sha256Hex(StrCat(warning.id.str(), "/1/", actions));
    return std::stoull(hex.substr(0, 16), nullptr, 16);
  };
  const uint64_t digest = one(Make(1), 2);
  for (Watcher* watcher : {&officer, &liaison}) {
    ASSERT_TRUE(watcher->Await(has(1, 2)));
    ASSERT_TRUE(watcher->Await(has(2, 1)));
    ASSERT_TRUE(watcher->Await([&](const Watcher& w) {
      return !w.heartbeats.empty() && w.heartbeats.back().open_digest() == digest;
    }));
  }
  ASSERT_TRUE(theirs.Await([&](const Watcher& w) {
    return !w.heartbeats.empty() &&
           w.heartbeats.back().open_digest() == (one(Make(1), 0) ^ one(Make(2), 0));
  }));
  theirs.End();
  EXPECT_TRUE(theirs.changes.empty());
  // Who comes back with a cursor is told what it missed, by a gateway that starts from nothing too.
  officer.End();
  ASSERT_TRUE(act(1, "f", [](auto& r) {
                r.mutable_detail()->mutable_mark()->set_verdict(v1::VERDICT_USEFUL);
              }).ok());
  unamid.Kill();
  std::filesystem::remove_all(StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  auto resumed = Watch();
  resumed.cursor = officer.cursor;
  Watcher again(unamid.port(), resumed);
  ASSERT_TRUE(again.Await(has(1, 3)));
  again.End();
  EXPECT_EQ(again.changes.size(), 1U);
  EXPECT_TRUE(again.deliveries.empty());

  // And the whole of it is in the warning's history.
  grpc::ClientContext context;
  v1::WarningHistoryRequest request;
  request.set_warning_id(Make(1).id.str());
  v1::WarningHistoryResponse history;
  ASSERT_TRUE(Stub(unamid, "unamid", "liaison")->WarningHistory(&context, request, &history).ok());
  std::vector<std::string> said;
  for (const auto& entry : history.entries()) {
    EXPECT_GT(entry.logged_us(), 1'600'000'000'000'000);
    said.push_back(entry.has_revision() ? "revision"
                                        : StrCat(entry.action().action().action_id(), " ",
                                                 entry.action().outcome()));
  }
  EXPECT_THAT(said, ElementsAre("revision", "a applied", "b applied", "f applied"));
}

TEST_F(GatewayTest, WhatTimeDoesIsDoneOnceByWhicheverGatewayIsThere) {
  // Two gateways of one mission, both with the policy; the younger has the duty.
  GatewayProcess first("unamid", StateOf("first"), /*escalation_s=*/1);
  GatewayProcess second("unamid", StateOf("second"), /*escalation_s=*/1);
  ASSERT_NO_FATAL_FAILURE(first.Start());
  ASSERT_NO_FATAL_FAILURE(second.Start());
  Watcher watcher(first.port(), Watch());
  const auto has = [&](int n, auto holds) {
    return [id = Make(n).id.str(), holds](const Watcher& w) {
      return std::any_of(w.changes.begin(), w.changes.end(), [&](const auto& change) {
        return change.warning_id() == id && holds(change.lifecycle());
      });
    };
  };
  const auto taken_up = [](const v1::Lifecycle& life) {
    return life.level() == v1::ESCALATION_LEVEL_DEPUTY && life.escalated_by().empty();
  };
  GatewayWorld::Get().Produce({Make(1)});
  ASSERT_TRUE(watcher.Await(has(1, taken_up)));
  // Somebody has it for a second, and then no longer.
  grpc::ClientContext context;
  v1::ActRequest request;
  request.set_warning_id(Make(1).id.str());
  request.set_action_id("lease");
  request.mutable_detail()->mutable_acknowledge()->set_lasts_s(1);
  v1::ActResponse response;
  ASSERT_TRUE(Stub(first, "unamid")->Act(&context, request, &response).ok());
  EXPECT_GT(response.lifecycle().acknowledgement_expires_us(), 0);
  ASSERT_TRUE(watcher.Await(has(1, [](const v1::Lifecycle& life) {
    return life.state() == v1::LIFECYCLE_STATE_NEW && life.waiting_since_us() > 0;
  })));
  // The one that has the duty dies: the other sees that what is due is not done, and does it.
  second.Kill();
  GatewayWorld::Get().Produce({Make(2)});
  ASSERT_TRUE(watcher.Await(has(2, taken_up)));
  for (const int n : {1, 2}) {
    grpc::ClientContext call;
    v1::WarningHistoryRequest past;
    past.set_warning_id(Make(n).id.str());
    v1::WarningHistoryResponse history;
    ASSERT_TRUE(Stub(first, "unamid")->WarningHistory(&call, past, &history).ok());
    std::set<std::string> ids;
    for (const auto& entry : history.entries()) {
      if (!entry.has_action()) continue;
      EXPECT_EQ(entry.action().outcome(), "applied");
      EXPECT_TRUE(ids.insert(entry.action().action().action_id()).second);
    }
    EXPECT_EQ(ids.size(), n == 1 ? 3U : 1U);
  }
}

TEST_F(GatewayTest, AResolvedWarningComesBackWithALaterAlertOverAGatewaysDeath) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1)});
  Watcher officer(gateway.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(1)));
  const auto resolve = [&](const std::string& id, int32_t revision) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.set_warning_id(Make(1).id.str());
    request.set_action_id(id);
    request.set_revision(revision);
    request.mutable_detail()->mutable_resolve();
    v1::ActResponse answer;
    return Stub(gateway, "unamid")->Act(&context, request, &answer);
  };
  EXPECT_EQ(resolve("x", 2).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(resolve("a", 1).ok());
  const auto counts = [](int32_t open) {
    return [open](const Watcher& w) {
      return !w.heartbeats.empty() && w.heartbeats.back().open_warnings() == open;
    };
  };
  ASSERT_TRUE(officer.Await(counts(0)));
  officer.End();
  // It becomes graver while no gateway runs.
  gateway.Kill();
  Warning graver = Make(1, 2);
  graver.content.severity = Severity::kExtreme;
  graver.alerts = true;
  GatewayWorld::Get().Produce({graver});
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  Watcher later(gateway.port(), Watch());
  ASSERT_TRUE(later.Await(counts(1)));
  v1::GetResponse got;
  ASSERT_TRUE(Get(gateway, "unamid", "watch-officer", Make(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().state(), v1::LIFECYCLE_STATE_NEW);
  // Who had seen only the first is not taken at their word; who has seen this one is.
  ASSERT_TRUE(resolve("b", 2).ok());
  ASSERT_TRUE(later.Await(counts(0)));
}

TEST_F(GatewayTest, PeoplesWorkFollowsAMergedWarningOverAGatewaysDeath) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1), Make(2)});
  v1::GetResponse got;
  for (const int n : {1, 2}) {
    ASSERT_TRUE(Eventually(
        [&] { return Get(gateway, "unamid", "watch-officer", Make(n).id.str(), got).ok(); }));
  }
  const auto act = [&](int n, const std::string& action_id,
                       const std::function<void(v1::ActionDetail&)>& set) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.set_warning_id(Make(n).id.str());
    request.set_action_id(action_id);
    set(*request.mutable_detail());
    v1::ActResponse answer;
    return Stub(gateway, "unamid")->Act(&context, request, &answer);
  };
  ASSERT_TRUE(act(1, "a", [](auto& detail) { detail.mutable_acknowledge(); }).ok());
  ASSERT_TRUE(
      act(1, "b", [](auto& detail) { detail.mutable_assign()->set_person("officer-2"); }).ok());
  // What only the gateway does is nobody's to ask for.
  EXPECT_EQ(
      act(2, "c", [](auto& detail) { detail.mutable_inherit()->set_owner("me"); }).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  Warning merged = Make(1, 2);
  merged.message_type = MessageType::kCancel;
  merged.end_reason = "merged";
  merged.merged_into = Make(2).id.str();
  GatewayWorld::Get().Produce({merged});
  gateway.Kill();  // before or after it wrote what follows: nothing is lost or done twice
  std::filesystem::remove_all(StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayProcess second("unamid", StateOf("second"));
  ASSERT_NO_FATAL_FAILURE(second.Start());
  for (GatewayProcess* one : {&gateway, &second}) {
    EXPECT_TRUE(Eventually([&] {
      return Get(*one, "unamid", "watch-officer", Make(2).id.str(), got).ok() &&
             got.view().lifecycle().owner() == "officer-2";
    }));
    EXPECT_EQ(got.view().lifecycle().state(), v1::LIFECYCLE_STATE_ACKNOWLEDGED);
    EXPECT_EQ(got.view().lifecycle().actions(), 1);
    EXPECT_THAT(got.view().lifecycle().predecessors(), ElementsAre(Make(1).id.str()));
  }
  // What comes to the ended one after that follows it.
  ASSERT_TRUE(act(1, "d", [](auto& detail) {
                detail.mutable_respond()->set_unit("QRF");
                detail.mutable_respond()->set_stage(v1::RESPONSE_STAGE_TASKED);
              }).ok());
  EXPECT_TRUE(Eventually([&] {
    return Get(gateway, "unamid", "watch-officer", Make(2).id.str(), got).ok() &&
           got.view().lifecycle().responses_size() == 1;
  }));
}

TEST_F(GatewayTest, PeoplesWorkGoesAlongWithAPartOverAGatewaysDeath) {
  GatewayProcess gateway("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayWorld::Get().Produce({Make(1)});
  v1::GetResponse got;
  const auto await = [&](GatewayProcess& one, int n,
                         const std::function<bool(const v1::Lifecycle&)>& holds) {
    return Eventually([&] {
      return Get(one, "unamid", "watch-officer", Make(n).id.str(), got).ok() &&
             holds(got.view().lifecycle());
    });
  };
  const auto any = [](const v1::Lifecycle&) { return true; };
  ASSERT_TRUE(await(gateway, 1, any));
  const auto assign = [&](const std::string& action_id, const std::string& person) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.set_warning_id(Make(1).id.str());
    request.set_action_id(action_id);
    request.mutable_detail()->mutable_assign()->set_person(person);
    v1::ActResponse answer;
    return Stub(gateway, "unamid")->Act(&context, request, &answer);
  };
  ASSERT_TRUE(assign("a", "officer-2").ok());
  Warning part = Make(2);
  part.split_from = Make(1).id.str();
  GatewayWorld::Get().Produce({Make(1, 2), part});
  gateway.Kill();  // before or after it wrote what follows: nothing is lost or done twice
  std::filesystem::remove_all(StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(gateway.Start());
  GatewayProcess second("unamid", StateOf("second"));
  ASSERT_NO_FATAL_FAILURE(second.Start());
  for (GatewayProcess* one : {&gateway, &second}) {
    EXPECT_TRUE(await(*one, 2, [](const auto& life) { return life.owner() == "officer-2"; }));
    EXPECT_EQ(got.view().warning().split_from(), Make(1).id.str());
    EXPECT_EQ(got.view().lifecycle().actions(), 1);
    EXPECT_THAT(got.view().lifecycle().predecessors(), ElementsAre(Make(1).id.str()));
  }
  // From then on each has a life of its own; the one that kept its id was not done anything with.
  ASSERT_TRUE(assign("b", "officer-3").ok());
  EXPECT_TRUE(await(gateway, 1, [](const auto& life) { return life.owner() == "officer-3"; }));
  EXPECT_TRUE(await(gateway, 2, any));
  EXPECT_EQ(got.view().lifecycle().owner(), "officer-2");
}

}  // namespace
}  // namespace tocsin::testing
