// Writes actions to the mission's log and answers when the view has read them back: what a person
// was told is then in the view that everybody of the JOC sees, and survives.
#pragma once

#include <chrono>
#include <string>

#include "gateway/read_back.h"
#include "lib/kafka/client.h"
#include "lib/lifecycle/centre_action.h"
#include "lib/lifecycle/lifecycle.h"

namespace tocsin::gateway {

OutputRecord ToRecord(const Action& action, const std::string& topic);
OutputRecord ToRecord(const CentreAction& action, const std::string& topic);

// Thread-safe.
class ActionWriter final : public ReadBack {
 public:
  // `producer` must outlive the writer, and `hub` all of its calls.
  ActionWriter(Producer& producer, Hub& hub, std::string topic, std::chrono::milliseconds patience);

  // `done` is called once, on another thread: OK when the view has the record, Unavailable when it
  // is not known to have been written or was not read back in time. Trying again with the same
  // action id is safe.
  void Write(const Action& action, Done done);
  void Write(const CentreAction& action, Done done);

 private:
  void Write(OutputRecord record, Done done);

  Producer& producer_;
  const std::string topic_;
};

}  // namespace tocsin::gateway
