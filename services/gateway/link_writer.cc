#include "gateway/link_writer.h"

#include <utility>

#include "gateway/receipts_record.h"

namespace tocsin::gateway {
namespace {

constexpr std::chrono::seconds kLeastInterval{1};

}  // namespace

OutputRecord LinkWriter::RecordOf(const WitnessBook::Presence& presence,
                                  const std::optional<Receipt>& last, bool ends) const {
  v1::ReceiptsRecord proto;
  v1::LinkBeat& beat = *proto.mutable_link();
  beat.set_instance(instance_);
  beat.set_clients(static_cast<int32_t>(presence.clients));
  beat.set_since_us(ToMicros(presence.since));
  beat.set_period_s(static_cast<int32_t>(policy_.period.count()));
  beat.set_ends(ends);
  if (last) {
    beat.set_last_warning_id(last->warning.str());
    beat.set_last_revision(last->revision);
    beat.set_last_received_us(ToMicros(last->at));
  }
  for (const MissionId& mission : policy_.shown_to) beat.add_shown_to(mission.str());
  return ReceiptsRecordOf(mission_, std::move(proto));
}

void LinkWriter::Pump(const WitnessBook::Presence& presence, const std::optional<Receipt>& last,
                      Clock::time_point now) {
  if (const std::optional<absl::Status> outcome = flight_.Outcome()) {
    if (outcome->ok()) {
      said_up_ = saying_up_;
    } else {
      said_up_.reset();
    }
  }
  const bool up = presence.clients > 0;
  const bool due = now >= beat_at_ || said_up_ != std::optional(up);
  if (flight_.under_way() || !due || now < not_before_) return;
  saying_up_ = up;
  beat_at_ = now + policy_.period;
  not_before_ = now + kLeastInterval;
  flight_.Begin(producer_, RecordOf(presence, last, /*ends=*/false));
}

void LinkWriter::End(const WitnessBook::Presence& presence, const std::optional<Receipt>& last) {
  flight_.Begin(producer_, RecordOf(presence, last, /*ends=*/true));
}

}  // namespace tocsin::gateway
