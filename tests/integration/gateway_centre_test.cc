// What people do for their centre as a whole, through gateways as processes over a real broker.
#include <filesystem>
#include <functional>
#include <string>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/gateway_fixture.h"

namespace tocsin::testing {
namespace {

using ::testing::HasSubstr;

class CentreTest : public GatewayTest {
 protected:
  // The centre is one for all tests here, so each silences its own area only.
  Warning Here(int n, Severity severity = Severity::kSevere, int32_t revision = 1) const {
    Warning warning = Make(n, revision);
    warning.content.areas = {AreaId(exercise_)};
    warning.content.severity = severity;
    return warning;
  }
  grpc::Status Do(const GatewayProcess& gateway, const std::string& role, const std::string& id,
                  const std::function<void(v1::CentreDetail&)>& set,
                  const std::string& comment = "patrol on site") {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActForCentreRequest request;
    request.set_action_id(StrCat(exercise_, "/", id));
    request.set_comment(comment);
    set(*request.mutable_detail());
    answer_.Clear();
    return Stub(gateway, "unamid", role)->ActForCentre(&context, request, &answer_);
  }
  std::function<void(v1::CentreDetail&)> Silence(v1::Severity severity_max,
                                                 int64_t lasts_s = 3600) const {
    return [this, severity_max, lasts_s](v1::CentreDetail& detail) {
      detail.mutable_silence()->mutable_filter()->add_areas(exercise_);
      detail.mutable_silence()->mutable_filter()->set_severity_max(severity_max);
      detail.mutable_silence()->set_lasts_s(lasts_s);
    };
  }
  std::string IdOf(const std::string& id) const { return StrCat(exercise_, "/", id); }
  // Of the last thing that a watch was told of the warning's life.
  static auto IsQuiet(const Warning& warning, bool quiet) {
    return [id = warning.id.str(), quiet](const Watcher& w) {
      for (auto change = w.changes.rbegin(); change != w.changes.rend(); ++change) {
        if (change->warning_id() == id) return change->lifecycle().has_quiet() == quiet;
      }
      return false;
    };
  }

