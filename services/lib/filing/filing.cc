#include "lib/filing/filing.h"

#include <algorithm>
#include <chrono>

#include "lib/base/hash.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/domain/merge.h"
#include "lib/filing/records.h"
#include "lib/service/service.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

Time Now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

bool IsMerge(RevisionKind kind) {
  return kind == RevisionKind::kWithdraw || kind == RevisionKind::kRegrade;
}

v1::Receipt ReceiptOf(const Event& event, v1::Outcome outcome,
                      const std::vector<FieldError>& errors = {}) {
  v1::Receipt receipt;
  receipt.set_id(event.identity.id.str());
  receipt.set_revision(event.revision);
  receipt.set_outcome(outcome);
  for (const FieldError& error : errors) *receipt.add_errors() = ToProto(error);
  return receipt;
}

v1::Receipt Unavailable(const Event& event, const std::string& why) {
  return ReceiptOf(event, v1::OUTCOME_UNAVAILABLE,
                   {{"", StrCat(why, "; nothing is promised, try again"), "unavailable"}});
}

void SetPosition(v1::Receipt& receipt, const std::string& topic, int32_t partition,
                 int64_t offset) {
  receipt.mutable_position()->set_topic(topic);
  receipt.mutable_position()->set_partition(partition);
  receipt.mutable_position()->set_offset(offset);
}

// What is said of a withdrawal or regrading itself; the rest of the event was judged when it was
// filed.
std::vector<FieldError> JudgeMerge(Event event, const FilingDesk& desk, const FilingRules& rules,
                                   Time now) {
  Fill(event, desk);
  std::vector<FieldError> errors;
  for (FieldError& error : Validate(event, desk, rules, now).errors) {
    const bool own = error.field == "mission" || error.field == "id" ||
                     error.field.rfind("revision", 0) == 0 || error.field.rfind("grading", 0) == 0;
    if (own) errors.push_back(std::move(error));
  }
  return errors;
}

}  // namespace

// A record between Produce and Kafka's answer.
struct Filing::InFlight {
  Work work;
  std::string bytes;
  int32_t partition = 0;
  std::chrono::steady_clock::time_point began;
};

Filing::Filing(FilingSettings settings, std::unique_ptr<Store> store, Producer& producer,
               DeadLetters& dead_letters, IngestMetrics& metrics)
    : settings_(std::move(settings)),
      producer_(producer),
      dead_letters_(dead_letters),
      metrics_(metrics),
      store_(std::move(store)) {}

void Filing::Submit(Submission submission, const FilingDesk& desk, Done done) {
  Event& event = submission.event;
  std::string hash;
  std::vector<FieldError> errors;
  if (IsMerge(event.revision_kind)) {
    errors = JudgeMerge(event, desk, settings_.rules, Now());
    if (event.identity.mission.empty()) event.identity.mission = desk.mission;
  } else {
    std::vector<std::string> flags = Fill(event, desk);
    Verdict verdict = Validate(event, desk, settings_.rules, Now());
    errors = std::move(verdict.errors);
    if (errors.empty()) {
      hash = ContentHash(event);
      flags.insert(flags.end(), verdict.flags.begin(), verdict.flags.end());
      std::sort(flags.begin(), flags.end());
      flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
      event.flags = std::move(flags);
    }
  }
  Answers answers;
  if (!errors.empty()) {
    v1::Receipt receipt = Kept(submission, v1::OUTCOME_REFUSED, std::move(errors));
    answers.emplace_back(std::move(done), std::move(receipt));
  } else {
    const MutexLock lock(mutex_);
    Take({std::move(submission), std::move(hash), &desk, std::move(done)}, answers);
  }
  Tell(std::move(answers));
}

v1::Receipt Filing::Refuse(const std::string& id, int32_t revision, std::vector<FieldError> errors,
                           const std::string& payload, const std::string& sender) {
  Submission submission;
  submission.event.identity.id = EventId(id);
  submission.event.revision = revision;
  submission.payload = payload;
  submission.sender = sender;
  v1::Receipt receipt = Kept(submission, v1::OUTCOME_REFUSED, std::move(errors));
  metrics_.Answered(v1::Outcome_Name(receipt.outcome()));
  return receipt;
}

void Filing::Take(Work work, Answers& answers) {
  const auto answer = [&](v1::Receipt receipt) {
    answers.emplace_back(std::move(work.done), std::move(receipt));
  };
  const EventId id = work.submission.event.identity.id;
  if (uncertain_) {
    answer(Unavailable(work.submission.event, "the log is being read"));
    return;
  }
  if (const auto found = pending_.find(id); found != pending_.end()) {
    // Whether this is a duplicate shows when the first is in the log, or is not.
    found->second.push_back(std::move(work));
    return;
  }
  if (in_flight_ >= settings_.max_in_flight) {
    answer(Unavailable(work.submission.event, "too many reports wait for Kafka"));
    return;
  }
  std::optional<v1::Receipt> settled;
  if (IsMerge(work.submission.event.revision_kind)) settled = Merge(work);
  if (!settled) settled = AgainstTheLog(work);
  if (const absl::Status health = store_->health(); !health.ok()) {
    Log(LogLevel::kError, "the store cannot be read", {{"why", std::string(health.message())}});
    SetUncertain();
    settled = Unavailable(work.submission.event, "the view cannot be read");
  }
  if (settled) {
    answer(*std::move(settled));
    return;
  }
  Write(std::move(work), answers);
}

