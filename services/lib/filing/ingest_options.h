// Options that both ingests have.
#pragma once

#include <chrono>
#include <string>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/filing/filing.h"
#include "lib/kafka/client.h"
#include "lib/rpc/rpc.h"
#include "lib/service/service.h"

namespace tocsin {

struct Endpoint {
  std::string address;
  int port = 0;
};

struct IngestOptions {
  MissionId mission;
  Endpoint listen;
  Endpoint ops;
  TlsFiles tls;
  KafkaConfig kafka;
  std::string state_dir;
  std::string rules_dir;
  ClockKind clock = ClockKind::kWall;
  // For events that say neither: a deployment for an exercise files exercise events.
  Status status = Status::kActual;
  std::string exercise_id;
  int window = 0;  // unanswered messages of one stream
  // For calls that run at a stop. Idle clients take up to 5 s to notice it (their gRPC polls that
  // seldom), and are not worth waiting for.
  std::chrono::milliseconds stop_grace{0};
  LogLevel log_level = LogLevel::kInfo;
};

// Every key with its default; services add their own.
nlohmann::json IngestDefaults();
// InvalidArgument: one problem a line.
absl::StatusOr<IngestOptions> ParseIngestOptions(const nlohmann::json& options);

// A label's words as in rules/desks.yaml; absent keys stay unspecified.
absl::StatusOr<Label> ParseFloor(const std::string& path, const nlohmann::json& value);

}  // namespace tocsin
