// The ordered key-value state that a pure core reads and writes. The shell gives it an Overlay over
// the store and turns the overlay into one write batch after the commit; tests give it a
// MemoryState.
//
// Owned by the caller for the length of a step; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

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

  // Key to new value, or to nullopt for a deletion, ascending.
  using Writes = std::map<std::string, std::optional<std::string>, std::less<>>;
  const Writes& writes() const { return writes_; }
  // Takes over the writes of an overlay over this one, which has none afterwards.
  void Absorb(Overlay& above);

 private:
  std::optional<std::string>& At(std::string_view key);
  Writes::const_iterator Find(std::string_view key) const;

  const ReadState& below_;
  Writes writes_;
  // Where each key is, once there are so many that a walk down the tree costs more. Never walked.
  absl::flat_hash_map<std::string_view, Writes::iterator> index_;
};

}  // namespace tocsin
