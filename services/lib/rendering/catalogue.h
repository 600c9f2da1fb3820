// Words of one language for the codes in the log, from rules/catalogue/<language>.yaml.
//
// Immutable after parsing, shared between threads freely.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace tocsin {

struct RuleTexts {
  std::string headline;  // template
  std::string action;
  std::string unknown;
};

class Catalogue {
 public:
  // InvalidArgument names line and what is wrong.
  static absl::StatusOr<Catalogue> Parse(std::string_view yaml);

  const std::string& language() const { return language_; }
  // The words for a code of a section ("severity", "severe"); the code itself where the catalogue
  // has none, so that a new type or rule is still readable.
  std::string Words(const std::string& section, const std::string& code) const;
  bool Has(const std::string& section, const std::string& code) const;
  // Empty texts for a rule that it does not know.
  const RuleTexts& Rule(const std::string& id) const;

 private:
  std::string language_;
  std::map<std::string, std::map<std::string, std::string>> sections_;
  std::map<std::string, RuleTexts> rules_;
};

// The template with each {name} replaced by its value; a name without a value gives nothing.
std::string Fill(std::string_view pattern, const std::map<std::string, std::string>& values);

}  // namespace tocsin
