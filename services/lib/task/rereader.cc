#include "lib/task/rereader.h"

#include <algorithm>
#include <utility>

#include <absl/strings/str_cat.h>

namespace tocsin::task_internal {
namespace {

constexpr std::chrono::milliseconds kRetryEvery{1000};
// Syslog severities.
constexpr int kWarning = 4;
constexpr int kInfo = 6;

std::string Name(const SourceId& source) {
  return absl::StrCat(source.topic, "[", source.partition, "]");
}

}  // namespace

Rereader::Rereader(TaskWorld& world, const TaskOptions& options, Feeder& feeder, Log log)
    : world_(world),
      options_(options),
      feeder_(feeder),
      log_(std::move(log)),
      rate_(options.reread_per_second) {}

absl::Status Rereader::Want(std::vector<Reread> wanted) {
  if (!wanted.empty() && !options_.journal.has_value()) {
    return absl::InternalError("the core wants to read inputs again, but the task has no journal");
  }
  const auto here = std::find_if(wanted.begin(), wanted.end(), [&](const Reread& reread) {
    return place_.has_value() && reread.source == place_->source && reread.from == place_->next;
  });
  if (here == wanted.end()) {
    place_.reset();
  } else {
    std::rotate(wanted.begin(), here, here + 1);
  }
  wanted_ = std::move(wanted);
  return absl::OkStatus();
}

absl::Status Rereader::Fill(size_t room, Clock::time_point now, Batch& batch) {
  if (wanted_.empty() || !IsOpen(now, batch)) return absl::OkStatus();
  const size_t most = std::min(room, rate_.Available(now));
  if (most == 0) return absl::OkStatus();
  Reread& reread = wanted_.front();
  auto polled = consumer_->PollSource(reread.source, most, std::chrono::milliseconds(0));
  if (absl::IsOutOfRange(polled.status())) {
    // Retention went past this place, and the log begins later now.
    Postpone(polled.status(), now);
    return absl::OkStatus();
  }
  if (!polled.ok()) return polled.status();
  const SourceId again = AgainSource(reread.source);
  for (InputRecord& record : polled->records) {
    const int64_t offset = record.offset;
    if (offset < reread.to) {
      record.source = again;
      const absl::Status status =
          feeder_.Feed(record, feeder_.guard.ShouldSkip(again, offset), batch);
      if (!status.ok()) return status;
      rate_.Spend(1);
      reread.from = place_->next = offset + 1;
    }
    if (offset + 1 >= reread.to) {
      End(batch);
      return absl::OkStatus();
    }
  }
  // Markers of transactions may be all that is left before `to`. A log whose end is not that far is
  // one that a new leader does not yet know in full.
  if (polled->at_end.contains(reread.source)) {
    const std::map<SourceId, int64_t> ends = consumer_->KnownEnds();
    const auto end = ends.find(reread.source);
    if (end != ends.end() && end->second >= reread.to) End(batch);
  }
  return absl::OkStatus();
}

bool Rereader::IsOpen(Clock::time_point now, Batch& batch) {
  if (opening_ != nullptr) {
    if (!opening_->IsDone()) return false;
    const absl::Status opened = std::exchange(opening_, nullptr)->Wait();
    // Without a place the core wanted something else meanwhile.
    if (place_.has_value()) {
      if (!opened.ok()) {
        Postpone(opened, now);
        return false;
      }
      last_problem_.clear();
      const Reread& reread = wanted_.front();
      if (first_ >= reread.to) {
        End(batch);
        return false;
      }
      log_(kInfo,
           absl::StrCat("reads ", Name(reread.source), " again from ", first_, " to ", reread.to));
      return true;
    }
  }
  if (place_.has_value()) return true;
  if (now < not_before_) return false;
  const Reread& reread = wanted_.front();
  const auto& inputs = options_.inputs;
  // An input that the task no longer has holds nothing any more.
  if (reread.from >= reread.to ||
      std::find(inputs.begin(), inputs.end(), reread.source) == inputs.end()) {
    End(batch);
    return false;
  }
  place_ = Place{reread.source, reread.from};
  opening_ = world_.Start([this, place = *place_] { return Open(place); });
  return false;
}

absl::Status Rereader::Open(const Place& place) {
  if (consumer_ == nullptr) {
    auto consumer = world_.MakeConsumer(options_.kafka, options_.group);
    if (!consumer.ok()) return consumer.status();
    consumer_ = std::move(*consumer);
  }
  // auto.offset.reset is error: an offset that is no longer there would end the reading.
  const auto marks = consumer_->Watermarks(place.source);
  if (!marks.ok()) return marks.status();
  first_ = std::max(place.next, marks->first);
  return consumer_->Assign({{place.source, first_}});
}

void Rereader::Postpone(const absl::Status& cause, Clock::time_point now) {
  place_.reset();
  not_before_ = now + kRetryEvery;
  const std::string problem(cause.message());
  if (problem != last_problem_) {
    log_(kWarning, absl::StrCat("reads ", Name(wanted_.front().source), " again later: ", problem));
  }
  last_problem_ = problem;
}

void Rereader::End(Batch& batch) {
  const Reread reread = wanted_.front();
  feeder_.End(AgainSource(reread.source), reread.to, batch);
  wanted_.erase(wanted_.begin());
  place_.reset();
  // Or it would go on fetching what nobody wants.
  if (wanted_.empty() && consumer_ != nullptr) (void)consumer_->Assign({});
  log_(kInfo, absl::StrCat("has read ", Name(reread.source), " again up to ", reread.to));
}

std::map<SourceId, int64_t> Rereader::left() const {
  std::map<SourceId, int64_t> left;
  for (const Reread& reread : wanted_) {
    left[reread.source] = std::max<int64_t>(0, reread.to - reread.from);
  }
  return left;
}

CrashGuard::Position Passed(const ReadState& state, const CrashGuard& guard, TaskCore& core) {
  CrashGuard::Position passed = ReadPosition(state).next;
  CrashGuard::Position again;
  for (const auto& [record, crashes] : guard.crashes()) {
    if (OriginalOf(record.first).has_value()) again[record.first] = record.second + 1;
  }
  // The core may be ahead of the state, or know nothing of it yet.
  if (again.empty() || !core.Load(state).ok()) return passed;
  passed.merge(again);
  for (const Reread& reread : core.Rereads()) passed[AgainSource(reread.source)] = reread.from;
  return passed;
}

}  // namespace tocsin::task_internal
