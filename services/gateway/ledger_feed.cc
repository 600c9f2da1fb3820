#include "gateway/ledger_feed.h"

#include <utility>

#include <absl/time/clock.h>

#include "gateway/ledger_look.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/kafka/topic_set.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kBatch = 500;
// Also how long a note waits for the ledger, about.
constexpr std::chrono::milliseconds kPollWait{100};
constexpr std::chrono::seconds kJudgeEvery{1};
constexpr std::chrono::seconds kTellEvery{60};
// So many warnings in one write to the store.
constexpr size_t kMostInOneWrite = 500;
const SourceId kReceiptsSource = {kReceiptsTopic, 0};

}  // namespace

LedgerFeed::LedgerFeed(const View& view, DeliveryLedger& ledger, WitnessBook& book,
                       Overdue& overdue, LinkBoard& links, Metrics& metrics,
                       std::unique_ptr<Consumer> consumer, ReceiptWriter writer,
                       LinkWriter link_writer, std::function<void(const absl::Status&)> failed)
    : view_(view),
      ledger_(ledger),
      book_(book),
      overdue_(overdue),
      links_(links),
      metrics_(metrics),
      consumer_(std::move(consumer)),
      writer_(std::move(writer)),
      link_writer_(std::move(link_writer)),
      failed_(std::move(failed)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

LedgerFeed::~LedgerFeed() = default;

void LedgerFeed::Grown(const std::set<WarningId>& touched) {
  const MutexLock lock(mutex_);
  began_ = true;
  touched_.insert(touched.begin(), touched.end());
}

void LedgerFeed::Run(const std::stop_token& stop) {
  for (const LinkRecord& link : ledger_.Links()) {
    links_.Heard(link, std::chrono::steady_clock::now());
  }
  absl::Status status =
      consumer_->Assign({{kReceiptsSource, ledger_.Position().value_or(Consumer::kBeginning)}});
  while (status.ok()) {
    const bool last = stop.stop_requested();
    status = Read();
    // While the broker is away, what happens here is noted and owed all the same.
    if (absl::IsUnavailable(status)) {
      SleepUnlessStopped(stop, kPollWait);
      status = absl::OkStatus();
    }
    if (status.ok()) status = Take();
    if (status.ok()) status = ledger_.health();
    const auto now = std::chrono::steady_clock::now();
    if (at_end_) {
      writer_.Pump(now);
      if (last) {
        link_writer_.End(book_.presence(), ledger_.LastReceived());
      } else {
        link_writer_.Pump(book_.presence(), ledger_.LastReceived(), now);
      }
    }
    if (last) break;
    if (looked_at_all_ && now >= judge_at_) {
      judge_at_ = now + kJudgeEvery;
      Judge();
    }
  }
  if (!status.ok()) failed_(status);
}

absl::Status LedgerFeed::Read() {
  TOCSIN_ASSIGN_OR_RETURN(const Consumer::Polled polled, consumer_->Poll(kBatch, kPollWait));
  if (!polled.records.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const DeliveryLedger::Report report, ledger_.Apply(polled.records));
    metrics_.Receipts(report.receipts, report.repeated, report.unusable);
    if (report.unusable > 0) {
      Log(LogLevel::kWarning, "receipts cannot be used", {{"count", report.unusable}});
    }
    read_.insert(report.touched.begin(), report.touched.end());
    const auto now = std::chrono::steady_clock::now();
    for (const LinkRecord& link : report.links) links_.Heard(link, now);
  }
  if (!at_end_ && polled.at_end.contains(kReceiptsSource)) {
    at_end_ = true;
    links_.CaughtUp(std::chrono::steady_clock::now());
  }
  return absl::OkStatus();
}

