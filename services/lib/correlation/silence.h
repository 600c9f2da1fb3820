// What the sources that can carry a rule's events say about time. Design decision 3: silence is
// data.
#pragma once

#include <optional>

#include "lib/correlation/compiled.h"

namespace tocsin {

struct Silence {
  // Deadlines before this have passed; absent if no such source is known of.
  std::optional<Time> passed;
  // The greatest that `passed` ever was: a source that is read again after it was unknown does not
  // undo what was decided meanwhile.
  std::optional<Time> decided;
  // The greatest that it was while all could be read: what is behind again was read so far all the
  // same.
  std::optional<Time> read;
  bool unknown = false;  // one of them cannot be read

  const char* state() const { return unknown ? "unknown" : "silent"; }
  bool HasPassed(Time deadline) const { return decided && deadline < *decided; }
  // Of a deadline that has passed: "silent" once all sources have been read beyond it.
  const char* StateAt(Time deadline) const {
    return !unknown && read && deadline < *read ? "silent" : "unknown";
  }
};

// `decided` is `passed`, and so is `read` if all can be read.
Silence SilenceOf(const CompiledRule& rule, const Tick& tick);

}  // namespace tocsin
