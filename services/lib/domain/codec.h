// Canonical bytes of events, warnings and ticks: what cores keep in state and what tests compare.
// Equal values have equal bytes in every build. Decoding malformed bytes is DataLoss, never a
// crash.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "lib/domain/keyed.h"
#include "lib/domain/warning.h"

namespace tocsin {

std::string Encode(const KeyedEvent& event);
std::string Encode(const Warning& warning);
std::string Encode(const Match& match);
std::string Encode(const WarningContent& content);
std::string Encode(const Tick& tick);
std::string Encode(const EvaluatedRecord& record);

absl::StatusOr<KeyedEvent> DecodeKeyedEvent(std::string_view bytes);
absl::StatusOr<Warning> DecodeWarning(std::string_view bytes);
absl::StatusOr<Tick> DecodeTick(std::string_view bytes);

}  // namespace tocsin
