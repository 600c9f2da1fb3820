// Between the plain types of lib/lifecycle and tocsin.v1.
#pragma once

#include "lib/lifecycle/lifecycle.h"
#include "tocsin/v1/action.pb.h"

namespace tocsin::gateway {

v1::Action ToProto(const Action& action);
// A kind or status that this build does not know becomes unspecified, which Apply ignores.
Action ActionFromProto(const v1::Action& proto);
v1::Lifecycle ToProto(const Lifecycle& lifecycle);

}  // namespace tocsin::gateway
