// The feeds that a sensor-ingest takes, and the label floor of each.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <absl/status/statusor.h>
#include <nlohmann/json.hpp>

#include "lib/domain/validate.h"

namespace tocsin {

class Feeds {
 public:
  // {"<feed>": {"floor": {"classification": ..., "tlp": ...}}}; an empty map takes every feed under
  // the desk's own floor. InvalidArgument names the key.
  static absl::StatusOr<Feeds> Parse(const nlohmann::json& options);

  // The desk as it is for this feed: its floor and default label are at least the feed's. NotFound:
  // the feed is not declared. InvalidArgument: it is no id of a feed.
  absl::StatusOr<FilingDesk> DeskOf(const std::string& feed, const FilingDesk& desk) const;

 private:
  std::map<std::string, Label> floors_;
};

}  // namespace tocsin
