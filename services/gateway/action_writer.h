// Writes actions to the mission's log and answers when the view has read them back: what a person
// was told is then in the view that everybody of the JOC sees, and survives.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <absl/status/status.h>

#include "gateway/hub.h"
#include "lib/kafka/client.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin::gateway {

// Thread-safe.
class ActionWriter final : public Hub::Member {
 public:
  using Done = std::function<void(absl::Status)>;

  // `producer` must outlive the writer, and `hub` all of its calls.
  ActionWriter(Producer& producer, Hub& hub, std::string topic, std::chrono::milliseconds patience);

  // `done` is called once, on another thread: OK when the view has the record, Unavailable when it
  // is not known to have been written or was not read back in time. Trying again with the same
  // action id is safe.
  void Write(const Action& action, Done done);

  // The view has read the actions topic up to here.
  void Advance(int64_t actions_end);

  Hub::Clock::time_point Pump(Hub::Clock::time_point now) override;
  void Stop() override;

 private:
  struct Waiting {
    Done done;
    Hub::Clock::time_point deadline;
  };
  void Written(int64_t offset, Done done);

  Producer& producer_;
  Hub& hub_;
  const std::string topic_;
  std::mutex mutex_;
  std::chrono::milliseconds patience_;
  int64_t actions_end_ = 0;
  std::multimap<int64_t, Waiting> waiting_;  // by the record's offset
};

}  // namespace tocsin::gateway
