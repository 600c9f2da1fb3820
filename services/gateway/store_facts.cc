#include "gateway/store_facts.h"

#include "gateway/keys.h"
#include "lib/base/text.h"

namespace tocsin::gateway {

absl::Status CheckFacts(ViewStore& store, const std::string& what,
                        const std::map<std::string, std::string>& facts) {
  const bool empty = !store.Get(FactKey("format")).has_value();
  Overlay::Writes writes;
  for (const auto& [name, value] : facts) {
    if (empty) {
      writes[FactKey(name)] = value;
      continue;
    }
    const std::string found = store.Get(FactKey(name)).value_or("");
    if (found != value) {
      return absl::FailedPreconditionError(StrCat("the ", what, " was built from another log: its ",
                                                  name, " is '", found, "' and not '", value, "'"));
    }
  }
  return writes.empty() ? absl::OkStatus() : store.Write(writes);
}

}  // namespace tocsin::gateway
