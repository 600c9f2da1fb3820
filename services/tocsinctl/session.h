// What every subcommand is given: the options that stand before or after it, the context, and calls
// to the services with the right certificate.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "tocsinctl/context.h"

namespace tocsin::ctl {

// Exit statuses, as --help states them.
enum Exit : int {
  kOk = 0,
  kRefused = 1,      // refused, in conflict, or not as it should be
  kUsage = 2,        // arguments, context or input file
  kUnavailable = 3,  // a service or Kafka does not answer
  kNotFound = 4,
  kNotPermitted = 5,  // certificate missing, not accepted, or of the wrong role
  kInterrupted = 130,
};

// Options of the program itself.
struct Globals {
  std::string context_path;
  bool json = false;
  std::string mission;
  std::string language;              // of texts: "en", "fr"; empty: the context's catalogue
  std::string role;                  // overrides the role that the command calls with
  std::string endpoint;              // overrides the context's
  std::string ca, certificate, key;  // override the context's
  int64_t retry_s = 20;              // how long UNAVAILABLE is tried again
};

class Session {
 public:
  Session(Globals globals, std::stop_token stop) : globals_(std::move(globals)), stop_(stop) {}

  const Globals& globals() const { return globals_; }
  const std::stop_token& stop() const { return stop_; }
  bool json() const { return globals_.json; }

  // Read on first use.
  absl::StatusOr<const Context*> context();
  // --mission, else TOCSIN_MISSION, else the only mission of the context.
  absl::StatusOr<std::string> Mission();
  // A channel to "sitrep_ingest", "sensor_ingest" or "gateway" of a mission, with the certificate
  // of the first of `roles` (or of --role) that the context has.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const std::string& mission,
                                                         const std::string& service,
                                                         const std::vector<std::string>& roles);

  // Calls until it succeeds, fails for good, or UNAVAILABLE lasts longer than --retry. `call` must
  // be safe to repeat.
  using UnaryCall = std::function<grpc::Status(grpc::ClientContext&)>;
  absl::Status Call(const UnaryCall& call,
                    std::chrono::seconds deadline = std::chrono::seconds(20));

  // False if a signal came meanwhile.
  bool Sleep(std::chrono::milliseconds time);

 private:
  Globals globals_;
  std::stop_token stop_;
  std::optional<Context> context_;
};

// Print "error: ..." on stderr and give the exit status that belongs to it: of a service's answer,
// or of arguments, the context or an input file.
int Fail(const absl::Status& status);
int FailUsage(const absl::Status& status);
int ExitOf(const absl::Status& status);

}  // namespace tocsin::ctl
