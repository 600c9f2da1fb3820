#include "lib/base/hash.h"

#include <array>

#include <absl/strings/escaping.h>
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

}  // namespace tocsin
