#include "tocsinctl/history_line.h"

#include "lib/base/text.h"
#include "lib/rendering/codes.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {

std::string HistoryLine(const Texts& texts, const v1::WarningHistoryEntry& entry, int64_t number) {
  const std::string when = Zulu(entry.logged_us());
  if (entry.has_revision()) {
    const v1::Warning& warning = entry.revision().warning();
    return StrCat(when, "  revision ", warning.revision(), " (",
                  Word(v1::MessageType_Name(warning.message_type()), "MESSAGE_TYPE_"),
                  "): ", texts.FirstLine(entry.revision()));
  }
  const v1::Action& action = entry.action().action();
  const v1::ActionDetail& detail = action.detail();
  const std::string what =
      detail.what_case() == v1::ActionDetail::WHAT_NOT_SET
          ? "nothing that this build knows"
          : detail.GetDescriptor()->FindFieldByNumber(detail.what_case())->name();
  return StrCat(
      when, "  ", number == 0 ? "" : StrCat(texts.NameOf(number), ", "),
      action.person().empty() ? "the gateway" : action.person(), ": ", what,
      action.comment().empty() ? "" : StrCat(", \"", OneLine(action.comment()), "\""),
      entry.action().outcome() == "applied" ? "" : StrCat(" (", entry.action().outcome(), ")"));
}

}  // namespace tocsin::ctl
