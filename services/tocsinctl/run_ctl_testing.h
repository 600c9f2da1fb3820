// tocsinctl as a person or a script runs it: TOCSINCTL names the program.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/wait.h>

#include "lib/base/text.h"

namespace tocsin::ctl {

struct Ended {
  int status = -1;
  std::string output;  // both streams
};

inline Ended RunCtl(const std::string& arguments) {
  const char* const program = std::getenv("TOCSINCTL");
  const std::string command =
      StrCat(program == nullptr ? "tocsinctl" : program, " ", arguments, " 2>&1");
  Ended ended;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ended;
  std::array<char, 4096> buffer{};
  for (size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    ended.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

}  // namespace tocsin::ctl
