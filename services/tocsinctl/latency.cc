#include "tocsinctl/latency.h"

#include <algorithm>
#include <array>

#include <absl/strings/str_format.h>

namespace tocsin::ctl {
namespace {

using Stage = int64_t (v1::LedgerRow::*)() const;
struct Hop {
  const char* from;
  Stage begin;
  const char* to;
  Stage end;
};
constexpr std::array kHops = {
    Hop{"committed", &v1::LedgerRow::committed_us, "pushed", &v1::LedgerRow::pushed_us},
    Hop{"pushed", &v1::LedgerRow::pushed_us, "received", &v1::LedgerRow::received_us},
    Hop{"received", &v1::LedgerRow::received_us, "seen", &v1::LedgerRow::seen_us},
    Hop{"seen", &v1::LedgerRow::seen_us, "acknowledged", &v1::LedgerRow::acknowledged_us},
    Hop{"committed", &v1::LedgerRow::committed_us, "received", &v1::LedgerRow::received_us},
    Hop{"committed", &v1::LedgerRow::committed_us, "acknowledged", &v1::LedgerRow::acknowledged_us},
};

// Of at least one, sorted: the nearest rank.
Duration Percentile(const std::vector<Duration>& sorted, size_t percent) {
  const size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace

std::vector<Latency> LatenciesOf(const std::vector<v1::LedgerRow>& rows) {
  std::vector<Latency> latencies;
  for (const Hop& hop : kHops) {
    std::vector<Duration> took;
    for (const v1::LedgerRow& row : rows) {
      const int64_t begin = (row.*hop.begin)();
      const int64_t end = (row.*hop.end)();
      if (begin != 0 && end != 0) took.emplace_back(end - begin);
    }
    if (took.empty()) continue;
    std::sort(took.begin(), took.end());
    latencies.push_back({hop.from, hop.to, took.size(), Percentile(took, 50), Percentile(took, 95),
                         Percentile(took, 99)});
  }
  return latencies;
}

std::string InWords(Duration duration) {
  using std::chrono::milliseconds;
  const double s = std::chrono::duration<double>(duration).count();
  if (duration < std::chrono::seconds(1)) {
    return absl::StrFormat("%d ms", std::chrono::floor<milliseconds>(duration).count());
  }
  if (s < 60) return absl::StrFormat("%.1f s", s);
  if (s < 7200) return absl::StrFormat("%.0f min", s / 60);
  return absl::StrFormat("%.0f h", s / 3600);
}

}  // namespace tocsin::ctl
