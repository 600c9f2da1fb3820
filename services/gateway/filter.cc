#include "gateway/filter.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

constexpr int kMostEntries = 200;

template <class List, class Value>
bool Holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// "displacement" is the topic of "displacement.flow", "displacement.flow" of itself.
bool IsOfTopic(const std::string& type, const std::string& topic) {
  return type == topic || (type.size() > topic.size() && type[topic.size()] == '.' &&
                           type.compare(0, topic.size(), topic) == 0);
}

template <class Selects>
bool SomeEvidence(const v1::Warning& warning, const Selects& selects) {
  return std::any_of(warning.evidence().begin(), warning.evidence().end(), selects);
}

}  // namespace

absl::Status Check(const v1::WarningFilter& filter) {
  for (const int status : filter.statuses()) {
    if (!v1::Status_IsValid(status) || status == v1::STATUS_UNSPECIFIED) {
      return absl::InvalidArgumentError(
          StrCat("filter.statuses: ", status, " is no status of a warning"));
    }
  }
  if (!v1::Severity_IsValid(filter.severity_min())) {
    return absl::InvalidArgumentError(StrCat(
        "filter.severity_min: ", static_cast<int>(filter.severity_min()), " is no severity"));
  }
  for (const auto& [field, entries] :
       {std::pair("statuses", filter.statuses_size()),
        std::pair("rule_ids", filter.rule_ids_size()), std::pair("areas", filter.areas_size()),
        std::pair("missions", filter.missions_size()), std::pair("topics", filter.topics_size())}) {
    if (entries > kMostEntries) {
      return absl::InvalidArgumentError(
          StrCat("filter.", field, ": ", entries, " entries are more than ", kMostEntries));
    }
  }
  return absl::OkStatus();
}

bool SelectsKind(const v1::WarningFilter& filter, v1::Status status, const std::string& exercise) {
  const bool selected =
      filter.statuses().empty() ? status == v1::STATUS_ACTUAL : Holds(filter.statuses(), status);
  return selected && (filter.exercise_id().empty() || filter.exercise_id() == exercise);
}

bool Matches(const v1::WarningFilter& filter, const v1::WarningView& view) {
  const auto& warning = view.warning();
  if (!SelectsKind(filter, warning)) return false;
  // Whoever asks for a rule means its forms, too.
  if (!filter.rule_ids().empty() && !Holds(filter.rule_ids(), warning.rule_id()) &&
      !Holds(filter.rule_ids(), FormOf(RuleId(warning.rule_id())).rule.str())) {
    return false;
  }
  if (warning.severity() < filter.severity_min()) return false;
  if (!filter.areas().empty() &&
      std::none_of(warning.areas().begin(), warning.areas().end(),
                   [&](const std::string& area) { return Holds(filter.areas(), area); })) {
    return false;
  }
  if (!filter.missions().empty() && !SomeEvidence(warning, [&](const v1::Evidence& evidence) {
        return Holds(filter.missions(), evidence.identity().mission());
      })) {
    return false;
  }
  if (!filter.topics().empty() && !SomeEvidence(warning, [&](const v1::Evidence& evidence) {
        return std::any_of(
            filter.topics().begin(), filter.topics().end(),
            [&](const std::string& topic) { return IsOfTopic(evidence.type(), topic); });
      })) {
    return false;
  }
  return !filter.open_only() || IsOpen(warning);
}

}  // namespace tocsin::gateway
