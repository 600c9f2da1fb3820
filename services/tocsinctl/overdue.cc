#include "tocsinctl/overdue.h"

#include "lib/base/text.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

std::string Line(int32_t count, const char* what, const v1::OverdueDelivery& oldest,
                 const std::function<std::string(int64_t)>& name_of) {
  return StrCat(count, count == 1 ? " warning that " : " warnings that ", what, "; the oldest is ",
                name_of(oldest.number()), ", of ", Zulu(oldest.committed_us()));
}

}  // namespace

std::vector<std::string> LinesOf(const v1::OverdueDeliveries& overdue,
                                 const std::function<std::string(int64_t)>& name_of) {
  std::vector<std::string> lines;
  if (overdue.undelivered() > 0) {
    lines.push_back(Line(overdue.undelivered(), "no watch has received",
                         overdue.oldest_undelivered(), name_of));
  }
  if (overdue.unseen() > 0) {
    lines.push_back(
        Line(overdue.unseen(), "nobody is known to have seen", overdue.oldest_unseen(), name_of));
  }
  return lines;
}

}  // namespace tocsin::ctl
