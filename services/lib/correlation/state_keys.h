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
  explicit KeyWriter(char letter) { out_.Reserve(kUsual).Raw({&letter, 1}); }
  KeyWriter& Raw(std::string_view bytes) {
    out_.Raw(bytes);
    return *this;
  }
  KeyWriter& At(Time time) {
    out_.TimeOf(time);
    return *this;
  }
  KeyWriter& Of(const Identity& identity) {
    out_.Bytes(identity.mission.str()).Bytes(identity.id.str());
    return *this;
  }
  KeyWriter& Of(const RuleId& rule) {
    out_.Bytes(rule.str());
    return *this;
  }
  KeyWriter& Number(int64_t number) {
    out_.Int64(number);
    return *this;
  }
  std::string Take() { return out_.Take(); }

 private:
  static constexpr size_t kUsual = 128;  // room for most keys
  CanonicalWriter out_;
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
