#include "tocsinctl/change_progress.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include "lib/base/text.h"

namespace tocsin::ctl {
namespace {

// "31,000".
std::string Grouped(int64_t number) {
  std::string text = StrCat(number);
  for (auto at = std::ssize(text) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), size_t{1}, ',');
  }
  return text;
}

// "mission.unamid.sitreps.v1" as "unamid sitreps".
std::string ShortName(const std::string& topic) {
  const std::vector<std::string> parts = absl::StrSplit(topic, '.');
  return parts.size() == 4 ? StrCat(parts[1], " ", parts[2]) : topic;
}

}  // namespace

ChangeProgress ChangeProgressOf(const std::vector<v1::EvaluatedUpTo>& evaluated) {
  ChangeProgress progress;
  const v1::Tick* latest = nullptr;
  for (const v1::EvaluatedUpTo& task : evaluated) {
    ++progress.tasks;
    progress.backfilling.insert(task.backfilling().begin(), task.backfilling().end());
    for (const std::string& rule : task.reconciling()) ++progress.reconciling[rule];
    if (latest == nullptr || task.tick().clock_us() > latest->clock_us()) latest = &task.tick();
  }
  if (latest == nullptr || progress.backfilling.empty()) return progress;
  for (const v1::ReadAgain& again : latest->again()) {
    ChangeProgress::Read& read = progress.topics[again.source().topic()];
    read.done += again.source().offset();
    read.all += again.end();
  }
  return progress;
}

std::vector<std::string> LinesOf(const ChangeProgress& progress) {
  std::vector<std::string> lines;
  if (!progress.backfilling.empty()) {
    std::vector<std::string> left;
    for (const auto& [topic, read] : progress.topics) {
      if (read.done >= read.all) continue;
      left.push_back(StrCat(ShortName(topic), " ", Grouped(read.done), " of ", Grouped(read.all)));
    }
    const size_t done = progress.topics.size() - left.size();
    if (done > 0) left.push_back(StrCat(done, " of ", progress.topics.size(), " topics are done"));
    lines.push_back(StrCat(absl::StrJoin(progress.backfilling, ", "), ": reading again",
                           left.empty() ? "" : ", ", absl::StrJoin(left, "; ")));
  }
  for (const auto& [rule, tasks] : progress.reconciling) {
    lines.push_back(StrCat(rule, ": what stands is reconciled in ", progress.tasks - tasks, " of ",
                           progress.tasks, " partitions"));
  }
  return lines;
}

nlohmann::json ToJson(const ChangeProgress& progress) {
  nlohmann::json json = {{"backfilling", progress.backfilling},
                         {"read_again", nlohmann::json::object()},
                         {"reconciling", progress.reconciling}};
  for (const auto& [topic, read] : progress.topics) {
    json["read_again"][topic] = {{"done", read.done}, {"of", read.all}};
  }
  return json;
}

}  // namespace tocsin::ctl
