// What every process has: options from a YAML file, flags and environment; JSON logs; the ops port
// with /healthz, /readyz and /metrics; an orderly stop on SIGTERM and SIGINT.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

namespace tocsin {

// Reads the options of a process: defaults, then the YAML file of --config, then
// TOCSIN_<NAME>_<KEY> environment variables, then --set key.path=value flags; unknown keys are
// errors. Handles --help,
// --version and --check-config (exits 0 or 2 with the errors on stderr).
//
// The result is JSON of the shape of `defaults`; services turn it into their own Options struct.
struct OptionsSpec {
  std::string program;      // "sitrep-ingest"
  std::string description;  // one line for --help
  // Every key that exists, with its default. null: required. {}: a free map (e.g. librdkafka's
  // properties). A value must be of its default's kind; text takes any scalar.
  nlohmann::json defaults;
  // What the shape cannot say; --check-config runs it too. InvalidArgument: one problem a line.
  std::function<absl::Status(const nlohmann::json&)> check = nullptr;
};
// Returns the options; an exit code to end with at once is in `exit_code` (-1: go on).
absl::StatusOr<nlohmann::json> ReadOptions(const OptionsSpec& spec, int argc, char** argv,
                                           int& exit_code);

// Structured logs: one JSON object a line on stderr with ts, level, service, msg and fields. Never
// give it report texts or names of persons.
enum class LogLevel { kDebug, kInfo, kWarning, kError };
absl::StatusOr<LogLevel> ParseLogLevel(std::string_view word);  // debug, info, warning, error
void InitLog(const std::string& service, LogLevel least = LogLevel::kInfo);
void Log(LogLevel level, std::string_view message,
         const nlohmann::json& fields = nlohmann::json::object());

// The ops port. Answers /healthz (the process lives), /readyz (503 with the reasons until every
// named condition is met) and /metrics (Prometheus text format of registry()). Thread-safe.
class Ops {
 public:
  // Plain HTTP on address:port; port 0 picks one. Unavailable names the port if it is taken.
  static absl::StatusOr<std::unique_ptr<Ops>> Start(const std::string& address, int port);
  virtual ~Ops() = default;
  virtual prometheus::Registry& registry() = 0;
  virtual void SetReady(const std::string& condition, bool ready) = 0;
  virtual int port() const = 0;
};

// Blocks SIGTERM and SIGINT in the calling thread and those it makes later; the returned source is
// stopped when one arrives. A second signal ends the process at once. Call first in main.
std::stop_source StopOnSignals();
// Blocks until a stop is requested.
void WaitForStop(const std::stop_token& stop);

}  // namespace tocsin
