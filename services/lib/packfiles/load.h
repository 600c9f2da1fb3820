// A rules directory as documents: rules/pack/*.yaml and rules/overrides/*.yaml (but *.tests.yaml),
// types.yaml, desks.yaml, actors.yaml, areas.geojson and corridors.geojson. Anything else in the
// directory is left alone (texts for people live there too).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/keyed.h"

namespace tocsin {

// Sorted by kind and name, with hashes; a rule is named by its id, overrides by their
// file. Only types and desks must be there, and a folder `pack`. NotFound names what is missing;
// InvalidArgument a rule without id or version. Contents are not judged further: that is
// ParsePack's part.
absl::StatusOr<std::vector<Document>> LoadPackFiles(const std::filesystem::path& directory);

// Whether a file of rules/pack or rules/overrides holds a rule's timelines (<id>.tests.yaml): no
// part of the pack.
bool IsTimelineFile(const std::filesystem::path& path);

// Documents, and the file that each came from, in the same order.
struct PackFiles {
  std::vector<Document> documents;
  std::vector<std::string> files;
};

// The same of every file there is, whatever is wrong with it, sorted by file: a rule whose id and
// version cannot be read has the name of its file and version 0, and a missing types.yaml or
// desks.yaml is left out. NotFound: `directory` has no folder `pack`, or a file cannot be read.
absl::StatusOr<PackFiles> LoadAnyPackFiles(const std::filesystem::path& directory);

// The activation of these documents, live for these missions.
Activation ActivationOf(const std::vector<Document>& documents, std::vector<MissionId> live);

}  // namespace tocsin
