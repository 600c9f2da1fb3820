#include "tocsinctl/centre_words.h"

#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/rendering/codes.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

std::string InWords(const v1::HandOverNote& note) {
  return StrCat(note.from(), " to ", note.to(), ": \"", OneLine(note.note()), "\"");
}

void AddList(const char* what, const google::protobuf::RepeatedPtrField<std::string>& entries,
             std::vector<std::string>& parts) {
  if (entries.empty()) return;
  parts.push_back(StrCat(what, entries.size() == 1 ? " " : "s ", absl::StrJoin(entries, ", ")));
}

}  // namespace

std::string InWords(const v1::SilenceFilter& filter) {
  std::vector<std::string> parts;
  AddList("warning", filter.warning_ids(), parts);
  AddList("rule", filter.rule_ids(), parts);
  AddList("area", filter.areas(), parts);
  const v1::Severity most = filter.severity_max() == v1::SEVERITY_UNSPECIFIED
                                ? v1::SEVERITY_SEVERE
                                : filter.severity_max();
  parts.push_back(StrCat("up to ", Word(v1::Severity_Name(most), "SEVERITY_")));
  return absl::StrJoin(parts, "; ");
}

std::vector<std::string> WatchLines(const v1::Centre& centre) {
  std::vector<std::string> lines;
  for (const v1::OnWatch& at : centre.on_watch()) {
    lines.push_back(StrCat(
        at.person(), at.desk() == StrCat("own/", at.person()) ? "" : StrCat(" at ", at.desk()),
        ", since ", Zulu(at.since_us())));
  }
  if (lines.empty()) lines.emplace_back("nobody is logged on to the watch");
  if (centre.has_offered()) {
    lines.push_back(StrCat("offered, not signed yet: ", InWords(centre.offered()), " (",
                           centre.offered().offer_id(), ")"));
  }
  if (centre.has_handed_over()) {
    lines.push_back(StrCat("last handed over ", Zulu(centre.handed_over().signed_us()), ", ",
                           InWords(centre.handed_over())));
  }
  return lines;
}

std::vector<std::string> SilenceLines(const v1::Centre& centre) {
  std::vector<std::string> lines;
  for (const v1::ActiveSilence& silence : centre.silences()) {
    const bool extreme = silence.filter().severity_max() == v1::SEVERITY_EXTREME;
    const std::string signature =
        !extreme ? ""
        : silence.countersigned_by().empty()
            ? "; Extreme ones ring until the chief of the JOC countersigns"
            : StrCat("; countersigned by ", silence.countersigned_by());
    lines.push_back(StrCat("silence ", silence.silence_id(), " until ", Zulu(silence.expires_us()),
                           ": ", InWords(silence.filter()), signature, "; ", silence.person(),
                           ": \"", OneLine(silence.reason()), "\""));
  }
  return lines;
}

}  // namespace tocsin::ctl
