#include "lib/base/canonical.h"

#include <array>
#include <bit>

namespace tocsin {
namespace {

constexpr char kZero = '\x00';
constexpr char kEscaped = '\xff';
constexpr char kEnd = '\x01';
constexpr uint64_t kSign = uint64_t{1} << 63;

}  // namespace

CanonicalWriter& CanonicalWriter::Bytes(std::string_view text) {
  for (size_t zero = text.find(kZero); zero != std::string_view::npos; zero = text.find(kZero)) {
    out_.append(text.substr(0, zero + 1));
    out_.push_back(kEscaped);
    text.remove_prefix(zero + 1);
  }
  out_.append(text);
  out_.push_back(kZero);
  out_.push_back(kEnd);
  return *this;
}

CanonicalWriter& CanonicalWriter::Int64(int64_t value) {
  const uint64_t bits = static_cast<uint64_t>(value) ^ kSign;
  std::array<char, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>((bits >> (56 - 8 * i)) & 0xff);
  }
  out_.append(bytes.data(), bytes.size());
  return *this;
}

CanonicalWriter& CanonicalWriter::Double(double value) {
  return Int64(std::bit_cast<int64_t>(value == 0 ? 0.0 : value));
}

std::string CanonicalReader::Bytes() {
  std::string text;
  while (ok_) {
    const size_t zero = in_.find(kZero);
    if (zero == std::string_view::npos || zero + 1 >= in_.size()) break;
    const char next = in_[zero + 1];
    text.append(in_.substr(0, next == kEscaped ? zero + 1 : zero));
    in_.remove_prefix(zero + 2);
    if (next == kEnd) return text;
    if (next != kEscaped) break;
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
