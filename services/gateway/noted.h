// What a gateway has noted of a warning's way to its people, before the ledger has it.
#pragma once

#include <string>

#include "lib/lifecycle/delivery.h"

namespace tocsin::gateway {

struct Noted {
  // The revision that was sent, seen or acted upon, whether it alerts or not.
  Receipt receipt;
  // Of a push: the client's name, and where the record lies, for a client that resumes after it.
  std::string client = {};
  int32_t partition = -1;
  int64_t offset = -1;
  friend auto operator<=>(const Noted&, const Noted&) = default;
};

}  // namespace tocsin::gateway
