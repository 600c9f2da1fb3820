#include "gateway/doors.h"

#include <algorithm>
#include <set>
#include <utility>

#include "gateway/caller_log.h"
#include "gateway/delivery_ledger.h"
#include "gateway/filter.h"
#include "gateway/how_many.h"
#include "gateway/page_token.h"
#include "gateway/render.h"
#include "gateway/view.h"
#include "gateway/warning_name.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/lifecycle/quiet.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
namespace {

// Below what clients take by default (4 MiB).
constexpr size_t kPageBytes = 3 << 20;
// Of what was rendered, held for the next who asks: some thousand warnings.
constexpr size_t kRenderedBytes = 16 << 20;
// A desk's load: alarms in so long, counted up to so many.
constexpr Duration kLoadOf = std::chrono::minutes(10);
constexpr size_t kMostLoad = 30;

absl::Status NoSuchWarning() { return absl::NotFoundError("warning_id: there is no such warning"); }

// The rows of one warning that the request selects.
void AddRows(const v1::LedgerRequest& request, const v1::Warning& warning,
             const DeliveryLedger& ledger, v1::LedgerResponse& response) {
  const Time since = FromMicros(request.since_us());
  for (const auto& [revision, state] : ledger.Rows(WarningId(warning.id()))) {
    const Time committed = state.At(ReceiptStage::kCommitted);
    const bool delivered = state.Has(ReceiptStage::kReceived);
    const bool seen = state.Has(ReceiptStage::kSeen);
    if (committed == kUnknownTime || committed < since ||
        (request.selection() == v1::LEDGER_SELECTION_UNDELIVERED && delivered) ||
        (request.selection() == v1::LEDGER_SELECTION_UNSEEN && seen)) {
      continue;
    }
    v1::LedgerRow& row = *response.add_rows();
    row.set_warning_id(warning.id());
    row.set_number(warning.number());
    row.set_revision(revision);
    row.set_committed_us(ToMicros(committed));
    row.set_pushed_us(ToMicros(state.At(ReceiptStage::kPushed)));
    row.set_received_us(ToMicros(state.At(ReceiptStage::kReceived)));
    row.set_seen_us(ToMicros(state.At(ReceiptStage::kSeen)));
    row.set_acknowledged_us(ToMicros(state.At(ReceiptStage::kAcknowledged)));
    row.set_delivered(delivered);
    row.set_seen(seen);
  }
}

class CallerLogs final : public WatchSources {
 public:
  using Make = std::function<std::unique_ptr<WatchSource>(const v1::WarningFilter&)>;
  explicit CallerLogs(Make make) : make_(std::move(make)) {}
  std::unique_ptr<WatchSource> Open(const v1::WarningFilter& filter) override {
    return make_(filter);
  }

 private:
  const Make make_;
};

}  // namespace

Hearing::Hearing(int32_t keyed_partitions, int32_t warnings_partitions, Clock::time_point start) {
  for (int32_t k = 0; k < keyed_partitions; ++k) {
    for (int32_t p = 0; p < warnings_partitions; ++p) last_[{k, p}] = start;
  }
}

void Hearing::Heard(int32_t keyed, int32_t partition, Clock::time_point now) {
  const MutexLock lock(mutex_);
  const auto found = last_.find({keyed, partition});
  if (found != last_.end()) found->second = std::max(found->second, now);
}

std::map<int32_t, Hearing::Clock::time_point> Hearing::LastHeard() const {
  std::map<int32_t, Clock::time_point> tasks;
  const MutexLock lock(mutex_);
  for (const auto& [source, last] : last_) {
    const auto [task, first] = tasks.try_emplace(source.first, last);
    task->second = std::min(task->second, last);
  }
  return tasks;
}

std::chrono::milliseconds Hearing::OldestAge(Clock::time_point now) const {
  const MutexLock lock(mutex_);
  Clock::time_point oldest = now;
  for (const auto& [source, last] : last_) oldest = std::min(oldest, last);
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - oldest);
}

Doors::Doors(const View& view, const Hearing& hearing, Metrics& metrics,
             std::function<Time()> clock)
    : view_(view),
      hearing_(hearing),
      metrics_(metrics),
      clock_(std::move(clock)),
      renderings_(kRenderedBytes) {}
Doors::~Doors() = default;

std::optional<v1::WarningView> Doors::Show(const Principal& principal,
                                           const v1::Warning& stored) const {
  return Render(principal, stored, [&] { return LifeAsShown(stored); });
}

// With whether it comes quietly as of now.
Lifecycle Doors::LifeAsShown(const v1::Warning& stored) const {
  const WarningId id(stored.id());
  Lifecycle life = view_.LifecycleOf(id);
  const std::optional<Quiet> written = std::exchange(life.quiet, std::nullopt);
  if (IsOpen(stored)) {
    std::optional<Quiet> quiet = QuietBecause(*view_.centre(), view_.AudibleOf(stored), clock_());
    // As the duty is about to write it: news of what is silenced, or waits for others, never rings
    // in between.
    if (quiet && (quiet->reason != QuietReason::kInhibited || quiet == written)) {
      life.quiet = std::move(quiet);
    }
  }
  return life;
}

