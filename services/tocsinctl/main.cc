#include "lib/service/service.h"
#include "tocsinctl/cli.h"

int main(int argc, char** argv) {
  // Errors only: what a person is told is printed by the commands.
  tocsin::InitLog("tocsinctl", tocsin::LogLevel::kError);
  const std::stop_source stop = tocsin::StopOnSignals();
  return tocsin::ctl::RunCli(argc, argv, stop.get_token());
}
