#include "correlator/hot_key_report.h"

#include <cmath>
#include <utility>

namespace tocsin {
namespace {

int Percent(double share) { return static_cast<int>(std::lround(share * 100)); }

}  // namespace

HotKeyReport::HotKeyReport(prometheus::Registry& registry, std::string task, LogLine log)
    : task_(std::move(task)),
      log_(std::move(log)),
      family_(prometheus::BuildGauge()
                  .Name("tocsin_correlator_hot_key_share")
                  .Help("Of the last minute, what the hottest key of a spec took at least: of the "
                        "task's records, or of its thread's time")
                  .Register(registry)) {}

void HotKeyReport::Update(HotKeys& keys, HotKeys::Clock::time_point now) {
  for (const HotKeys::Change& change : keys.Turn(now)) {
    nlohmann::json fields = {{"task", task_},
                             {"spec", change.spec},
                             {"percent_of_records", Percent(change.shares.records)},
                             {"percent_of_time", Percent(change.shares.time)}};
    if (change.hot) {
      fields["what_to_do"] =
          "more partitions do not help: let the rules that group by this spec group by one field "
          "more, or select less (docs/scaling.md, Hot keys)";
      log_(LogLevel::kWarning, "one key takes much of its partition", fields);
    } else {
      log_(LogLevel::kInfo, "no key of the spec takes much of its partition any more", fields);
    }
  }
  Show(keys.shares());
}

void HotKeyReport::Show(const std::map<std::string, HotKeys::Shares>& shares) {
  std::erase_if(gauges_, [&](const auto& entry) {
    if (shares.contains(entry.first)) return false;
    family_.Remove(entry.second.records);
    family_.Remove(entry.second.time);
    return true;
  });
  for (const auto& [spec, share] : shares) {
    Gauges& gauges = gauges_[spec];
    if (gauges.records == nullptr) {
      gauges.records = &family_.Add({{"task", task_}, {"spec", spec}, {"of", "records"}});
      gauges.time = &family_.Add({{"task", task_}, {"spec", spec}, {"of", "time"}});
    }
    gauges.records->Set(share.records);
    gauges.time->Set(share.time);
  }
}

}  // namespace tocsin
