// Where the router keeps what in its state. Every key begins with one letter, then canonical text,
// so that the entries of one kind lie together in the order of their values.
//
//   m                        format, semantics version, keyed partitions, clock mode; of several
//   router
//                            tasks also which it is and how many they are
//   c                        the clock
//   s topic partition        next offset, last accept time, status, unknown since
//   d                        documents: lib/rules/document_store.h
//   p                        who may change the rules: lib/publication; written by the shell
//   a                        the activation in effect
//   t rule                   a rule that rests: it overdrew its budget
//   b                        backfill: number of the reading, whether events moved, rules
//   r topic partition        what is read again: next offset, end, last accept time
//   n                        beats so far
//   f partition              how far what this correlator task finds has come back: beats and times
//   i mission id             an identity: revision, withdrawn, expiry, keys; of the backfill that
//                            met it number and whether the keys are all
//   x time mission id        when that identity may be forgotten
//   e                        identities that expire before this time have been forgotten
#pragma once

#include <string>
#include <string_view>

#include "lib/base/canonical.h"
#include "lib/domain/types.h"

namespace tocsin::layout {

inline constexpr std::string_view kMeta = "m";
inline constexpr std::string_view kClock = "c";
inline constexpr std::string_view kSources = "s";
inline constexpr std::string_view kActivation = "a";
inline constexpr std::string_view kThrottled = "t";
inline constexpr std::string_view kBackfill = "b";
inline constexpr std::string_view kReadAgain = "r";
inline constexpr std::string_view kBeats = "n";
inline constexpr std::string_view kFound = "f";
inline constexpr std::string_view kIdentities = "i";
inline constexpr std::string_view kExpiries = "x";
inline constexpr std::string_view kExpiredBefore = "e";

inline std::string Key(std::string_view prefix, const CanonicalWriter& rest) {
  return std::string(prefix) + rest.str();
}

}  // namespace tocsin::layout
