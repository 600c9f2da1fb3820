#include <map>
#include <utility>

#include "lib/base/canonical.h"
#include "lib/correlation/episodes.h"

namespace tocsin {
namespace {

// What of the member is counted distinct.
std::vector<std::string> CountedOf(const Rule& rule, const Member& member) {
  const KeyedEvent& event = member.event;
  std::vector<std::string> values;
  if (rule.kind == RuleKind::kEventCount) {
    values.push_back(CanonicalWriter()
                         .Bytes(member.incident.mission.str())
                         .Bytes(member.incident.id.str())
                         .Take());
  } else if (rule.field == "area") {
    for (const AreaId& area : event.areas) values.push_back(area.str());
  } else if (rule.field == "corridor") {
    for (const CorridorId& corridor : event.corridors) values.push_back(corridor.str());
  } else if (rule.field == "mission") {
    values.push_back(event.identity.mission.str());
  } else if (rule.field == "origin") {
    values.push_back(event.origin);
  } else if (const auto it = event.attributes.find(rule.field); it != event.attributes.end()) {
    values.push_back(it->second);
  }
  return values;
}

// Distinct values in a window that slides forward.
class Window {
 public:
  void Add(const std::vector<std::string>& values) {
    for (const std::string& value : values) ++counts_[value];
  }
  void Remove(const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      const auto it = counts_.find(value);
      if (--it->second == 0) counts_.erase(it);
    }
  }
  int64_t distinct() const { return static_cast<int64_t>(counts_.size()); }

 private:
  std::map<std::string, int64_t> counts_;
};

// An episode's members.
struct Range {
  size_t first, last;  // indices, inclusive
  Time onset;
  int64_t measure;
};
using Counted = std::vector<std::vector<std::string>>;  // of each member

std::vector<Range> SlidingRanges(const Rule& rule, const std::vector<Member>& members,
                                 const Counted& counted) {
  std::vector<Range> ranges;
  const int64_t least = rule.severities.begin()->second;
  Window window;
  size_t first = 0;
  for (size_t last = 0; last < members.size(); ++last) {
    window.Add(counted[last]);
    // Events of one time share one window: it is judged at the last of them.
    if (last + 1 < members.size() && members[last + 1].time == members[last].time) continue;
    for (; members[first].time <= members[last].time - rule.window; ++first) {
      window.Remove(counted[first]);
    }
    if (window.distinct() < least) continue;
    if (!ranges.empty() && first <= ranges.back().last) {
      ranges.back().last = last;
      ranges.back().measure = std::max(ranges.back().measure, window.distinct());
    } else {
      ranges.push_back({first, last, members[last].time, window.distinct()});
    }
  }
  return ranges;
}

std::vector<Range> TumblingRanges(const Rule& rule, const std::vector<Member>& members,
                                  const Counted& counted) {
  std::vector<Range> ranges;
  const int64_t least = rule.severities.begin()->second;
  for (size_t first = 0; first < members.size();) {
    const int64_t bucket = BucketOf(members[first].time, rule.window);
    Window window;
    Range range{first, first, kUnknownTime, 0};
    size_t end = first;
    for (; end < members.size() && BucketOf(members[end].time, rule.window) == bucket; ++end) {
      window.Add(counted[end]);
      if (range.measure < least && window.distinct() >= least) range.onset = members[end].time;
      range.measure = window.distinct();
    }
    range.last = end - 1;
    if (range.measure >= least) ranges.push_back(range);
    first = end;
  }
  return ranges;
}

}  // namespace

int64_t BucketOf(Time time, Duration length) {
  const Duration since = time.time_since_epoch();
  return since / length - (since % length < Duration(0) ? 1 : 0);
}

Severity SeverityOf(const Rule& rule, int64_t measure) {
  Severity reached = Severity::kUnspecified;
  for (const auto& [severity, count] : rule.severities) {
    if (measure >= count) reached = severity;
  }
  return reached;
}

int64_t CountDistinct(const Rule& rule, const std::vector<Member>& members) {
  Window window;
  for (const Member& member : members) window.Add(CountedOf(rule, member));
  return window.distinct();
}

std::vector<Episode> CountEpisodes(const Rule& rule, const std::vector<Member>& members) {
  std::vector<std::vector<std::string>> counted;
  counted.reserve(members.size());
  for (const Member& member : members) counted.push_back(CountedOf(rule, member));
  std::vector<Episode> episodes;
  for (const Range& range : rule.tumbling ? TumblingRanges(rule, members, counted)
                                          : SlidingRanges(rule, members, counted)) {
    Episode episode;
    episode.members.assign(members.begin() + static_cast<ptrdiff_t>(range.first),
                           members.begin() + static_cast<ptrdiff_t>(range.last) + 1);
    episode.onset = range.onset;
    episode.measure = range.measure;
    episode.severity = SeverityOf(rule, range.measure);
    episodes.push_back(std::move(episode));
  }
  return episodes;
}

}  // namespace tocsin
