// Seeded changes to bytes, and messages to begin from.
#pragma once

#include <random>
#include <string>

#include <google/protobuf/message.h>

namespace tocsin {

// Flips, removes, doubles, swaps or overwrites parts of the bytes; sometimes cuts them.
std::string Mutate(std::string bytes, std::mt19937_64& random);

// Fills every field of the message with values of every sort: plausible, extreme and wrong.
void FillAtRandom(google::protobuf::Message& message, std::mt19937_64& random, int depth = 0);

}  // namespace tocsin
