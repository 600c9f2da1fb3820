// The canonical encoding: what ids hash, what state keys are made of and what cores keep in state.
// One value has one encoding on every machine and in every build, and keys sort as their values do.
//
//   Bytes   the text with every 0x00 written as 0x00 0xFF, then 0x00 0x01: sorts bytewise, and no
//           encoding is a prefix of another
//   Int64   eight bytes, big endian, sign bit flipped: sorts by value
//
// Not thread-safe; no errors when writing. Reading past the end or a malformed text turns ok()
// false and yields empty values from there on: callers check ok() once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/time.h"

namespace tocsin {

class CanonicalWriter {
 public:
  CanonicalWriter& Bytes(std::string_view text);
  // What is canonical already.
  CanonicalWriter& Raw(std::string_view bytes) {
    out_.append(bytes);
    return *this;
  }
  CanonicalWriter& Reserve(size_t bytes) {
    out_.reserve(bytes);
    return *this;
  }
  CanonicalWriter& Int64(int64_t value);
  CanonicalWriter& Bool(bool value) { return Int64(value ? 1 : 0); }
  CanonicalWriter& TimeOf(Time t) { return Int64(ToMicros(t)); }
  // IEEE 754 bits; NaN never gets here (validation refuses it), -0.0 is written as 0.0.
  CanonicalWriter& Double(double value);
  const std::string& str() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view in) : in_(in) {}
  std::string Bytes();
  int64_t Int64();
  bool Bool() { return Int64() != 0; }
  Time TimeOf() { return FromMicros(Int64()); }
  double Double();
  bool ok() const { return ok_; }
  bool done() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

// The smallest key greater than every key that starts with `prefix`; empty if there is none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace tocsin
