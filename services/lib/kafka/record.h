// Records as they are read from and written to topics: bytes, positions and headers.
#pragma once

#include <cstdint>
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

}  // namespace tocsin
