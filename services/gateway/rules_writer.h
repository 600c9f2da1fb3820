// Writes records of fusion.rules.v1 and answers with what the log made of them, when this gateway
// has read them back.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gateway/read_back.h"
#include "gateway/rules_log.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

// Thread-safe.
class RulesWriter final : public ReadBack {
 public:
  // All must outlive the writer's calls. `source`: who writes.
  RulesWriter(Producer& producer, Hub& hub, const RulesLog& log, std::string source,
              std::chrono::milliseconds patience);

  // `done` is called once, on another thread, with what was judged of the last record: OK,
  // InvalidArgument with the field and why; or Unavailable when it is not known to have been
  // written, or was not read back in time.
  void Write(const std::vector<RulesInput>& records, Done done);

 private:
  Producer& producer_;
  const RulesLog& log_;
  const std::string source_;
};

}  // namespace tocsin::gateway
