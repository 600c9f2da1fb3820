// Warnings in words: the catalogue, the gazetteer and the reader's zone that the context names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/rendering/digest.h"
#include "lib/rendering/render_warning.h"
#include "tocsin/v1/gateway_service.pb.h"
#include "tocsinctl/context.h"

namespace tocsin::ctl {

class Texts {
 public:
  // For a reader at `mission`'s centre. Places and zone are optional: without them coordinates and
  // UTC.
  static absl::StatusOr<std::unique_ptr<Texts>> Load(const Context& context,
                                                     const std::string& mission);

  // `most_evidence`: the latest so many; 0: all.
  std::vector<std::string> Lines(const v1::WarningView& view, size_t most_evidence = 0) const;
  // What has happened, for a table.
  std::string Headline(const v1::WarningView& view) const;
  // "EXERCISE UNAMID 0143".
  std::string Name(const v1::WarningView& view) const;
  // As Lines, the first one only.
  std::string FirstLine(const v1::WarningView& view) const;
  // Who has it and what was done, in one line: "new" where nobody has done anything.
  std::string Life(const v1::Lifecycle& lifecycle) const;
  // "UNAMID 0143".
  std::string NameOf(int64_t number) const;
  // Puts it into the digest; false if it is one to be shown by itself.
  bool AddTo(Digest& digest, const v1::WarningView& view) const;
  const Catalogue& catalogue() const { return catalogue_; }

 private:
  Texts(Catalogue catalogue, Gazetteer gazetteer, MissionId reader, absl::TimeZone zone)
      : catalogue_(std::move(catalogue)),
        gazetteer_(std::move(gazetteer)),
        reader_(std::move(reader)),
        zone_(zone) {}
  RenderContext render() const { return {catalogue_, gazetteer_, reader_, zone_}; }

  Catalogue catalogue_;
  Gazetteer gazetteer_;
  MissionId reader_;
  absl::TimeZone zone_;
};

// The view as the renderer takes it; InvalidArgument if the service sent what this build cannot
// read.
absl::StatusOr<WarningView> ToView(const v1::WarningView& view);

// Columns country, name, lat, lng; rows that cannot be read are left out.
std::vector<NamedPlace> ReadPlaces(const std::string& csv);

}  // namespace tocsin::ctl
