#include <map>
#include <utility>

#include "lib/base/canonical.h"
#include "lib/correlation/episodes.h"
#include "lib/correlation/semantics.h"

namespace tocsin {
namespace {

std::vector<std::string> ValuesOf(const KeyedEvent& event, const std::string& field) {
  std::vector<std::string> values;
  if (field == "area") {
    for (const AreaId& area : event.areas) values.push_back(area.str());
  } else if (field == "corridor") {
    for (const CorridorId& corridor : event.corridors) values.push_back(corridor.str());
  } else if (field == "mission") {
    values.push_back(event.identity.mission.str());
  } else if (field == "origin") {
    values.push_back(event.origin);
  } else if (const auto it = event.attributes.find(field); it != event.attributes.end()) {
    values.push_back(it->second);
  }
  return values;
}

// What of the member is counted distinct.
std::vector<std::string> CountedOf(const Rule& rule, const Member& member) {
  if (rule.kind != RuleKind::kEventCount) return ValuesOf(member.event, rule.field);
  return {CanonicalWriter()
              .Bytes(member.incident.mission.str())
              .Bytes(member.incident.id.str())
              .Take()};
}

// Different values of one field among the members of a window.
class Values {
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

// What is counted, and values of the fields of `distinct`: of each member.
struct Counted {
  std::vector<std::string> counted;
  std::vector<std::vector<std::string>> beside;  // by field, in their order
};

// A window that slides forward.
class Window {
 public:
  explicit Window(const Rule& rule) : rule_(rule), beside_(rule.distinct.size()) {}
  void Add(const Counted& member) {
    counted_.Add(member.counted);
    for (size_t i = 0; i < beside_.size(); ++i) beside_[i].Add(member.beside[i]);
  }
  void Remove(const Counted& member) {
    counted_.Remove(member.counted);
    for (size_t i = 0; i < beside_.size(); ++i) beside_[i].Remove(member.beside[i]);
  }
  int64_t count() const { return counted_.distinct(); }
  bool IsComplete() const {
    if (count() < rule_.severities.begin()->second) return false;
    size_t i = 0;
    for (const auto& [field, least] : rule_.distinct) {
      if (beside_[i++].distinct() < least) return false;
    }
    return true;
  }

 private:
  const Rule& rule_;
  Values counted_;
  std::vector<Values> beside_;
};

// An episode's members.
struct Range {
  size_t first, last;  // indices, inclusive
  Time onset;
  int64_t measure;
};

std::vector<Range> SlidingRanges(const Rule& rule, const std::vector<Member>& members,
                                 const std::vector<Counted>& counted) {
  std::vector<Range> ranges;
  Window window(rule);
  size_t first = 0;
  for (size_t last = 0; last < members.size(); ++last) {
    window.Add(counted[last]);
    // Events of one time share one window: it is judged at the last of them.
    if (last + 1 < members.size() && members[last + 1].time == members[last].time) continue;
    for (; !AreInOneWindow(members[first].time, members[last].time, rule.window); ++first) {
      window.Remove(counted[first]);
    }
    if (!window.IsComplete()) continue;
    if (!ranges.empty() && first <= ranges.back().last) {
      ranges.back().last = last;
      ranges.back().measure = std::max(ranges.back().measure, window.count());
    } else {
      ranges.push_back({first, last, members[last].time, window.count()});
    }
  }
  return ranges;
}

std::vector<Range> TumblingRanges(const Rule& rule, const std::vector<Member>& members,
                                  const std::vector<Counted>& counted) {
  std::vector<Range> ranges;
  for (size_t first = 0; first < members.size();) {
    const int64_t bucket = BucketOf(members[first].time, rule.window);
    Window window(rule);
    Range range{first, first, kUnknownTime, 0};
    bool complete = false;
    size_t end = first;
    for (; end < members.size() && BucketOf(members[end].time, rule.window) == bucket; ++end) {
      window.Add(counted[end]);
      if (!complete && window.IsComplete()) {
        complete = true;
        range.onset = members[end].time;
      }
    }
    range.measure = window.count();
    range.last = end - 1;
    if (complete) ranges.push_back(range);
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
  Values values;
  for (const Member& member : members) values.Add(CountedOf(rule, member));
  return values.distinct();
}

std::vector<Episode> CountEpisodes(const Rule& rule, const std::vector<Member>& members) {
  std::vector<Counted> counted;
  counted.reserve(members.size());
  for (const Member& member : members) {
    Counted& one = counted.emplace_back();
    one.counted = CountedOf(rule, member);
    for (const auto& [field, least] : rule.distinct) {
      one.beside.push_back(ValuesOf(member.event, field));
    }
  }
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
