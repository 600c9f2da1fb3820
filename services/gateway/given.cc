#include "gateway/given.h"

#include <algorithm>

#include "lib/wire/delta.h"

namespace tocsin::gateway {
namespace {

// Less is not worth looking up an earlier revision for: an item of evidence is about as large.
constexpr size_t kLeastSaved = 200;

}  // namespace

std::optional<v1::Delta> Given::Shorten(WatchSource& source, v1::WarningView& view) {
  const std::string& id = view.warning().id();
  const auto found =
      std::find_if(last_.rbegin(), last_.rend(), [&](const One& one) { return one.id == id; });
  const int32_t base = found == last_.rend() ? 0 : found->revision;
  last_.push_back({id, view.warning().revision()});
  if (last_.size() > kMost) last_.pop_front();
  if (base == 0) return std::nullopt;
  const std::optional<v1::WarningView> before = source.AsGiven(id, base);
  return before ? TakeOut(*before, view, kLeastSaved) : std::nullopt;
}

}  // namespace tocsin::gateway
