// The ordered key-value state that a pure core reads and writes. The shell gives it an Overlay over
// the store and turns the overlay into one write batch after the commit; tests give it a
// MemoryState.
//
// Owned by the caller for the length of a step; one thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

namespace tocsin {

class ReadState {
 public:
  virtual ~ReadState() = default;
  virtual std::optional<std::string> Get(std::string_view key) const = 0;
  // Visits the entries with from <= key < to in ascending order until `visit` returns false. An
  // empty `to` has no upper bound. `visit` must not write.
  using Visitor = absl::FunctionRef<bool(std::string_view key, std::string_view value)>;
  virtual void Scan(std::string_view from, std::string_view to, Visitor visit) const = 0;
};

class State : public ReadState {
 public:
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Delete(std::string_view key) = 0;
};

class MemoryState final : public State {
 public:
  std::optional<std::string> Get(std::string_view key) const override;
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override;
  void Put(std::string_view key, std::string_view value) override;
  void Delete(std::string_view key) override;
  const std::map<std::string, std::string, std::less<>>& entries() const { return entries_; }

 private:
  std::map<std::string, std::string, std::less<>> entries_;
};

// Writes kept apart from the state below, visible to reads through the overlay.
//
// Entries are found by a hash. Their order is made when it is asked for, and for the first byte of
// the range alone: most kinds of entries are never scanned, and to keep thousands of them sorted
// costs more than to write them.
class Overlay final : public State {
 public:
  // `below` must outlive the overlay.
  explicit Overlay(const ReadState& below) : below_(below) {}
  // An overlay over an overlay is made from a ReadState&: a copy would look the same and be slow.
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  std::optional<std::string> Get(std::string_view key) const override;
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override;
  void Put(std::string_view key, std::string_view value) override;
  void Delete(std::string_view key) override;

  // What is written from here on can be taken back, until the next call.
  void Mark();
  void GoBack();

  // Key to new value, or to nullopt for a deletion, ascending.
  using Writes = absl::btree_map<std::string, std::optional<std::string>, std::less<>>;
  // All of them; the overlay has none afterwards.
  Writes Take();

 private:
  struct Entry {
    std::string key;
    std::optional<std::string> value;
  };
  // Of the keys with one first byte.
  struct Kind {
    absl::btree_map<std::string_view, Entry*> sorted;
    std::vector<Entry*> unsorted;
  };
  using Kinds = std::map<std::string, Kind, std::less<>>;
  struct Former {
    Entry* entry = nullptr;
    bool made = false;  // since the mark: it had no value before
    std::optional<std::string> value;
  };
  // The writes of a range in order.
  class Cursor;

  // To be written to.
  std::optional<std::string>& At(std::string_view key);
  static const Kind& Sorted(Kind& kind);

  const ReadState& below_;
  std::deque<Entry> entries_;  // in the order in which they were made
  absl::flat_hash_map<std::string_view, Entry*> index_;
  mutable Kinds kinds_;
  bool marked_ = false;
  std::vector<Former> former_;  // since the mark
};

}  // namespace tocsin
