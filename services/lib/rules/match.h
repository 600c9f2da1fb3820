// How the words of a rule name types and fields.
#pragma once

#include <string_view>

namespace tocsin {

struct Selection;

// `wanted` is the type, or a prefix of it with a final ".*".
bool NamesType(std::string_view wanted, std::string_view type);

// One of the types that the selection names is this one.
bool SelectsType(const Selection& selection, std::string_view type);

// A field of a key that is not an attribute: actor, area, corridor, mission.
bool IsKeyWord(std::string_view field);

}  // namespace tocsin
