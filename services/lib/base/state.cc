#include "lib/base/state.h"

namespace tocsin {
namespace {

// A step writes a few entries, a transaction thousands.
constexpr size_t kIndexFrom = 64;

}  // namespace

std::optional<std::string> MemoryState::Get(std::string_view key) const {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return std::nullopt;
  return it->second;
}

void MemoryState::Scan(std::string_view from, std::string_view to, Visitor visit) const {
  for (auto it = entries_.lower_bound(from); it != entries_.end(); ++it) {
    if (!to.empty() && it->first >= to) return;
    if (!visit(it->first, it->second)) return;
  }
}

void MemoryState::Put(std::string_view key, std::string_view value) {
  entries_.insert_or_assign(std::string(key), std::string(value));
}

void MemoryState::Delete(std::string_view key) {
  if (const auto it = entries_.find(key); it != entries_.end()) entries_.erase(it);
}

std::optional<std::string> Overlay::Get(std::string_view key) const {
  if (const auto it = Find(key); it != writes_.end()) return it->second;
  return below_.Get(key);
}

Overlay::Writes::const_iterator Overlay::Find(std::string_view key) const {
  if (index_.empty()) return writes_.find(key);
  const auto found = index_.find(key);
  return found == index_.end() ? writes_.end() : found->second;
}

std::optional<std::string>& Overlay::At(std::string_view key) {
  if (!index_.empty()) {
    if (const auto found = index_.find(key); found != index_.end()) return found->second->second;
    const auto made = writes_.emplace(key, std::nullopt).first;
    index_.emplace(made->first, made);
    return made->second;
  }
  const auto place = writes_.lower_bound(key);
  if (place != writes_.end() && place->first == key) return place->second;
  const auto made = writes_.emplace_hint(place, key, std::nullopt);
  if (writes_.size() == kIndexFrom) {
    for (auto it = writes_.begin(); it != writes_.end(); ++it) index_.emplace(it->first, it);
  }
  return made->second;
}

void Overlay::Absorb(Overlay& above) {
  above.index_.clear();
  while (!above.writes_.empty()) {
    auto node = above.writes_.extract(above.writes_.begin());
    if (index_.empty()) {
      At(node.key()) = std::move(node.mapped());
    } else if (const auto found = index_.find(node.key()); found != index_.end()) {
      found->second->second = std::move(node.mapped());
    } else {
      const auto made = writes_.insert(std::move(node)).position;
      index_.emplace(made->first, made);
    }
  }
}

// A merge of two ascending sequences in which a write hides the entry below.
void Overlay::Scan(std::string_view from, std::string_view to, Visitor visit) const {
  auto write = writes_.lower_bound(from);
  const auto in_range = [&] { return write != writes_.end() && (to.empty() || write->first < to); };
  bool go_on = true;
  const auto visit_write = [&] {
    if (write->second.has_value()) go_on = visit(write->first, *write->second);
    ++write;
  };
  below_.Scan(from, to, [&](std::string_view key, std::string_view value) {
    while (go_on && in_range() && write->first < key) visit_write();
    if (!go_on) return false;
    if (in_range() && write->first == key) {
      visit_write();
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  });
  while (go_on && in_range()) visit_write();
}

void Overlay::Put(std::string_view key, std::string_view value) {
  std::optional<std::string>& entry = At(key);
  if (entry) {
    entry->assign(value);
  } else {
    entry.emplace(value);
  }
}

void Overlay::Delete(std::string_view key) { At(key).reset(); }

}  // namespace tocsin
