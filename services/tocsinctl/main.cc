#include "lib/service/service.h"
#include "tocsinctl/cli.h"

int main(int argc, char** argv) {
  const std::stop_source stop = tocsin::StopOnSignals();
  return tocsin::ctl::RunCli(argc, argv, stop.get_token());
}
