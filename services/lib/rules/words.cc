#include "lib/rules/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin {
namespace {

template <class T>
using Word = std::pair<std::string_view, T>;

template <class T, size_t n>
std::optional<T> Find(const std::array<Word<T>, n>& words, std::string_view word) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return std::nullopt;
}

template <class T, size_t n>
std::vector<std::string_view> Names(const std::array<Word<T>, n>& words) {
  std::vector<std::string_view> names;
  names.reserve(n);
  for (const auto& [name, value] : words) names.push_back(name);
  return names;
}

constexpr std::array<Word<Nature>, 4> kNatureWords{{{"observed", Nature::kObserved},
                                                    {"expected", Nature::kExpected},
                                                    {"declared", Nature::kDeclared},
                                                    {"planned", Nature::kPlanned}}};

constexpr std::array<Word<Severity>, 4> kSeverityWords{{{"minor", Severity::kMinor},
                                                        {"moderate", Severity::kModerate},
                                                        {"severe", Severity::kSevere},
                                                        {"extreme", Severity::kExtreme}}};

constexpr std::array<Word<Urgency>, 5> kUrgencyWords{{{"immediate", Urgency::kImmediate},
                                                      {"expected", Urgency::kExpected},
                                                      {"future", Urgency::kFuture},
                                                      {"past", Urgency::kPast},
                                                      {"unknown", Urgency::kUnknown}}};

constexpr std::array<Word<ResponseType>, 9> kResponseTypeWords{{
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

constexpr std::array<Word<Classification>, 3> kClassificationWords{{
    {"unclassified", Classification::kUnclassified},
    {"confidential", Classification::kConfidential},
    {"strictly_confidential", Classification::kStrictlyConfidential},
}};

constexpr std::array<Word<Tlp>, 5> kTlpWords{{{"clear", Tlp::kClear},
                                              {"green", Tlp::kGreen},
                                              {"amber", Tlp::kAmber},
                                              {"amber_strict", Tlp::kAmberStrict},
                                              {"red", Tlp::kRed}}};

constexpr std::array<std::string_view, 5> kActorClasses{"armed_group", "government", "civilians",
                                                        "mission", "other"};

}  // namespace

std::optional<Nature> NatureOfWord(std::string_view word) { return Find(kNatureWords, word); }
std::vector<std::string_view> WordsOf(Nature /*type*/) { return Names(kNatureWords); }

std::optional<Severity> SeverityOfWord(std::string_view word) { return Find(kSeverityWords, word); }
std::vector<std::string_view> WordsOf(Severity /*type*/) { return Names(kSeverityWords); }

std::optional<Urgency> UrgencyOfWord(std::string_view word) { return Find(kUrgencyWords, word); }
std::vector<std::string_view> WordsOf(Urgency /*type*/) { return Names(kUrgencyWords); }

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

std::optional<ResponseType> ResponseOfWord(std::string_view word) {
  return Find(kResponseTypeWords, word);
}
std::vector<std::string_view> WordsOf(ResponseType /*type*/) { return Names(kResponseTypeWords); }

std::optional<Classification> ClassificationOfWord(std::string_view word) {
  return Find(kClassificationWords, word);
}
std::vector<std::string_view> WordsOf(Classification /*type*/) {
  return Names(kClassificationWords);
}

std::optional<Tlp> TlpOfWord(std::string_view word) { return Find(kTlpWords, word); }
std::vector<std::string_view> WordsOf(Tlp /*type*/) { return Names(kTlpWords); }

bool IsActorClass(std::string_view word) {
  return std::find(kActorClasses.begin(), kActorClasses.end(), word) != kActorClasses.end();
}

std::vector<std::string_view> ActorClasses() {
  return {kActorClasses.begin(), kActorClasses.end()};
}

}  // namespace tocsin