  v1::ActForCentreResponse answer_;
};

TEST_F(CentreTest, ASilenceIsSeenBeforehandHoldsOverAGatewaysDeathAndWakesAtItsEnd) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  GatewayWorld::Get().Produce({Here(1), Here(2, Severity::kExtreme)});
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(2)));

  v1::PreviewSilenceRequest preview;
  preview.mutable_filter()->add_areas(exercise_);
  preview.mutable_filter()->set_severity_max(v1::SEVERITY_EXTREME);
  v1::PreviewSilenceResponse shown;
  grpc::ClientContext context;
  ASSERT_TRUE(Stub(unamid, "unamid")->PreviewSilence(&context, preview, &shown).ok());
  EXPECT_EQ(shown.standing_count(), 2);
  EXPECT_EQ(shown.extreme_count(), 1);

  EXPECT_EQ(Do(unamid, "liaison", "l", Silence(v1::SEVERITY_SEVERE)).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  const grpc::Status no_reason = Do(unamid, "watch-officer", "n", Silence(v1::SEVERITY_SEVERE), "");
  EXPECT_EQ(no_reason.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(no_reason.error_message(), HasSubstr("comment"));
  EXPECT_EQ(
      Do(unamid, "watch-officer", "e", Silence(v1::SEVERITY_SEVERE, 30 * 24 * 3600)).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);

  ASSERT_TRUE(Do(unamid, "watch-officer", "s", Silence(v1::SEVERITY_EXTREME)).ok());
  EXPECT_TRUE(answer_.changed());
  ASSERT_TRUE(officer.Await(IsQuiet(Here(1), true)));
  EXPECT_TRUE(officer.Await([&](const Watcher& w) {
    return !w.centres.empty() &&
           std::any_of(w.centres.back().silences().begin(), w.centres.back().silences().end(),
                       [&](const auto& s) { return s.silence_id() == IdOf("s"); });
  }));
  // The same id has no second effect.
  ASSERT_TRUE(Do(unamid, "watch-officer", "s", Silence(v1::SEVERITY_EXTREME)).ok());
  v1::GetResponse got;
  ASSERT_TRUE(Get(unamid, "unamid", "liaison", Here(2).id.str(), got).ok());
  EXPECT_FALSE(got.view().lifecycle().has_quiet());
  const auto countersign = [&](v1::CentreDetail& detail) {
    detail.mutable_countersign()->set_silence_id(IdOf("s"));
  };
  EXPECT_EQ(Do(unamid, "watch-officer", "c", countersign).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_TRUE(Do(unamid, "chief-joc", "c", countersign).ok());
  ASSERT_TRUE(officer.Await(IsQuiet(Here(2), true)));

  // It holds for what comes later, from its first moment on, over a gateway that begins anew.
  officer.End();
  unamid.Kill();
  std::filesystem::remove_all(StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  Watcher later(unamid.port(), Watch());
  ASSERT_TRUE(later.Await(Has(2)));
  GatewayWorld::Get().Produce({Here(3)});
  ASSERT_TRUE(later.Await(Has(3)));
  ASSERT_TRUE(later.Await([&](const Watcher& w) {
    return std::all_of(w.deliveries.begin(), w.deliveries.end(), [&](const v1::Delivery& one) {
      return one.view().lifecycle().quiet().by() == IdOf("s");
    });
  }));

  ASSERT_TRUE(Do(unamid, "watch-officer", "end", [&](v1::CentreDetail& detail) {
                detail.mutable_end_silence()->set_silence_id(IdOf("s"));
              }).ok());
  for (int n = 1; n <= 3; ++n) ASSERT_TRUE(later.Await(IsQuiet(Here(n), false))) << n;
  EXPECT_EQ(
      Do(unamid, "watch-officer", "again",
         [&](v1::CentreDetail& detail) { detail.mutable_end_silence()->set_silence_id(IdOf("s")); })
          .error_code(),
      grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(CentreTest, ASilenceThatRunsOutWakesWhatWaits) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  GatewayWorld::Get().Produce({Here(1)});
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(1)));
  ASSERT_TRUE(Do(unamid, "watch-officer", "s", Silence(v1::SEVERITY_SEVERE, 2)).ok());
  ASSERT_TRUE(officer.Await(IsQuiet(Here(1), true)));
  ASSERT_TRUE(officer.Await(IsQuiet(Here(1), false)));
  officer.End();
  EXPECT_GT(officer.changes.back().lifecycle().waiting_since_us(), 0);
}

TEST_F(CentreTest, AWiderWarningKeepsQuietWhatItRestsOn) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  GatewayWorld::Get().Produce({Here(1), Here(2)});
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(2)));
  Warning wide = Here(9);
  for (const int n : {1, 2}) {
    wide.rests_on.push_back({Here(n).id, Here(n).number, RuleId("attacks-near-border"), "part"});
  }
  GatewayWorld::Get().Produce({wide});
  ASSERT_TRUE(officer.Await(IsQuiet(Here(1), true)));
  ASSERT_TRUE(officer.Await(IsQuiet(Here(2), true)));
  wide.revision = 2;
  wide.message_type = MessageType::kCancel;
  GatewayWorld::Get().Produce({wide});
  ASSERT_TRUE(officer.Await(IsQuiet(Here(1), false)));
  ASSERT_TRUE(officer.Await(IsQuiet(Here(2), false)));
}

