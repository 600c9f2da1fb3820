#include "tocsinctl/filter.h"

#include <absl/strings/ascii.h>

#include "lib/base/text.h"

namespace tocsin::ctl {

void AddFilter(CLI::App& command, FilterArguments& arguments) {
  command
      .add_option("--status", arguments.statuses,
                  "actual, exercise, system, test or draft; several are possible (default: actual)")
      ->check(CLI::IsMember({"actual", "exercise", "system", "test", "draft"}))
      ->delimiter(',');
  command.add_option("--exercise", arguments.exercise, "Only this exercise");
  command.add_option("--rule", arguments.rules, "Only warnings of these rules")->delimiter(',');
  command.add_option("--area", arguments.areas, "Only warnings about these areas")->delimiter(',');
  command
      .add_option("--from", arguments.missions,
                  "Only warnings with evidence that one of these missions filed")
      ->delimiter(',');
  command
      .add_option("--topic", arguments.topics,
                  "Only warnings with evidence of such a type, as displacement or security.attack")
      ->delimiter(',');
  command.add_option("--severity", arguments.severity, "Only this severe or graver")
      ->check(CLI::IsMember({"minor", "moderate", "severe", "extreme"}));
}

v1::WarningFilter ToFilter(const FilterArguments& arguments) {
  v1::WarningFilter filter;
  for (const std::string& status : arguments.statuses) {
    v1::Status value = v1::STATUS_UNSPECIFIED;
    if (v1::Status_Parse(StrCat("STATUS_", absl::AsciiStrToUpper(status)), &value)) {
      filter.add_statuses(value);
    }
  }
  for (const std::string& rule : arguments.rules) {
    filter.add_rule_ids(rule);
  }
  for (const std::string& area : arguments.areas) {
    filter.add_areas(area);
  }
  for (const std::string& mission : arguments.missions) {
    filter.add_missions(mission);
  }
  for (const std::string& topic : arguments.topics) {
    filter.add_topics(topic);
  }
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  if (v1::Severity_Parse(StrCat("SEVERITY_", absl::AsciiStrToUpper(arguments.severity)),
                         &severity)) {
    filter.set_severity_min(severity);
  }
  filter.set_exercise_id(arguments.exercise);
  return filter;
}

}  // namespace tocsin::ctl
