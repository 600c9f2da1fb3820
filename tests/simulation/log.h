// A Kafka cluster as far as tasks can tell: partitions with epoch records first, transactions whose
// markers take offsets, reading up to the last stable offset, producers that fence, offsets that a
// group commits within transactions.
//
// A decided transaction gets its markers one partition after the other (Mark), so that for a while
// some readers see it and others do not, as with a real one. Deterministic; no faults of its own
// but those of Weakness.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/kafka/record.h"
#include "property/random.h"

namespace tocsin::simulation {

using property::Random;
using Instant = std::chrono::steady_clock::time_point;

// A producer as Init made it.
struct Session {
  std::string id;
  int64_t epoch = 0;
};

struct Transaction {
  enum class State { kOpen, kCommitted, kAborted };
  int64_t number = 0;
  std::string id;  // transactional id
  int64_t epoch = 0;
  State state = State::kOpen;
  Instant begun;
  std::vector<std::pair<SourceId, int64_t>> records;  // in the order of their appending
  std::set<SourceId> unmarked;                        // partitions that still lack its marker
  std::string group;
  CommittedOffsets offsets;  // of the group; until they are marked
  bool offsets_due = false;
};

// What a seeded defect makes of the log.
struct LogWeakness {
  bool fences_nobody = false;
  bool shows_aborted = false;
  bool shows_unstable = false;
  bool offsets_at_once = false;  // whatever becomes of the transaction
};

class Log {
 public:
  explicit Log(LogWeakness weakness) : weakness_(weakness) {}

  void Make(const std::string& topic, int32_t partitions);
  int32_t PartitionCount(const std::string& topic) const;
  std::set<SourceId> Sources() const;

  int64_t Append(const OutputRecord& record);

  // Fences whoever had the id, and ends what they left open.
  Session Init(const std::string& id);
  // FailedPrecondition: fenced.
  absl::Status Begin(const Session& session, Instant now);
  absl::StatusOr<int64_t> Append(const Session& session, const OutputRecord& record);
  absl::Status AddOffsets(const Session& session, const std::string& group,
                          const CommittedOffsets& next);
  absl::Status End(const Session& session, bool commit);
  // Aborts what has been open for longer, and fences its producer.
  void ExpireTransactions(Instant before);
  // Writes some marker that is due; false if none is.
  bool Mark(Random& random);
  // No other has the id now.
  bool IsLatest(const Session& session) const;

  // Retention: nothing before this offset can be read any more.
  void Expire(const SourceId& source, int64_t first);
  int64_t FirstOf(const SourceId& source) const { return Find(source).first; }
  int64_t EndOf(const SourceId& source) const;
  int64_t StableEndOf(const SourceId& source) const;
  // One past the last record that readers see, or will once all transactions have ended.
  int64_t VisibleEndOf(const SourceId& source) const { return Find(source).visible_end; }
  // Committed records from an offset up to another, expired or not.
  std::vector<InputRecord> Read(const SourceId& source, int64_t from, int64_t to) const;
  // The same as consumers get them, weaknesses included, at most `max`. `next`: where to go on.
  std::vector<InputRecord> Fetch(const SourceId& source, int64_t from, int64_t to, size_t max,
                                 int64_t& next) const;
  // How far consumers get.
  int64_t FetchEndOf(const SourceId& source) const;
  const OutputRecord& At(const SourceId& source, int64_t offset) const;
  // Of a group. Unavailable while a transaction that has offsets of these sources is not ended.
  absl::StatusOr<CommittedOffsets> Committed(const std::string& group,
                                             const std::set<SourceId>& sources) const;
  // Everything that was decided, marked or not.
  const CommittedOffsets& Decided(const std::string& group) { return decided_[group]; }

  // Called with each decision for a commit, before its markers.
  std::function<void(const Transaction&)> on_commit;

 private:
  enum class Kind { kData, kCommit, kAbort };
  struct Entry {
    Kind kind = Kind::kData;
    int64_t transaction = 0;  // 0: none
    OutputRecord record;
  };
  struct Partition {
    std::vector<Entry> entries;
    int64_t first = 0;
    std::map<int64_t, int64_t> unstable;  // transaction to its first offset here
    int64_t visible_end = 0;
  };
  struct Writer {
    int64_t epoch = 0;
    // By epoch, the transaction last begun. One at most is not ended, unless nobody is fenced.
    std::map<int64_t, int64_t> begun;
  };

  std::vector<InputRecord> ReadSome(const SourceId& source, int64_t from, int64_t to, size_t max,
                                    bool all, int64_t& next) const;
  const Partition& Find(const SourceId& source) const { return partitions_.at(source); }
  bool IsFenced(const Session& session) const;
  // Open, of this session; or none.
  Transaction* Current(const Session& session);
  void Decide(Transaction& transaction, bool commit);
  void MarkPartition(Transaction& transaction, const SourceId& source);
  void MarkOffsets(Transaction& transaction);
  void Settle(Transaction& transaction);

  const LogWeakness weakness_;
  std::map<SourceId, Partition> partitions_;
  std::map<std::string, Writer> writers_;
  std::map<int64_t, Transaction> transactions_;
  std::map<std::string, CommittedOffsets> groups_;
  std::map<std::string, CommittedOffsets> decided_;
  std::set<int64_t> due_;  // decided, and not all marked
};

}  // namespace tocsin::simulation
