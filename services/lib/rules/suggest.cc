#include "lib/rules/suggest.h"

#include <algorithm>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

// Bounds on the work for one word: longer ones are no slips of the pen.
constexpr size_t kLongestWord = 64;
constexpr size_t kMostCandidates = 2000;
constexpr size_t kMostListed = 12;

// Insertions, deletions, changes and swaps of neighbours between two words.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

// Lower case, and each character that is not ASCII as one byte.
std::string Folded(std::string_view text) {
  std::string folded = absl::AsciiStrToLower(Av(text));
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
  folded.erase(std::remove_if(folded.begin(), folded.end(), continues), folded.end());
  return folded;
}

// The first character that is not ASCII, as "U+0435"; empty if there is none.
std::string ForeignCharacter(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    unsigned code = lead & (0x3FU >> static_cast<unsigned>(more));
    for (int k = 1; k <= more && i + k < text.size(); ++k) {
      code = (code << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    return absl::StrFormat("U+%04X", code);
  }
  return {};
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::string folded = Folded(word);
  const size_t allowed = std::max<size_t>(1, folded.size() / 3);
  size_t best = allowed + 1;
  std::string_view nearest;
  for (size_t i = 0; i < std::min(known.size(), kMostCandidates); ++i) {
    const std::string_view candidate = known[i];
    const size_t difference = candidate.size() > folded.size() ? candidate.size() - folded.size()
                                                               : folded.size() - candidate.size();
    if (difference >= best || candidate.size() > kLongestWord) continue;
    const size_t distance = Distance(folded, Folded(candidate));
    // A word as short as the distance would be near to everything.
    if (distance >= best || distance >= candidate.size()) continue;
    best = distance;
    nearest = candidate;
  }
  return std::string(nearest);
}

std::string FixOf(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string foreign = ForeignCharacter(word);
  const std::string note =
      foreign.empty() ? "" : StrCat("it has the character ", foreign, ", and words are ASCII; ");
  const std::string nearest = Nearest(word, known);
  if (!nearest.empty()) return StrCat(note, "did you mean '", nearest, "'?");
  if (known.empty()) return note.substr(0, note.empty() ? 0 : note.size() - 2);
  std::string listed;
  for (size_t i = 0; i < std::min(known.size(), kMostListed); ++i) {
    listed += StrCat(i == 0 ? "" : ", ", known[i]);
  }
  return StrCat(
      note, "known: ", listed,
      known.size() > kMostListed ? StrCat(" and ", known.size() - kMostListed, " more") : "");
}

}  // namespace tocsin
