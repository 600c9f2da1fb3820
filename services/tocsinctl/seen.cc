#include "tocsinctl/seen.h"

#include <algorithm>
#include <array>

#include <poll.h>
#include <unistd.h>

#include "lib/base/mutex.h"

namespace tocsin::ctl {
namespace {

constexpr int kWaitMs = 200;
// On a terminal that nobody is at for days.
constexpr size_t kMostShown = 10'000;

}  // namespace

SeenByEnter::SeenByEnter(int input, Say say)
    : input_(input),
      say_(std::move(say)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

SeenByEnter::~SeenByEnter() = default;

void SeenByEnter::Shown(const std::string& warning_id, int32_t revision) {
  const MutexLock lock(mutex_);
  if (shown_.size() >= kMostShown) shown_.erase(shown_.begin());
  shown_.emplace_back(warning_id, revision);
}

void SeenByEnter::Run(const std::stop_token& stop) {
  std::array<char, 256> bytes{};
  while (!stop.stop_requested()) {
    pollfd wait{input_, POLLIN, 0};
    if (poll(&wait, 1, kWaitMs) <= 0) continue;
    const ssize_t count = read(input_, bytes.data(), bytes.size());
    if (count <= 0) return;
    if (std::find(bytes.begin(), bytes.begin() + count, '\n') != bytes.begin() + count) OnEnter();
  }
}

void SeenByEnter::OnEnter() {
  std::vector<std::pair<std::string, int32_t>> shown;
  {
    const MutexLock lock(mutex_);
    shown.swap(shown_);
  }
  std::erase_if(shown, [&](const auto& one) { return say_(one.first, one.second); });
  const MutexLock lock(mutex_);
  shown_.insert(shown_.begin(), shown.begin(), shown.end());
}

}  // namespace tocsin::ctl