std::optional<v1::Receipt> Filing::Merge(Work& work) {
  Event& event = work.submission.event;
  const auto conflict = [&](std::string why) {
    return Kept(work.submission, v1::OUTCOME_CONFLICT, {{"revision", std::move(why), "conflict"}});
  };
  const auto last = view::Current(*store_, event.identity.id);
  if (!last) return conflict("there is no event of this id");
  v1::Event proto;
  absl::StatusOr<Event> base = proto.ParseFromString(last->event)
                                   ? FromProto(proto)
                                   : absl::InternalError("the view holds no event");
  if (!base.ok()) {
    SetUncertain();
    return Unavailable(event, "the view cannot be read");
  }
  if (event.revision == last->logged.revision + 1 && last->logged.kind == RevisionKind::kWithdraw) {
    return conflict("the event is withdrawn; a correction can file it again");
  }
  std::vector<std::string> flags;
  if (event.revision_kind == RevisionKind::kWithdraw) {
    event = MergeWithdraw(*base, event.revision, event.revision_reason);
  } else {
    flags = last->logged.flags;
    event = MergeRegrade(*base, event.revision, event.grading, event.revision_reason);
  }
  work.hash = ContentHash(event);
  event.flags = std::move(flags);
  return std::nullopt;
}

std::optional<v1::Receipt> Filing::AgainstTheLog(const Work& work) {
  const Event& event = work.submission.event;
  const auto last = view::Current(*store_, event.identity.id);
  const int32_t have = last ? last->logged.revision : 0;
  const auto conflict = [&](std::string why) {
    return Kept(work.submission, v1::OUTCOME_CONFLICT, {{"revision", std::move(why), "conflict"}});
  };
  if (event.revision > have) {
    if (event.revision == have + 1) return std::nullopt;
    return conflict(StrCat(event.revision, " does not follow ", have,
                           have == 0 ? "; the event is not known" : ", the last one"));
  }
  const auto same = view::Revision(*store_, event.identity.id, event.revision);
  if (!same || same->hash != work.hash) {
    return conflict(
        StrCat(event.revision, " is there already with other content; the last is ", have));
  }
  v1::Receipt receipt = ReceiptOf(event, v1::OUTCOME_DUPLICATE);
  for (const std::string& flag : same->flags) receipt.add_flags(flag);
  receipt.set_accepted_us(ToMicros(same->accepted));
  SetPosition(receipt, settings_.topic, same->partition, same->offset);
  return receipt;
}

Time Filing::Stamp(const Event& event, int32_t partition) {
  Time& last = last_accepted_[partition];
  Time now = Now();
  if (settings_.clock == ClockKind::kScenario) {
    now = event.reported != kUnknownTime ? event.reported : event.observed.to;
  }
  last = std::max(now, last);
  return last;
}

void Filing::Write(Work work, Answers& answers) {
  Submission& submission = work.submission;
  Event& event = submission.event;
  const std::string& key =
      submission.partition_key.empty() ? event.identity.id.str() : submission.partition_key;
  const int32_t partition = PartitionOf(key, settings_.partitions);
  if (submission.mark) {
    SessionMark& mark = *submission.mark;
    const auto [last, fresh] = last_written_.try_emplace({mark.feed, mark.session}, 0);
    if (fresh) last->second = view::SessionProgress(*store_, mark.feed, mark.session);
    mark.previous = last->second;
  }
  event.accepted = Stamp(event, partition);
  OutputRecord record =
      ToRecord(event, {settings_.topic, partition}, key, settings_.stream, submission.mark);
  if (record.value.size() > kMaxRecordBytes) {
    v1::Receipt receipt = Kept(submission, v1::OUTCOME_REFUSED,
                               {{"",
                                 StrCat("the event has ", record.value.size(), " bytes, at most ",
                                        kMaxRecordBytes, " are taken"),
                                 "too_long"}});
    answers.emplace_back(std::move(work.done), std::move(receipt));
    return;
  }
  auto flight = std::make_shared<InFlight>();
  flight->bytes = record.value;
  flight->partition = partition;
  flight->began = std::chrono::steady_clock::now();
  flight->work = std::move(work);
  const Submission& sent = flight->work.submission;
  const absl::Status queued = producer_.Produce(
      std::move(record),
      [this, flight](const absl::StatusOr<int64_t>& offset) { Written(flight, offset); });
  if (!queued.ok()) {
    answers.emplace_back(
        std::move(flight->work.done),
        Unavailable(sent.event, StrCat("Kafka does not take it: ", Sv(queued.message()))));
    return;
  }
  if (sent.mark) {
    int64_t& last = last_written_[{sent.mark->feed, sent.mark->session}];
    last = std::max(last, sent.mark->sequence);
  }
  pending_.try_emplace(sent.event.identity.id);
  metrics_.InFlight(static_cast<double>(++in_flight_));
}

