#include "tocsinctl/player.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <tuple>
#include <utility>

#include <unistd.h>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/wire.h"
#include "tocsinctl/lane.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

// Most events that wait for an acknowledgement, whatever the margin allows.
constexpr size_t kMostOutstanding = 512;

bool Expected(Expectation expect, v1::Outcome outcome) {
  switch (expect) {
    case Expectation::kAccepted:  // offered again after a lost acknowledgement it is a duplicate
      return outcome == v1::OUTCOME_ACCEPTED || outcome == v1::OUTCOME_DUPLICATE;
    case Expectation::kDuplicate:
      return outcome == v1::OUTCOME_DUPLICATE;
    case Expectation::kConflict:
      return outcome == v1::OUTCOME_CONFLICT;
    case Expectation::kRefused:
      return outcome == v1::OUTCOME_REFUSED;
  }
  return false;
}

class Player {
 public:
  Player(Session& session, const Offers& offers, const PlayerOptions& options,
         const ChannelFor& channel_for)
      : session_(session), offers_(offers.offers), options_(options), channel_for_(channel_for) {}

  absl::StatusOr<PlayerSummary> Run() {
    TOCSIN_RETURN_IF_ERROR(Prepare());
    start_ = std::chrono::steady_clock::now();
    for (size_t i = 0; i < offers_.size(); ++i) {
      if (!WaitForTurn(i)) {
        break;
      }
      LaneOf(i)->Add(i, &events_[i]);
    }
    {
      const MutexLock lock(mutex_);
      wake_.Wait(mutex_, session_.stop(), [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return outstanding_.empty() || !failure_.ok();
      });
    }
    const bool stopped = session_.stop().stop_requested();
    lanes_.clear();  // no callback from here on
    ShowProgress(offers_.empty() ? kUnknownTime : offers_.back().at, true);
    const MutexLock lock(mutex_);
    TOCSIN_RETURN_IF_ERROR(failure_);
    if (stopped && (!outstanding_.empty() || summary_.offered < std::ssize(offers_))) {
      return absl::CancelledError(
          StrCat("interrupted after ", summary_.offered, " of ", offers_.size(), " events"));
    }
    summary_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    TOCSIN_RETURN_IF_ERROR(WritePositions());
    return summary_;
  }

 private:
  using LaneKey = std::tuple<std::string, Stream, std::string>;  // mission, stream, feed

  LaneKey KeyOf(size_t i) const {
    const Offer& offer = offers_[i];
    std::string feed;
    if (offer.stream == Stream::kSensor) {
      const auto it = offer.event.attributes.find("feed");
      feed = it == offer.event.attributes.end() ? "" : it->second;
    }
    return {offer.event.identity.mission.str(), offer.stream, feed};
  }
  Lane* LaneOf(size_t i) { return lanes_.at(KeyOf(i)).get(); }

  absl::Status Prepare() {
    const MutexLock lock(mutex_);  // the lanes have nothing yet that they would call for
    if (!options_.filed.empty()) {
      filed_.open(options_.filed, std::ios::trunc);
      if (!filed_) {
        return absl::InvalidArgumentError(StrCat("cannot write ", options_.filed));
      }
    }
    if (!offers_.empty()) {
      summary_.from = offers_.front().at;
      summary_.to = offers_.back().at;
    }
    events_.reserve(offers_.size());
    std::map<std::pair<std::string, Stream>, std::shared_ptr<grpc::Channel>> channels;
    for (size_t i = 0; i < offers_.size(); ++i) {
      events_.push_back(ToProto(offers_[i].event));
      const LaneKey key = KeyOf(i);
      const auto& [mission, stream, feed] = key;
      const bool sensor = stream == Stream::kSensor;
      if (sensor && feed.empty()) {
        return absl::InvalidArgumentError(
            StrCat(offers_[i].origin, ": a reading without attribute feed"));
      }
      if (lanes_.count(key) > 0) {
        continue;
      }
      std::shared_ptr<grpc::Channel>& channel = channels[{mission, stream}];
      if (channel == nullptr) {
        absl::StatusOr<std::shared_ptr<grpc::Channel>> made =
            channel_for_(mission, sensor ? "sensor_ingest" : "sitrep_ingest");
        if (!made.ok()) {
          return absl::InvalidArgumentError(
              StrCat(offers_[i].origin, ": ", std::string(made.status().message())));
        }
        channel = *std::move(made);
      }
      LaneOptions lane;
      lane.name = StrCat(sensor ? StrCat("sensor-ingest (feed ", feed, ")") : "sitrep-ingest",
                         " of ", mission);
      lane.retry = std::chrono::seconds(session_.globals().retry_s);
      lane.done = [this](size_t index, const v1::Receipt& receipt) { Done(index, receipt); };
      lane.failed = [this](const absl::Status& status) { Failed(status); };
      lanes_[key] = sensor ? MakeSensorLane(channel, feed, std::move(lane))
                           : MakeSitrepLane(channel, std::move(lane));
    }
    return absl::OkStatus();
  }

