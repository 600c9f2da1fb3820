#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lib/sharing/decide.h"

namespace tocsin {
namespace {

TEST(PrincipalTest, EveryRole) {
  const std::vector<std::pair<std::string, Role>> roles = {
      {"service", Role::kService},
      {"watch-officer", Role::kWatchOfficer},
      {"reporting-officer", Role::kReportingOfficer},
      {"sensor", Role::kSensor},
      {"liaison", Role::kLiaison},
      {"operator", Role::kOperator},
  };
  for (const auto& [name, role] : roles) {
    const auto principal =
        ParsePrincipal("spiffe://tocsin.local/mission/un-amid2/" + name + "/desk-1.north");
    ASSERT_TRUE(principal.ok()) << name << principal.status();
    EXPECT_EQ(*principal, (Principal{MissionId("un-amid2"), role, "desk-1.north"}));
    EXPECT_EQ(NameOf(role), name);
  }
}

TEST(PrincipalTest, Refused) {
  const std::string longest(64, 'a');
  const std::vector<std::string> refused = {
      "",
      "spiffe://tocsin.local/mission/",
      "spiffe://tocsin.local/mission/unamid",
      "spiffe://tocsin.local/mission/unamid/service",
      "spiffe://tocsin.local/mission/unamid/service/",
      "spiffe://tocsin.local/mission/unamid/service/x/",
      "spiffe://tocsin.local/mission/unamid/service/x/y",
      "spiffe://tocsin.local/mission//service/x",
      "spiffe://tocsin.local/mission/unamid//x",
      "spiffe://tocsin.local//mission/unamid/service/x",
      "spiffe://tocsin.local/mission/unamid/chief/x",
      "spiffe://tocsin.local/mission/unamid/Service/x",
      "spiffe://tocsin.local/mission/unamid/watch_officer/x",
      "spiffe://tocsin.local/mission/UNAMID/service/x",
      "spiffe://tocsin.local/mission/unamid/service/X",
      "SPIFFE://tocsin.local/mission/unamid/service/x",
      "spiffe://TOCSIN.local/mission/unamid/service/x",
      "https://tocsin.local/mission/unamid/service/x",
      "spiffe://other.local/mission/unamid/service/x",
      "spiffe://tocsin.local.evil/mission/unamid/service/x",
      "spiffe://tocsin.local:443/mission/unamid/service/x",
      "spiffe://a@tocsin.local/mission/unamid/service/x",
      "spiffe://tocsin.local/mission/una%6Did/service/x",
      "spiffe://tocsin.local/mission/unamid/service/x?y",
      "spiffe://tocsin.local/mission/unamid/service/x#y",
      "spiffe://tocsin.local/mission/unamid/service/x y",
      " spiffe://tocsin.local/mission/unamid/service/x",
      "spiffe://tocsin.local/mission/unamid/service/x ",
      "spiffe://tocsin.local/mission/unamid/service/x\n",
      std::string("spiffe://tocsin.local/mission/unamid/service/x\0", 47),
      "spiffe://tocsin.local/mission/un\xc3\xa4mid/service/x",
      "spiffe://tocsin.local/mission/unamid/service/\xd0\xb0",
      "spiffe://tocsin.local/mission/*/service/x",
      "spiffe://tocsin.local/mission/un.amid/service/x",
      "spiffe://tocsin.local/mission/../service/x",
      "spiffe://tocsin.local/mission/unamid/service/..",
      "spiffe://tocsin.local/mission/-unamid/service/x",
      "spiffe://tocsin.local/mission/unamid/service/.x",
      "spiffe://tocsin.local/mission/unamid/service/x,spiffe://tocsin.local",
      "spiffe://tocsin.local/mission/" + longest + "a/service/x",
      "spiffe://tocsin.local/mission/unamid/service/" + longest + "a",
  };
  for (const std::string& san : refused) {
    const auto principal = ParsePrincipal(san);
    EXPECT_FALSE(principal.ok()) << san;
    EXPECT_EQ(principal.status().code(), absl::StatusCode::kInvalidArgument) << san;
  }
  EXPECT_TRUE(
      ParsePrincipal("spiffe://tocsin.local/mission/" + longest + "/service/" + longest).ok());
}

}  // namespace
}  // namespace tocsin
