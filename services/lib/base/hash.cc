#include "lib/base/hash.h"

#include <array>

#include <absl/strings/escaping.h>
#include <absl/strings/str_format.h>
#include <openssl/sha.h>
#include <xxhash.h>

namespace tocsin {
namespace {

std::string Digest(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) { return absl::BytesToHexString(Digest(bytes)); }

std::string ShortHashHex(std::string_view bytes) {
  return absl::BytesToHexString(Digest(bytes).substr(0, 16));
}

int32_t PartitionOf(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(XXH64(key.data(), key.size(), 0) % static_cast<uint64_t>(partitions));
}

struct Checksum::State {
  XXH64_state_t* const hash = XXH64_createState();
};

Checksum::Checksum() : state_(std::make_unique<State>()) { XXH64_reset(state_->hash, 0); }
Checksum::~Checksum() { XXH64_freeState(state_->hash); }
void Checksum::Add(std::string_view bytes) {
  XXH64_update(state_->hash, bytes.data(), bytes.size());
}
std::string Checksum::Hex() const { return absl::StrFormat("%016x", XXH64_digest(state_->hash)); }

}  // namespace tocsin
