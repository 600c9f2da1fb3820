#include "courier.h"

#include <algorithm>
#include <utility>

#include "lib/kafka/topic_set.h"

namespace tocsin::simulation {

void Courier::File(const OutputRecord& record, Time now) {
  history_.push_back({.at = now, .source = record.target});
  Send(record, now, history_.size() - 1);
  if (slowest_ > Duration(0) && record.target.topic != kRulesTopic && random_.OneIn(8)) {
    copies_.push_back({record, now + Duration(random_.Below(4 * slowest_.count()))});
  }
}

void Courier::Send(OutputRecord record, Time now, size_t filed) {
  Sent sent{std::move(record), now, filed};
  // Rules say what events mean: they are never late.
  if (slowest_ > Duration(0) && sent.record.target.topic != kRulesTopic && random_.OneIn(2)) {
    sent.due += Duration(random_.Below(slowest_.count()));
  }
  Queue(std::move(sent), now);
}

void Courier::Queue(Sent sent, Time now) {
  std::deque<Sent>& before = on_their_way_[sent.record.target];
  if (!before.empty()) sent.due = std::max(sent.due, before.back().due);
  if (before.empty() && sent.due <= now) {
    Append(sent);
  } else {
    before.push_back(std::move(sent));
  }
}

void Courier::Append(const Sent& sent) {
  const int64_t offset = log_.Append(sent.record);
  if (sent.filed == kNone) return;
  history_[sent.filed].offset = offset;
  if (sent.filed < newest_arrived_) ++overtaken_;
  newest_arrived_ = std::max(newest_arrived_, sent.filed);
}

void Courier::Deliver(Time now) {
  std::vector<Sent> copies;
  std::swap(copies, copies_);
  for (Sent& copy : copies) {
    if (copy.due > now) {
      copies_.push_back(std::move(copy));
    } else {
      Queue(std::move(copy), now);
    }
  }
  for (auto& [source, sent] : on_their_way_) {
    while (!sent.empty() && sent.front().due <= now) {
      Append(sent.front());
      sent.pop_front();
    }
  }
}

}  // namespace tocsin::simulation
