// The warnings that a watch has been told stand, to be held against the digest that heartbeats
// carry: a client then knows whether its picture is whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

class Picture {
 public:
  void Take(const v1::Delivery& delivery);
  void Take(const v1::LifecycleChange& change);

  // gateway_service.proto, Heartbeat.open_digest.
  uint64_t Digest() const;

 private:
  struct Seen {
    int32_t revision = 0;
    int32_t actions = 0;
    bool resolved = false;  // this JOC is done with it: no part of the digest
  };
  static void Take(const v1::Lifecycle& life, Seen& seen);

  std::map<std::string, Seen> open_;  // by id
};

}  // namespace tocsin::ctl
