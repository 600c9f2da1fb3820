#include "lib/routing/control.h"

#include <algorithm>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/routing/state_layout.h"
#include "lib/rules/document_store.h"

namespace tocsin {
namespace {

std::string Encode(const Activation& activation) {
  CanonicalWriter out;
  out.Bytes(activation.digest);
  out.Int64(static_cast<int64_t>(activation.documents.size()));
  for (const DocumentRef& ref : activation.documents) {
    out.Bytes(ref.kind).Bytes(ref.name).Int64(ref.version).Bytes(ref.sha256);
  }
  out.Int64(static_cast<int64_t>(activation.live_missions.size()));
  for (const MissionId& mission : activation.live_missions) out.Bytes(mission.str());
  return out.Take();
}

absl::StatusOr<Activation> Decode(std::string_view value) {
  CanonicalReader in(value);
  Activation activation;
  activation.digest = in.Bytes();
  const int64_t documents = in.Int64();
  for (int64_t i = 0; i < documents && in.ok(); ++i) {
    DocumentRef ref;
    ref.kind = in.Bytes();
    ref.name = in.Bytes();
    ref.version = static_cast<int32_t>(in.Int64());
    ref.sha256 = in.Bytes();
    activation.documents.push_back(std::move(ref));
  }
  const int64_t missions = in.Int64();
  for (int64_t i = 0; i < missions && in.ok(); ++i) {
    activation.live_missions.emplace_back(in.Bytes());
  }
  if (!in.ok() || !in.done()) return absl::DataLossError("the activation cannot be read");
  return activation;
}

}  // namespace

absl::Status ControlState::Load(const ReadState& state) {
  const std::optional<std::string> value = state.Get(layout::kActivation);
  if (!value) {
    active_.reset();
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(const Activation activation, Decode(*value));
  // The digest names every text: the same digest needs no second parse.
  if (active_ != nullptr && active_->activation == activation) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<const ActivePack>> made = Make(activation, state);
  if (!made.ok()) {
    return absl::FailedPreconditionError(
        StrCat("the rules in effect (digest ", activation.digest,
               ") cannot be used by this build: ", made.status().message()));
  }
  active_ = *std::move(made);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const ActivePack>> ControlState::Make(const Activation& activation,
                                                                     const ReadState& state) const {
  auto active = std::make_unique<ActivePack>();
  active->activation = activation;
  TOCSIN_ASSIGN_OR_RETURN(active->documents,
                          FindDocuments("activation.documents", activation.documents, state));
  if (DigestOf(activation.documents, activation.live_missions) != activation.digest) {
    return absl::InvalidArgumentError(
        "activation.digest: is not the digest of its documents and live missions");
  }
  TOCSIN_ASSIGN_OR_RETURN(active->pack, ParsePack(active->documents, activation.live_missions));
  TOCSIN_ASSIGN_OR_RETURN(active->places,
                          factory_(active->pack.areas_geojson, active->pack.corridors_geojson));
  active->resolver = std::make_unique<const Resolver>(active->pack, *active->places);
  return std::unique_ptr<const ActivePack>(std::move(active));
}

absl::StatusOr<std::optional<RuleChanges>> ControlState::Activate(const Activation& activation,
                                                                  State& state) {
  if (active_ != nullptr && active_->activation.digest == activation.digest) return std::nullopt;
  Activation sorted = activation;
  std::sort(sorted.documents.begin(), sorted.documents.end());
  std::sort(sorted.live_missions.begin(), sorted.live_missions.end());
  absl::StatusOr<std::unique_ptr<const ActivePack>> made = Make(sorted, state);
  // Whatever is wrong with it is wrong with the record, and no reason to end.
  if (!made.ok()) return absl::InvalidArgumentError(made.status().message());
  RuleChanges changes;
  if (active_ != nullptr) changes = CompareRules(active_->pack, (*made)->pack);
  active_ = *std::move(made);
  state.Put(layout::kActivation, Encode(sorted));
  return changes;
}

}  // namespace tocsin
