// Strong types for identifiers, so that a mission cannot be passed where a warning is meant.
//
// A StrongString owns its text, is ordered bytewise and hashes with absl. Not validated: adapters
// and domain/validate.h do that where a value enters.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin {

template <class Tag>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string value) : value_(std::move(value)) {}
  explicit StrongString(std::string_view value) : value_(value) {}
  explicit StrongString(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend auto operator<=>(const StrongString&, const StrongString&) = default;
  friend bool operator==(const StrongString&, const StrongString&) = default;
  template <class H>
  friend H AbslHashValue(H state, const StrongString& id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  std::string value_;
};

using MissionId = StrongString<struct MissionIdTag>;    // "unamid"; also names its JOC and desk
using EventId = StrongString<struct EventIdTag>;        // given by the client, unique in a mission
using RuleId = StrongString<struct RuleIdTag>;          // "cluster-near-border", without version
using WarningId = StrongString<struct WarningIdTag>;    // 32 lower-case hex digits
using AreaId = StrongString<struct AreaIdTag>;          // area of responsibility
using CorridorId = StrongString<struct CorridorIdTag>;  // border corridor
using ActorId = StrongString<struct ActorIdTag>;        // id in the actor register

}  // namespace tocsin