std::optional<v1::WarningView> Doors::Render(const Principal& principal, const v1::Warning& stored,
                                             absl::FunctionRef<Lifecycle()> life) const {
  return renderings_.Render(principal, stored, life, [&](const WarningId& other) {
    const auto record = view_.Latest(other);
    return record && Visible(principal, record->warning);
  });
}

absl::StatusOr<v1::WarningView> Doors::Get(const Principal& principal,
                                           const std::string& name) const {
  TOCSIN_ASSIGN_OR_RETURN(const WarningName parsed, ParseWarningName(name));
  std::optional<WarningId> id = parsed.id;
  if (parsed.number && (parsed.mission.empty() || parsed.mission == view_.shape().mission)) {
    id = view_.ByNumber(*parsed.number);
  }
  if (!id) return NoSuchWarning();
  const auto record = view_.Latest(*id);
  if (!record) return NoSuchWarning();
  std::optional<v1::WarningView> shown = Show(principal, record->warning);
  if (!shown) return NoSuchWarning();
  metrics_.Withheld(*shown);
  return *std::move(shown);
}

absl::StatusOr<v1::ListResponse> Doors::List(const Principal& principal,
                                             const v1::ListRequest& request) const {
  TOCSIN_RETURN_IF_ERROR(Check(request.filter()));
  TOCSIN_ASSIGN_OR_RETURN(const int size, HowMany("page_size", request.page_size()));
  TOCSIN_ASSIGN_OR_RETURN(const std::string after,
                          ParsePageToken(request.page_token(), request.filter()));
  v1::ListResponse response;
  const auto horizon = view_.horizon();
  response.mutable_evaluated()->Add(horizon->evaluated.begin(), horizon->evaluated.end());
  std::string last;
  size_t bytes = 0;
  view_.ScanNewest(after, [&](std::string_view key, const View::Record& record) {
    if (!SelectsKind(request.filter(), record.warning)) return true;
    std::optional<v1::WarningView> shown = Show(principal, record.warning);
    if (!shown || !Matches(request.filter(), *shown)) return true;
    if (request.filter().open_only() && !Stands(*shown)) return true;
    bytes += shown->ByteSizeLong();
    // There is a next page only if there is something on it for this caller.
    if (response.warnings_size() == size || (bytes > kPageBytes && response.warnings_size() > 0)) {
      response.set_next_page_token(MakePageToken(last, request.filter()));
      return false;
    }
    metrics_.Withheld(*shown);
    *response.add_warnings() = *std::move(shown);
    last = std::string(key);
    return true;
  });
  return response;
}

void Doors::VisitHistory(const Principal& principal, const WarningId& id, size_t from,
                         absl::FunctionRef<bool(size_t, v1::WarningHistoryEntry)> visit) const {
  const std::vector<View::Moment> moments = view_.History(id);
  for (size_t i = from; i < moments.size(); ++i) {
    v1::WarningHistoryEntry entry;
    entry.set_logged_us(ToMicros(moments[i].logged));
    if (const auto* record = std::get_if<View::RecordPtr>(&moments[i].what)) {
      std::optional<v1::WarningView> shown =
          Render(principal, (*record)->warning, [] { return Lifecycle(); });
      if (!shown) continue;
      shown->clear_lifecycle();
      *entry.mutable_revision() = *std::move(shown);
    } else {
      *entry.mutable_action() = std::get<v1::ActionTaken>(moments[i].what);
    }
    if (!visit(i, std::move(entry))) return;
  }
}

absl::StatusOr<v1::WarningHistoryResponse> Doors::History(
    const Principal& principal, const v1::WarningHistoryRequest& request) const {
  TOCSIN_ASSIGN_OR_RETURN(const int size, HowMany("page_size", request.page_size()));
  TOCSIN_ASSIGN_OR_RETURN(const v1::WarningView latest, Get(principal, request.warning_id()));
  const WarningId id(latest.warning().id());
  TOCSIN_ASSIGN_OR_RETURN(const size_t from, ParseHistoryToken(request.page_token(), id));
  v1::WarningHistoryResponse response;
  size_t bytes = 0;
  VisitHistory(principal, id, from, [&](size_t at, v1::WarningHistoryEntry entry) {
    if (request.until_us() != 0 && entry.logged_us() > request.until_us()) return false;
    bytes += entry.ByteSizeLong();
    if (response.entries_size() == size || (bytes > kPageBytes && response.entries_size() > 0)) {
      response.set_next_page_token(MakeHistoryToken(at, id));
      return false;
    }
    *response.add_entries() = std::move(entry);
    return true;
  });
  return response;
}

