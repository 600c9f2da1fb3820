#include "lib/backtest/timeline_run.h"

#include <algorithm>
#include <map>

#include <absl/strings/str_join.h>

#include "lib/backtest/history.h"
#include "lib/backtest/lines.h"
#include "lib/backtest/replay.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/stages.h"
#include "lib/rules/words.h"

namespace tocsin {
namespace {

// One warning as it went out first and as it was in the end.
struct Came {
  Time issued = kUnknownTime;
  Warning last;
};

std::string StateOf(const Warning& warning) {
  if (!warning.merged_into.empty()) return "merged";
  switch (warning.message_type) {
    case MessageType::kCancel:
      return "cancelled";
    case MessageType::kExpire:
      return "expired";
    default:
      return "standing";
  }
}

std::vector<std::string> AddresseesOf(const Warning& warning) {
  std::vector<std::string> to;
  for (const MissionId& mission : warning.content.addressees) to.push_back(mission.str());
  return to;
}

std::vector<std::string> EvidenceOf(const Warning& warning) {
  std::vector<std::string> ids;
  for (const Evidence& item : warning.content.evidence) ids.push_back(item.identity.id.str());
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Fits(const ExpectedWarning& expected, const Came& came) {
  const WarningContent& content = came.last.content;
  const auto says = [](const std::string& wanted, std::string_view is) {
    return wanted.empty() || wanted == is;
  };
  return expected.issued.from <= came.issued && came.issued <= expected.issued.to &&
         (expected.key.empty() || expected.key == content.key) &&
         says(expected.severity, WordOf(content.severity)) &&
         says(expected.certainty, WordOf(content.certainty)) &&
         says(expected.state, StateOf(came.last)) &&
         says(expected.absence, content.absence_state) &&
         (!expected.to || *expected.to == AddresseesOf(came.last)) &&
         (!expected.evidence || *expected.evidence == EvidenceOf(came.last));
}

std::string KeyText(const std::map<std::string, std::string>& key) {
  return absl::StrJoin(key, " ", absl::PairFormatter("="));
}

std::string Shown(const ExpectedWarning& expected) {
  std::string text = StrCat("line ", expected.line, ": issued ", Rfc3339(expected.issued.from),
                            " to ", Rfc3339(expected.issued.to));
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += StrCat(", ", name, value);
  };
  add("", KeyText(expected.key));
  add("", expected.severity);
  add("", expected.certainty);
  add("", expected.state);
  add("absence ", expected.absence);
  if (expected.to) text += StrCat(", to ", absl::StrJoin(*expected.to, " "));
  if (expected.evidence) text += StrCat(", evidence ", absl::StrJoin(*expected.evidence, " "));
  return text;
}

std::string Shown(const Came& came) {
  const WarningContent& content = came.last.content;
  return StrCat("issued ", Rfc3339(came.issued), ", ",
                content.key.empty() ? "everywhere" : KeyText(content.key), ", ",
                WordOf(content.severity), ", ", WordOf(content.certainty), ", ", StateOf(came.last),
                content.absence_state.empty() ? "" : StrCat(", absence ", content.absence_state),
                ", to ", absl::StrJoin(AddresseesOf(came.last), " "), ", evidence ",
                absl::StrJoin(EvidenceOf(came.last), " "));
}

}  // namespace

absl::StatusOr<TimelineResult> RunTimeline(const std::vector<Document>& documents,
                                           const std::shared_ptr<const Pack>& pack,
                                           const std::string& rule, const Timeline& timeline) {
  const std::vector<Document> alone = DocumentsOf(RuleId(rule), pack->rules, documents);
  if (pack->FindRule(RuleId(rule)) == nullptr)
    return absl::NotFoundError(StrCat("rule: the pack has no rule ", rule));
  std::vector<Report> reports;
  for (const RecordItem& item : timeline.items) {
    reports.push_back({item.event, item.stream, StrCat("line ", item.line)});
  }
  const History history = MakeHistory(std::move(reports), pack);
  TimelineResult result;
  result.refused = history.problems;
  std::map<WarningId, Came> by_id;
  // A minute at a time: what a timeline says of silence is as exact as it can be written. What a
  // rule in shadow would say, and to whom, is what its timelines are about.
  TOCSIN_RETURN_IF_ERROR(
      Replay(alone, *pack, history.reports,
             {.step = std::chrono::minutes(1),
              .until = timeline.until,
              .shadow = ShadowRules::kToldAsIfLive},
             [&](Time issued, const Warning& warning) {
               if (warning.content.rule_id.str() != rule) return;  // of those it selects
               Came& came = by_id.try_emplace(warning.id, Came{issued, {}}).first->second;
               came.last = warning;
             }));
  std::vector<Came> came;
  for (auto& [id, one] : by_id) came.push_back(std::move(one));
  std::sort(came.begin(), came.end(), [](const Came& a, const Came& b) {
    return std::tie(a.issued, a.last.id) < std::tie(b.issued, b.last.id);
  });
  for (const ExpectedWarning& expected : timeline.expect) {
    const auto it = std::find_if(came.begin(), came.end(),
                                 [&](const Came& one) { return Fits(expected, one); });
    if (it == came.end()) {
      result.missing.push_back(Shown(expected));
    } else {
      came.erase(it);
    }
  }
  for (const Came& one : came) result.unexpected.push_back(Shown(one));
  return result;
}

}  // namespace tocsin
