// temporal and temporal_ordered. docs/rules.md, Kinds; design decision 9.
#include <map>
#include <memory>

#include "lib/correlation/episodes.h"
#include "lib/correlation/sequence_joins.h"
#include "lib/correlation/sequence_search.h"
#include "lib/correlation/sequence_table.h"

namespace tocsin {
namespace {

using sequence::Joins;

int64_t Seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

// The members that matches joined, in the order of their first ones.
std::vector<Episode> EpisodesOf(const Run& run, Joins& joins) {
  const SequenceCondition& sequence = run.rule.sequence;
  std::map<size_t, Episode> by_root;
  for (size_t i = 0; i < run.members.size(); ++i) {
    const size_t root = joins.Root(i);
    if (joins.Of(root).any()) by_root[root].members.push_back(run.members[i]);
  }
  std::vector<Episode> episodes;
  episodes.reserve(by_root.size());
  for (auto& [root, episode] : by_root) {
    const Joins::Facts& facts = joins.Of(root);
    episode.onset = facts.first_end + sequence.then_within;
    episode.severity = run.rule.severity;
    episode.measures = {{"span_s", Seconds(facts.shortest), Seconds(run.rule.window)}};
    if (!sequence.then_no.empty()) {
      episode.until = facts.last_end + sequence.then_within;
      episode.absence_state = run.silence.StateAt(*episode.until);
    }
    episodes.push_back(std::move(episode));
  }
  return episodes;
}

}  // namespace

Found FindSequences(const Run& run) {
  const SequenceCondition& condition = run.rule.sequence;
  const sequence::Table table(run.rule, run.members);
  std::unique_ptr<sequence::Search> search;
  if (condition.latest) {
    search = std::make_unique<sequence::LatestSearch>(table, run.budget);
  } else {
    search = std::make_unique<sequence::EverySearch>(table, run.budget);
  }
  Joins joins(run.members.size());
  Found found;
  for (size_t last = 0; last < run.members.size(); ++last) {
    if (condition.then_no.empty()) {
      search->EndingWith(last, &joins);
      continue;
    }
    if (!table.NoneFollows(last)) continue;
    const Time time = table.time(last);
    const Time deadline = time + condition.then_within;
    if (run.silence.HasPassed(deadline)) {
      search->EndingWith(last, &joins);
    } else if (search->EndingWith(last, nullptr)) {
      found.wakes.push_back({deadline, time});
    }
  }
  found.episodes = EpisodesOf(run, joins);
  return found;
}

}  // namespace tocsin
