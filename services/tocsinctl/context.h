// Where everything is: endpoints, certificates and texts, from one small YAML file.
//
//   missions:
//     unamid:
//       sitrep_ingest: 127.0.0.1:19010        # host:port; what is not there cannot be called
//       sensor_ingest: 127.0.0.1:19011
//       gateway: 127.0.0.1:19012
//       ops: {sitrep_ingest: 127.0.0.1:19060, gateway: 127.0.0.1:19062}   # /readyz and /metrics
//       roles:                                # a certificate for each role one calls with
//         watch-officer: {ca: pki/ca.crt, certificate: pki/x.crt, key: pki/x.key}
//   ops: {router: 127.0.0.1:19070, correlator: 127.0.0.1:19071}
//   kafka: {bootstrap_servers: 127.0.0.1:19092, properties: {}}
//   topics: {mission_partitions: 2, keyed_partitions: 4, warnings_partitions: 4, replicas: 1}
//   rules_dir: rules
//   catalogue: rules/catalogue/en.yaml
//   places: data/places/places.csv
//
// Relative paths are relative to the file. Immutable once read.
#pragma once

#include <map>
#include <string>

#include <absl/status/statusor.h>

#include "lib/kafka/topic_set.h"
#include "lib/rpc/rpc.h"

namespace tocsin::ctl {

struct MissionContext {
  std::map<std::string, std::string> endpoints;  // "sitrep_ingest", "sensor_ingest", "gateway"
  std::map<std::string, std::string> ops;        // likewise
  std::map<std::string, TlsFiles> roles;  // "watch-officer", "reporting-officer", "sensor", ...
};

struct Context {
  std::map<std::string, MissionContext> missions;
  std::map<std::string, std::string> ops;  // "router", "correlator"
  KafkaConfig kafka;
  TopicSetOptions topics;  // its missions are those above
  std::string rules_dir, catalogue, places;
};

// NotFound names the file; InvalidArgument the key and what is wrong with it.
absl::StatusOr<Context> LoadContext(const std::string& path);

// The context file that is used if none is named: TOCSIN_CONTEXT, else
// ${TOCSIN_HOME:-.tocsin}/local/tocsinctl.yaml.
std::string DefaultContextPath();

// The whole file. NotFound or InvalidArgument names it.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

}  // namespace tocsin::ctl
