// What a store was built from, written into it when it is new.
#pragma once

#include <map>
#include <string>

#include <absl/status/status.h>

#include "gateway/view_store.h"

namespace tocsin::gateway {

// By name; one of them must be "format". FailedPrecondition: the store has others, so that what is
// in it is of another log. `what`: "view", for the words.
absl::Status CheckFacts(ViewStore& store, const std::string& what,
                        const std::map<std::string, std::string>& facts);

}  // namespace tocsin::gateway
