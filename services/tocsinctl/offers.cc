#include "tocsinctl/offers.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/context.h"

namespace tocsin::ctl {
namespace {

std::string Shown(const std::string& path, const ImportProblem& problem) {
  return StrCat(path, ":", problem.line, ": ", problem.column, problem.column.empty() ? "" : " ",
                problem.reason);
}

void AddTable(Imported imported, Stream stream, Offers::File& file, std::vector<Offer>& offers) {
  file.rows = imported.rows;
  file.refused = imported.refused;
  file.outside = imported.outside;
  file.problems = std::move(imported.problems);
  file.offered = static_cast<int64_t>(imported.events.size());
  for (size_t i = 0; i < imported.events.size(); ++i) {
    const Time at = OfferedAt(imported.events[i]);
    offers.push_back({at, stream, std::move(imported.events[i]), Expectation::kAccepted,
                      StrCat(file.path, ":", imported.lines[i])});
  }
}

// The file as named, or below the nearest folder above `start` that has it.
std::string Locate(const std::string& file, const std::filesystem::path& start) {
  std::error_code error;
  if (std::filesystem::path(file).is_absolute()) {
    return file;
  }
  for (std::filesystem::path folder = start;; folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / file, error)) {
      return (folder / file).string();
    }
    if (folder == folder.parent_path()) {
      return file;
    }
  }
}

}  // namespace

absl::Status AddSource(const PlaySource& source, const std::string& path, ImportOptions options,
                       const ImportWorld& world, Offers& offers) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  Offers::File file;
  file.path = path;
  options.shift_days += source.shift_days;
  if (!source.default_filer.empty()) {
    options.filer = source.default_filer;
  }
  switch (source.format) {
    case SourceFormat::kUcdp:
      AddTable(ImportUcdp(text, source.ucdp, options, world), Stream::kSitrep, file, offers.offers);
      break;
    case SourceFormat::kLra:
      AddTable(ImportLra(text, options, world), Stream::kSitrep, file, offers.offers);
      break;
    case SourceFormat::kFirms:
      AddTable(ImportFirms(text, source.firms, options, world), Stream::kSensor, file,
               offers.offers);
      break;
    case SourceFormat::kRecord: {
      ExerciseRecord record = ReadRecord(text, options, world);
      file.rows = record.entries;
      file.refused = record.refused;
      file.problems = std::move(record.problems);
      file.offered = static_cast<int64_t>(record.items.size());
      for (RecordItem& item : record.items) {
        const Time at = OfferedAt(item.event);
        offers.offers.push_back(
            {at, item.stream, std::move(item.event), item.expect, StrCat(path, ":", item.line)});
      }
    }
  }
  offers.files.push_back(std::move(file));
  return absl::OkStatus();
}

void SortOffers(Offers& offers) {
  std::stable_sort(offers.offers.begin(), offers.offers.end(),
                   [](const Offer& a, const Offer& b) { return a.at < b.at; });
}

absl::StatusOr<Offers> LoadPlay(const std::string& path, const ImportWorld& world, bool any_order) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  const Play play = ReadPlay(text);
  if (!play.problems.empty()) {
    return absl::InvalidArgumentError(Shown(path, play.problems[0]));
  }
  ImportOptions options;
  options.status = play.status;
  options.exercise_id = play.exercise;
  options.any_order = any_order;
  Offers offers;
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  for (const PlaySource& source : play.sources) {
    TOCSIN_RETURN_IF_ERROR(AddSource(source, Locate(source.file, folder), options, world, offers));
  }
  SortOffers(offers);
  return offers;
}

void ReportFiles(const Offers& offers, size_t most) {
  for (const Offers::File& file : offers.files) {
    std::cerr << file.path << ": " << file.rows << " rows, " << file.offered << " events";
    if (file.refused > 0) {
      std::cerr << ", " << file.refused << " rows with errors";
    }
    if (file.outside > 0) {
      std::cerr << ", " << file.outside << " in nobody's area";
    }
    std::cerr << "\n";
    for (size_t i = 0; i < file.problems.size() && i < most; ++i) {
      std::cerr << "  " << Shown(file.path, file.problems[i]) << "\n";
    }
    if (file.problems.size() > most) {
      std::cerr << "  and " << file.problems.size() - most << " more\n";
    }
  }
}

}  // namespace tocsin::ctl
