#include <atomic>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <unistd.h>

#include "lib/base/mutex.h"
#include "lib/service/service.h"

namespace tocsin {
namespace {

// The one thing that a whole process shares, like stderr itself.
struct Logger {
  Mutex mutex;
  std::string service ABSL_GUARDED_BY(mutex) = "tocsin";
  std::atomic<LogLevel> least = LogLevel::kInfo;
};

Logger& TheLogger() {
  static Logger logger;
  return logger;
}

const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void InitLog(const std::string& service, LogLevel least) {
  Logger& logger = TheLogger();
  const MutexLock lock(logger.mutex);
  logger.service = service;
  logger.least = least;
}

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view word) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (word == NameOf(level)) {
      return level;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("log level ", std::string(word), " is none of debug, info, warning, error"));
}

void Log(LogLevel level, std::string_view message, const nlohmann::json& fields) {
  Logger& logger = TheLogger();
  if (level < logger.least) {
    return;
  }
  nlohmann::ordered_json line;
  line["ts"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = NameOf(level);
  const MutexLock lock(logger.mutex);
  line["service"] = logger.service;
  line["msg"] = std::string(message);
  if (fields.is_object()) {
    for (const auto& [key, value] : fields.items()) {
      // A field never replaces one of the four above.
      line.emplace(key, value);
    }
  }
  // Bytes that are no UTF-8 (somebody's error text) must not throw.
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text += '\n';
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (n <= 0) {
      break;  // stderr is gone; there is nowhere left to say so
    }
    done += static_cast<size_t>(n);
  }
}

}  // namespace tocsin
