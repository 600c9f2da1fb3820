// One connection of a feed: Hello and Welcome, then readings and acknowledgements.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include <grpcpp/grpcpp.h>

#include "lib/base/mutex.h"
#include "sensor-ingest/service.h"

namespace tocsin {

// Belongs to gRPC; deletes itself in OnDone, which comes only after Finish, which comes only when
// none of its readings is with the filing.
//
// Never more than the window is unacknowledged: the next reading is not read before, and HTTP/2
// makes the feed wait.
class SensorStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  SensorStream(Ingest& ingest, const Feeds& feeds, Connections& connections, std::string sender);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  struct Slot {
    int64_t sequence = 0;
    std::optional<v1::Receipt> receipt;
  };
  using StopCallback = std::stop_callback<std::function<void()>>;

  // Each ends with Proceed.
  void Take(std::string bytes);
  void Hello(const v1::SensorHello& hello);
  void Reading(const v1::SensorReading& reading, std::string bytes);
  void Unreadable(FieldError error, const std::string& bytes);

  Slot* NewSlot(int64_t sequence);
  void End(grpc::Status status);
  // What Kafka has answered, as one acknowledgement.
  bool Acknowledge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Proceed(Slot* slot = nullptr, v1::Receipt receipt = {});

  Ingest& ingest_;
  const Feeds& feeds_;
  Connections& connections_;
  const std::string sender_;
  const size_t window_;
  grpc::ByteBuffer read_, write_;

  // Set by Hello, on the reading side alone.
  bool greeted_ = false;
  bool first_ = true;  // the next reading is the first of this connection
  std::string feed_, session_;
  FilingDesk desk_;
  int64_t next_sequence_ = 0;

  Mutex mutex_;
  std::optional<grpc::ByteBuffer> welcome_ ABSL_GUARDED_BY(mutex_);
  std::deque<Slot> slots_ ABSL_GUARDED_BY(mutex_);  // unacknowledged readings, in order
  size_t with_filing_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;  // nobody reads the answers
  // No more is read; this is told when all is answered.
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);

  std::optional<StopCallback> stopping_;
  std::optional<StopCallback> superseded_;
};

}  // namespace tocsin
