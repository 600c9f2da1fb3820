#include "tocsinctl/lane.h"

#include <algorithm>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"

namespace tocsin::ctl {

void Lane::Add(size_t index, const v1::Event* event) {
  {
    const MutexLock lock(mutex_);
    if (queue_.empty()) {
      progress_ = std::chrono::steady_clock::now();
    }
    queue_.push_back({index, event, 0, false});
  }
  wake_.NotifyAll();
}

void Lane::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

void Lane::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Lane::Finish(const v1::Receipt& receipt) {
  size_t index = 0;
  {
    const MutexLock lock(mutex_);
    index = queue_.front().index;
    queue_.pop_front();
    progress_ = std::chrono::steady_clock::now();
  }
  options_.done(index, receipt);
  wake_.NotifyAll();
}

bool Lane::Stuck() const {
  return !queue_.empty() && std::chrono::steady_clock::now() - progress_ > options_.retry;
}

void Lane::Loop(const std::stop_token& stop) {
  std::chrono::milliseconds pause(50);
  while (!stop.stop_requested()) {
    size_t before = 0;
    {
      const MutexLock lock(mutex_);
      wake_.Wait(mutex_, stop,
                 [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !queue_.empty(); });
      before = queue_.size();
    }
    if (stop.stop_requested()) {
      return;
    }
    const absl::Status status = RunOnce(stop);
    if (stop.stop_requested()) {
      return;
    }
    MutexLock lock(mutex_);
    const grpc::Status ended(static_cast<grpc::StatusCode>(status.code()), "");
    if (!MayPass(ended) || Stuck()) {
      lock.Unlock();
      const std::string reason(status.message());
      options_.failed(
          absl::Status(status.ok() ? absl::StatusCode::kUnavailable : status.code(),
                       StrCat(options_.name, ": ",
                              reason.empty() ? "the connection ends again and again" : reason)));
      return;
    }
    pause = queue_.size() < before ? std::chrono::milliseconds(50)
                                   : std::min(2 * pause, std::chrono::milliseconds(500));
    wake_.WaitFor(mutex_, stop, pause, [] { return false; });
    lock.Unlock();
    AwaitConnection(*channel_, std::chrono::milliseconds(1000));
  }
}

void AwaitConnection(grpc::Channel& channel, std::chrono::milliseconds most) {
  channel.WaitForConnected(std::chrono::system_clock::now() + most);
}

bool MayPass(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:  // a server that stops in an orderly way ends its streams so
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::INTERNAL:  // a killed server's streams end with one of these two
    case grpc::StatusCode::UNKNOWN:
      return true;
    default:
      return false;
  }
}

bool ReceiptOf(const grpc::Status& status, const grpc::ClientContext& context,
               const v1::Event& event, v1::Receipt& receipt) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
      receipt.set_outcome(v1::OUTCOME_REFUSED);
      break;
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::NOT_FOUND:
      receipt.set_outcome(v1::OUTCOME_CONFLICT);
      break;
    default:
      return false;
  }
  receipt.set_id(event.id());
  receipt.set_revision(event.revision());
  for (const FieldError& error : FieldErrorsOf(context)) {
    *receipt.add_errors() = ToProto(error);
  }
  if (receipt.errors().empty()) {
    receipt.add_errors()->set_reason(status.error_message());
  }
  return true;
}

}  // namespace tocsin::ctl
