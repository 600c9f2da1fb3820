#include "tocsinctl/texts.h"

#include <algorithm>
#include <utility>

#include <absl/strings/numbers.h>
#include <absl/strings/str_join.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/importing/csv.h"
#include "lib/packfiles/load.h"
#include "lib/rendering/codes.h"
#include "lib/rendering/life_phrases.h"
#include "lib/rules/pack.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"
#include "tocsinctl/world.h"

namespace tocsin::ctl {
namespace {

absl::TimeZone ZoneOf(const Context& context, const std::string& mission) {
  const absl::StatusOr<std::vector<Document>> documents = LoadPackFiles(context.rules_dir);
  if (documents.ok()) {
    if (const absl::StatusOr<Pack> pack = ParsePack(*documents, {}); pack.ok()) {
      if (const auto desk = pack->desks.find(MissionId(mission)); desk != pack->desks.end()) {
        return FindTimeZone(desk->second.zone).value_or(absl::UTCTimeZone());
      }
    }
  }
  return absl::UTCTimeZone();
}

}  // namespace

std::vector<NamedPlace> ReadPlaces(const std::string& csv) {
  std::vector<NamedPlace> places;
  size_t name = 0;
  size_t lat = 0;
  size_t lng = 0;
  bool headed = false;
  ReadCsv(
      csv,
      [&](const CsvRow& row) {
        if (!headed) {
          headed = true;
          const auto column = [&row](const char* wanted) {
            return static_cast<size_t>(std::find(row.fields.begin(), row.fields.end(), wanted) -
                                       row.fields.begin());
          };
          name = column("name");
          lat = column("lat");
          lng = column("lng");
          return;
        }
        NamedPlace place;
        if (std::max({name, lat, lng}) < row.fields.size() &&
            absl::SimpleAtod(row.fields[lat], &place.point.latitude) &&
            absl::SimpleAtod(row.fields[lng], &place.point.longitude)) {
          place.name = row.fields[name];
          places.push_back(std::move(place));
        }
      },
      [](int64_t, const std::string&) {});
  return places;
}

absl::StatusOr<std::unique_ptr<Texts>> Texts::Load(const Context& context,
                                                   const std::string& mission) {
  if (context.catalogue.empty()) {
    return absl::InvalidArgumentError("the context names no catalogue");
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(context.catalogue));
  TOCSIN_ASSIGN_OR_RETURN(Catalogue catalogue, Catalogue::Parse(text));
  std::vector<NamedPlace> places;
  if (!context.places.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string csv, ReadWholeFile(context.places));
    places = ReadPlaces(csv);
  }
  return std::unique_ptr<Texts>(new Texts(std::move(catalogue), Gazetteer(std::move(places)),
                                          MissionId(mission), ZoneOf(context, mission)));
}

absl::StatusOr<WarningView> ToView(const v1::WarningView& view) {
  TOCSIN_ASSIGN_OR_RETURN(Warning warning, FromProto(view.warning()));
  WarningView result;
  result.warning = std::move(warning);
  for (const v1::Withheld& withheld : view.withheld()) {
    result.withheld.push_back(
        {MissionId(withheld.originator()), withheld.reason(), withheld.items()});
  }
  result.life = FromProto(view.lifecycle());
  return result;
}

std::vector<std::string> Texts::Lines(const v1::WarningView& view, size_t most_evidence) const {
  const absl::StatusOr<WarningView> read = ToView(view);
  if (!read.ok()) {
    return {
        StrCat(view.warning().id(), ": cannot be shown: ", std::string(read.status().message()))};
  }
  RenderContext context = render();
  context.most_evidence = most_evidence;
  return RenderWarning(*read, context);
}

bool Texts::AddTo(Digest& digest, const v1::WarningView& view) const {
  const absl::StatusOr<WarningView> read = ToView(view);
  if (!read.ok() || !Digest::Takes(read->warning)) return false;
  digest.Add(*read, render());
  return true;
}

std::string Texts::FirstLine(const v1::WarningView& view) const { return Lines(view, 1).front(); }

std::string Texts::Life(const v1::Lifecycle& lifecycle) const {
  const std::vector<std::string> phrases = LifePhrases(FromProto(lifecycle), zone_, catalogue_);
  return phrases.empty() ? catalogue_.Words("life", "new") : OneLine(absl::StrJoin(phrases, "; "));
}

std::string Texts::NameOf(int64_t number) const {
  Warning warning;
  warning.number = number;
  return WarningName(warning, render());
}

std::string Texts::Headline(const v1::WarningView& view) const {
  const absl::StatusOr<WarningView> read = ToView(view);
  return read.ok() ? tocsin::Headline(*read, render()) : std::string(read.status().message());
}

std::string Texts::Name(const v1::WarningView& view) const {
  const absl::StatusOr<WarningView> read = ToView(view);
  return read.ok() ? Heading(*read, render()) + WarningName(read->warning, render())
                   : view.warning().id();
}

}  // namespace tocsin::ctl
