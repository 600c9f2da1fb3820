// Warnings as the benchmark of engines names them: a rule, a cell and one time, each once. A
// warning here is an episode that is revised; the benchmark names the start of a window, each
// attack that ends a sequence, and the last heartbeat.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/domain/warning.h"

namespace tocsin::bench {

struct PeerRow {
  std::string rule;
  int64_t cell = 0;
  int64_t time_ms = 0;
  std::string emission;  // warning id and revision
};

class PeerRows {
 public:
  void Add(const Warning& warning);
  // What was added since the last call.
  std::vector<PeerRow> Take() { return std::exchange(rows_, {}); }

 private:
  void AddRow(const char* rule, const Warning& warning, const char* field, int64_t time_ms);

  std::map<std::string, std::set<int64_t>>
      told_;  // attacks by square: they are told with each revision
  std::vector<PeerRow> rows_;
};

}  // namespace tocsin::bench
