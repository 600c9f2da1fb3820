// Records as they are read from and written to topics: bytes, positions and headers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/domain/types.h"

namespace tocsin {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct InputRecord {
  SourceId source;
  int64_t offset = 0;
  std::string key;
  std::string value;
  bool tombstone = false;  // a null value
  Headers headers;
  Time logged = kUnknownTime;  // the broker's time of it, in milliseconds (LogAppendTime)
};

struct OutputRecord {
  SourceId target;
  std::string key;
  std::string value;
  bool tombstone = false;
  Headers headers;
};

// What a group has committed of one source.
struct CommittedOffset {
  int64_t next = 0;  // to be read
  // What the committer wrote beside it, for whoever goes on; empty: nothing. Brokers take 4 KiB.
  std::string note;
  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};
using CommittedOffsets = std::map<SourceId, CommittedOffset>;

}  // namespace tocsin
