// Services for the tests of clients, in the test's own process: they break off on demand, and know
// a duplicate as the real ones do.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "tocsin/v1/sensor_ingest_service.grpc.pb.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"

namespace tocsin::ctl_testing {

// A service on a port of its own on the loopback, and a channel to it. (gRPC's in-process transport
// has no buffers, so that two sides that both write wait for one another.)
template <class Service>
struct Served {
  explicit Served(int wanted = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(wanted),
                             grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    server = builder.BuildAndStart();
    channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                  grpc::InsecureChannelCredentials());
  }
  ~Served() { server->Shutdown(std::chrono::system_clock::now()); }

  Service service;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
  std::shared_ptr<grpc::Channel> channel;
};

// Events in the order in which they were first taken.
class Taken {
 public:
  v1::Receipt Take(const v1::Event& event) {
    const std::lock_guard lock(mutex_);
    const std::string name = event.id() + "/" + std::to_string(event.revision());
    v1::Receipt receipt;
    receipt.set_id(event.id());
    receipt.set_revision(event.revision());
    const bool bad = event.place().point().latitude() > 90;
    const bool fresh = !bad && known_.insert(name).second;
    if (fresh) {
      order_.push_back(name);
    }
    receipt.set_outcome(bad     ? v1::OUTCOME_REFUSED
                        : fresh ? v1::OUTCOME_ACCEPTED
                                : v1::OUTCOME_DUPLICATE);
    if (!bad) {
      receipt.mutable_position()->set_topic("t");
      receipt.mutable_position()->set_offset(static_cast<int64_t>(order_.size()) - 1);
      receipt.set_accepted_us(1);
    }
    return receipt;
  }
  std::vector<std::string> order() {
    const std::lock_guard lock(mutex_);
    return order_;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> known_;
  std::vector<std::string> order_;
};

class SitrepFake final : public v1::SitrepIngestService::Service {
 public:
  Taken taken;
  // Of each stream so many are taken; the last of them is not answered, and the stream breaks.
  int break_after = 0;  // 0: never
  int breaks_left = 0;
  // So many reports are answered with OUTCOME_UNAVAILABLE first.
  int unavailable_left = 0;
  grpc::Status refuse;  // not OK: the answer to every stream

  grpc::Status FileMany(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::FileManyResponse, v1::FileManyRequest>* stream) override {
    if (!refuse.ok()) {
      return refuse;
    }
    v1::FileManyRequest request;
    for (int n = 1; stream->Read(&request); ++n) {
      v1::FileManyResponse response;
      response.set_sequence(request.sequence());
      if (unavailable_left > 0) {
        --unavailable_left;
        response.mutable_receipt()->set_outcome(v1::OUTCOME_UNAVAILABLE);
      } else {
        *response.mutable_receipt() = taken.Take(request.event());
      }
      if (n == break_after && breaks_left > 0) {
        --breaks_left;
        return {grpc::StatusCode::UNAVAILABLE, "gone"};
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  grpc::Status Correct(grpc::ServerContext*, const v1::CorrectRequest* request,
                       v1::CorrectResponse* response) override {
    *response->mutable_receipt() = taken.Take(request->event());
    return grpc::Status::OK;
  }

  grpc::Status Withdraw(grpc::ServerContext*, const v1::WithdrawRequest* request,
                        v1::WithdrawResponse* response) override {
    v1::Event event;
    event.set_id(request->id());
    event.set_revision(request->revision());
    *response->mutable_receipt() = taken.Take(event);
    return grpc::Status::OK;
  }
};

class SensorFake final : public v1::SensorIngestService::Service {
 public:
  Taken taken;
  int32_t window = 4;
  int break_after = 0;  // readings taken on a stream, the last unacknowledged; 0: never
  int breaks_left = 0;
  bool forgets = false;  // where it was, whenever a stream breaks
  std::set<std::string> sessions;
  int64_t most_open = 0;  // greatest number of readings ahead of the acknowledged

  grpc::Status Stream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamResponse, v1::StreamRequest>* stream) override {
    v1::StreamRequest request;
    if (!stream->Read(&request) || !request.has_hello()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "no hello"};
    }
    if (sessions.insert(request.hello().session()).second) {
      progress_ = 0;
    }
    v1::StreamResponse welcome;
    welcome.mutable_welcome()->set_acknowledged(progress_);
    welcome.mutable_welcome()->set_window(window);
    stream->Write(welcome);
    int64_t acknowledged = progress_;
    for (int n = 1; stream->Read(&request); ++n) {
      if (request.reading().sequence() != progress_ + 1) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "a gap in the sequence"};
      }
      most_open = std::max(most_open, request.reading().sequence() - acknowledged);
      const v1::Receipt receipt = taken.Take(request.reading().event());
      ++progress_;
      if (n == break_after && breaks_left > 0) {
        --breaks_left;
        progress_ = forgets ? 0 : progress_;
        return {grpc::StatusCode::UNAVAILABLE, "gone"};
      }
      v1::StreamResponse answer;
      answer.mutable_acknowledgement()->set_acknowledged(progress_);
      if (receipt.outcome() == v1::OUTCOME_REFUSED) {
        *answer.mutable_acknowledgement()->add_refused() = receipt;
      } else {
        *answer.mutable_acknowledgement()->mutable_position() = receipt.position();
        answer.mutable_acknowledgement()->set_accepted_us(receipt.accepted_us());
      }
      acknowledged = progress_;
      stream->Write(answer);
    }
    return grpc::Status::OK;
  }

 private:
  int64_t progress_ = 0;
};

}  // namespace tocsin::ctl_testing
