#include "lib/task/again_reader.h"

#include <algorithm>

namespace tocsin::task_internal {
namespace {

constexpr std::chrono::milliseconds kWait{100};
constexpr size_t kReadAhead = 500;

}  // namespace

absl::Status AgainReader::Seek(const SourceId& source, int64_t offset) {
  if (consumer_ == nullptr) {
    auto consumer = world_.MakeConsumer(kafka_, group_);
    if (!consumer.ok()) return consumer.status();
    consumer_ = std::move(*consumer);
  }
  held_.clear();
  source_ = source;
  next_ = offset;
  return consumer_->Assign({{source, offset}});
}

absl::StatusOr<std::optional<InputRecord>> AgainReader::Next(const SourceId& source, int64_t offset,
                                                             const std::stop_token& stop) {
  if (source_ != source || offset < next_) {
    const absl::Status status = Seek(source, offset);
    if (!status.ok()) return status;
  }
  while (true) {
    while (!held_.empty()) {
      InputRecord record = std::move(held_.back());
      held_.pop_back();
      next_ = record.offset + 1;
      if (record.offset >= offset) return record;
    }
    if (stop.stop_requested()) return absl::CancelledError("stopped during a replay");
    auto polled = consumer_->PollSource(source, kReadAhead, kWait);
    if (absl::IsOutOfRange(polled.status()) && next_ < offset) {
      // The log was cut since, but only before what is asked for.
      const absl::Status status = Seek(source, offset);
      if (!status.ok()) return status;
      continue;
    }
    if (!polled.ok()) return polled.status();
    held_ = std::move(polled->records);
    std::reverse(held_.begin(), held_.end());
    if (held_.empty() && polled->at_end.contains(source)) return std::nullopt;
  }
}

}  // namespace tocsin::task_internal
