#include "gateway/page_token.h"

#include <absl/strings/escaping.h>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

std::string HashOf(const v1::WarningFilter& filter) {
  return ShortHashHex(SerializeDeterministic(filter));
}

}  // namespace

std::string MakePageToken(const std::string& last, const v1::WarningFilter& filter) {
  CanonicalWriter out;
  out.Bytes(HashOf(filter)).Bytes(last);
  return absl::WebSafeBase64Escape(out.str());
}

absl::StatusOr<std::string> ParsePageToken(const std::string& token,
                                           const v1::WarningFilter& filter) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes)) {
    return absl::InvalidArgumentError("page_token: not a token that a list has given");
  }
  CanonicalReader in(bytes);
  const std::string hash = in.Bytes();
  std::string last = in.Bytes();
  if (!in.ok() || !in.done() || last.empty() || last[0] != 't') {
    return absl::InvalidArgumentError("page_token: not a token that a list has given");
  }
  if (hash != HashOf(filter)) {
    return absl::InvalidArgumentError("page_token: given by a list with another filter");
  }
  return last;
}

std::string MakeHistoryToken(size_t next, const WarningId& id) {
  CanonicalWriter out;
  out.Bytes(id.str()).Int64(static_cast<int64_t>(next));
  return absl::WebSafeBase64Escape(out.str());
}

absl::StatusOr<size_t> ParseHistoryToken(const std::string& token, const WarningId& id) {
  if (token.empty()) return 0;
  std::string bytes;
  bool good = absl::WebSafeBase64Unescape(token, &bytes);
  CanonicalReader in(bytes);
  good = good && in.Bytes() == id.str();
  const int64_t next = in.Int64();
  if (!good || !in.ok() || !in.done() || next < 0) {
    return absl::InvalidArgumentError("page_token: not a token of this warning's history");
  }
  return static_cast<size_t>(next);
}

}  // namespace tocsin::gateway
