#include "lib/domain/utf8.h"

#include <cstddef>

namespace tocsin {
namespace {

// Of U+00C0 to U+017F; a dot for what is no letter with something added.
constexpr char32_t kFirstLatin = 0xC0;
constexpr std::string_view kLatin =
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkk.lllllll"
    "lllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (size_t i = 0; i < bytes.size();) {
    const unsigned char lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    // The table of well-formed sequences (Unicode 15, table 3-7): length, and the range of the
    // second byte, which is where overlong forms and surrogates show.
    size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    if (i + length > bytes.size() || at(i + 1) < low || at(i + 1) > high) {
      return false;
    }
    for (size_t k = 2; k < length; ++k) {
      if (at(i + k) < 0x80 || at(i + k) > 0xBF) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

std::string LookOf(std::string_view utf8) {
  std::string look;
  look.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      look += static_cast<char>(lead >= 'A' && lead <= 'Z' ? lead + ('a' - 'A') : lead);
      continue;
    }
    // Accents and all that kLatin has are of two bytes.
    if (lead >= 0xC3 && lead <= 0xCD && i + 1 < utf8.size()) {
      const char32_t point =
          (char32_t{lead} & 0x1F) << 6 | (static_cast<unsigned char>(utf8[i + 1]) & 0x3F);
      const bool accent = point >= 0x300 && point <= 0x36F;
      const size_t letter = point - kFirstLatin;
      if (accent || (letter < kLatin.size() && kLatin[letter] != '.')) {
        if (!accent) look += kLatin[letter];
        ++i;
        continue;
      }
    }
    look += static_cast<char>(lead);
  }
  return look;
}

}  // namespace tocsin
