#include "gateway/overdue.h"

#include "gateway/filter.h"
#include "lib/base/mutex.h"

namespace tocsin::gateway {
namespace {

void Older(const v1::OverdueDelivery& one, v1::OverdueDelivery& oldest) {
  if (oldest.committed_us() == 0 || one.committed_us() < oldest.committed_us()) oldest = one;
}

}  // namespace

void Overdue::Set(const WarningId& id, const Standing* standing) {
  if (standing == nullptr || standing->state.Has(ReceiptStage::kSeen)) {
    unseen_.erase(id);
  } else {
    unseen_[id] = *standing;
  }
}

Overdue::Counts Overdue::Judge(Time now) {
  std::map<Kind, v1::OverdueDeliveries> judged;
  for (const auto& [id, standing] : unseen_) {
    const Time committed = standing.state.At(ReceiptStage::kCommitted);
    const bool received = standing.state.Has(ReceiptStage::kReceived);
    if (committed == kUnknownTime ||
        now - committed < (received ? policy_.unseen_after : policy_.undelivered_after)) {
      continue;
    }
    v1::OverdueDelivery one;
    one.set_warning_id(id.str());
    one.set_number(standing.number);
    one.set_revision(standing.revision);
    one.set_committed_us(ToMicros(committed));
    v1::OverdueDeliveries& of_kind = judged[{standing.status, standing.exercise_id}];
    if (received) {
      of_kind.set_unseen(of_kind.unseen() + 1);
      Older(one, *of_kind.mutable_oldest_unseen());
    } else {
      of_kind.set_undelivered(of_kind.undelivered() + 1);
      Older(one, *of_kind.mutable_oldest_undelivered());
    }
  }
  Counts counts;
  for (const auto& [kind, of_kind] : judged) {
    if (kind.first != v1::STATUS_ACTUAL) continue;
    counts.undelivered += of_kind.undelivered();
    counts.unseen += of_kind.unseen();
    if (of_kind.has_oldest_undelivered()) Older(of_kind.oldest_undelivered(), counts.oldest);
    if (of_kind.has_oldest_unseen()) Older(of_kind.oldest_unseen(), counts.oldest);
  }
  const MutexLock lock(mutex_);
  judged_ = std::move(judged);
  return counts;
}

v1::OverdueDeliveries Overdue::For(const v1::WarningFilter& filter) const {
  v1::OverdueDeliveries sum;
  const MutexLock lock(mutex_);
  for (const auto& [kind, of_kind] : judged_) {
    if (!SelectsKind(filter, kind.first, kind.second)) continue;
    sum.set_undelivered(sum.undelivered() + of_kind.undelivered());
    sum.set_unseen(sum.unseen() + of_kind.unseen());
    if (of_kind.has_oldest_undelivered()) {
      Older(of_kind.oldest_undelivered(), *sum.mutable_oldest_undelivered());
    }
    if (of_kind.has_oldest_unseen()) Older(of_kind.oldest_unseen(), *sum.mutable_oldest_unseen());
  }
  return sum;
}

}  // namespace tocsin::gateway
