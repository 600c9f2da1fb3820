// What the tests of both ingests share: the real program as a process of its own over the real
// broker, certificates, and a good report.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "lib/rpc/rpc.h"
#include "tests/integration/kafka_fixture.h"
#include "tocsin/v1/event.pb.h"

namespace tocsin::testing {

// Certificates of the programs and of "unamid/reporting-officer/amina" and so on, made at first
// use.
TlsFiles Certificates(const std::string& mission, const std::string& role, const std::string& name);

std::shared_ptr<grpc::Channel> ChannelAs(int port, const std::string& mission,
                                         const std::string& role, const std::string& name);

// A report that nothing is wrong with.
v1::Event GoodReport(const std::string& mission, const std::string& id);

// Events of a topic of two partitions, in no order between the partitions, with the records they
// are in.
struct Logged {
  v1::Event event;
  InputRecord record;
};
std::vector<Logged> ReadTopic(const std::string& topic);

class IngestProcess {
 public:
  // `program`: path of the binary. Makes the mission's topics. `extra`: further options as YAML
  // lines.
  IngestProcess(const std::string& program, const std::string& stream, const std::string& mission,
                const std::string& extra = "");
  ~IngestProcess();
  IngestProcess(const IngestProcess&) = delete;
  IngestProcess& operator=(const IngestProcess&) = delete;

  void Start();      // and waits until it is ready
  void StartOnly();  // does not wait
  void Kill9();
  int Stop();  // SIGTERM; the exit status
  bool Ready() const;
  std::string Get(const std::string& path) const;  // of the ops port; empty if nothing answers
  int port() const { return port_; }
  const std::string& state_folder() const { return state_; }

 private:
  std::string program_, config_, state_;
  int port_ = 0, ops_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace tocsin::testing
