// Documents and activations: which rules are in effect. Documents wait in the state until an
// activation names them; from then on the pack is in effect instead of the one before, and every
// keyed partition is told with the full text. Entries `d` and `a` of the state; the parsed pack is
// a cache.
#pragma once

#include <memory>
#include <optional>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"
#include "lib/routing/resolve.h"
#include "lib/routing/router.h"
#include "lib/rules/changes.h"

namespace tocsin {

// A pack in effect, with what is made from it.
struct ActivePack {
  Activation activation;
  std::vector<Document> documents;  // in the order of the activation
  Pack pack;
  std::unique_ptr<const PlaceIndex> places;
  std::unique_ptr<const Resolver> resolver;
};

class ControlState {
 public:
  explicit ControlState(PlaceIndexFactory factory) : factory_(std::move(factory)) {}

  // FailedPrecondition if this build cannot use the rules in effect, DataLoss if the state cannot
  // be read.
  absl::Status Load(const ReadState& state);

  // What it changes if it takes effect now, against the rules before; nothing if it is in effect
  // already. The first ones change nothing. InvalidArgument if it names documents that are not
  // there or that this build can make no pack of: the rules stay as they are.
  absl::StatusOr<std::optional<RuleChanges>> Activate(const Activation& activation, State& state);

  // The pack in effect; nullptr before the first activation.
  const ActivePack* active() const { return active_.get(); }

 private:
  absl::StatusOr<std::unique_ptr<const ActivePack>> Make(const Activation& activation,
                                                         const ReadState& state) const;

  const PlaceIndexFactory factory_;
  std::unique_ptr<const ActivePack> active_;
};

}  // namespace tocsin
