// The compact encoding: what cores keep in state as values. One value has one encoding on every
// machine and in every build, as with base/canonical, but the bytes do not sort as the values do:
// for keys, and for what ids hash, there is that one.
//
//   Int64   the zigzag of the number (0, -1, 1, -2, ...) in groups of seven bits, the least first,
//           the high bit set in all but the last byte (Protocol Buffers' sint64); never longer than
//           it must be
//   Double  its IEEE 754 bits, the bytes of them in reverse, in such groups: numbers with few
//   digits
//           are short
//   Bytes   their number, then the text
//
// Not thread-safe; no errors when writing. Reading past the end or a malformed number turns ok()
// false and yields zero and empty values from there on: callers check ok() once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/time.h"

namespace tocsin {

class CompactWriter {
 public:
  CompactWriter& Bytes(std::string_view text);
  CompactWriter& Int64(int64_t value);
  CompactWriter& Bool(bool value) { return Int64(value ? 1 : 0); }
  CompactWriter& TimeOf(Time t) { return Int64(ToMicros(t)); }
  // NaN never gets here (validation refuses it), -0.0 is written as 0.0.
  CompactWriter& Double(double value);
  std::string Take() { return std::move(out_); }

 private:
  void Groups(uint64_t bits);

  std::string out_;
};

class CompactReader {
 public:
  explicit CompactReader(std::string_view in) : in_(in) {}
  // Until the bytes that are read go away.
  std::string_view Bytes();
  int64_t Int64();
  bool Bool() { return Int64() != 0; }
  Time TimeOf() { return FromMicros(Int64()); }
  double Double();
  bool ok() const { return ok_; }
  bool done() const { return in_.empty(); }

 private:
  uint64_t Groups();
  void Fail() {
    ok_ = false;
    in_ = {};
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace tocsin
