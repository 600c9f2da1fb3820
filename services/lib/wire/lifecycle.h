// Between what people do with a warning and what comes of it, and their protobuf messages.
// Total: what this build does not know reads as nothing, and the lifecycle ignores it.
#pragma once

#include "lib/lifecycle/lifecycle.h"
#include "tocsin/v1/action.pb.h"

namespace tocsin {

v1::Action ToProto(const Action& action);
Action FromProto(const v1::Action& proto);
ActionDetail FromProto(const v1::ActionDetail& proto);

// Without the ids that were seen: they are no reader's business.
v1::Lifecycle ToProto(const Lifecycle& lifecycle);
Lifecycle FromProto(const v1::Lifecycle& proto);

}  // namespace tocsin
