// The flags that describe a report, which file and correct share, and how a receipt is shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include "tocsin/v1/sitrep_ingest_service.pb.h"
#include "tocsinctl/session.h"

namespace tocsin::ctl {

struct ReportArguments {
  std::string from;  // file with the event as protobuf JSON; "-": standard input
  std::string id, what, where, when, how, nature, valid, reported, zone;
  std::optional<double> lat, lon, within_km;
  std::string pcode;
  std::vector<std::string> who, attributes, references;
  std::optional<int64_t> killed, injured, displaced, affected;
  std::string source_kind, component, protected_id, relayed_from, same_incident;
  std::string grading, classification, tlp;
  std::vector<std::string> releasable_to, caveats;
  std::string text, language;
  std::string exercise;
};

void AddReportFlags(CLI::App& command, ReportArguments& arguments);

// The event as --from and the flags describe it; flags win. InvalidArgument names the flag.
// `zone` is that of the desk, for days.
absl::StatusOr<v1::Event> ToEvent(const ReportArguments& arguments, const absl::TimeZone& zone);

// The zone of a mission's desk by the rules of the context; UTC if it is not known.
absl::TimeZone DeskZone(Session& session, const std::string& mission);

// Prints it and gives the exit status that belongs to it.
int PrintReceipt(const Session& session, const std::string& mission, const v1::Receipt& receipt);

// Random, 12 hex digits: the end of an id that a person did not give.
std::string RandomHex();

}  // namespace tocsin::ctl
