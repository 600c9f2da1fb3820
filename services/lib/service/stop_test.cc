#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/service/service.h"

namespace tocsin {
namespace {

// In a child process, since the mask and the waiting thread stay for the life of a process.
int StatusOfChild(void (*run)(int ready)) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    run(ends[1]);
    _exit(99);
  }
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 1);
  kill(child, SIGTERM);
  // The child says when it has seen the first one, if it lives on.
  if (read(ends[0], &byte, 1) == 1) {
    kill(child, SIGINT);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(StopOnSignals, TheFirstSignalRequestsAStop) {
  const int status = StatusOfChild([](int ready) {
    const std::stop_source source = StopOnSignals();
    (void)!write(ready, "r", 1);
    WaitForStop(source.get_token());
    _exit(7);
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(StopOnSignals, TheSecondEndsTheProcess) {
  const int status = StatusOfChild([](int ready) {
    const std::stop_source source = StopOnSignals();
    (void)!write(ready, "r", 1);
    WaitForStop(source.get_token());
    (void)!write(ready, "s", 1);
    for (;;) {
      pause();
    }
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGINT);
}

}  // namespace
}  // namespace tocsin
