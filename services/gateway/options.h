// What a gateway is told at its start.
#pragma once

#include <chrono>
#include <string>

#include <absl/status/statusor.h>

#include "gateway/link_writer.h"
#include "gateway/overdue.h"
#include "gateway/rate_limits.h"
#include "gateway/situation.h"
#include "lib/kafka/client.h"
#include "lib/lifecycle/storm.h"
#include "lib/lifecycle/timed.h"
#include "lib/rpc/rpc.h"
#include "lib/service/service.h"

namespace tocsin::gateway {

struct Options {
  MissionId mission;
  std::string listen_address;
  int listen_port = 0;
  std::string ops_address;
  int ops_port = 0;
  TlsFiles tls;
  KafkaConfig kafka;
  std::string state_dir;
  std::chrono::milliseconds heartbeat_period{5000};
  // To one client on its way at the most, in bytes: what it has not yet said that it received.
  int64_t most_under_way = 256 << 10;
  // Lapses and escalation go by the time of the record, as the engine does, not by the machine's.
  bool scenario_clock = false;
  EscalationPolicy escalation;
  StormPolicy storm;
  CallRates call_rates;
  SurfacePolicy surface;
  TroublePolicy troubles;
  LinkPolicy link;
  std::chrono::milliseconds stop_grace{5000};
  LogLevel log_level = LogLevel::kInfo;
};

// For ReadOptions: every key with its default.
OptionsSpec Spec();
// From what ReadOptions gave.
absl::StatusOr<Options> Parse(const nlohmann::json& json);

}  // namespace tocsin::gateway
