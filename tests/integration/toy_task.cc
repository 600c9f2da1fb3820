// A task with the toy core, run until SIGTERM. Writes a line "live" when its replay is over and
// "commit" after each transaction, so that a test knows when to kill it.
//
//   toy_task BOOTSTRAP STATE_FOLDER ID OUTPUT DEAD_LETTERS JOURNAL|- INPUT...
#include <csignal>
#include <cstdio>
#include <thread>

#include <pthread.h>
#include <sys/resource.h>

#include "lib/task/task_runner.h"
#include "tests/integration/toy_core.h"

int main(int argc, char** argv) {
  if (argc < 8) return 2;
  // It is made to crash: no core files.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::stop_source stop;
  std::thread([&signals, stop]() mutable {
    int signal = 0;
    sigwait(&signals, &signal);
    stop.request_stop();
  }).detach();

  tocsin::testing::ToyCore core(tocsin::SourceId{argv[4], 0});
  tocsin::TaskOptions options;
  options.kafka.bootstrap_servers = argv[1];
  options.state_folder = argv[2];
  options.name = options.group = options.transactional_id = argv[3];
  options.dead_letters = {argv[5], 0};
  if (std::string(argv[6]) != "-") {
    options.journal = tocsin::SourceId{argv[6], 0};
    core.CloseCounts();
  }
  for (int i = 7; i < argc; ++i) options.inputs.push_back({argv[i], 0});
  options.semantics = "toy";
  options.max_batch = 200;
  // So slow that a test can kill it in between.
  options.reread_per_second = 1000;
  bool live = false;
  options.report = [&](const tocsin::TaskReport& report) {
    if (!live && !report.replaying) {
      live = true;
      std::puts("live");
    }
    if (report.transactions > 0) std::puts("commit");
    std::fflush(stdout);
  };
  const absl::Status status = tocsin::TaskRunner(options, core).Run(stop.get_token());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
