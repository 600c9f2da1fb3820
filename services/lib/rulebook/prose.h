// A rule in words, for its page.
#pragma once

#include <string>
#include <vector>

#include "lib/rulebook/facts.h"

namespace tocsin {

// "a, b and c"; `last` is the word before the last one.
std::string Enumerated(const std::vector<std::string>& words, const std::string& last = "and");

// "Counting of incidents"; the word itself for a kind that is not known here.
std::string KindInWords(const std::string& kind);

// "for each border corridor".
std::string KeyInWords(const Facts& rule);

// What must come together: a sentence or two. Empty for a kind that is not known here.
std::string ConditionInWords(const Facts& rule);

// "moderate from 3 incidents, severe from 8"; or "severe".
std::string SeveritiesInWords(const Facts& rule);

// Which events, in one sentence. `types`: facts of the taxonomy, for the titles of types.
std::string SelectionInWords(const Facts& rule, const std::string& name, const Facts& types);

// "the desks of both sides of the corridor".
std::string AddresseesInWords(const Facts& rule);

}  // namespace tocsin
