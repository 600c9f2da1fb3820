#include "lib/base/state.h"

namespace tocsin {

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
  if (const auto it = writes_.find(key); it != writes_.end()) return it->second;
  return below_.Get(key);
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
  writes_.insert_or_assign(std::string(key), std::string(value));
}

void Overlay::Delete(std::string_view key) {
  writes_.insert_or_assign(std::string(key), std::nullopt);
}

}  // namespace tocsin
