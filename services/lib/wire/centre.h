// Between what holds at a JOC as a whole and its protobuf messages. Total: what this build does not
// know reads as nothing, and the fold ignores it.
#pragma once

#include "lib/lifecycle/centre.h"
#include "lib/lifecycle/quiet.h"
#include "tocsin/v1/centre.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin {

v1::CentreAction ToProto(const CentreAction& action);
CentreAction FromProto(const v1::CentreAction& proto);
CentreDetail FromProto(const v1::CentreDetail& proto);
SilenceFilter FromProto(const v1::SilenceFilter& proto);

// Silences whose time is over are left out.
v1::Centre ToProto(const Centre& centre, Time now);

// What the decision on quiet depends on, without the wider warnings.
Audible AudibleOf(const v1::Warning& warning);

}  // namespace tocsin