  // False if there is no going on.
  bool WaitForTurn(size_t i) {
    const Time at = offers_[i].at;
    MutexLock lock(mutex_);
    const auto free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !failure_.ok() ||
             (outstanding_.size() < kMostOutstanding &&
              (outstanding_.empty() || at - *outstanding_.begin() <= options_.margin));
    };
    wake_.Wait(mutex_, session_.stop(), free);
    if (options_.speed > 0) {
      const std::chrono::duration<double> due(
          std::chrono::duration<double>(at - offers_.front().at) / options_.speed);
      wake_.WaitUntil(mutex_, session_.stop(),
                      start_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due),
                      [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !failure_.ok(); });
    }
    if (!failure_.ok() || session_.stop().stop_requested()) {
      return false;
    }
    outstanding_.insert(at);
    ++summary_.offered;
    lock.Unlock();
    ShowProgress(at, false);
    return true;
  }

  void Done(size_t index, const v1::Receipt& receipt) {
    const int64_t now = NowMicros();
    const Offer& offer = offers_[index];
    const MutexLock lock(mutex_);
    switch (receipt.outcome()) {
      case v1::OUTCOME_ACCEPTED:
        ++summary_.accepted;
        summary_.flagged += receipt.flags().empty() ? 0 : 1;
        break;
      case v1::OUTCOME_DUPLICATE:
        ++summary_.duplicates;
        break;
      case v1::OUTCOME_CONFLICT:
        ++summary_.conflicts;
        break;
      default:
        ++summary_.refused;
    }
    if (receipt.has_position()) {
      int64_t& next =
          summary_.positions[{receipt.position().topic(), receipt.position().partition()}];
      next = std::max(next, receipt.position().offset() + 1);
    }
    if (!Expected(offer.expect, receipt.outcome())) {
      ++summary_.unexpected;
      ClearLine();
      std::cerr << offer.origin << ": " << offer.event.identity.mission.str() << " "
                << offer.event.identity.id.str() << " revision " << offer.event.revision << ": "
                << Word(v1::Outcome_Name(receipt.outcome()), "OUTCOME_");
      for (const v1::FieldError& error : receipt.errors()) {
        std::cerr << "; " << error.field() << (error.field().empty() ? "" : ": ") << error.reason();
      }
      std::cerr << "\n";
    }
    if (filed_.is_open()) {
      const nlohmann::json line = {
          {"event", ToJson(events_[index])}, {"receipt", ToJson(receipt)}, {"acked_unix_us", now}};
      filed_ << Dump(line) << std::endl;
    }
    outstanding_.erase(outstanding_.find(offer.at));
    wake_.NotifyAll();
  }

  void Failed(const absl::Status& status) {
    const MutexLock lock(mutex_);
    failure_.Update(status);
    wake_.NotifyAll();
  }

  void ClearLine() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (shown_ && isatty(STDERR_FILENO) != 0) {
      std::cerr << "\r\033[K";
    }
  }

  // On a terminal one line that moves, else a line every five seconds.
  void ShowProgress(Time at, bool last) {
    const auto now = std::chrono::steady_clock::now();
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (last) {
      const MutexLock lock(mutex_);
      ClearLine();
      return;
    }
    if (now - progressed_ < (terminal ? std::chrono::milliseconds(200) : std::chrono::seconds(5))) {
      return;
    }
    const bool first = progressed_ == std::chrono::steady_clock::time_point();
    progressed_ = now;
    if (first && !terminal) {
      return;
    }
    const MutexLock lock(mutex_);
    ClearLine();
    shown_ = true;
    std::cerr << "playing " << Zulu(ToMicros(at)) << ": " << summary_.offered << " of "
              << offers_.size() << " events" << (terminal ? "" : "\n") << std::flush;
  }

  absl::Status WritePositions() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (options_.positions.empty()) {
      return absl::OkStatus();
    }
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [source, offset] : summary_.positions) {
      list.push_back(
          {{"topic", source.topic}, {"partition", source.partition}, {"offset", offset}});
    }
    // By rename, since a watch may wait for the file.
    const std::string part = options_.positions + ".part";
    std::ofstream file(part, std::ios::trunc);
    file << list.dump(1) << "\n";
    file.close();
    if (!file || std::rename(part.c_str(), options_.positions.c_str()) != 0) {
      return absl::InvalidArgumentError(StrCat("cannot write ", options_.positions));
    }
    return absl::OkStatus();
  }

  Session& session_;
  const std::vector<Offer>& offers_;
  const PlayerOptions& options_;
  const ChannelFor& channel_for_;
  std::vector<v1::Event> events_;
  std::chrono::steady_clock::time_point start_, progressed_;

  Mutex mutex_;
  bool shown_ ABSL_GUARDED_BY(mutex_) = false;
  Condition wake_;
  std::multiset<Time> outstanding_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  PlayerSummary summary_ ABSL_GUARDED_BY(mutex_);
  std::ofstream filed_ ABSL_GUARDED_BY(mutex_);
  // Last, so that it goes first: its threads call Done and Failed.
  std::map<LaneKey, std::unique_ptr<Lane>> lanes_;
};

}  // namespace

