#include "lib/base/canonical.h"

#include <bit>

namespace tocsin {
namespace {

constexpr char kZero = '\x00';
constexpr char kEscaped = '\xff';
constexpr char kEnd = '\x01';
constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

CanonicalWriter& CanonicalWriter::Bytes(std::string_view text) {
  for (const char c : text) {
    out_.push_back(c);
    if (c == kZero) out_.push_back(kEscaped);
  }
  out_.push_back(kZero);
  out_.push_back(kEnd);
  return *this;
}

CanonicalWriter& CanonicalWriter::Int64(int64_t value) {
  const uint64_t bits = static_cast<uint64_t>(value) ^ kSign;
  for (int shift = 56; shift >= 0; shift -= 8)
    out_.push_back(static_cast<char>((bits >> shift) & 0xff));
  return *this;
}

CanonicalWriter& CanonicalWriter::Double(double value) {
  return Int64(std::bit_cast<int64_t>(value == 0 ? 0.0 : value));
}

std::string CanonicalReader::Bytes() {
  std::string text;
  size_t i = 0;
  while (ok_ && i < in_.size()) {
    if (in_[i] != kZero) {
      text.push_back(in_[i++]);
      continue;
    }
    if (i + 1 >= in_.size()) break;
    const char next = in_[i + 1];
    i += 2;
    if (next == kEnd) {
      in_.remove_prefix(i);
      return text;
    }
    if (next != kEscaped) break;
    text.push_back(kZero);
  }
  ok_ = false;
  in_ = {};
  return {};
}

int64_t CanonicalReader::Int64() {
  if (!ok_ || in_.size() < 8) {
    ok_ = false;
    in_ = {};
    return 0;
  }
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i)
    bits = bits << 8 | static_cast<unsigned char>(in_[static_cast<size_t>(i)]);
  in_.remove_prefix(8);
  return static_cast<int64_t>(bits ^ kSign);
}

double CanonicalReader::Double() { return std::bit_cast<double>(Int64()); }

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    if (static_cast<unsigned char>(end.back()) != 0xff) {
      end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace tocsin
