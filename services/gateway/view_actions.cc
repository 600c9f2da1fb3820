// How the view takes what people of the JOC do.
#include <utility>

#include "gateway/keys.h"
#include "gateway/view.h"
#include "gateway/view_codec.h"
#include "lib/wire/centre.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {

void View::ApplyActions(const InputRecord& record, State& state, ApplyReport& report) {
  v1::ActionsRecord proto;
  if (!record.tombstone && proto.ParseFromString(record.value)) {
    if (proto.has_action()) return ApplyAction(record, FromProto(proto.action()), state, report);
    if (proto.has_centre_action()) {
      return ApplyCentreAction(FromProto(proto.centre_action()), state, report);
    }
  }
  report.dead_letters.push_back({record.source, record.offset, "", "not an ActionsRecord"});
}

void View::ApplyCentreAction(const CentreAction& action, State& state, ApplyReport& report) const {
  const auto stored = state.Get(CentreKey());
  const absl::StatusOr<Centre> before = stored ? DecodeCentre(*stored) : Centre();
  const AppliedToCentre applied =
      tocsin::Apply(before.ok() ? *before : Centre(), action, shape_.mission);
  ++report.actions[std::string(NameOf(applied.outcome))];
  if (before.ok() && applied.centre == *before) return;
  state.Put(CentreKey(), Encode(applied.centre));
  report.centre = true;
}

void View::LoadCentre() {
  const auto stored = store_.Get(CentreKey());
  absl::StatusOr<Centre> centre = stored ? DecodeCentre(*stored) : Centre();
  auto next = std::make_shared<const Centre>(centre.ok() ? *std::move(centre) : Centre());
  const MutexLock lock(mutex_);
  centre_ = std::move(next);
}

void View::ApplyAction(const InputRecord& record, const Action& action, State& state,
                       ApplyReport& report) {
  const std::string key = LifecycleKey(action.warning);
  const std::optional<std::string> stored = state.Get(key);
  Lifecycle before;
  if (stored) {
    absl::StatusOr<Lifecycle> decoded = DecodeLifecycle(*stored);
    if (decoded.ok()) before = *std::move(decoded);
  }
  const Applied applied = tocsin::Apply(before, action, shape_.mission);
  const std::string outcome(NameOf(applied.outcome));
  ++report.actions[outcome];
  // What is ignored altogether, a second copy included, is no part of the warning's history.
  if (applied.lifecycle == before) return;
  state.Put(key, Encode(applied.lifecycle));
  v1::ActionTaken taken;
  *taken.mutable_action() = ToProto(action);
  taken.set_outcome(outcome);
  state.Put(ActionKey(action.warning, record.offset),
            CanonicalWriter().TimeOf(record.logged).Bytes(SerializeDeterministic(taken)).Take());
  if (applied.outcome != Outcome::kApplied) return;
  report.touched.insert(action.warning);
  // What it keeps quiet may be heard again.
  if (const auto narrower = state.Get(NarrowerKey(action.warning))) {
    report.touched.merge(DecodeIds(*narrower));
  }
  const std::string last = LastChangeKey(action.warning);
  if (const auto former = state.Get(last)) state.Delete(ChangeKey(DecodeNumber(former, -1)));
  state.Put(last, EncodeNumber(record.offset));
  state.Put(ChangeKey(record.offset), action.warning.str());
}

}  // namespace tocsin::gateway
