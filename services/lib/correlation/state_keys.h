// How keys of the state are written: for the parts of Store, in store.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "lib/base/canonical.h"
#include "lib/correlation/compiled.h"
#include "lib/domain/archive.h"

namespace tocsin::state_keys {

// A letter, the bytes of a key and canonical fields.
class KeyWriter {
 public:
  explicit KeyWriter(char letter) : out_(1, letter) {}
  KeyWriter& Raw(std::string_view bytes) {
    out_ += bytes;
    return *this;
  }
  KeyWriter& At(Time time) { return Raw(CanonicalWriter().TimeOf(time).str()); }
  KeyWriter& Of(const Identity& identity) {
    return Raw(CanonicalWriter().Bytes(identity.mission.str()).Bytes(identity.id.str()).str());
  }
  KeyWriter& Of(const RuleId& rule) { return Raw(CanonicalWriter().Bytes(rule.str()).str()); }
  KeyWriter& Number(int64_t number) { return Raw(CanonicalWriter().Int64(number).str()); }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

inline CorrelationKey ReadKey(CanonicalReader& in) {
  CorrelationKey key;
  key.spec = in.Bytes();
  key.value = in.Bytes();
  return key;
}

template <class T>
std::string Written(const T& value) {
  StateWriter out;
  out(value);
  return out.Take();
}

}  // namespace tocsin::state_keys
