// The words that documents use for enumerators.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/domain/warning.h"

namespace tocsin {

std::optional<Nature> NatureOfWord(std::string_view word);
std::optional<Severity> SeverityOfWord(std::string_view word);  // minor to extreme
// Empty for an unspecified one.
std::string_view WordOf(Severity severity);
std::string_view WordOf(Certainty certainty);
std::optional<Urgency> UrgencyOfWord(std::string_view word);
std::optional<ResponseType> ResponseOfWord(std::string_view word);
std::optional<Classification> ClassificationOfWord(std::string_view word);
std::optional<Tlp> TlpOfWord(std::string_view word);

// The classes of the actor register.
bool IsActorClass(std::string_view word);

}  // namespace tocsin
