#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/rpc/rpc.h"

namespace tocsin {
namespace {

TEST(Status, GoesThereAndBack) {
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
  const absl::Status status = absl::AlreadyExistsError("twice");
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  EXPECT_EQ(ToGrpc(absl::OutOfRangeError("x")).error_code(), grpc::StatusCode::OUT_OF_RANGE);
}

TEST(Status, AnErrorReadsAsASentence) {
  EXPECT_EQ(Describe({{"place.point.latitude", "123 is outside -90..90", "out_of_range"},
                      {"", "unreadable", "bad"}}),
            "place.point.latitude: 123 is outside -90..90 (out_of_range); unreadable (bad)");
}

TEST(Status, ALongMessageIsCutBetweenCharacters) {
  std::string text = "a";
  for (int i = 0; i < 2000; ++i) {
    text += "é";
  }
  const std::string cut = ToGrpc(absl::InvalidArgumentError(text)).error_message();
  EXPECT_LT(cut.size(), 1510U);
  EXPECT_THAT(cut, testing::EndsWith("é ..."));
}

// What a handshake has established, without one: no authority here signs such certificates.
class Established final : public grpc::AuthContext {
 public:
  Established(bool authenticated, std::vector<std::string> uris)
      : authenticated_(authenticated), uris_(std::move(uris)) {}
  bool IsPeerAuthenticated() const override { return authenticated_; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    return name == "peer_uri" ? std::vector<grpc::string_ref>(uris_.begin(), uris_.end())
                              : std::vector<grpc::string_ref>();
  }
  grpc::AuthPropertyIterator begin() const override { return end(); }
  grpc::AuthPropertyIterator end() const override { return Nowhere(); }
  void AddProperty(const std::string& /*key*/, const grpc::string_ref& /*value*/) override {}
  bool SetPeerIdentityPropertyName(const std::string& /*name*/) override { return false; }

 private:
  struct Nowhere : grpc::AuthPropertyIterator {};
  bool authenticated_;
  std::vector<std::string> uris_;
};

TEST(PrincipalOf, NeedsExactlyOneIdentity) {
  const std::string amina = "spiffe://tocsin.local/mission/unamid/watch-officer/amina";
  const std::string other = "spiffe://tocsin.local/mission/unmis/watch-officer/amina";
  EXPECT_EQ(PrincipalOf(Established(true, {amina}))->mission, MissionId("unamid"));
  for (const auto& [authenticated, uris] : std::vector<std::pair<bool, std::vector<std::string>>>{
           {false, {amina}}, {true, {}}, {true, {amina, other}}, {true, {"https://elsewhere"}}}) {
    EXPECT_EQ(PrincipalOf(Established(authenticated, uris)).status().code(),
              absl::StatusCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace tocsin
