#include <deque>
#include <optional>
#include <stop_token>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "sitrep-ingest/service.h"
#include "sitrep-ingest/unary.h"

namespace tocsin {
namespace {

// The sequence in the bytes of a request that cannot be parsed, e.g. because a text in its event is
// not UTF-8; absent if not even the outermost fields can be told apart. 0 if it names none.
std::optional<int64_t> SequenceIn(std::string_view bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  constexpr uint32_t kSequenceTag = WireFormatLite::MakeTag(
      v1::FileManyRequest::kSequenceFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  uint64_t sequence = 0;
  for (uint32_t tag = in.ReadTag(); tag != 0; tag = in.ReadTag()) {
    if (tag == kSequenceTag ? !in.ReadVarint64(&sequence) : !WireFormatLite::SkipField(&in, tag)) {
      return std::nullopt;
    }
  }
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return static_cast<int64_t>(sequence);
}

// One stream. Reads ahead up to the window, so that Kafka's answers overlap, and answers in the
// order sent. Lives until OnDone; Finish comes only when no report of it is with the filing any
// more.
class FileManyReactor final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  FileManyReactor(Ingest& ingest, std::string sender)
      : ingest_(ingest),
        sender_(std::move(sender)),
        window_(static_cast<size_t>(ingest.options().window)),
        stopping_(ingest.stop().get_token(), [this] { OnStop(); }) {
    Proceed();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      const MutexLock lock(mutex_);
      reading_ = false;
      no_more_ = true;
    } else {
      File(BytesOf(read_));
      const MutexLock lock(mutex_);
      reading_ = false;
    }
    Proceed();
  }

  void OnWriteDone(bool ok) override {
    {
      const MutexLock lock(mutex_);
      writing_ = false;
      if (!ok) gone_ = true;
    }
    Proceed();
  }

  void OnCancel() override {
    {
      const MutexLock lock(mutex_);
      gone_ = true;
    }
    Proceed();
  }

  void OnDone() override { delete this; }

 private:
  struct Slot {
    int64_t sequence = 0;
    std::optional<v1::Receipt> receipt;
  };
  void OnStop() {
    {
      const MutexLock lock(mutex_);
      stop_ = true;
    }
    Proceed();
  }

  void File(std::string bytes) {
    v1::FileManyRequest request;
    Submission submission;
    std::vector<FieldError> errors;
    ++position_;
    if (auto error = Parse(bytes, request)) {
      const std::optional<int64_t> sequence = SequenceIn(bytes);
      if (!sequence) return End(*error, bytes);
      errors.push_back(WithoutPrefix(*std::move(error), "event."));
      request.Clear();
      request.set_sequence(*sequence);
    } else {
      submission.event.identity.id = EventId(request.event().id());
      if (auto event = EventOf(request.event(), errors); event.ok()) {
        submission.event = *std::move(event);
      }
    }
    Slot* slot = nullptr;
    {
      const MutexLock lock(mutex_);
      slot = &slots_.emplace_back();  // a deque's elements stay where they are
      slot->sequence = request.sequence();
      ++with_filing_;
    }
    const auto done = [this, slot](v1::Receipt receipt) { Proceed(slot, std::move(receipt)); };
    if (!errors.empty()) {
      done(ingest_.filing().Refuse(submission.event.identity.id.str(), submission.event.revision,
                                   std::move(errors), bytes, sender_));
      return;
    }
    submission.payload = std::move(bytes);
    submission.sender = sender_;
    ingest_.filing().Submit(std::move(submission), ingest_.desk(), done);
  }

  // No answer to this one could be told from one to another: the stream ends when those before it
  // are answered. Trying again would end the same way.
  void End(const FieldError& error, const std::string& bytes) {
    // For the mission's own dead letters; nobody gets the receipt.
    static_cast<void>(ingest_.filing().Refuse("", 0, {error}, bytes, sender_));
    const MutexLock lock(mutex_);
    unreadable_ = grpc::Status(
        grpc::INVALID_ARGUMENT,
        StrCat("message ", position_, " of the stream: ", error.reason, " (", error.code, ")"));
  }

  // Starts whatever can be started now. Reads and writes begin under the lock, so that none begins
  // after Finish; Finish comes after it, since the reactor may be gone at once. A receipt is put in
  // under the same lock: once no report is with the filing, another thread may finish.
  void Proceed(Slot* slot = nullptr, v1::Receipt receipt = {}) {
    std::optional<grpc::Status> finish;
    {
      const MutexLock lock(mutex_);
      if (slot != nullptr) {
        slot->receipt = std::move(receipt);
        --with_filing_;
      }
      if (finished_) return;
      const bool closing = gone_ || stop_ || no_more_ || unreadable_;
      if (!gone_ && !writing_ && !slots_.empty() && slots_.front().receipt) {
        v1::FileManyResponse response;
        response.set_sequence(slots_.front().sequence);
        *response.mutable_receipt() = *std::move(slots_.front().receipt);
        slots_.pop_front();
        write_ = BufferOf(response);
        writing_ = true;
        StartWrite(&write_);
      }
      if (!closing && !reading_ && slots_.size() < window_) {
        reading_ = true;
        StartRead(&read_);
      }
      if (closing && with_filing_ == 0 && !writing_ && (slots_.empty() || gone_)) {
        finished_ = true;
        finish = gone_         ? grpc::Status::CANCELLED
                 : unreadable_ ? *unreadable_
                 : stop_ ? grpc::Status(grpc::UNAVAILABLE, "the service is stopping; go on later")
                         : grpc::Status::OK;
      }
    }
    if (finish) Finish(*finish);
  }

  Ingest& ingest_;
  const std::string sender_;
  const size_t window_;
  grpc::ByteBuffer read_, write_;

  Mutex mutex_;
  std::deque<Slot> slots_ ABSL_GUARDED_BY(mutex_);  // in the order sent
  size_t with_filing_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_more_ ABSL_GUARDED_BY(mutex_) = false;  // the client has sent all, or is gone
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;     // nobody reads the answers
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  // What was read last is no request.
  std::optional<grpc::Status> unreadable_ ABSL_GUARDED_BY(mutex_);
  int64_t position_ = 0;  // messages read; only the reading thread's

  std::stop_callback<std::function<void()>> stopping_;
};

// Ends a stream at once.
class Refused final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Refused(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SitrepService::FileMany(
    grpc::CallbackServerContext* context) {
  const auto principal =
      Authorise(*context->auth_context(), ingest_.desk().mission, Act::kFileReport);
  // gRPC owns a reactor from here until OnDone.
  if (!principal.ok()) return new Refused(ToGrpc(principal.status()));
  return new FileManyReactor(ingest_, principal->name);
}

}  // namespace tocsin