absl::StatusOr<PlayerSummary> Play(Session& session, const Offers& offers,
                                   const PlayerOptions& options, const ChannelFor& channel_for) {
  return Player(session, offers, options, channel_for).Run();
}

absl::StatusOr<PlayerSummary> Play(Session& session, const Offers& offers,
                                   const PlayerOptions& options) {
  return Play(session, offers, options,
              [&session](const std::string& mission, const std::string& service) {
                return session.Channel(
                    mission, service,
                    service == "sensor_ingest"
                        ? std::vector<std::string>{"sensor", "service"}
                        : std::vector<std::string>{"reporting-officer", "watch-officer"});
              });
}

void PrintSummary(const PlayerSummary& summary, bool json) {
  if (json) {
    nlohmann::json positions = nlohmann::json::array();
    for (const auto& [source, offset] : summary.positions) {
      positions.push_back(
          {{"topic", source.topic}, {"partition", source.partition}, {"offset", offset}});
    }
    std::cout << Dump({{"offered", summary.offered},
                       {"accepted", summary.accepted},
                       {"duplicates", summary.duplicates},
                       {"refused", summary.refused},
                       {"conflicts", summary.conflicts},
                       {"flagged", summary.flagged},
                       {"unexpected", summary.unexpected},
                       {"seconds", std::round(summary.seconds * 10) / 10},
                       {"positions", positions}})
              << "\n";
    return;
  }
  std::cout << summary.offered << " offered: " << summary.accepted << " accepted ("
            << summary.flagged << " for triage), " << summary.duplicates << " duplicates, "
            << summary.refused << " refused, " << summary.conflicts << " conflicts; "
            << Zulu(ToMicros(summary.from)) << " to " << Zulu(ToMicros(summary.to)) << " in "
            << std::round(summary.seconds * 10) / 10 << " s\n";
  for (const auto& [source, offset] : summary.positions) {
    std::cout << "  " << source.topic << "[" << source.partition << "] up to " << offset << "\n";
  }
}

}  // namespace tocsin::ctl
