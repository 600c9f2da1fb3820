// Documents and activations: which rules are in effect. Documents wait in the state until an
// activation names them; from then on the pack is in effect, and every keyed partition is told with
// the full text. Entries `d` and `a` of the state; the parsed pack is a cache.
#pragma once

#include <memory>
#include <optional>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"
#include "lib/routing/resolve.h"
#include "lib/routing/router.h"

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

  // InvalidArgument if the text is not the one that its digest names.
  static absl::Status Keep(const Document& document, State& state);

  // True if it takes effect now, false if it is in effect already. InvalidArgument if it names
  // documents that are not there or make no pack; FailedPrecondition if other rules are in effect.
  absl::StatusOr<bool> Activate(const Activation& activation, State& state);

  // The pack in effect; nullptr before the first activation.
  const ActivePack* active() const { return active_.get(); }

 private:
  absl::StatusOr<std::unique_ptr<const ActivePack>> Make(const Activation& activation,
                                                         const ReadState& state) const;

  const PlaceIndexFactory factory_;
  std::unique_ptr<const ActivePack> active_;
};

}  // namespace tocsin
