#include "lib/base/state.h"

#include <algorithm>
#include <utility>

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
  if (const auto found = index_.find(key); found != index_.end()) return found->second->value;
  return below_.Get(key);
}

std::optional<std::string>& Overlay::At(std::string_view key) {
  if (const auto found = index_.find(key); found != index_.end()) {
    Entry& entry = *found->second;
    if (marked_) former_.push_back({&entry, false, std::move(entry.value)});
    return entry.value;
  }
  Entry& entry = entries_.emplace_back(Entry{std::string(key), std::nullopt});
  index_.emplace(entry.key, &entry);
  const std::string_view first = key.substr(0, 1);
  auto kind = kinds_.find(first);
  if (kind == kinds_.end()) kind = kinds_.emplace(first, Kind()).first;
  kind->second.unsorted.push_back(&entry);
  if (marked_) former_.push_back({&entry, true, std::nullopt});
  return entry.value;
}

void Overlay::Put(std::string_view key, std::string_view value) { At(key).emplace(value); }

void Overlay::Delete(std::string_view key) { At(key).reset(); }

void Overlay::Mark() {
  marked_ = true;
  former_.clear();
}

void Overlay::GoBack() {
  for (; !former_.empty(); former_.pop_back()) {
    Former& former = former_.back();
    if (!former.made) {
      former.entry->value = std::move(former.value);
      continue;
    }
    // What was made last is last everywhere but in the order, if that was asked for since.
    const std::string_view key = former.entry->key;
    Kind& kind = kinds_.find(key.substr(0, 1))->second;
    if (!kind.unsorted.empty() && kind.unsorted.back() == former.entry) {
      kind.unsorted.pop_back();
    } else {
      kind.sorted.erase(key);
    }
    index_.erase(key);
    entries_.pop_back();
  }
}

Overlay::Writes Overlay::Take() {
  Writes writes;
  for (auto& [first, kind] : kinds_) {
    for (const auto& [key, entry] : Sorted(kind).sorted) {
      writes.emplace_hint(writes.end(), std::move(entry->key), std::move(entry->value));
    }
  }
  kinds_.clear();
  index_.clear();
  former_.clear();
  entries_.clear();
  return writes;
}

const Overlay::Kind& Overlay::Sorted(Kind& kind) {
  if (kind.unsorted.empty()) return kind;
  const auto by_key = [](const Entry* a, const Entry* b) { return a->key < b->key; };
  std::sort(kind.unsorted.begin(), kind.unsorted.end(), by_key);
  for (Entry* entry : kind.unsorted) kind.sorted.emplace(entry->key, entry);
  kind.unsorted.clear();
  return kind;
}

class Overlay::Cursor {
 public:
  Cursor(Kinds& kinds, std::string_view from, std::string_view to)
      : kinds_(kinds), to_(to), kind_(kinds.lower_bound(from.substr(0, 1))) {
    if (kind_ == kinds_.end()) return;
    const Kind& kind = Sorted(kind_->second);
    at_ = kind.sorted.lower_bound(from);
    Settle();
  }

  bool Done() const { return kind_ == kinds_.end() || (!to_.empty() && at_->first >= to_); }
  const Entry& entry() const { return *at_->second; }
  void Next() {
    ++at_;
    Settle();
  }

 private:
  // At an entry, of the next kind if this one has no more.
  void Settle() {
    while (at_ == kind_->second.sorted.end() && ++kind_ != kinds_.end()) {
      if (!to_.empty() && kind_->first >= to_) {
        kind_ = kinds_.end();
        return;
      }
      at_ = Sorted(kind_->second).sorted.begin();
    }
  }

  Kinds& kinds_;
  const std::string_view to_;
  Kinds::iterator kind_;
  decltype(Kind::sorted)::const_iterator at_;
};

// A merge of two ascending sequences in which a write hides the entry below.
void Overlay::Scan(std::string_view from, std::string_view to, Visitor visit) const {
  Cursor write(kinds_, from, to);
  bool go_on = true;
  const auto visit_write = [&] {
    const Entry& entry = write.entry();
    if (entry.value.has_value()) go_on = visit(entry.key, *entry.value);
    write.Next();
  };
  below_.Scan(from, to, [&](std::string_view key, std::string_view value) {
    while (go_on && !write.Done() && write.entry().key < key) visit_write();
    if (!go_on) return false;
    if (!write.Done() && write.entry().key == key) {
      visit_write();
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  });
  while (go_on && !write.Done()) visit_write();
}

}  // namespace tocsin
