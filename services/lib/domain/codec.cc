#include "lib/domain/codec.h"

#include "lib/base/text.h"
#include "lib/domain/archive.h"

namespace tocsin {
namespace {

template <class T>
std::string EncodeAny(const T& value) {
  StateWriter out;
  out(value);
  return out.Take();
}

template <class T>
absl::StatusOr<T> DecodeAny(std::string_view bytes, const char* what) {
  StateReader in(bytes);
  T value;
  in(value);
  if (!in.Complete()) {
    return absl::DataLossError(StrCat(bytes.size(), " bytes are not the state of ", what));
  }
  return value;
}

}  // namespace

std::string Encode(const KeyedEvent& event) { return EncodeAny(event); }
std::string Encode(const Warning& warning) { return EncodeAny(warning); }
std::string Encode(const Match& match) { return EncodeAny(match); }
std::string Encode(const WarningContent& content) { return EncodeAny(content); }
std::string Encode(const Tick& tick) { return EncodeAny(tick); }
std::string Encode(const EvaluatedRecord& record) { return EncodeAny(record); }

absl::StatusOr<KeyedEvent> DecodeKeyedEvent(std::string_view bytes) {
  return DecodeAny<KeyedEvent>(bytes, "an event");
}
absl::StatusOr<Warning> DecodeWarning(std::string_view bytes) {
  return DecodeAny<Warning>(bytes, "a warning");
}
absl::StatusOr<Tick> DecodeTick(std::string_view bytes) { return DecodeAny<Tick>(bytes, "a tick"); }

}  // namespace tocsin
