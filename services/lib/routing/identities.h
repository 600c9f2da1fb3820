// What the router remembers of each event that rules want or that was corrected: its last revision
// and the keys that it wrote, so that a correction can take back what it wrote before. Entries `i`,
// `x` and `e` of the state; of these only the last, by when expiries have passed, is held in memory
// too.
#pragma once

#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"

namespace tocsin {

struct HeldIdentity {
  int32_t revision = 0;
  bool withdrawn = false;
  Time expires = kNever;
  std::vector<CorrelationKey> keys;  // sorted; none for an event that is late, withdrawn or unkeyed
  // The backfill during which it was routed last (Backfill::number): to that one the record that is
  // read again has nothing to add. 0: none.
  int64_t backfill = 0;
  // It was forgotten when that one read it again, or when a correlator told of it: copies may stand
  // under keys that are not `keys`.
  bool unsure = false;
};

class Identities {
 public:
  // DataLoss if the state cannot be read.
  absl::Status Load(const ReadState& state);

  // Nothing if it is not held; DataLoss if the state cannot be read.
  static absl::StatusOr<std::optional<HeldIdentity>> Find(const ReadState& state,
                                                          const Identity& identity);

  // Replaces `earlier`, which Find gave. An expiry that has already been passed counts as now.
  void Save(const Identity& identity, const std::optional<HeldIdentity>& earlier, HeldIdentity held,
            State& state) const;

  // Forgets identities whose expiry is before `now`, some of them if there are many; the next call
  // goes on. Returns how many.
  absl::StatusOr<int64_t> Expire(Time now, State& state);

 private:
  Time passed_ = Time::min();  // expiries before it, as the state has it
};

}  // namespace tocsin
