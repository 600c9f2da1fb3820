#include "sensor-ingest/stream.h"

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "lib/filing/answers.h"
#include "lib/rpc/parse.h"
#include "lib/rpc/rpc.h"

namespace tocsin {

SensorStream::SensorStream(Ingest& ingest, const Feeds& feeds, Connections& connections,
                           std::string sender)
    : ingest_(ingest),
      feeds_(feeds),
      connections_(connections),
      sender_(std::move(sender)),
      window_(static_cast<size_t>(ingest.options().window)) {
  stopping_.emplace(ingest_.stop().get_token(), [this] {
    End({grpc::UNAVAILABLE, "the service is stopping; go on later"});
  });
  Proceed();
}

void SensorStream::OnReadDone(bool ok) {
  if (ok) {
    Take(BytesOf(read_));
  } else {
    const MutexLock lock(mutex_);
    if (!end_) end_ = grpc::Status::OK;
  }
  {
    const MutexLock lock(mutex_);
    reading_ = false;
  }
  Proceed();
}

void SensorStream::OnWriteDone(bool ok) {
  {
    const MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
  }
  Proceed();
}

void SensorStream::OnCancel() {
  {
    const MutexLock lock(mutex_);
    gone_ = true;
  }
  Proceed();
}

void SensorStream::End(grpc::Status status) {
  {
    const MutexLock lock(mutex_);
    if (!end_) end_ = std::move(status);
  }
  Proceed();
}

void SensorStream::Take(std::string bytes) {
  v1::StreamRequest request;
  if (auto error = Parse(bytes, request)) {
    Unreadable(WithoutPrefix(*std::move(error), "reading.event."), bytes);
  } else if (request.has_hello() && !greeted_) {
    Hello(request.hello());
  } else if (request.has_reading() && greeted_) {
    Reading(request.reading(), std::move(bytes));
  } else {
    End({grpc::INVALID_ARGUMENT,
         greeted_ ? "a reading is expected after the hello" : "the first message must be a hello"});
  }
}

void SensorStream::Hello(const v1::SensorHello& hello) {
  absl::StatusOr<FilingDesk> desk = feeds_.DeskOf(hello.feed(), ingest_.desk());
  if (!desk.ok()) return End(ToGrpc(desk.status()));
  if (!IsEventId(hello.session())) {
    return End({grpc::INVALID_ARGUMENT,
                "hello.session: must be 1 to 128 characters of [A-Za-z0-9._:/-] (bad_id)"});
  }
  if (ingest_.filing().needs_recovery()) {
    return End({grpc::UNAVAILABLE, "the log is being read; go on later"});
  }
  greeted_ = true;
  feed_ = hello.feed();
  session_ = hello.session();
  desk_ = *std::move(desk);
  superseded_.emplace(connections_.Take(feed_), [this] {
    End({grpc::ABORTED, "another connection of this feed has taken its place"});
  });
  const int64_t acknowledged = ingest_.filing().SessionProgress(feed_, session_);
  next_sequence_ = acknowledged + 1;
  v1::StreamResponse response;
  response.mutable_welcome()->set_acknowledged(acknowledged);
  response.mutable_welcome()->set_window(ingest_.options().window);
  const MutexLock lock(mutex_);
  welcome_ = BufferOf(response);
}

void SensorStream::Reading(const v1::SensorReading& reading, std::string bytes) {
  const int64_t sequence = reading.sequence();
  // A feed may go back behind what is acknowledged when it comes back; a gap would be a loss that
  // nobody notices.
  if (first_ ? sequence < 1 || sequence > next_sequence_ : sequence != next_sequence_) {
    return End({grpc::INVALID_ARGUMENT,
                StrCat("reading.sequence: ", sequence, " does not follow; ",
                       first_ ? "at most " : "", next_sequence_, " is expected (out_of_order)")});
  }
  first_ = false;
  next_sequence_ = sequence + 1;
  std::vector<FieldError> errors;
  Submission submission;
  submission.event.identity.id = EventId(reading.event().id());
  if (auto event = EventOf(reading.event(), errors); event.ok()) {
    submission.event = *std::move(event);
    std::string& feed = submission.event.attributes["feed"];
    if (feed.empty()) feed = feed_;
    if (feed != feed_) {
      errors.push_back(
          {"attributes[feed]", StrCat("must be ", feed_, ", as the hello said"), "wrong_feed"});
    }
  }
  Slot* slot = NewSlot(sequence);
  if (!errors.empty()) {
    return Proceed(
        slot, ingest_.filing().Refuse(submission.event.identity.id.str(), submission.event.revision,
                                      std::move(errors), bytes, sender_));
  }
  submission.payload = std::move(bytes);
  submission.sender = sender_;
  submission.partition_key = feed_;
  submission.mark = SessionMark{feed_, session_, sequence, 0};
  ingest_.filing().Submit(std::move(submission), desk_,
                          [this, slot](v1::Receipt receipt) { Proceed(slot, std::move(receipt)); });
}

void SensorStream::Unreadable(FieldError error, const std::string& bytes) {
  if (!greeted_) return End({grpc::INVALID_ARGUMENT, Describe({error})});
  // Readings are numbered without gaps, so it is the next one.
  first_ = false;
  Slot* slot = NewSlot(next_sequence_++);
  Proceed(slot, ingest_.filing().Refuse("", 0, {std::move(error)}, bytes, sender_));
}

SensorStream::Slot* SensorStream::NewSlot(int64_t sequence) {
  const MutexLock lock(mutex_);
  ++with_filing_;
  Slot& slot = slots_.emplace_back();  // a deque's elements stay where they are
  slot.sequence = sequence;
  return &slot;
}

bool SensorStream::Acknowledge() {
  v1::StreamResponse response;
  v1::SensorAcknowledgement& acknowledgement = *response.mutable_acknowledgement();
  bool not_in_log = false;
  while (!slots_.empty() && slots_.front().receipt) {
    v1::Receipt& receipt = *slots_.front().receipt;
    if (receipt.outcome() == v1::OUTCOME_UNAVAILABLE) {
      // Neither this nor what follows is promised; the feed sends it again when it comes back.
      std::string why = receipt.errors().empty() ? "" : receipt.errors(0).reason();
      if (!end_) end_ = grpc::Status(grpc::UNAVAILABLE, std::move(why));
      break;
    }
    acknowledgement.set_acknowledged(slots_.front().sequence);
    if (receipt.outcome() == v1::OUTCOME_ACCEPTED) {
      *acknowledgement.mutable_position() = receipt.position();
      acknowledgement.set_accepted_us(receipt.accepted_us());
    } else {
      not_in_log = true;
      if (receipt.outcome() != v1::OUTCOME_DUPLICATE) {
        *acknowledgement.add_refused() = std::move(receipt);
      }
    }
    slots_.pop_front();
  }
  if (acknowledgement.acknowledged() == 0) return false;
  if (not_in_log) {
    ingest_.filing().SetSessionProgress(feed_, session_, acknowledgement.acknowledged());
  }
  write_ = BufferOf(response);
  return true;
}

// Reads and writes begin under the lock, so that none begins after Finish; Finish comes after it,
// since the reactor may be gone at once. A receipt is put in under the same lock: once no reading
// is with the filing, another thread may finish.
void SensorStream::Proceed(Slot* slot, v1::Receipt receipt) {
  std::optional<grpc::Status> finish;
  {
    const MutexLock lock(mutex_);
    if (slot != nullptr) {
      slot->receipt = std::move(receipt);
      --with_filing_;
    }
    if (finished_) return;
    if (!gone_ && !writing_) {
      if (welcome_) {
        write_ = *std::move(welcome_);
        welcome_.reset();
        writing_ = true;
      } else if (Acknowledge()) {
        writing_ = true;
      }
      if (writing_) StartWrite(&write_);
    }
    if (!gone_ && !end_ && !reading_ && slots_.size() < window_) {
      reading_ = true;
      StartRead(&read_);
    }
    // What is left in the slots then is what Kafka did not take.
    if ((gone_ || end_) && with_filing_ == 0 && !writing_) {
      finished_ = true;
      finish = gone_ ? grpc::Status::CANCELLED : *end_;
    }
  }
  if (finish) Finish(*finish);
}

}  // namespace tocsin
