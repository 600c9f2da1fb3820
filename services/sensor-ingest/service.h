// The gRPC service of sensor-ingest.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include <grpcpp/grpcpp.h>

#include "lib/base/mutex.h"
#include "lib/filing/ingest.h"
#include "sensor-ingest/feeds.h"
#include "tocsin/v1/sensor_ingest_service.grpc.pb.h"

namespace tocsin {

// One stream for each feed: a feed that comes back takes the place of its old connection, which may
// be dead without anybody knowing.
class Connections {
 public:
  // Stops the feed's stream if it has one; the new one is stopped in its turn.
  std::stop_token Take(const std::string& feed);

 private:
  Mutex mutex_;
  std::map<std::string, std::stop_source> by_feed_ ABSL_GUARDED_BY(mutex_);
};

class SensorService final : public v1::SensorIngestService::WithRawCallbackMethod_Stream<
                                v1::SensorIngestService::Service> {
 public:
  // `ingest` must outlive it and the server.
  SensorService(Ingest& ingest, Feeds feeds) : ingest_(ingest), feeds_(std::move(feeds)) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Stream(
      grpc::CallbackServerContext* context) override;

 private:
  Ingest& ingest_;
  const Feeds feeds_;
  Connections connections_;
};

}  // namespace tocsin
