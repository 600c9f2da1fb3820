// The two named hashes that ids and partitions are made with. Neither may ever change: ids and the
// placement of keys outlive a release. (absl::Hash differs from run to run and is never used for
// either.) And a checksum of what comes in parts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin {

// SHA-256 (FIPS 180-4), 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

// The first 16 bytes of SHA-256 as 32 hex digits: warning ids and origins.
std::string ShortHashHex(std::string_view bytes);

// Partition of `key` among `partitions` (> 0): XXH64 with seed 0, modulo. Used for every topic.
int32_t PartitionOf(std::string_view key, int32_t partitions);

// XXH64 with seed 0 of bytes that come in parts: finds damage, not forgery. One thread.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void Add(std::string_view bytes);
  // Of everything added so far: 16 lower-case hex digits.
  std::string Hex() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace tocsin
