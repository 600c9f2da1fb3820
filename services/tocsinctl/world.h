// The rules folder, and as the importers ask it: whose area a point lies in, and which zone a desk
// has.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "lib/importing/importing.h"
#include "lib/routing/router.h"
#include "lib/rules/pack.h"

namespace tocsin::ctl {

class World {
 public:
  static absl::StatusOr<std::unique_ptr<World>> Load(const std::string& rules_dir);
  // The same of documents that are in no folder.
  static absl::StatusOr<std::unique_ptr<World>> Of(std::vector<Document> documents);
  virtual ~World() = default;
  virtual const Pack& pack() const = 0;
  virtual const std::vector<Document>& documents() const = 0;
  virtual const PlaceIndex& places() const = 0;
  // Refers to this object.
  virtual ImportWorld import() const = 0;
};

// A zone of the machine's database.
std::optional<absl::TimeZone> FindTimeZone(const std::string& name);

}  // namespace tocsin::ctl
