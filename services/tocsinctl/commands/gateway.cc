#include "tocsinctl/commands/gateway.h"

#include "lib/base/status_macros.h"

namespace tocsin::ctl {

absl::StatusOr<std::unique_ptr<v1::GatewayService::Stub>> Gateway(Session& session,
                                                                  const std::string& mission) {
  TOCSIN_ASSIGN_OR_RETURN(
      const auto channel,
      session.Channel(mission, "gateway", {"watch-officer", "watch-desk", "chief-joc", "liaison"}));
  return v1::GatewayService::NewStub(channel);
}

absl::StatusOr<std::unique_ptr<Texts>> TextsOf(Session& session) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string mission, session.Mission());
  TOCSIN_ASSIGN_OR_RETURN(const Context* const context, session.context());
  absl::StatusOr<std::unique_ptr<Texts>> texts = Texts::Load(*context, mission);
  if (!texts.ok() && session.json()) return nullptr;
  return texts;
}

}  // namespace tocsin::ctl
