// What is to be offered to the ingest services, in the order in which it is to be offered.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/importing/record.h"

namespace tocsin::ctl {

struct Offer {
  Time at = kUnknownTime;  // scenario time at which it is offered
  Stream stream = Stream::kSitrep;
  Event event;
  Expectation expect = Expectation::kAccepted;
  std::string origin;  // "data/exercise/record.yaml:12", for messages
};

struct Offers {
  std::vector<Offer> offers;  // by time; ties in the order of the sources, then of the files
  struct File {
    std::string path;
    int64_t rows = 0, offered = 0, refused = 0, outside = 0;
    std::vector<ImportProblem> problems;
  };
  std::vector<File> files;
};

// Adds one file. Problems in rows are in the result; an error is a file that cannot be read at all.
absl::Status AddSource(const PlaySource& source, const std::string& path, ImportOptions options,
                       const ImportWorld& world, Offers& offers);
void SortOffers(Offers& offers);

// Everything of a play. Files are looked for beside the play and in the folders above it.
// InvalidArgument names what is wrong with the play. `any_order` as in ImportOptions.
absl::StatusOr<Offers> LoadPlay(const std::string& path, const ImportWorld& world,
                                bool any_order = false);

// A line for each file and its problems on stderr (at most `most` problems of each).
void ReportFiles(const Offers& offers, size_t most);

}  // namespace tocsin::ctl
