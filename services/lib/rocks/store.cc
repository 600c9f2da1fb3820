#include "lib/rocks/store.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <tuple>

#include <absl/strings/str_cat.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

#include "lib/base/mutex.h"
#include "lib/service/service.h"

namespace tocsin {

// Few and large shards: the filter of a large table must fit into one, or it is never kept.
constexpr int kCacheShardBits = 2;

class StoreResources {
 public:
  StoreResources(size_t cache_bytes, size_t write_buffer_bytes)
      // What the write buffers hold is charged to the cache: it must not push out what is read,
      // filters before all, which would be read from disk again for every key that is asked for.
      : cache(rocksdb::NewLRUCache(cache_bytes + write_buffer_bytes, kCacheShardBits)),
        write_buffers(std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes, cache)) {}

  const std::shared_ptr<rocksdb::Cache> cache;
  const std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

std::shared_ptr<StoreResources> MakeStoreResources(size_t cache_bytes, size_t write_buffer_bytes) {
  return std::make_shared<StoreResources>(cache_bytes, write_buffer_bytes);
}

namespace {

constexpr size_t kDefaultBytes = size_t{16} << 20;
constexpr size_t kVerifyBytes = size_t{1} << 20;
// About a quarter of what a full write buffer holds. With less, every buffer in which some keys
// expire while others come would be such a file, and the level below be written again for each.
constexpr size_t kDeletionsWindow = 32768;
constexpr size_t kDeletionsInWindow = 24576;
constexpr uint64_t kCompactedWithinSeconds = uint64_t{24} * 60 * 60;
constexpr double kBloomBitsPerKey = 10;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

absl::Status ToStatus(const rocksdb::Status& status, const std::string& path,
                      const std::string& doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text =
      absl::StrCat("state folder ", path, ", ", doing, ": ", status.ToString());
  if (status.IsCorruption()) {
    return absl::DataLossError(absl::StrCat(
        text, ". The folder is damaged: move it away, and the state is rebuilt from the log"));
  }
  // The only mark that RocksDB gives of a folder in use.
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos) {
    return absl::FailedPreconditionError(absl::StrCat(text, ". Another process uses it"));
  }
  return absl::InternalError(text);
}

// What RocksDB has to say goes where the process's own log goes. A file beside the store would be
// on the same disk: when that is full, RocksDB 7.8 ends the process at the second line that it
// cannot write (an assertion, which Debian's library has), before anybody is told why.
class ServiceLogger final : public rocksdb::Logger {
 public:
  explicit ServiceLogger(std::string path)
      : rocksdb::Logger(rocksdb::WARN_LEVEL), path_(std::move(path)) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::WARN_LEVEL, format, arguments);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
    std::array<char, kLongestLine> text{};
    std::ignore = std::vsnprintf(text.data(), text.size(), format, arguments);
    Log(level == rocksdb::WARN_LEVEL ? LogLevel::kWarning : LogLevel::kError, "RocksDB",
        {{"state_folder", path_}, {"text", text.data()}});
  }

 private:
  static constexpr size_t kLongestLine = 1024;
  const std::string path_;
};

rocksdb::Options MakeOptions(const StoreResources& resources, const std::string& path) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = size_t{8} << 20;
  options.write_buffer_manager = resources.write_buffers;
  // Most keys that are asked for are in no table: what is not in the newest is known at once.
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.info_log = std::make_shared<ServiceLogger>(path);
  for (const rocksdb::CompressionType type : rocksdb::GetSupportedCompressions()) {
    if (type == rocksdb::kLZ4Compression) options.compression = type;
  }
  // What has expired leaves the disk though nothing more may come that would push it out: files
  // with this many deletions in a row are compacted when they are made, and all others within a
  // day.
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(kDeletionsWindow, kDeletionsInWindow));
  options.periodic_compaction_seconds = kCompactedWithinSeconds;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = resources.cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In parts, of which those in use stay in the cache: the filter of a large file is larger than
  // what there is room for, and would be read whole for every key.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class StoreImpl final : public Store {
 public:
  StoreImpl(std::string path, std::shared_ptr<StoreResources> resources)
      : path_(std::move(path)), resources_(std::move(resources)) {}

  absl::Status Start() {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) {
      return absl::FailedPreconditionError(
          absl::StrCat("state folder ", path_, " cannot be made: ", error.message()));
    }
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(*resources_, path_), path_, &db);
    db_.reset(db);
    return ToStatus(status, path_, "opening");
  }

  std::optional<std::string> Get(std::string_view key) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), ToSlice(key), &value);
    if (status.ok()) return value.ToString();
    if (!status.IsNotFound()) Note(status);
    return std::nullopt;
  }

  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    if (!to.empty() && from >= to) return;
    const rocksdb::Slice upper = ToSlice(to);
    rocksdb::ReadOptions options;
    // Without it a scan would walk over the deletions behind its range.
    if (!to.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    for (it->Seek(ToSlice(from)); it->Valid(); it->Next()) {
      if (!visit(std::string_view(it->key().data(), it->key().size()),
                 std::string_view(it->value().data(), it->value().size()))) {
        return;
      }
    }
    if (!it->status().ok()) Note(it->status());
  }

  absl::Status Apply(const Overlay::Writes& writes) override {
    if (absl::Status healthy = health(); !healthy.ok()) return healthy;
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : writes) {
      const rocksdb::Status status = value.has_value() ? batch.Put(key, *value) : batch.Delete(key);
      if (!status.ok()) return ToStatus(status, path_, "writing");
    }
    const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
    if (status.IsCorruption()) Note(status);
    return ToStatus(status, path_, "writing");
  }

  absl::Status Checkpoint(const std::string& folder) override {
    if (absl::Status healthy = health(); !healthy.ok()) return healthy;
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    // What is only in memory becomes a file first, so that no log file has to be copied.
    if (status.ok()) status = checkpoint->CreateCheckpoint(folder, /*log_size_for_flush=*/0);
    return ToStatus(status, path_, absl::StrCat("a checkpoint to ", folder));
  }

  absl::Status health() const override {
    const MutexLock lock(mutex_);
    return health_;
  }

 private:
  void Note(const rocksdb::Status& status) const {
    const MutexLock lock(mutex_);
    if (health_.ok()) health_ = ToStatus(status, path_, "reading");
  }

  const std::string path_;
  const std::shared_ptr<StoreResources> resources_;
  std::unique_ptr<rocksdb::DB> db_;
  mutable Mutex mutex_;
  mutable absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& path,
                                                   std::shared_ptr<StoreResources> resources) {
  if (resources == nullptr) resources = MakeStoreResources(kDefaultBytes, kDefaultBytes);
  auto store = std::make_unique<StoreImpl>(path, std::move(resources));
  const absl::Status started = store->Start();
  if (!started.ok()) return started;
  return store;
}

absl::Status VerifyStore(const std::string& path) {
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      MakeOptions(*MakeStoreResources(kVerifyBytes, kVerifyBytes), path), path, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (status.ok()) status = db->VerifyChecksum(rocksdb::ReadOptions());
  return ToStatus(status, path, "verifying");
}

}  // namespace tocsin
