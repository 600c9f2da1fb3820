// Revisions that change part of an event, and the hash that tells a duplicate from a conflict.
#pragma once

#include <string>

#include "lib/domain/event.h"

namespace tocsin {

// The next revision of `last` with the grading alone changed, or taken back. Full events, not yet
// stamped by ingest: accepted and flags are empty.
Event MergeRegrade(const Event& last, int32_t revision, const Grading& grading,
                   const std::string& reason);
Event MergeWithdraw(const Event& last, int32_t revision, const std::string& reason);

// SHA-256 over the canonical encoding of everything but the accept time and the flags, lower-case
// hex. The same in every build; may change only together with a way to read the hashes of old
// records.
std::string ContentHash(const Event& event);

}  // namespace tocsin