absl::Status Filing::Remember(const InFlight& record, int64_t offset) {
  Overlay overlay(*store_);
  view::Apply(overlay, {record.work.submission.event, record.bytes, record.work.hash,
                        record.partition, offset, record.work.submission.mark});
  TOCSIN_RETURN_IF_ERROR(store_->health());
  return store_->Apply(overlay.Take());
}

void Filing::Written(const std::shared_ptr<InFlight>& record,
                     const absl::StatusOr<int64_t>& offset) {
  Answers answers;
  {
    const MutexLock lock(mutex_);
    const Submission& submission = record->work.submission;
    const Event& event = submission.event;
    metrics_.InFlight(static_cast<double>(--in_flight_));
    v1::Receipt receipt;
    if (offset.ok()) {
      receipt = ReceiptOf(event, v1::OUTCOME_ACCEPTED);
      for (const std::string& flag : event.flags) receipt.add_flags(flag);
      receipt.set_accepted_us(ToMicros(event.accepted));
      SetPosition(receipt, settings_.topic, record->partition, *offset);
      // While something is uncertain the view stays where it was, and reads all of it from the log.
      if (!uncertain_) {
        if (const absl::Status kept = Remember(*record, *offset); !kept.ok()) {
          Log(LogLevel::kError, "the view cannot be written",
              {{"why", std::string(kept.message())}});
          SetUncertain();
        }
      }
      metrics_.Delivered(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - record->began).count());
    } else if (absl::IsInvalidArgument(offset.status())) {
      receipt = Kept(submission, v1::OUTCOME_REFUSED,
                     {{"", std::string(offset.status().message()), "too_long"}});
    } else {
      Log(LogLevel::kError, "a report's fate is unknown until the log is read",
          {{"why", std::string(offset.status().message())}});
      SetUncertain();
      receipt = Unavailable(event, "Kafka did not confirm it");
    }
    answers.emplace_back(std::move(record->work.done), std::move(receipt));
    std::deque<Work> waiting;
    if (const auto found = pending_.find(event.identity.id); found != pending_.end()) {
      waiting = std::move(found->second);
      pending_.erase(found);
    }
    for (Work& work : waiting) Take(std::move(work), answers);
    if (in_flight_ == 0) idle_.NotifyAll();
  }
  Tell(std::move(answers));
}

v1::Receipt Filing::Kept(const Submission& submission, v1::Outcome outcome,
                         std::vector<FieldError> errors) {
  for (const FieldError& error : errors) metrics_.Refused(error.code);
  dead_letters_.Keep(submission.payload, errors, submission.sender);
  return ReceiptOf(submission.event, outcome, errors);
}

void Filing::Tell(Answers answers) {
  for (auto& [done, receipt] : answers) {
    metrics_.Answered(v1::Outcome_Name(receipt.outcome()));
    if (receipt.outcome() == v1::OUTCOME_ACCEPTED) {
      for (const std::string& flag : receipt.flags()) metrics_.Flagged(flag);
    }
    done(std::move(receipt));
  }
}

int64_t Filing::SessionProgress(const std::string& feed, const std::string& session) {
  const MutexLock lock(mutex_);
  return view::SessionProgress(*store_, feed, session);
}

void Filing::SetSessionProgress(const std::string& feed, const std::string& session,
                                int64_t sequence) {
  const MutexLock lock(mutex_);
  Overlay overlay(*store_);
  view::SetSessionProgress(overlay, feed, session, sequence);
  const Overlay::Writes writes = overlay.Take();
  if (writes.empty()) return;
  if (const absl::Status kept = store_->Apply(writes); !kept.ok()) SetUncertain();
}

void Filing::SetUncertain() {
  uncertain_ = true;
  settings_.on_uncertain();
}

absl::StatusOr<view::TriagePage> Filing::Triage(size_t page_size, const std::string& token) {
  const MutexLock lock(mutex_);
  if (uncertain_) return absl::UnavailableError("the log is being read; try again");
  return view::Triage(*store_, page_size, token);
}

bool Filing::needs_recovery() {
  const MutexLock lock(mutex_);
  return uncertain_;
}

absl::Status Filing::Recover(absl::FunctionRef<absl::Status(Store&, Locked)> catch_up,
                             const std::stop_token& stop) {
  {
    const MutexLock lock(mutex_);
    uncertain_ = true;
    const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_flight_ == 0; };
    if (!idle_.Wait(mutex_, stop, idle)) {
      return absl::CancelledError("stopped while reports were in flight");
    }
  }
  TOCSIN_RETURN_IF_ERROR(catch_up(*store_, [this](absl::FunctionRef<absl::Status()> change) {
    const MutexLock lock(mutex_);
    return change();
  }));
  const MutexLock lock(mutex_);
  for (int32_t partition = 0; partition < settings_.partitions; ++partition) {
    Time& last = last_accepted_[partition];
    last = std::max(last, view::LastAccepted(*store_, partition));
  }
  last_written_.clear();
  uncertain_ = false;
  return absl::OkStatus();
}

}  // namespace tocsin
