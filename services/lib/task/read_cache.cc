#include "lib/task/read_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tocsin::task_internal {
namespace {

// About what the nodes of a range and of an entry take beside their bytes.
constexpr size_t kRangeBytes = 200;
constexpr size_t kEntryBytes = 120;
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
std::string_view LesserEnd(std::string_view a, std::string_view b) {
  if (a.empty()) return b;
  return b.empty() ? a : std::min(a, b);
}

}  // namespace

std::optional<std::string> ReadCache::Get(std::string_view key) const {
  auto range = Find(key);
  if (range == ranges_.end()) {
    std::optional<std::string> value = below_.Get(key);
    const size_t bytes = value ? BytesOf(key, *value) : 0;
    if (value) entries_.emplace(key, *value);
    Know(key, std::string(key) + '\0', bytes);
    return value;
  }
  Use(range);
  const auto it = entries_.find(key);
  if (it == entries_.end()) return std::nullopt;
  return it->second;
}

void ReadCache::Scan(std::string_view from, std::string_view to, Visitor visit) const {
  size_t most = kFirstEntries;
  std::string cursor(from);
  while (IsBefore(cursor, to)) {
    auto range = Find(cursor);
    if (range == ranges_.end()) {
      range = Load(cursor, to, most);
      most = std::min(2 * most, kMostEntries);
    } else {
      Use(range);
    }
    const std::string known_to = range->second.to;  // reads within `visit` may let it grow
    const std::string_view end = LesserEnd(known_to, to);
    for (auto it = entries_.lower_bound(cursor); it != entries_.end() && IsBefore(it->first, end);
         ++it) {
      if (!visit(it->first, it->second)) return;
    }
    if (known_to.empty()) return;
    cursor = known_to;
  }
}

void ReadCache::Applied(const Overlay::Writes& writes) {
  for (const auto& [key, value] : writes) {
    const auto range = Find(key);
    if (range == ranges_.end()) continue;
    size_t& bytes = range->second.bytes;
    if (const auto it = entries_.find(key); it != entries_.end()) {
      const size_t gone = BytesOf(it->first, it->second);
      bytes -= gone;
      bytes_ -= gone;
      entries_.erase(it);
    }
    if (!value) continue;
    entries_.emplace(key, *value);
    const size_t come = BytesOf(key, *value);
    bytes += come;
    bytes_ += come;
  }
  while (bytes_ > limit_bytes_ && !by_use_.empty()) Forget(by_use_.front());
}

ReadCache::Ranges::iterator ReadCache::Find(std::string_view key) const {
  const auto after = ranges_.upper_bound(key);
  if (after == ranges_.begin()) return ranges_.end();
  const auto range = std::prev(after);
  return IsBefore(key, range->second.to) ? range : ranges_.end();
}

ReadCache::Ranges::iterator ReadCache::Load(std::string_view from, std::string_view to,
                                            size_t most) const {
  const auto next = ranges_.upper_bound(from);
  std::string end = next == ranges_.end() ? std::string() : next->first;
  size_t count = 0;
  size_t bytes = 0;
  below_.Scan(from, end, [&](std::string_view key, std::string_view value) {
    if (count == most || !IsBefore(key, to)) {
      end = key;
      return false;
    }
    ++count;
    bytes += BytesOf(key, value);
    entries_.emplace(key, value);
    return true;
  });
  return Know(from, std::move(end), bytes);
}

ReadCache::Ranges::iterator ReadCache::Know(std::string_view from, std::string to,
                                            size_t bytes) const {
  bytes_ += bytes;
  const auto after = ranges_.upper_bound(from);
  if (after != ranges_.begin()) {
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
      ranges_.emplace_hint(after, std::string(from), Range{std::move(to), bytes, by_use_.end()});
  made->second.used = by_use_.insert(by_use_.end(), made);
  return made;
}

void ReadCache::Use(Ranges::iterator range) const {
  by_use_.splice(by_use_.end(), by_use_, range->second.used);
}

void ReadCache::Forget(Ranges::iterator range) {
  const std::string& to = range->second.to;
  entries_.erase(entries_.lower_bound(range->first),
                 to.empty() ? entries_.end() : entries_.lower_bound(to));
  bytes_ -= range->second.bytes;
  by_use_.erase(range->second.used);
  ranges_.erase(range);
}

}  // namespace tocsin::task_internal
