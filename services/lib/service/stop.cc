#include <csignal>
#include <thread>

#include <pthread.h>
#include <unistd.h>

#include "lib/base/mutex.h"
#include "lib/service/service.h"

namespace tocsin {

std::stop_source StopOnSignals() {
  // A client that went away is an error of write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::stop_source source;
  // Lives as long as the process: it has nothing to clean up and must be there until the very end.
  std::thread([set, source]() mutable {
    int signal = 0;
    if (sigwait(&set, &signal) == 0) {
      Log(LogLevel::kInfo, "stopping", {{"signal", signal}});
      source.request_stop();
    }
    if (sigwait(&set, &signal) == 0) {
      _exit(128 + signal);
    }
  }).detach();
  return source;
}

void WaitForStop(const std::stop_token& stop) {
  Mutex mutex;
  Condition stopped;
  const MutexLock lock(mutex);
  stopped.Wait(mutex, stop, [] { return false; });
}

}  // namespace tocsin
