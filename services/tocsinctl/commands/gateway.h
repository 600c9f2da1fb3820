// A centre's gateway, for a person's own calls.
#pragma once

#include <iostream>
#include <memory>
#include <string>

#include "tocsin/v1/gateway_service.grpc.pb.h"
#include "tocsinctl/output.h"
#include "tocsinctl/session.h"
#include "tocsinctl/texts.h"

namespace tocsin::ctl {

// With the certificate of a watch officer, or where the context has none of a desk of the watch,
// the chief of the JOC or a liaison officer.
absl::StatusOr<std::unique_ptr<v1::GatewayService::Stub>> Gateway(Session& session,
                                                                  const std::string& mission);

// Asks the centre's gateway and prints the answer: as JSON where that is asked for, else by
// `print`. The command's exit status.
template <class Request, class Response, class Print>
int Ask(Session& session,
        grpc::Status (v1::GatewayService::Stub::*what)(grpc::ClientContext*, const Request&,
                                                       Response*),
        const Request& request, Print print) {
  const absl::StatusOr<std::string> mission = session.Mission();
  if (!mission.ok()) return FailUsage(mission.status());
  const auto stub = Gateway(session, *mission);
  if (!stub.ok()) return FailUsage(stub.status());
  Response response;
  const absl::Status status = session.Call(
      [&](grpc::ClientContext& call) { return ((**stub).*what)(&call, request, &response); });
  if (!status.ok()) return Fail(status);
  if (session.json()) {
    std::cout << Dump(ToJson(response)) << "\n";
  } else {
    print(response);
  }
  return kOk;
}

// Texts in the words of the mission that the session is for; where the answer is to be JSON,
// perhaps nullptr.
absl::StatusOr<std::unique_ptr<Texts>> TextsOf(Session& session);

}  // namespace tocsin::ctl
