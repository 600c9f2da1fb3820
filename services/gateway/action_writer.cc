#include "gateway/action_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/actions_wire.h"
#include "lib/base/text.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

// What is under way when the process stops may still end well, in this time.
constexpr std::chrono::milliseconds kPatienceAtEnd{2000};

OutputRecord RecordOf(const Action& action, const std::string& topic) {
  OutputRecord record;
  record.target = SourceId{topic, 0};
  record.key = action.warning.str();
  record.value = SerializeDeterministic(ToProto(action));
  record.headers = CloudEventHeaders("tocsin.action.v1", StrCat("/gateway-", action.mission.str()),
                                     action.action_id);
  return record;
}

}  // namespace

ActionWriter::ActionWriter(Producer& producer, Hub& hub, std::string topic,
                           std::chrono::milliseconds patience)
    : producer_(producer), hub_(hub), topic_(std::move(topic)), patience_(patience) {}

void ActionWriter::Write(const Action& action, Done done) {
  auto shared = std::make_shared<Done>(std::move(done));
  const absl::Status queued =
      producer_.Produce(RecordOf(action, topic_), [this, shared](absl::StatusOr<int64_t> offset) {
        if (offset.ok()) {
          Written(*offset, std::move(*shared));
        } else {
          (*shared)(absl::UnavailableError(StrCat("the action may not have been recorded (",
                                                  offset.status().message(),
                                                  "); try again with the same action_id")));
        }
      });
  if (!queued.ok()) {
    (*shared)(absl::UnavailableError(
        StrCat("the action was not recorded: ", queued.message(), "; try again")));
  }
}

void ActionWriter::Written(int64_t offset, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (offset >= actions_end_) {
      waiting_.emplace(offset, Waiting{std::move(done), Hub::Clock::now() + patience_});
      done = nullptr;
    }
  }
  if (done != nullptr) {
    done(absl::OkStatus());
    return;
  }
  hub_.Notify();  // for the deadline
}

void ActionWriter::Advance(int64_t actions_end) {
  std::vector<Done> ready;
  {
    const std::lock_guard lock(mutex_);
    actions_end_ = actions_end;
    const auto end = waiting_.lower_bound(actions_end);
    for (auto it = waiting_.begin(); it != end; ++it) ready.push_back(std::move(it->second.done));
    waiting_.erase(waiting_.begin(), end);
  }
  for (const Done& done : ready) done(absl::OkStatus());
}

Hub::Clock::time_point ActionWriter::Pump(Hub::Clock::time_point now) {
  std::vector<Done> late;
  auto next = Hub::Clock::time_point::max();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](auto& entry) {
      if (entry.second.deadline <= now) {
        late.push_back(std::move(entry.second.done));
        return true;
      }
      next = std::min(next, entry.second.deadline);
      return false;
    });
  }
  for (const Done& done : late) {
    done(absl::UnavailableError(
        "the action is recorded but was not read back yet; try again with the same action_id"));
  }
  return next;
}

void ActionWriter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    patience_ = std::min(patience_, kPatienceAtEnd);
    const auto latest = Hub::Clock::now() + patience_;
    for (auto& [offset, waiting] : waiting_) waiting.deadline = std::min(waiting.deadline, latest);
  }
  hub_.Notify();
}

}  // namespace tocsin::gateway
