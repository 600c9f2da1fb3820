#include "tocsinctl/event_files.h"

#include <iterator>
#include <optional>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/context.h"

namespace tocsin::ctl {
namespace {

bool IsYaml(const std::string& path) {
  return absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml");
}

// A play lists its files.
bool IsPlay(const std::string& text) {
  for (const auto line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, "sources:")) return true;
  }
  return false;
}

std::optional<SourceFormat> FormatOfTable(const std::string& text) {
  const std::string header = absl::AsciiStrToLower(text.substr(0, text.find('\n')));
  if (absl::StrContains(header, "type_of_violence")) return SourceFormat::kUcdp;
  if (absl::StrContains(header, "acq_date")) return SourceFormat::kFirms;
  if (absl::StrContains(header, "latitude") && absl::StrContains(header, "date")) {
    return SourceFormat::kLra;
  }
  return std::nullopt;
}

void Append(Offers more, Offers& offers) {
  std::move(more.offers.begin(), more.offers.end(), std::back_inserter(offers.offers));
  std::move(more.files.begin(), more.files.end(), std::back_inserter(offers.files));
}

}  // namespace

absl::StatusOr<Offers> ReadEventFiles(const std::vector<std::string>& paths, ImportOptions options,
                                      const ImportWorld& world) {
  options.any_order = true;
  Offers offers;
  for (const std::string& path : paths) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    if (IsYaml(path) && IsPlay(text)) {
      TOCSIN_ASSIGN_OR_RETURN(Offers play, LoadPlay(path, world, true));
      Append(std::move(play), offers);
      continue;
    }
    PlaySource source;
    if (!IsYaml(path)) {
      const std::optional<SourceFormat> format = FormatOfTable(text);
      if (!format) {
        return absl::InvalidArgumentError(
            StrCat(path,
                   " is none of UCDP GED, FIRMS or LRA incidents by its header; exercise "
                   "records and plays end in .yaml"));
      }
      source.format = *format;
    }
    TOCSIN_RETURN_IF_ERROR(AddSource(source, path, options, world, offers));
  }
  return offers;
}

}  // namespace tocsin::ctl