absl::Status LedgerFeed::Take() {
  std::set<WarningId> warnings;
  {
    const MutexLock lock(mutex_);
    if (!began_) return absl::OkStatus();
    warnings.swap(touched_);
  }
  if (!looked_at_all_) {
    looked_at_all_ = true;
    warnings = AllWarnings(view_);
    TOCSIN_RETURN_IF_ERROR(ForgetAllBut(warnings));
  }
  warnings.merge(read_);
  read_.clear();
  WitnessBook::Taken taken = book_.Take();
  if (taken.dropped > 0) {
    metrics_.WitnessesDropped(taken.dropped);
    Log(LogLevel::kWarning, "too much to note at once: some deliveries will count as not made",
        {{"count", taken.dropped}});
  }
  for (const Noted& note : taken.notes) warnings.insert(note.receipt.warning);
  TOCSIN_RETURN_IF_ERROR(LookAt(warnings, std::move(taken.notes)));
  for (const WitnessBook::Resumed& resumed : taken.resumed) {
    std::vector<Noted> received = ledger_.ReceivedBy(resumed.client, resumed.offsets,
                                                     FromMicros(absl::ToUnixMicros(absl::Now())));
    std::set<WarningId> of;
    for (const Noted& note : received) of.insert(note.receipt.warning);
    TOCSIN_RETURN_IF_ERROR(LookAt(of, std::move(received)));
  }
  return absl::OkStatus();
}

absl::Status LedgerFeed::LookAt(const std::set<WarningId>& warnings, std::vector<Noted> notes) {
  // The rows first, so that a note on a revision finds its own.
  std::vector<Noted> found;
  std::map<WarningId, std::optional<Standing>> standing;
  const auto write = [&]() -> absl::Status {
    TOCSIN_RETURN_IF_ERROR(ledger_.Note(found));
    found.clear();
    return absl::OkStatus();
  };
  for (const WarningId& id : warnings) {
    Looked looked = Look(view_, id);
    found.insert(found.end(), std::make_move_iterator(looked.notes.begin()),
                 std::make_move_iterator(looked.notes.end()));
    standing[id] = std::move(looked.standing);
    if (found.size() >= kMostInOneWrite) TOCSIN_RETURN_IF_ERROR(write());
  }
  TOCSIN_RETURN_IF_ERROR(write());
  TOCSIN_RETURN_IF_ERROR(ledger_.Note(notes));
  for (auto& [id, one] : standing) {
    const std::vector<DeliveryLedger::Row> rows = ledger_.Rows(id);
    if (one && !rows.empty()) {
      one->revision = rows.back().revision;
      one->state = rows.back().state;
    }
    overdue_.Set(id, one && !rows.empty() ? &*one : nullptr);
  }
  return absl::OkStatus();
}

// What the log of warnings has dropped long ago has no rows either.
absl::Status LedgerFeed::ForgetAllBut(const std::set<WarningId>& warnings) {
  std::set<WarningId> gone;
  for (const WarningId& id : ledger_.Warnings()) {
    if (!warnings.contains(id) && !read_.contains(id)) gone.insert(id);
  }
  return gone.empty() ? absl::OkStatus() : ledger_.Forget(gone);
}

void LedgerFeed::Judge() {
  const Overdue::Counts counts = overdue_.Judge(FromMicros(absl::ToUnixMicros(absl::Now())));
  metrics_.Overdue(counts.undelivered, counts.unseen);
  const auto now = std::chrono::steady_clock::now();
  const int64_t sum = counts.undelivered + counts.unseen;
  if ((sum == 0) == (told_ == 0) && (sum == 0 || now < tell_at_)) return;
  told_ = sum;
  tell_at_ = now + kTellEvery;
  if (sum == 0) {
    Log(LogLevel::kInfo, "no warning is overdue any more");
    return;
  }
  Log(LogLevel::kWarning, "warnings have not reached the watch in time",
      {{"undelivered", counts.undelivered},
       {"unseen", counts.unseen},
       {"oldest", counts.oldest.number()},
       {"oldest_warning", counts.oldest.warning_id()},
       {"since_us", counts.oldest.committed_us()}});
}

}  // namespace tocsin::gateway
