// Who is at this terminal has seen what it shows: said when they press Enter, and never before.
// What scrolls past on a screen that nobody looks at is not seen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/mutex.h"

namespace tocsin::ctl {

class SeenByEnter {
 public:
  // False: it could not be said now, and will be said with the next Enter. Called on the thread
  // that reads the terminal.
  using Say = std::function<bool(const std::string& warning_id, int32_t revision)>;

  // Reads `input`, a terminal or what stands for one in a test, until the end of this or of it.
  SeenByEnter(int input, Say say);
  ~SeenByEnter();
  SeenByEnter(const SeenByEnter&) = delete;
  SeenByEnter& operator=(const SeenByEnter&) = delete;

  // Its lines have been written to the screen. Thread-safe.
  void Shown(const std::string& warning_id, int32_t revision);

 private:
  void Run(const std::stop_token& stop);
  void OnEnter();

  const int input_;
  const Say say_;
  Mutex mutex_;
  std::vector<std::pair<std::string, int32_t>> shown_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace tocsin::ctl
