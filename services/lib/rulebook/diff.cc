#include "lib/rulebook/diff.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>

#include "lib/base/text.h"
#include "lib/domain/rule_form.h"

namespace tocsin {
namespace {

std::string Joined(const std::vector<std::string>& values) {
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : ", ") + value;
  return joined;
}

std::vector<std::string> Without(const std::vector<std::string>& values,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> left;
  for (const std::string& value : values) {
    if (std::find(others.begin(), others.end(), value) == others.end()) left.push_back(value);
  }
  return left;
}

std::string Appeared(const std::string& path, const Fact& is) {
  return StrCat(path, ": new: ", Joined(is.values));
}

std::string Vanished(const std::string& path, const Fact& was) {
  return StrCat(path, ": gone, was ", Joined(was.values));
}

std::string Change(const std::string& path, const Fact& was, const Fact& is) {
  if (path == "why") return "why: in other words";
  if (!is.list && !was.list) {
    return StrCat(path, ": ", Joined(is.values), ", was ", Joined(was.values));
  }
  const std::vector<std::string> more = Without(is.values, was.values);
  const std::vector<std::string> less = Without(was.values, is.values);
  if (more.empty() && less.empty()) {
    return StrCat(path, ": in the order ", Joined(is.values), ", was ", Joined(was.values));
  }
  return StrCat(path, ": ", more.empty() ? "" : "also ", Joined(more),
                more.empty() || less.empty() ? "" : "; ", less.empty() ? "" : "no longer ",
                Joined(less));
}

int64_t Number(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::vector<std::string> Differences(const Facts& from, const Facts& to) {
  std::set<std::string> paths;
  for (const auto& [path, fact] : from.all()) paths.insert(path);
  for (const auto& [path, fact] : to.all()) paths.insert(path);
  std::vector<std::string> changes;
  for (const std::string& path : paths) {
    if (path == "version" || path == "id") continue;
    const auto was = from.all().find(path);
    const auto is = to.all().find(path);
    if (was == from.all().end()) {
      changes.push_back(Appeared(path, is->second));
    } else if (is == to.all().end()) {
      changes.push_back(Vanished(path, was->second));
    } else if (was->second != is->second) {
      changes.push_back(Change(path, was->second, is->second));
    }
  }
  return changes;
}

std::vector<RuleDiff> DiffRules(const std::map<std::string, Facts>& from,
                                const std::map<std::string, Facts>& to) {
  std::set<std::string> ids;
  for (const auto& [id, facts] : from) ids.insert(id);
  for (const auto& [id, facts] : to) ids.insert(id);
  std::vector<RuleDiff> diffs;
  for (const std::string& id : ids) {
    RuleDiff diff;
    diff.id = id;
    const auto was = from.find(id);
    const auto is = to.find(id);
    if (was != from.end()) diff.from_version = was->second.Text("version");
    if (is != to.end()) diff.to_version = is->second.Text("version");
    if (was == from.end()) {
      diff.state = RuleDiff::State::kNew;
    } else if (is == to.end()) {
      diff.state = RuleDiff::State::kGone;
    } else {
      diff.changes = Differences(was->second, is->second);
      const int64_t before = Number(diff.from_version);
      const int64_t after = Number(diff.to_version);
      if (!diff.changes.empty() || before != after) diff.state = RuleDiff::State::kChanged;
      if (after < before) {
        diff.problem = StrCat("the version goes back; make it ", before + 1);
      } else if (after == before && !diff.changes.empty()) {
        const bool form = !FormOf(RuleId(id)).mission.empty();
        diff.problem = StrCat("changed, and the version is ", before, " still; ",
                              form ? "raise that of the override" : StrCat("make it ", before + 1));
      }
    }
    diffs.push_back(std::move(diff));
  }
  return diffs;
}

}  // namespace tocsin
