// What a task has read of its store, kept in memory. Not for use outside lib/task.
//
// It knows ranges of keys whole: what lies in them, and that nothing else does. A scan reads from
// the store what no known range covers, and one entry further: so the gap behind a key's newest
// event, where the next one will be looked for, is known, too. What is written to the store is told
// with Applied and keeps the ranges true. Scans of a store cost an iterator each, and walk over
// deletions; those of a known range do neither. A single key that is asked for and is not there is
// not remembered: most are new, are never asked for again, and the store knows them by its filters.
//
// Ranges lie within the keys of one first byte: each kind of entry has its own, and of a kind that
// is never scanned there are none to look through.
//
// Caches only: no answer depends on what it holds. One thread; `visit` may read the same cache.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>

#include "lib/base/state.h"

namespace tocsin::task_internal {

class ReadCache final : public ReadState {
 public:
  // `below` must outlive it. About `limit_bytes` are kept; a batch may go beyond it until Applied.
  ReadCache(const ReadState& below, size_t limit_bytes)
      : below_(below), limit_bytes_(limit_bytes) {}
  ReadCache(const ReadCache&) = delete;
  ReadCache& operator=(const ReadCache&) = delete;

  std::optional<std::string> Get(std::string_view key) const override;
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override;

  // `below` has these now. What was not used for longest is forgotten if there is too much.
  void Applied(const Overlay::Writes& writes);

  size_t bytes() const { return bytes_; }

 private:
  struct Range;
  using Ranges = std::map<std::string, Range, std::less<>>;  // by their first key; disjoint
  struct Entry {
    std::string key;
    std::string value;
    Ranges::iterator range;  // that it lies in
  };
  using Entries = absl::btree_map<std::string_view, std::unique_ptr<Entry>>;
  struct Kind {
    Ranges ranges;
    Entries entries;
  };
  struct Range {
    std::string to;    // excluded; empty: no upper bound
    size_t bytes = 0;  // about what it costs to know it
    std::list<Ranges::iterator>::iterator used;
  };

  void Keep(std::string_view key, std::string_view value, Ranges::iterator range) const;
  Kind& KindOf(std::string_view key) const;
  // The range that has the key; that of no key if none is known.
  Ranges::iterator Find(std::string_view key) const;
  bool IsKnown(std::string_view key, Ranges::iterator range) const;
  // Makes the range that begins at `from`, which no known one has, from at most `most` entries
  // before `to`, and the gap behind them.
  Ranges::iterator Load(std::string_view from, std::string_view to, size_t most) const;
  Ranges::iterator Know(std::string_view from, std::string to, size_t bytes) const;
  void Use(Ranges::iterator range) const;
  void Forget(Ranges::iterator range);

  const ReadState& below_;
  const size_t limit_bytes_;
  static constexpr size_t kKinds = 256;
  mutable std::array<Kind, kKinds> kinds_;  // by the first byte of their keys
  // Where each key is: for reads of single ones, which are many. Never walked.
  mutable absl::flat_hash_map<std::string_view, Entry*> index_;
  mutable std::list<Ranges::iterator> by_use_;  // the one not used for longest first
  mutable size_t bytes_ = 0;
};

}  // namespace tocsin::task_internal
