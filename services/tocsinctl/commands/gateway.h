// A centre's gateway, for a person's own calls.
#pragma once

#include <memory>
#include <string>

#include "tocsin/v1/gateway_service.grpc.pb.h"
#include "tocsinctl/session.h"

namespace tocsin::ctl {

// With the certificate of a watch officer, or where the context has none of a desk of the watch,
// the chief of the JOC or a liaison officer.
absl::StatusOr<std::unique_ptr<v1::GatewayService::Stub>> Gateway(Session& session,
                                                                  const std::string& mission);

}  // namespace tocsin::ctl
