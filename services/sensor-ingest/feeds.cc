#include "sensor-ingest/feeds.h"

#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/filing/ingest_options.h"

namespace tocsin {

absl::StatusOr<Feeds> Feeds::Parse(const nlohmann::json& options) {
  Feeds feeds;
  for (const auto& [feed, value] : options.items()) {
    const std::string path = StrCat("feeds.", feed);
    if (!IsEventId(feed)) {
      return absl::InvalidArgumentError(
          StrCat(path, ": a feed is 1 to 128 characters of [A-Za-z0-9._:/-]"));
    }
    Label floor;
    if (!value.is_null() && !value.is_object()) {
      return absl::InvalidArgumentError(StrCat(path, ": expected a map"));
    }
    for (const auto& [key, inner] : value.items()) {
      if (key != "floor") {
        return absl::InvalidArgumentError(StrCat(path, ".", key, ": unknown key; known is floor"));
      }
      TOCSIN_ASSIGN_OR_RETURN(floor, ParseFloor(path + ".floor", inner));
    }
    feeds.floors_[feed] = std::move(floor);
  }
  return feeds;
}

absl::StatusOr<FilingDesk> Feeds::DeskOf(const std::string& feed, const FilingDesk& desk) const {
  if (!IsEventId(feed)) {
    return absl::InvalidArgumentError(
        "hello.feed: must be 1 to 128 characters of [A-Za-z0-9._:/-] (bad_id)");
  }
  FilingDesk out = desk;
  const auto found = floors_.find(feed);
  if (found == floors_.end()) {
    if (floors_.empty()) return out;
    return absl::NotFoundError(
        StrCat("hello.feed: ", feed, " is not declared here (unknown_feed)"));
  }
  const auto raise = [&](Label& label) {
    label.classification = std::max(label.classification, found->second.classification);
    label.tlp = std::max(label.tlp, found->second.tlp);
  };
  raise(out.floor);
  raise(out.default_label);
  return out;
}

}  // namespace tocsin
