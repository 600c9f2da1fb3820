#include "tests/integration/ingest_testing.h"

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/kafka/topic_set.h"

namespace tocsin::testing {
namespace {

// Free now; between this and the program's start only another program could take it.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

TlsFiles Certificates(const std::string& mission, const std::string& role,
                      const std::string& name) {
  const std::string folder = KafkaBroker::Get().Folder("pki");
  const std::string command = absl::StrCat("deploy/pki/make-certs --quiet --out ", folder, " ",
                                           mission, "/", role, "/", name);
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  const std::string stem = absl::StrCat(folder, "/", mission, ".", role, ".", name);
  return {folder + "/ca.crt", stem + ".crt", stem + ".key"};
}

std::shared_ptr<grpc::Channel> ChannelAs(int port, const std::string& mission,
                                         const std::string& role, const std::string& name) {
  auto credentials = MakeChannelCredentials(Certificates(mission, role, name));
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  return MakeChannel(absl::StrCat("localhost:", port), *credentials);
}

v1::Event GoodReport(const std::string& mission, const std::string& id) {
  constexpr int64_t kDay = 1'236'988'800'000'000;  // 14 March 2009
  v1::Event event;
  event.set_mission(mission);
  event.set_id(id);
  event.set_revision(1);
  event.set_type("security.attack");
  event.mutable_observed()->mutable_interval()->set_from_us(kDay);
  event.mutable_observed()->mutable_interval()->set_to_us(kDay);
  event.mutable_place()->set_name("Umm Baru");
  event.mutable_place()->mutable_point()->set_latitude(15.06);
  event.mutable_place()->mutable_point()->set_longitude(23.72);
  event.mutable_source()->set_how_obtained("observed");
  event.mutable_label()->set_classification(v1::CLASSIFICATION_UNCLASSIFIED);
  event.mutable_label()->set_tlp(v1::TLP_AMBER);
  event.add_texts()->set_text("Attack on a village");
  return event;
}

std::vector<Logged> ReadTopic(const std::string& topic) {
  std::vector<Logged> out;
  for (int32_t partition = 0; partition < 2; ++partition) {
    for (InputRecord& record : ReadAll({topic, partition})) {
      v1::Event event;
      EXPECT_TRUE(event.ParseFromString(record.value));
      out.push_back({std::move(event), std::move(record)});
    }
  }
  return out;
}

IngestProcess::IngestProcess(const std::string& program, const std::string& stream,
                             const std::string& mission, const std::string& extra)
    : program_(program), port_(FreePort()), ops_port_(FreePort()) {
  KafkaBroker& broker = KafkaBroker::Get();
  const absl::Status made =
      EnsureTopics(broker.config(), ProjectTopics({.missions = {MissionId(mission)}}));
  EXPECT_TRUE(made.ok()) << made;
  const std::string folder = broker.Folder(Unique(absl::StrCat(stream, "-", mission)));
  config_ = folder + "/config.yaml";
  state_ = folder + "/state";
  const TlsFiles tls = Certificates(mission, "service", "ingest");
  std::ofstream(config_) << "mission: " << mission << "\nlisten: {port: " << port_
                         << "}\nops: {port: " << ops_port_ << "}\ntls: {ca: " << tls.ca
                         << ", certificate: " << tls.certificate << ", key: " << tls.key
                         << "}\nkafka:\n  bootstrap_servers: " << broker.bootstrap()
                         << "\n  properties: {message.timeout.ms: 3000}\nstate_dir: " << state_
                         << "\nrules_dir: rules\nstop_grace_s: 1\nlog_level: warning\n"
                         << extra;
}

IngestProcess::~IngestProcess() {
  if (pid_ > 0) Kill9();
}

void IngestProcess::StartOnly() {
  pid_ = fork();
  if (pid_ == 0) {
    execl(program_.c_str(), program_.c_str(), "--config", config_.c_str(), nullptr);
    _exit(127);
  }
  ASSERT_GT(pid_, 0);
}

void IngestProcess::Start() {
  StartOnly();
  ASSERT_TRUE(Eventually([this] { return Ready() || waitpid(pid_, nullptr, WNOHANG) != 0; }))
      << Get("/readyz");
  ASSERT_TRUE(Ready()) << "it ended while it started";
}

void IngestProcess::Kill9() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int IngestProcess::Stop() {
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string IngestProcess::Get(const std::string& path) const {
  const auto answer = httplib::Client("127.0.0.1", ops_port_).Get(path);
  return answer ? answer->body : "";
}

bool IngestProcess::Ready() const {
  const auto answer = httplib::Client("127.0.0.1", ops_port_).Get("/readyz");
  return answer && answer->status == 200;
}

}  // namespace tocsin::testing
