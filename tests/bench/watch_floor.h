// The floor to measure a gateway against: reads the warnings' log and passes each record to every
// open stream. No cursor, credit, heartbeat, release rules or filter.
#pragma once

#include <string>

namespace tocsin::bench {

// Until SIGTERM. Prints "ready" when it serves. `stem`: of certificate and key.
int ServeFloor(const std::string& brokers, int port, const std::string& pki,
               const std::string& stem);

}  // namespace tocsin::bench