TEST_F(CentreTest, PersonsLogOnAtADeskAndHandTheWatchOver) {
  GatewayProcess unamid("unamid", StateOf("unamid"));
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  GatewayWorld::Get().Produce({Here(1)});
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(1)));
  const auto acknowledge = [&](const std::string& id) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ActRequest request;
    request.mutable_detail()->mutable_acknowledge();
    request.set_warning_id(Here(1).id.str());
    request.set_action_id(id);
    v1::ActResponse response;
    return Stub(unamid, "unamid", "watch-desk")->Act(&context, request, &response);
  };
  const grpc::Status nobody = acknowledge("a");
  EXPECT_EQ(nobody.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(nobody.error_message(), HasSubstr("log on"));
  const auto log_on = [](const std::string& person) {
    return [person](v1::CentreDetail& detail) { detail.mutable_log_on()->set_person(person); };
  };
  EXPECT_EQ(Do(unamid, "watch-desk", "x", log_on("Not A Name")).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Do(unamid, "watch-officer", "y", log_on("somebody-else")).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(Do(unamid, "watch-desk", "on", log_on("officer-1")).ok());
  ASSERT_TRUE(acknowledge("a").ok());
  v1::GetResponse got;
  ASSERT_TRUE(Get(unamid, "unamid", "watch-officer", Here(1).id.str(), got).ok());
  EXPECT_EQ(got.view().lifecycle().acknowledged_by(), "officer-1");
  EXPECT_EQ(got.view().lifecycle().acknowledged_desk(), "desk");

  ASSERT_TRUE(Do(
                  unamid, "watch-desk", "offer",
                  [](v1::CentreDetail& detail) { detail.mutable_hand_over()->set_to("desk"); },
                  "column: patrol at 06Z")
                  .ok());
  EXPECT_EQ(answer_.centre().offered().from(), "officer-1");
  const auto sign = [&](v1::CentreDetail& detail) {
    detail.mutable_sign_hand_over()->set_offer_id(IdOf("offer"));
  };
  // Not by another than to whom it was offered.
  EXPECT_EQ(Do(unamid, "watch-desk", "s1", sign).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(Do(unamid, "watch-officer", "s2", sign).ok());
  EXPECT_EQ(answer_.centre().handed_over().note(), "column: patrol at 06Z");
  for (const v1::OnWatch& at : answer_.centre().on_watch()) EXPECT_NE(at.person(), "officer-1");
  EXPECT_EQ(acknowledge("b").error_code(), grpc::StatusCode::FAILED_PRECONDITION);

  v1::ShiftRequest since;
  since.set_since_us(1);
  since.set_most(1000);
  v1::ShiftResponse shift;
  grpc::ClientContext context;
  ASSERT_TRUE(Stub(unamid, "unamid")->Shift(&context, since, &shift).ok());
  int mine = 0;
  for (const v1::ShiftEntry& entry : shift.entries()) mine += entry.number() == Here(1).number;
  EXPECT_EQ(mine, 2);  // it was told, and acknowledged
}

// A storm rings together, over the death of the gateway that was about to write so, and again while
// nobody takes it up; what is Extreme rings at once.
TEST_F(CentreTest, AStormRingsTogetherOverAGatewaysDeath) {
  GatewayProcess unamid("unamid", StateOf("unamid"), /*escalation_s=*/0, /*flood_above=*/3);
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  const auto now = [&](int n, Severity severity = Severity::kSevere) {
    Warning warning = Here(n, severity);
    warning.issued = FromMicros(absl::ToUnixMicros(absl::Now()));
    return warning;
  };
  GatewayWorld::Get().Produce({now(1), now(2), now(3)});
  Watcher officer(unamid.port(), Watch());
  ASSERT_TRUE(officer.Await(Has(3)));
  GatewayWorld::Get().Produce({now(4), now(5), now(6, Severity::kExtreme)});
  ASSERT_TRUE(officer.Await(Has(6)));
  ASSERT_TRUE(officer.Await([](const Watcher& w) {
    return !w.heartbeats.empty() && w.heartbeats.back().load().flood();
  }));
  officer.End();
  EXPECT_EQ(officer.heartbeats.back().load().alarms_10min(), 6);
  for (const v1::Delivery& one : officer.deliveries) {
    const int64_t n = one.view().warning().number() % 10;
    EXPECT_EQ(one.view().lifecycle().quiet().reason() == v1::QUIET_REASON_DIGESTED,
              n == 4 || n == 5)
        << n;
  }
  unamid.Kill();
  ASSERT_NO_FATAL_FAILURE(unamid.Start());
  Watcher later(unamid.port(), Watch());
  const auto rang = [&](int n, int64_t after_us) {
    return [id = Here(n).id.str(), after_us](const Watcher& w) {
      for (const v1::LifecycleChange& change : w.changes) {
        if (change.warning_id() == id && change.lifecycle().rang_us() > after_us) return true;
      }
      return false;
    };
  };
  v1::GetResponse got;
  const auto rang_us = [&](int n) {
    return Get(unamid, "unamid", "watch-officer", Here(n).id.str(), got).ok()
               ? got.view().lifecycle().rang_us()
               : 0;
  };
  ASSERT_TRUE(Eventually([&] { return rang_us(4) > 0 && rang_us(5) > 0; }));
  EXPECT_FALSE(got.view().lifecycle().has_quiet());
  EXPECT_EQ(rang_us(6), 0);
  EXPECT_EQ(rang_us(1), 0);
  ASSERT_TRUE(later.Await(rang(4, rang_us(4))));
}

}  // namespace
}  // namespace tocsin::testing
