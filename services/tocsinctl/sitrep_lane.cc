#include <optional>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"
#include "tocsinctl/lane.h"

namespace tocsin::ctl {
namespace {

using Stream = grpc::ClientReaderWriter<v1::FileManyRequest, v1::FileManyResponse>;

class SitrepLane final : public Lane {
 public:
  SitrepLane(const std::shared_ptr<grpc::Channel>& channel, LaneOptions options)
      : Lane(channel, std::move(options)), stub_(v1::SitrepIngestService::NewStub(channel)) {
    Start();
  }
  ~SitrepLane() override { Stop(); }

 private:
  absl::Status RunOnce(const std::stop_token& stop) override {
    grpc::ClientContext context;
    const std::unique_ptr<Stream> stream = stub_->FileMany(&context);
    {
      const MutexLock lock(mutex_);
      broken_ = false;
      again_.clear();
      for (Entry& entry : queue_) {
        entry.sent = false;
      }
    }
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    std::jthread reader([&] { Read(*stream, context); });
    bool ended = false;
    const absl::Status revision = Write(*stream, stop, ended);
    if (!ended) {
      context.TryCancel();  // else the service's own status would be lost
    }
    reader.join();
    const grpc::Status status = stream->Finish();
    const MutexLock lock(mutex_);
    if (!revision.ok()) {
      return revision;
    }
    return again_.empty() ? FromGrpc(status) : absl::UnavailableError(again_);
  }

  void Read(Stream& stream, grpc::ClientContext& context) {
    v1::FileManyResponse answer;
    while (stream.Read(&answer)) {
      std::optional<std::string> wrong;
      {
        const MutexLock lock(mutex_);
        if (queue_.empty() || !queue_.front().sent ||
            static_cast<int64_t>(queue_.front().index) != answer.sequence()) {
          wrong = "the service answered out of order";
        } else if (answer.receipt().outcome() == v1::OUTCOME_UNAVAILABLE) {
          wrong = answer.receipt().errors().empty() ? "Kafka did not take a report"
                                                    : answer.receipt().errors(0).reason();
        }
        if (wrong.has_value()) {
          again_ = *wrong;
        }
      }
      if (wrong.has_value()) {
        context.TryCancel();
        break;
      }
      Finish(answer.receipt());
    }
    {
      const MutexLock lock(mutex_);
      broken_ = true;
    }
    wake_.NotifyAll();
  }

  static bool IsRevision(const Entry& entry) {
    return entry.event->revision_kind() != v1::REVISION_KIND_FILE;
  }

  // The next to be sent; null if there is none, or it has to wait for those before it.
  Entry* Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (Entry& entry : queue_) {
      if (!entry.sent) {
        return !IsRevision(entry) || &entry == &queue_.front() ? &entry : nullptr;
      }
    }
    return nullptr;
  }

  // Until the connection breaks (then `ended`) or there is no use in it. Not OK: a call for a
  // revision failed.
  absl::Status Write(Stream& stream, const std::stop_token& stop, bool& ended) {
    while (true) {
      MutexLock lock(mutex_);
      WaitFor(stop, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return broken_ || Next() != nullptr;
      });
      if (stop.stop_requested() || broken_) {
        ended = broken_;
        return absl::OkStatus();
      }
      Entry* const next = Next();
      if (next == nullptr) {
        if (Stuck()) {
          return absl::UnavailableError("no acknowledgement");
        }
        continue;
      }
      next->sent = true;
      const Entry entry = *next;
      lock.Unlock();
      if (IsRevision(entry)) {
        v1::Receipt receipt;
        const absl::Status status = Revise(*entry.event, receipt);
        if (!status.ok()) {
          return status;
        }
        Finish(receipt);
        continue;
      }
      v1::FileManyRequest request;
      request.set_sequence(static_cast<int64_t>(entry.index));
      *request.mutable_event() = *entry.event;
      if (!stream.Write(request)) {
        ended = true;
        return absl::OkStatus();
      }
    }
  }

  absl::Status Revise(const v1::Event& event, v1::Receipt& receipt) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    grpc::Status status;
    if (event.revision_kind() == v1::REVISION_KIND_WITHDRAW) {
      v1::WithdrawRequest request;
      request.set_id(event.id());
      request.set_revision(event.revision());
      request.set_reason(event.revision_reason());
      v1::WithdrawResponse response;
      status = stub_->Withdraw(&context, request, &response);
      receipt = response.receipt();
    } else if (event.revision_kind() == v1::REVISION_KIND_REGRADE) {
      v1::RegradeRequest request;
      request.set_id(event.id());
      request.set_revision(event.revision());
      *request.mutable_grading() = event.grading();
      request.set_reason(event.revision_reason());
      v1::RegradeResponse response;
      status = stub_->Regrade(&context, request, &response);
      receipt = response.receipt();
    } else {
      v1::CorrectRequest request;
      *request.mutable_event() = event;
      v1::CorrectResponse response;
      status = stub_->Correct(&context, request, &response);
      receipt = response.receipt();
    }
    if (status.ok() && receipt.outcome() == v1::OUTCOME_UNAVAILABLE) {
      return absl::UnavailableError("Kafka did not take a revision");
    }
    if (status.ok() || ReceiptOf(status, context, event, receipt)) {
      return absl::OkStatus();
    }
    return FromGrpc(status);
  }

  const std::unique_ptr<v1::SitrepIngestService::Stub> stub_;
  // Why the reader broke the connection off.
  std::string again_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Lane> MakeSitrepLane(const std::shared_ptr<grpc::Channel>& channel,
                                     LaneOptions options) {
  return std::make_unique<SitrepLane>(channel, std::move(options));
}

}  // namespace tocsin::ctl
