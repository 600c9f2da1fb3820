#include "gateway/witness.h"

#include <algorithm>
#include <utility>

#include <absl/time/clock.h>

#include "lib/base/mutex.h"
#include "lib/base/text.h"

namespace tocsin::gateway {
namespace {

// About 100 bytes each.
constexpr size_t kMostNotes = 100'000;
constexpr size_t kMostResumed = 10'000;
constexpr size_t kMostKnown = 200'000;
constexpr int64_t kMostAwaited = 400'000;
constexpr size_t kLongestId = 128;

Time Now() { return FromMicros(absl::ToUnixMicros(absl::Now())); }

}  // namespace

void WitnessBook::Note(Noted note) {
  const MutexLock lock(mutex_);
  const Key key(note.receipt.warning, note.receipt.revision, note.receipt.stage);
  // That something was seen may come too early to hold, and be true when it is said again.
  const bool again = note.receipt.stage == ReceiptStage::kSeen;
  absl::flat_hash_set<Key>& known = again ? seen_ : known_;
  if (known.contains(key)) return;
  if (notes_.size() >= kMostNotes) {
    ++dropped_;
    return;
  }
  // To forget costs the ledger's thread a look, no more.
  if (known.size() >= kMostKnown) known.clear();
  known.insert(key);
  notes_.push_back(std::move(note));
}

void WitnessBook::Resume(Resumed resumed) {
  const MutexLock lock(mutex_);
  if (resumed_.size() < kMostResumed) {
    resumed_.push_back(std::move(resumed));
  } else {
    ++dropped_;
  }
}

WitnessBook::Taken WitnessBook::Take() {
  const MutexLock lock(mutex_);
  seen_.clear();
  return {std::exchange(notes_, {}), std::exchange(resumed_, {}), std::exchange(dropped_, 0)};
}

void WitnessBook::Began() {
  const MutexLock lock(mutex_);
  if (presence_.clients++ == 0) presence_.since = Now();
}

void WitnessBook::Ended() {
  const MutexLock lock(mutex_);
  if (--presence_.clients == 0) presence_.since = Now();
}

WitnessBook::Presence WitnessBook::presence() const {
  const MutexLock lock(mutex_);
  return presence_;
}

bool WitnessBook::ReserveAwaited() {
  if (++awaited_ <= kMostAwaited) return true;
  --awaited_;
  return false;
}

Attendance::Attendance(WitnessBook& book, const Principal& caller)
    : book_(book), client_(caller.name), counts_(May(caller, Act::kActOnWarnings)) {
  if (counts_) book_.Began();
}

Attendance::~Attendance() {
  if (counts_) book_.Ended();
  book_.ReleaseAwaited(static_cast<int64_t>(awaited_.size()));
}

void Attendance::Subscribed(const v1::Subscribe& subscribe) {
  // Within a snapshot a cursor says little of single records: nothing is claimed.
  if (!counts_ || !subscribe.has_cursor() || subscribe.cursor().has_snapshot()) return;
  const auto& offsets = subscribe.cursor().offsets();
  book_.Resume({client_, {offsets.begin(), offsets.end()}});
}

void Attendance::Sending(const v1::Delivery& delivery, int32_t partition, int64_t offset) {
  if (!counts_) return;
  sending_ = {WarningId(delivery.view().warning().id()), delivery.view().warning().revision(),
              partition, offset, PlaceOf(delivery.cursor())};
  // Now, since the client's answer may be here before the transport's.
  if (book_.ReserveAwaited()) awaited_.push_back(sending_);
}

void Attendance::Pushed() {
  if (counts_) Note(sending_, ReceiptStage::kPushed);
}

void Attendance::Acknowledged(const v1::Cursor& cursor) {
  const Place place = PlaceOf(cursor);
  const auto passed = [&](const Awaited& awaited) { return HasPassed(place, awaited.place); };
  for (const Awaited& awaited : awaited_) {
    if (!passed(awaited)) continue;
    Note(awaited, ReceiptStage::kPushed);
    Note(awaited, ReceiptStage::kReceived);
  }
  book_.ReleaseAwaited(static_cast<int64_t>(std::erase_if(awaited_, passed)));
}

void Attendance::Note(const Awaited& awaited, ReceiptStage stage) {
  book_.Note({{awaited.warning, awaited.revision, stage, Now()},
              client_,
              awaited.partition,
              awaited.offset});
}

absl::Status Attendance::Seen(const v1::Seen& seen) {
  if (!counts_) {
    return absl::PermissionDeniedError("seen: only a watch officer's client may say so");
  }
  if (seen.warning_id().empty() || seen.warning_id().size() > kLongestId) {
    return absl::InvalidArgumentError(
        StrCat("seen.warning_id: must have 1 to ", kLongestId, " bytes"));
  }
  if (seen.revision() < 1) {
    return absl::InvalidArgumentError("seen.revision: must be 1 or greater");
  }
  book_.Note(
      {{WarningId(seen.warning_id()), seen.revision(), ReceiptStage::kSeen, Now()}, client_});
  return absl::OkStatus();
}

}  // namespace tocsin::gateway
