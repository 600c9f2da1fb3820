// What the templates of a rule's texts may name, and which of its headlines a warning has.
#pragma once

#include <map>
#include <string>

#include <absl/time/time.h>

#include "lib/domain/warning.h"
#include "lib/rendering/catalogue.h"

namespace tocsin {

// Of the state of what is missing, or of the count, if the rule has one for it.
const std::string& HeadlinePattern(const RuleTexts& rule, const WarningContent& content);

// Name to words, empty where the warning has no such thing. None depends on a piece of evidence:
// what a headline says is under the label of the warning itself, whoever reads it.
std::map<std::string, std::string> TemplateValues(const WarningContent& content,
                                                  const absl::TimeZone& zone,
                                                  const Catalogue& catalogue);

}  // namespace tocsin
