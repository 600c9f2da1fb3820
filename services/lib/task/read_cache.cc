#include "lib/task/read_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "lib/base/canonical.h"

namespace tocsin::task_internal {
namespace {

// About what the nodes of a range and of an entry take beside their bytes.
constexpr size_t kRangeBytes = 200;
constexpr size_t kEntryBytes = 160;
// A range is forgotten as a whole: beyond this it gets a neighbour instead of growing.
constexpr size_t kMostRangeBytes = size_t{64} << 10;
// Entries read at first, and at most, at one go: many scans only look at the beginning.
constexpr size_t kFirstEntries = 16;
constexpr size_t kMostEntries = 1024;

size_t BytesOf(std::string_view key, std::string_view value) {
  return key.size() + value.size() + kEntryBytes;
}

// The end of a range; empty is the end of everything.
bool IsBefore(std::string_view key, std::string_view end) { return end.empty() || key < end; }
// The end of the keys with this one's first byte.
std::string EndOfKind(std::string_view key) {
  return key.empty() ? std::string(1, '\x01') : PrefixEnd(key.substr(0, 1));
}
std::string_view LesserEnd(std::string_view a, std::string_view b) {
  if (a.empty()) return b;
  return b.empty() ? a : std::min(a, b);
}

}  // namespace

std::optional<std::string> ReadCache::Get(std::string_view key) const {
  if (const auto known = index_.find(key); known != index_.end()) {
    Use(known->second->range);
    return known->second->value;
  }
  const auto range = Find(key);
  if (!IsKnown(key, range)) {
    std::optional<std::string> value = below_.Get(key);
    if (value) Keep(key, *value, Know(key, std::string(key) + '\0', BytesOf(key, *value)));
    return value;
  }
  Use(range);  // it has no such key
  return std::nullopt;
}

void ReadCache::Keep(std::string_view key, std::string_view value, Ranges::iterator range) const {
  auto entry = std::make_unique<Entry>(Entry{std::string(key), std::string(value), range});
  index_.emplace(entry->key, entry.get());
  const std::string_view own = entry->key;
  KindOf(own).entries.emplace(own, std::move(entry));
}

void ReadCache::Scan(std::string_view from, std::string_view to, Visitor visit) const {
  size_t most = kFirstEntries;
  std::string cursor(from);
  while (IsBefore(cursor, to)) {
    auto range = Find(cursor);
    if (!IsKnown(cursor, range)) {
      range = Load(cursor, to, most);
      most = std::min(2 * most, kMostEntries);
    } else {
      Use(range);
    }
    const std::string known_to = range->second.to;  // reads within `visit` may let it grow
    const std::string_view end = LesserEnd(known_to, to);
    const Entries& entries = KindOf(cursor).entries;
    for (auto it = entries.lower_bound(cursor); it != entries.end() && IsBefore(it->first, end);) {
      const Entry& entry = *it->second;
      const size_t before = entries.size();
      if (!visit(entry.key, entry.value)) return;
      // What `visit` read may have moved the entries.
      it = entries.size() == before ? std::next(it) : entries.upper_bound(entry.key);
    }
    if (known_to.empty()) return;
    cursor = known_to;
  }
}

void ReadCache::Applied(const Overlay::Writes& writes) {
  for (const auto& [key, value] : writes) {
    const auto at = index_.find(key);
    const auto range = at != index_.end() ? at->second->range : Find(key);
    if (!IsKnown(key, range)) continue;
    size_t& bytes = range->second.bytes;
    if (at != index_.end()) {
      Entry& entry = *at->second;
      const size_t gone = BytesOf(entry.key, entry.value);
      bytes -= gone;
      bytes_ -= gone;
      if (value) {
        entry.value = *value;
      } else {
        index_.erase(at);
        KindOf(key).entries.erase(key);
      }
    } else if (value) {
      Keep(key, *value, range);
    }
    if (!value) continue;
    const size_t come = BytesOf(key, *value);
    bytes += come;
    bytes_ += come;
  }
  while (bytes_ > limit_bytes_ && !by_use_.empty()) Forget(by_use_.front());
}

ReadCache::Kind& ReadCache::KindOf(std::string_view key) const {
  return kinds_[key.empty() ? 0 : static_cast<unsigned char>(key.front())];
}

ReadCache::Ranges::iterator ReadCache::Find(std::string_view key) const {
  Ranges& ranges = KindOf(key).ranges;
  const auto after = ranges.upper_bound(key);
  if (after == ranges.begin()) return ranges.end();
  const auto range = std::prev(after);
  return IsBefore(key, range->second.to) ? range : ranges.end();
}

bool ReadCache::IsKnown(std::string_view key, Ranges::iterator range) const {
  return range != KindOf(key).ranges.end();
}

ReadCache::Ranges::iterator ReadCache::Load(std::string_view from, std::string_view to,
                                            size_t most) const {
  const Ranges& ranges = KindOf(from).ranges;
  const auto next = ranges.upper_bound(from);
  std::string end = next == ranges.end() ? EndOfKind(from) : next->first;
  std::vector<std::pair<std::string, std::string>> found;
  size_t bytes = 0;
  below_.Scan(from, end, [&](std::string_view key, std::string_view value) {
    if (found.size() == most || !IsBefore(key, to)) {
      end = key;
      return false;
    }
    bytes += BytesOf(key, value);
    found.emplace_back(key, value);
    return true;
  });
  const auto range = Know(from, std::move(end), bytes);
  for (const auto& [key, value] : found) Keep(key, value, range);
  return range;
}

ReadCache::Ranges::iterator ReadCache::Know(std::string_view from, std::string to,
                                            size_t bytes) const {
  bytes_ += bytes;
  Ranges& ranges = KindOf(from).ranges;
  const auto after = ranges.upper_bound(from);
  if (after != ranges.begin()) {
    const auto before = std::prev(after);
    Range& range = before->second;
    if (range.to == from && range.bytes + bytes <= kMostRangeBytes) {
      range.to = std::move(to);
      range.bytes += bytes;
      Use(before);
      return before;
    }
  }
  bytes += kRangeBytes + from.size() + to.size();
  bytes_ += kRangeBytes + from.size() + to.size();
  const auto made =
      ranges.emplace_hint(after, std::string(from), Range{std::move(to), bytes, by_use_.end()});
  made->second.used = by_use_.insert(by_use_.end(), made);
  return made;
}

void ReadCache::Use(Ranges::iterator range) const {
  by_use_.splice(by_use_.end(), by_use_, range->second.used);
}

void ReadCache::Forget(Ranges::iterator range) {
  const std::string& to = range->second.to;
  auto& [ranges, entries] = KindOf(range->first);
  const auto from = entries.lower_bound(range->first);
  const auto end = to.empty() ? entries.end() : entries.lower_bound(to);
  for (auto it = from; it != end; ++it) index_.erase(it->first);
  entries.erase(from, end);
  bytes_ -= range->second.bytes;
  by_use_.erase(range->second.used);
  ranges.erase(range);
}

}  // namespace tocsin::task_internal
