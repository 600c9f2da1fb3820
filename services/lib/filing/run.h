// The life of an ingest process from its command line to its exit status; what the two services
// have in common but for their gRPC service.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>

#include "lib/filing/ingest.h"

namespace tocsin {

struct IngestProgram {
  std::string name;         // "sitrep-ingest"
  std::string description;  // one line for --help
  std::string stream;       // "sitreps", "sensors"
  nlohmann::json defaults;  // IngestDefaults() and the service's own
  // The gRPC service; also called with a null ingest by --check-config, to check its own options.
  std::function<absl::StatusOr<std::unique_ptr<grpc::Service>>(Ingest*, const nlohmann::json&)>
      make;
};

// Blocks until a signal or a fatal error. 0: stopped in order; 1: a fatal error; 2: bad options.
int RunIngest(const IngestProgram& program, int argc, char** argv);

}  // namespace tocsin
