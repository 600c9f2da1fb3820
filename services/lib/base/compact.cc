#include "lib/base/compact.h"

#include <bit>

namespace tocsin {
namespace {

constexpr uint64_t kGroup = 0x7f;
constexpr uint64_t kMore = 0x80;
constexpr int kGroupBits = 7;
constexpr int kLastShift = 63;

uint64_t Reversed(uint64_t bits) {
  uint64_t reversed = 0;
  for (int i = 0; i < 8; ++i) {
    reversed = reversed << 8 | (bits & 0xff);
    bits >>= 8;
  }
  return reversed;
}

}  // namespace

void CompactWriter::Groups(uint64_t bits) {
  for (; bits > kGroup; bits >>= kGroupBits) {
    out_.push_back(static_cast<char>((bits & kGroup) | kMore));
  }
  out_.push_back(static_cast<char>(bits));
}

CompactWriter& CompactWriter::Bytes(std::string_view text) {
  Groups(text.size());
  out_.append(text);
  return *this;
}

CompactWriter& CompactWriter::Int64(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  Groups(value < 0 ? ~(bits << 1) : bits << 1);
  return *this;
}

CompactWriter& CompactWriter::Double(double value) {
  Groups(Reversed(std::bit_cast<uint64_t>(value == 0 ? 0.0 : value)));
  return *this;
}

uint64_t CompactReader::Groups() {
  uint64_t bits = 0;
  for (int shift = 0; shift <= kLastShift && !in_.empty(); shift += kGroupBits) {
    const auto byte = static_cast<unsigned char>(in_.front());
    in_.remove_prefix(1);
    const uint64_t group = byte & kGroup;
    // Longer than it must be, or too large.
    if ((byte == 0 && shift > 0) || (shift == kLastShift && byte > 1)) break;
    bits |= group << shift;
    if (byte < kMore) return bits;
  }
  Fail();
  return 0;
}

std::string_view CompactReader::Bytes() {
  const uint64_t size = Groups();
  if (size > in_.size()) {
    Fail();
    return {};
  }
  const std::string_view text = in_.substr(0, size);
  in_.remove_prefix(size);
  return text;
}

int64_t CompactReader::Int64() {
  const uint64_t bits = Groups();
  return static_cast<int64_t>((bits & 1) != 0 ? ~(bits >> 1) : bits >> 1);
}

double CompactReader::Double() { return std::bit_cast<double>(Reversed(Groups())); }

}  // namespace tocsin
