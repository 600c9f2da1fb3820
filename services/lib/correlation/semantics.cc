#include "lib/correlation/semantics.h"

namespace tocsin {

int32_t CorrelatorSemanticsVersion() { return 4; }

bool AreInOneWindow(Time earlier, Time later, Duration window) { return later - earlier < window; }

}  // namespace tocsin
