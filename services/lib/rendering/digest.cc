#include "lib/rendering/digest.h"

#include <algorithm>

#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/rendering/codes.h"
#include "lib/rendering/phrases.h"

namespace tocsin {
namespace {

constexpr size_t kMostNames = 8;

}  // namespace

bool Digest::Takes(const Warning& warning) { return warning.found_by_backfill && !warning.alerts; }

void Digest::Add(const WarningView& view, const RenderContext& context) {
  const Warning& warning = view.warning;
  warnings_[warning.id] = {warning.content.rule_id.str(),
                           Heading(view, context) + WarningName(warning, context),
                           warning.content.severity, warning.message_type == MessageType::kCancel};
}

std::vector<std::string> Digest::Take(const Catalogue& catalogue) {
  std::map<std::string, Line> rules;
  for (const auto& [id, entry] : warnings_) {
    Line& line = rules[entry.rule];
    if (entry.ended) {
      ++line.ended;
      continue;
    }
    ++line.standing[entry.severity];
    line.names.push_back(entry.name);
  }
  const auto word = [&](const std::string& code) { return catalogue.Words("words", code); };
  std::vector<std::string> lines = {Fill(word("digest"), {{"count", StrCat(warnings_.size())}})};
  for (auto& [rule, line] : rules) {
    std::vector<std::string> counts;
    for (const auto& [severity, count] : line.standing) {
      counts.push_back(StrCat(count, " ", catalogue.Words("severity", Code(kSeverity, severity))));
    }
    if (line.ended > 0) {
      counts.push_back(Fill(word("digest_ended"), {{"count", StrCat(line.ended)}}));
    }
    const size_t more = line.names.size() - std::min(line.names.size(), kMostNames);
    line.names.resize(line.names.size() - more);
    if (more > 0) line.names.push_back(Fill(word("digest_more"), {{"count", StrCat(more)}}));
    lines.push_back(
        OneLine(StrCat("  ", rule, ": ", absl::StrJoin(counts, ", "),
                       line.names.empty() ? "" : ": ", absl::StrJoin(line.names, ", "))));
  }
  warnings_.clear();
  return lines;
}

}  // namespace tocsin
