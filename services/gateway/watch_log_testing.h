// A watch session's tests: a log in memory, and what a session says of it in words.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/cursor.h"
#include "gateway/watch_session.h"
#include "gateway/watch_source.h"
#include "lib/base/text.h"

namespace tocsin::gateway {

constexpr std::chrono::milliseconds kPeriod{1000};
constexpr int64_t kMostUnderWay = 256 << 10;

// A log in memory: what the view is to a session.
class FakeLog final : public WatchSources {
 public:
  struct Entry {
    int number = 0;
    int revision = 0;
    bool visible = true;
    bool open = true;
    v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
    int evidence = 0;  // items, one of them this revision's own
  };

  explicit FakeLog(size_t partitions) : logs(partitions), floors(partitions, 0) {}

  void Append(size_t partition, Entry entry) { logs[partition].push_back(entry); }
  void Act(int number, bool for_caller = true) { changes.push_back(for_caller ? number : 0); }
  void Evaluate(int64_t time) { evaluated = time; }
  std::unique_ptr<WatchSource> Open(const v1::WarningFilter& /*filter*/) override;

  std::vector<std::vector<Entry>> logs;  // number 0: a record that is no warning
  std::vector<int> changes;  // numbers of warnings, one for each action; 0: none for the caller
  std::vector<int64_t> floors;
  int64_t evaluated = 0;
  std::optional<uint64_t> digest;
  int64_t centre = 0;  // actions for the JOC as a whole
  std::string epoch = "now";
  int most_at_once = 1000;
  int in_memory = 0;  // views handed out
};

class FakeSource final : public WatchSource {
 public:
  explicit FakeSource(FakeLog& log) : log_(log) {}
  Epochs epochs() const override { return {log_.epoch, "people"}; }
  Reach reach() override {
    Reach reach;
    for (const auto& log : log_.logs) {
      reach.ends.warnings.push_back(static_cast<int64_t>(log.size()));
    }
    reach.ends.actions = static_cast<int64_t>(log_.changes.size());
    reach.floors = {log_.floors, 0};
    auto evaluated = std::make_shared<std::vector<v1::EvaluatedUpTo>>(1);
    evaluated->front().set_evaluated_up_to_us(log_.evaluated);
    reach.evaluated = std::move(evaluated);
    return reach;
  }
  Scanned Next(int32_t partition, int64_t from, int64_t to, const Lane& lane) override {
    const auto& log = log_.logs[static_cast<size_t>(partition)];
    int looked_at = 0;
    for (int64_t offset = from; offset < to; ++offset) {
      const FakeLog::Entry& entry = log[static_cast<size_t>(offset)];
      if (entry.number == 0) continue;
      if (++looked_at > log_.most_at_once) return {std::nullopt, offset};
      if (!entry.visible || !In(lane, log, offset)) continue;
      ++log_.in_memory;
      return {Found{offset, ViewOf(entry, offset)}, offset + 1};
    }
    return {std::nullopt, to};
  }
  std::optional<v1::WarningView> AsGiven(const std::string& warning_id, int32_t revision) override {
    for (const auto& log : log_.logs) {
      for (size_t offset = 0; offset < log.size(); ++offset) {
        const FakeLog::Entry& entry = log[offset];
        if (StrCat("w", entry.number) == warning_id && entry.revision == revision) {
          return ViewOf(entry, static_cast<int64_t>(offset));
        }
      }
    }
    return std::nullopt;
  }
  ScannedChanges NextChange(int64_t from, int64_t to) override {
    int looked_at = 0;
    for (int64_t offset = from; offset < to; ++offset) {
      if (++looked_at > log_.most_at_once) return {std::nullopt, offset};
      const int number = log_.changes[static_cast<size_t>(offset)];
      if (number == 0) continue;
      Change found;
      found.offset = offset;
      found.change.set_number(number);
      return {std::move(found), offset + 1};
    }
    return {std::nullopt, to};
  }
  Open OpenWarnings(const LogPosition& position) override {
    const bool exact = position == reach().ends;
    return {7, exact ? log_.digest : std::nullopt};
  }
  int64_t CentreActions() override { return log_.centre; }
  v1::Centre Centre() override {
    v1::Centre centre;
    centre.set_actions(log_.centre);
    return centre;
  }
  int64_t OldestEvaluationAgeMs() override { return 42; }

