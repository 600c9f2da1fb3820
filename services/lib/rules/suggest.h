// What somebody who wrote a word that does not exist may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

// The nearest of the known words if it is near enough to be meant, else empty. Case counts less
// than letters do; of equally near ones the first in order.
std::string Nearest(std::string_view word, const std::vector<std::string_view>& known);

// "did you mean 'window'?", or the words that are known, or, if they are many, the first of them.
// Says so if the word has letters that only look like those of a known word.
std::string FixOf(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace tocsin
