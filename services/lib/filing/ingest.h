// What runs in an ingest process beneath its gRPC service: the producer, the view and its recovery,
// health and readiness.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "lib/base/mutex.h"
#include "lib/filing/desk.h"
#include "lib/filing/filing.h"
#include "lib/filing/ingest_options.h"
#include "lib/filing/log_reader.h"

namespace tocsin {

class Ingest {
 public:
  // Reads the rules, opens the store and catches up with the log in the background: until then
  // reports are answered with OUTCOME_UNAVAILABLE and readiness says why. Fails only for what
  // waiting does not mend. `stream`: "sitreps" or "sensors". `ops` must outlive it.
  static absl::StatusOr<std::unique_ptr<Ingest>> Start(const IngestOptions& options,
                                                       const std::string& stream, Ops& ops,
                                                       std::stop_source stop);
  // Waits for what is in flight, flushes, closes the store. The server must be stopped before.
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  Filing& filing() { return *filing_; }
  const FilingDesk& desk() const { return desk_; }
  const IngestOptions& options() const { return options_; }
  // Stopped when the process is to end. New streams and messages are refused then.
  const std::stop_source& stop() const { return stop_; }
  // A fatal error of Kafka or the store has ended it: the exit status must not be 0.
  bool failed() const { return failed_; }

 private:
  Ingest(IngestOptions options, Ops& ops, std::stop_source stop);
  // Recovers the view when it has to, and watches over Kafka's and the producer's health.
  void Watch(const std::stop_token& token);
  void Fail(const std::string& what, const absl::Status& status);
  void Pause(const std::stop_token& token);

  const IngestOptions options_;
  Ops& ops_;
  std::stop_source stop_;
  IngestMetrics metrics_;
  FilingDesk desk_;
  std::unique_ptr<LogReader> reader_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<DeadLetters> dead_letters_;
  std::unique_ptr<Filing> filing_;
  std::atomic<bool> failed_ = false;
  Mutex wake_mutex_;
  Condition wake_;
  bool woken_ ABSL_GUARDED_BY(wake_mutex_) = false;
  std::jthread watcher_;
};

}  // namespace tocsin
