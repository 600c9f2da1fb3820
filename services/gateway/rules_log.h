// What fusion.rules.v1 has come to, as this gateway has read it: judged as the router judges it.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "lib/base/mutex.h"
#include "lib/base/state.h"
#include "lib/kafka/record.h"
#include "lib/publication/publication.h"

namespace tocsin::gateway {

// Thread-safe; the topic is small, so all of it is held in memory.
class RulesLog {
 public:
  RulesLog();

  // The next records of the topic; those that are refused have no effect, and are logged. An error
  // is of this state, not of a record.
  absl::Status Apply(const std::vector<InputRecord>& records);
  // What was judged of the record at this offset, of the last thousand; NotFound of others.
  absl::Status JudgementOf(int64_t offset) const;

  // Whether these records would be accepted, if they came next.
  absl::Status Try(const std::vector<RulesInput>& records) const;
  // Whether a document is there already.
  bool Has(const Document& document) const;
  absl::Status Read(absl::FunctionRef<absl::Status(const ReadState&)> read) const;

  // How long the topics are kept that the rules' state is made from; empty until it is known.
  using Retention = std::map<std::string, std::chrono::milliseconds>;
  void SetRetention(Retention retention);
  Retention retention() const;

 private:
  const Publication publication_;
  mutable Mutex mutex_;
  MemoryState state_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, absl::Status> judgements_ ABSL_GUARDED_BY(mutex_);
  Retention retention_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tocsin::gateway
