// The words that documents use for enumerators.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Every word for an enumerator of this type, in the order of their meaning.
std::vector<std::string_view> WordsOf(Nature type);
std::vector<std::string_view> WordsOf(Severity type);
std::vector<std::string_view> WordsOf(Urgency type);
std::vector<std::string_view> WordsOf(ResponseType type);
std::vector<std::string_view> WordsOf(Classification type);
std::vector<std::string_view> WordsOf(Tlp type);

// The classes of the actor register.
bool IsActorClass(std::string_view word);
std::vector<std::string_view> ActorClasses();

}  // namespace tocsin
