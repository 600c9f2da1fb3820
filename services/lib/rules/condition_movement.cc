#include "lib/rules/condition.h"

namespace tocsin::rules_internal {

void ReadMovement(ConditionContext in) { in.top.Bad("kind", "is not read yet"); }

}  // namespace tocsin::rules_internal
