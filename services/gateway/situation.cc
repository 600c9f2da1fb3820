#include "gateway/situation.h"

#include <algorithm>

#include <absl/time/clock.h>
#include <absl/time/time.h>

#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

using Steady = std::chrono::steady_clock;

v1::Trouble TroubleOf(v1::TroubleKind kind, int64_t since_us) {
  v1::Trouble trouble;
  trouble.set_kind(kind);
  trouble.set_since_us(since_us);
  return trouble;
}

// Every task tells of the same sources; the latest of them counts.
const v1::EvaluatedUpTo* Latest(const std::vector<v1::EvaluatedUpTo>& evaluated) {
  const auto latest = std::max_element(
      evaluated.begin(), evaluated.end(),
      [](const auto& a, const auto& b) { return a.tick().clock_us() < b.tick().clock_us(); });
  return latest == evaluated.end() ? nullptr : &*latest;
}

}  // namespace

std::vector<v1::Trouble> TroublesOf(const TroublePolicy& policy, const BrokerReach::State& broker,
                                    const std::map<int32_t, Steady::time_point>& last_heard,
                                    const std::vector<v1::EvaluatedUpTo>& evaluated,
                                    const std::string& feeds, Steady::time_point now,
                                    Time machine) {
  std::vector<v1::Trouble> troubles;
  if (!broker.reached) {
    troubles.push_back(TroubleOf(v1::TROUBLE_KIND_BROKER_NOT_REACHED, ToMicros(broker.since)));
  }
  for (const auto& [keyed, last] : last_heard) {
    // What had stopped before the broker went has stopped; of what could not be heard nothing is
    // said.
    const Steady::time_point until = broker.reached ? now : broker.changed;
    const Steady::time_point from = broker.reached ? std::max(last, broker.changed) : last;
    if (until - from < policy.evaluation_stopped_after) continue;
    const auto ago = std::chrono::duration_cast<Duration>(now - last);
    v1::Trouble trouble = TroubleOf(v1::TROUBLE_KIND_EVALUATION_STOPPED, ToMicros(machine - ago));
    trouble.set_keyed_partition(keyed);
    for (const v1::EvaluatedUpTo& task : evaluated) {
      if (task.keyed_partition() == keyed) {
        trouble.set_evaluated_up_to_us(task.evaluated_up_to_us());
      }
    }
    troubles.push_back(std::move(trouble));
  }
  const v1::EvaluatedUpTo* const latest = Latest(evaluated);
  if (latest == nullptr) return troubles;
  for (const v1::SourceTime& source : latest->tick().sources()) {
    const int64_t clock = source.has_clock_us() ? source.clock_us() : latest->tick().clock_us();
    const int64_t silent_us = clock - source.last_accepted_us();
    v1::Trouble trouble;
    if (source.status() == v1::SOURCE_STATUS_UNKNOWN) {
      trouble = TroubleOf(v1::TROUBLE_KIND_SOURCE_NOT_READ, source.unknown_since_us());
    } else if (source.source().topic() == feeds && source.last_accepted_us() > 0 &&
               source.status() == v1::SOURCE_STATUS_AT_END &&
               Duration(silent_us) >= policy.feed_silent_after) {
      trouble = TroubleOf(v1::TROUBLE_KIND_FEED_SILENT, source.last_accepted_us());
    } else {
      continue;
    }
    trouble.set_topic(source.source().topic());
    trouble.set_partition(source.source().partition());
    troubles.push_back(std::move(trouble));
  }
  return troubles;
}

std::vector<v1::Trouble> Situation::Troubles() const {
  return TroublesOf(policy_, broker_.state(), hearing_.LastHeard(), doors_.Evaluated(), feeds_,
                    Steady::now(), FromMicros(absl::ToUnixMicros(absl::Now())));
}

std::vector<v1::JocLink> Situation::LinksFor(const Principal& reader) const {
  std::vector<v1::JocLink> links = links_.For(reader, broker_.state(), Steady::now());
  for (v1::JocLink& link : links) {
    const auto number = doors_.NumberOf(reader, WarningId(link.last_warning_id()));
    if (number) {
      link.set_last_number(*number);
    } else {
      link.clear_last_warning_id();
      link.clear_last_revision();
    }
  }
  return links;
}

void Situation::AddTo(const Principal& reader, const v1::WarningFilter& filter,
                      v1::Heartbeat& heartbeat) const {
  *heartbeat.mutable_overdue() = overdue_.For(filter);
  for (v1::JocLink& link : LinksFor(reader)) {
    if (link.mission() != reader.mission.str()) *heartbeat.add_links() = std::move(link);
  }
  *heartbeat.mutable_load() = doors_.LoadOf(reader, filter);
  for (v1::Trouble& trouble : Troubles()) *heartbeat.add_troubles() = std::move(trouble);
}

absl::Status Situation::MayWrite() const {
  const BrokerReach::State broker = broker_.state();
  if (broker.reached) return absl::OkStatus();
  return absl::UnavailableError(
      StrCat("the log of this centre has not been reached since ",
             absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMicros(ToMicros(broker.since)),
                              absl::UTCTimeZone()),
             "; nothing was recorded, try again when it is reached"));
}

}  // namespace tocsin::gateway