v1::Load Doors::LoadOf(const Principal& principal, const v1::WarningFilter& filter) const {
  const Time now = clock_();
  v1::Load load;
  std::set<Status> statuses;
  for (const Alarm& alarm : view_.AlarmsSince(now - kLoadOf, kMostLoad)) {
    const auto record = view_.Revision(alarm.warning, alarm.revision);
    if (!record || !SelectsKind(filter, record->warning)) continue;
    const auto shown = Show(principal, record->warning);
    if (!shown || !Matches(filter, *shown)) continue;
    load.set_alarms_10min(load.alarms_10min() + 1);
    statuses.insert(alarm.status);
  }
  load.set_flood(std::any_of(statuses.begin(), statuses.end(),
                             [&](Status status) { return view_.Flood(status, now); }));
  return load;
}

absl::StatusOr<v1::RuleMarksResponse> Doors::Marks(const Principal& principal,
                                                   const v1::WarningFilter& filter) const {
  TOCSIN_RETURN_IF_ERROR(Check(filter));
  std::map<std::string, v1::MarksOfRule> by_rule;
  view_.ScanNewest("", [&](std::string_view, const View::Record& record) {
    const std::optional<v1::WarningView> shown = Show(principal, record.warning);
    if (!shown || !Matches(filter, *shown)) return true;
    v1::MarksOfRule& marks = by_rule[shown->warning().rule_id()];
    marks.set_warnings(marks.warnings() + 1);
    if (shown->lifecycle().verdict() == v1::VERDICT_USEFUL) marks.set_useful(marks.useful() + 1);
    if (shown->lifecycle().verdict() == v1::VERDICT_FALSE_ALARM) {
      marks.set_false_alarms(marks.false_alarms() + 1);
    }
    return true;
  });
  v1::RuleMarksResponse response;
  for (auto& [rule, marks] : by_rule) {
    marks.set_rule_id(rule);
    *response.add_rules() = std::move(marks);
  }
  return response;
}

absl::StatusOr<v1::LedgerResponse> Doors::Ledger(const Principal& principal,
                                                 const v1::LedgerRequest& request,
                                                 const DeliveryLedger& ledger) const {
  TOCSIN_RETURN_IF_ERROR(Check(request.filter()));
  TOCSIN_ASSIGN_OR_RETURN(const int size, HowMany("page_size", request.page_size()));
  if (!v1::LedgerSelection_IsValid(request.selection())) {
    return absl::InvalidArgumentError("selection: is none that this gateway knows");
  }
  v1::LedgerResponse response;
  if (!request.warning_id().empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const v1::WarningView view, Get(principal, request.warning_id()));
    AddRows(request, view.warning(), ledger, response);
    return response;
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string after,
                          ParsePageToken(request.page_token(), request.filter()));
  std::string last;
  view_.ScanNewest(after, [&](std::string_view key, const View::Record& record) {
    const std::optional<v1::WarningView> shown = Show(principal, record.warning);
    if (!shown || !Matches(request.filter(), *shown)) return true;
    const int before = response.rows_size();
    AddRows(request, shown->warning(), ledger, response);
    if (before >= size && response.rows_size() > before) {
      response.mutable_rows()->DeleteSubrange(before, response.rows_size() - before);
      response.set_next_page_token(MakePageToken(last, request.filter()));
      return false;
    }
    last = std::string(key);
    return true;
  });
  return response;
}

std::optional<int64_t> Doors::NumberOf(const Principal& principal, const WarningId& id) const {
  const auto record = id.empty() ? nullptr : view_.Latest(id);
  if (!record || !Visible(principal, record->warning)) return std::nullopt;
  return record->warning.number();
}

Lifecycle Doors::LifecycleOf(const v1::WarningView& view) const {
  return view_.LifecycleOf(WarningId(view.warning().id()));
}

std::vector<v1::EvaluatedUpTo> Doors::Evaluated() const { return view_.horizon()->evaluated; }

std::unique_ptr<WatchSources> Doors::Watch(const Principal& principal) {
  return std::make_unique<CallerLogs>(
      [this, principal](const v1::WarningFilter& filter) -> std::unique_ptr<WatchSource> {
        return std::make_unique<CallerLog>(*this, principal, filter, Counter(principal, filter));
      });
}

std::shared_ptr<OpenCounter> Doors::Counter(const Principal& principal,
                                            const v1::WarningFilter& filter) {
  const MutexLock lock(mutex_);
  std::erase_if(counters_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<OpenCounter>& slot = counters_[{principal, filter.SerializeAsString()}];
  std::shared_ptr<OpenCounter> counter = slot.lock();
  if (counter == nullptr) {
    counter = std::make_shared<OpenCounter>();
    slot = counter;
  }
  return counter;
}

}  // namespace tocsin::gateway
