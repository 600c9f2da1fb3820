#include "lib/rules/words.h"

#include <array>
#include <utility>

namespace tocsin {
namespace {

template <class T, size_t n>
std::optional<T> Find(const std::array<std::pair<std::string_view, T>, n>& words,
                      std::string_view word) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return std::nullopt;
}

template <class T>
using Word = std::pair<std::string_view, T>;

}  // namespace

std::optional<Nature> NatureOfWord(std::string_view word) {
  static constexpr std::array<Word<Nature>, 4> kWords{{{"observed", Nature::kObserved},
                                                       {"expected", Nature::kExpected},
                                                       {"declared", Nature::kDeclared},
                                                       {"planned", Nature::kPlanned}}};
  return Find(kWords, word);
}

std::optional<Severity> SeverityOfWord(std::string_view word) {
  static constexpr std::array<Word<Severity>, 4> kWords{{{"minor", Severity::kMinor},
                                                         {"moderate", Severity::kModerate},
                                                         {"severe", Severity::kSevere},
                                                         {"extreme", Severity::kExtreme}}};
  return Find(kWords, word);
}

std::string_view WordOf(Severity severity) {
  static constexpr std::array<std::string_view, 6> kWords = {"",         "unknown", "minor",
                                                             "moderate", "severe",  "extreme"};
  return kWords.at(static_cast<size_t>(severity));
}

std::string_view WordOf(Certainty certainty) {
  static constexpr std::array<std::string_view, 6> kWords = {"",         "unknown", "unlikely",
                                                             "possible", "likely",  "observed"};
  return kWords.at(static_cast<size_t>(certainty));
}

std::optional<Urgency> UrgencyOfWord(std::string_view word) {
  static constexpr std::array<Word<Urgency>, 5> kWords{{{"immediate", Urgency::kImmediate},
                                                        {"expected", Urgency::kExpected},
                                                        {"future", Urgency::kFuture},
                                                        {"past", Urgency::kPast},
                                                        {"unknown", Urgency::kUnknown}}};
  return Find(kWords, word);
}

std::optional<ResponseType> ResponseOfWord(std::string_view word) {
  static constexpr std::array<Word<ResponseType>, 9> kWords{{
      {"none", ResponseType::kNone},
      {"monitor", ResponseType::kMonitor},
      {"assess", ResponseType::kAssess},
      {"prepare", ResponseType::kPrepare},
      {"avoid", ResponseType::kAvoid},
      {"execute", ResponseType::kExecute},
      {"evacuate", ResponseType::kEvacuate},
      {"shelter", ResponseType::kShelter},
      {"all_clear", ResponseType::kAllClear},
  }};
  return Find(kWords, word);
}

std::optional<Classification> ClassificationOfWord(std::string_view word) {
  static constexpr std::array<Word<Classification>, 3> kWords{{
      {"unclassified", Classification::kUnclassified},
      {"confidential", Classification::kConfidential},
      {"strictly_confidential", Classification::kStrictlyConfidential},
  }};
  return Find(kWords, word);
}

std::optional<Tlp> TlpOfWord(std::string_view word) {
  static constexpr std::array<Word<Tlp>, 5> kWords{{{"clear", Tlp::kClear},
                                                    {"green", Tlp::kGreen},
                                                    {"amber", Tlp::kAmber},
                                                    {"amber_strict", Tlp::kAmberStrict},
                                                    {"red", Tlp::kRed}}};
  return Find(kWords, word);
}

bool IsActorClass(std::string_view word) {
  return word == "armed_group" || word == "government" || word == "civilians" ||
         word == "mission" || word == "other";
}

}  // namespace tocsin
