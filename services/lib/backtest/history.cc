#include "lib/backtest/history.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "lib/base/text.h"
#include "lib/domain/merge.h"
#include "lib/domain/validate.h"
#include "lib/rules/desk_rules.h"

namespace tocsin {
namespace {

Time KnownAt(const Event& event) {
  return event.reported != kUnknownTime ? event.reported : event.observed.to;
}

// The rules of each desk and stream, made once.
class Desks {
 public:
  explicit Desks(std::shared_ptr<const Pack> pack) : pack_(std::move(pack)) {}
  const absl::StatusOr<DeskRules>& Of(const MissionId& mission, Stream stream) {
    const auto [it, added] = desks_.try_emplace({mission, stream}, DeskRules());
    if (added) {
      it->second = DeskRulesOf(pack_, mission, stream == Stream::kSensor ? "sensors" : "sitreps");
    }
    return it->second;
  }

 private:
  const std::shared_ptr<const Pack> pack_;
  std::map<std::pair<MissionId, Stream>, absl::StatusOr<DeskRules>> desks_;
};

// Fills, merges, stamps and judges the report. The reason why it is refused; empty: it is good.
std::string Take(Report& report, const Event* last, Desks& desks) {
  const absl::StatusOr<DeskRules>& desk = desks.Of(report.event.identity.mission, report.stream);
  if (!desk.ok()) return std::string(desk.status().message());
  Event& event = report.event;
  const Time reported = event.reported;
  if (event.revision_kind == RevisionKind::kWithdraw ||
      event.revision_kind == RevisionKind::kRegrade) {
    if (last == nullptr) return "revises a report that is not there";
    event = event.revision_kind == RevisionKind::kWithdraw
                ? MergeWithdraw(*last, event.revision, event.revision_reason)
                : MergeRegrade(*last, event.revision, event.grading, event.revision_reason);
    if (reported != kUnknownTime) event.reported = reported;
  }
  const std::vector<std::string> filled = Fill(event, desk->desk);
  event.accepted = kUnknownTime;
  Time accepted = KnownAt(event);
  if (last != nullptr) accepted = std::max(accepted, last->accepted);
  const Verdict verdict = Validate(event, desk->desk, desk->rules, accepted);
  if (!verdict.errors.empty()) {
    return StrCat(verdict.errors[0].field, ": ", verdict.errors[0].reason);
  }
  event.accepted = accepted;
  return "";
}

bool Before(const Report& a, const Report& b) {
  const auto key = [](const Report& report) {
    const Event& event = report.event;
    return std::tie(event.identity, event.revision);
  };
  if (key(a) != key(b)) return key(a) < key(b);
  const Time known_a = KnownAt(a.event), known_b = KnownAt(b.event);
  return std::tie(known_a, a.event, a.stream) < std::tie(known_b, b.event, b.stream);
}

// Of two that say they are the same revision, the first is the one that counts.
bool FiledBefore(const Report& a, const Report& b) {
  const auto key = [](const Report& report) {
    const Event& event = report.event;
    return std::tie(event.identity, event.revision, event.accepted, event, report.stream);
  };
  return key(a) < key(b);
}

std::string Refusal(const Report& report, const Identity& identity, const std::string& reason) {
  return StrCat(report.origin, ": ", identity.mission.str(), " ", identity.id.str(), ": ", reason);
}

void SortByAccept(std::vector<Report>& reports) {
  std::sort(reports.begin(), reports.end(), [](const Report& a, const Report& b) {
    return std::tie(a.event.accepted, a.event.identity, a.event.revision) <
           std::tie(b.event.accepted, b.event.identity, b.event.revision);
  });
}

}  // namespace

History MakeHistory(std::vector<Report> reports, const std::shared_ptr<const Pack>& pack) {
  std::sort(reports.begin(), reports.end(), Before);
  History history;
  Desks desks(pack);
  Event last;
  for (Report& report : reports) {
    const bool same = !history.reports.empty() && last.identity == report.event.identity;
    if (same && report.event.revision <= last.revision) {
      ++history.repeated;
      continue;
    }
    const Identity identity = report.event.identity;
    const std::string reason = Take(report, same ? &last : nullptr, desks);
    if (!reason.empty()) {
      history.problems.push_back(Refusal(report, identity, reason));
      continue;
    }
    last = report.event;
    history.reports.push_back(std::move(report));
  }
  SortByAccept(history.reports);
  return history;
}

History FiledHistory(std::vector<Report> reports, const Pack& pack) {
  std::sort(reports.begin(), reports.end(), FiledBefore);
  History history;
  for (Report& report : reports) {
    const Identity& identity = report.event.identity;
    if (!pack.desks.contains(identity.mission)) {
      history.problems.push_back(
          Refusal(report, identity, "these rules have no desk of this mission"));
      continue;
    }
    if (!history.reports.empty()) {
      const Event& last = history.reports.back().event;
      if (last.identity == identity && last.revision == report.event.revision) {
        ++history.repeated;
        continue;
      }
    }
    history.reports.push_back(std::move(report));
  }
  SortByAccept(history.reports);
  return history;
}

}  // namespace tocsin