 private:
  using Entries = std::vector<FakeLog::Entry>;
  static bool Extreme(const Entries& log, int64_t offset) {
    return log[static_cast<size_t>(offset)].severity == v1::SEVERITY_EXTREME;
  }
  static bool Urgent(const Entries& log, int64_t offset) {
    if (Extreme(log, offset)) return true;
    const int number = log[static_cast<size_t>(offset)].number;
    for (int64_t before = offset - 1; before >= 0; --before) {
      const FakeLog::Entry& entry = log[static_cast<size_t>(before)];
      if (entry.number == number) return entry.visible && Extreme(log, before);
    }
    return false;
  }
  static bool Graded(const Lane& lane, v1::Severity severity) { return severity == lane.severity; }
  static bool In(const Lane& lane, const Entries& log, int64_t offset) {
    const FakeLog::Entry& entry = log[static_cast<size_t>(offset)];
    const auto later = [&](int64_t to, auto holds) {
      for (int64_t o = offset + 1; o < to; ++o) {
        if (log[static_cast<size_t>(o)].number == entry.number && holds(o)) return true;
      }
      return false;
    };
    switch (lane.kind) {
      case Lane::Kind::kStanding:
        return entry.open && Graded(lane, std::max(entry.severity, v1::SEVERITY_UNKNOWN)) &&
               !later(static_cast<int64_t>(log.size()), [](int64_t) { return true; });
      case Lane::Kind::kUrgent:
        return Urgent(log, offset);
      case Lane::Kind::kLog:
        return offset >= lane.ahead ||
               !(Urgent(log, offset) || later(lane.ahead, [&](int64_t o) {
                   return log[static_cast<size_t>(o)].visible && Urgent(log, o);
                 }));
    }
    return false;
  }
  static v1::WarningView ViewOf(const FakeLog::Entry& entry, int64_t offset) {
    v1::WarningView view;
    v1::Warning& warning = *view.mutable_warning();
    warning.set_id(StrCat("w", entry.number));
    warning.set_number(entry.number);
    warning.set_revision(entry.revision);
    warning.set_issued_us(offset);
    warning.set_severity(entry.severity);
    for (int n = 1; n <= entry.evidence; ++n) {
      const bool own = n == entry.evidence;
      v1::Evidence& item = *warning.add_evidence();
      item.mutable_identity()->set_id(StrCat("e", own ? 1000 + entry.revision : n));
      item.set_type(std::string(150, 'x'));
    }
    return view;
  }

  FakeLog& log_;
};

inline std::unique_ptr<WatchSource> FakeLog::Open(const v1::WarningFilter& /*filter*/) {
  return std::make_unique<FakeSource>(*this);
}

class WatchSessionTest : public ::testing::Test {
 protected:
  void Begin() { session_ = std::make_unique<WatchSession>(log_, kPeriod, kMostUnderWay, now_); }
  absl::Status Subscribe(std::optional<v1::Cursor> cursor = std::nullopt) {
    v1::WatchRequest request;
    request.mutable_subscribe();
    if (cursor) *request.mutable_subscribe()->mutable_cursor() = *cursor;
    return session_->Receive(request, now_);
  }
  absl::Status Credit(int32_t credit) {
    v1::WatchRequest request;
    request.set_credit(credit);
    return session_->Receive(request, now_);
  }
  // Everything that the session says now: "1.2" a delivery, "(1.2)" one of the snapshot, "end",
  // "beat".
  std::vector<std::string> Drain() {
    std::vector<std::string> said;
    while (true) {
      WatchSession::Step step = session_->Next(now_);
      if (!step.end.ok()) {
        said.push_back(absl::StatusCodeToString(step.end.code()));
        return said;
      }
      if (step.message) {
        said.push_back(Say(*step.message));
      } else if (!step.more) {
        return said;
      }
    }
  }
  std::string Say(const v1::WatchResponse& message) {
    sequence_ = message.sequence();
    switch (message.message_case()) {
      case v1::WatchResponse::kDelivery: {
        const auto& warning = message.delivery().view().warning();
        cursor_ = message.delivery().cursor();
        const std::string text = StrCat(warning.number(), ".", warning.revision());
        return message.delivery().snapshot() ? "(" + text + ")" : text;
      }
      case v1::WatchResponse::kSnapshotEnd:
        cursor_ = message.snapshot_end();
        return "end";
      case v1::WatchResponse::kChange:
        cursor_ = message.change().cursor();
        return StrCat("~", message.change().number());
      case v1::WatchResponse::kHeartbeat:
        beat_ = message.heartbeat();
        return "beat";
      case v1::WatchResponse::kCentre:
        return StrCat("centre ", message.centre().actions());
      case v1::WatchResponse::MESSAGE_NOT_SET:
        break;
    }
    return "nothing";
  }

  // The client has everything that was sent.
  void Receive() {
    v1::WatchRequest request;
    request.set_received(sequence_);
    ASSERT_TRUE(session_->Receive(request, now_).ok());
  }

  SteadyTime now_{std::chrono::hours(1)};
  FakeLog log_{2};
  std::unique_ptr<WatchSession> session_;
  v1::Cursor cursor_;
  v1::Heartbeat beat_;
  int64_t sequence_ = 0;
};

using Words = std::vector<std::string>;

inline v1::Cursor At(const std::string& epoch, const std::vector<int64_t>& offsets,
                     int64_t actions = 0) {
  return MakeCursor({epoch, "people"}, Place{{offsets, actions}});
}

}  // namespace tocsin::gateway
