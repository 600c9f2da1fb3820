#include "tests/integration/kafka_fixture.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tocsin::testing {
namespace {

std::unique_ptr<KafkaBroker, void (*)(KafkaBroker*)>& Instance() {
  static std::unique_ptr<KafkaBroker, void (*)(KafkaBroker*)> instance(nullptr, nullptr);
  return instance;
}

// True if both the port and the next one, the controller's, can be bound.
bool IsFree(int port) {
  for (int i = 0; i < 2; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port + i));
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    if (!bound) return false;
  }
  return true;
}

int FreePort() {
  // Below the range that the kernel gives to outgoing connections; programs that run at the same
  // time begin at different places.
  constexpr int kFirst = 21000;
  constexpr int kPairs = 50;
  for (int i = 0; i < kPairs; ++i) {
    const int port = kFirst + 2 * ((getpid() + i) % kPairs);
    if (IsFree(port)) return port;
  }
  std::cerr << "no free port between 21000 and 21099\n";
  std::exit(2);
}

}  // namespace

// Stops the broker when the tests are over, whether they passed or not.
class KafkaEnvironment final : public ::testing::Environment {
 public:
  void TearDown() override { Instance().reset(); }
  static void Delete(KafkaBroker* broker) { delete broker; }
  static KafkaBroker* New() { return new KafkaBroker(); }
};

namespace {
[[maybe_unused]] const ::testing::Environment* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new KafkaEnvironment);
}  // namespace

KafkaBroker& KafkaBroker::Get() {
  auto& instance = Instance();
  if (instance == nullptr) {
    instance = {KafkaEnvironment::New(), &KafkaEnvironment::Delete};
  }
  return *instance;
}

KafkaBroker::KafkaBroker() : port_(FreePort()) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "tocsin-integration-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::cerr << "no temporary folder " << pattern << "\n";
    std::exit(2);
  }
  folder_ = pattern;
  StartKeeper();
  if (Script("start") != 0) {
    std::cerr << "deploy/kafka/kafka did not start a broker\n";
    std::exit(2);
  }
}

// A process that stops the broker and removes the folder as soon as this one is gone, however it
// ends: the pipe that it reads from closes then.
void KafkaBroker::StartKeeper() {
  int ends[2] = {-1, -1};
  const std::string script = absl::StrCat(Command("stop"), "; rm -rf '", folder_, "'");
  if (pipe2(ends, O_CLOEXEC) != 0) {
    std::cerr << "no pipe\n";
    std::exit(2);
  }
  keeper_ = fork();
  if (keeper_ == 0) {
    setsid();
    close(ends[1]);
    char byte = 0;
    while (read(ends[0], &byte, 1) > 0) {
    }
    execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[0]);
  keeper_pipe_ = ends[1];
}

KafkaBroker::~KafkaBroker() {
  close(keeper_pipe_);
  int status = 0;
  waitpid(keeper_, &status, 0);
  if (status != 0) std::cerr << "the broker in " << folder_ << " was not stopped\n";
}

std::string KafkaBroker::Command(const std::string& command) const {
  return absl::StrCat("TOCSIN_KAFKA_PORT=", port_, " TOCSIN_KAFKA_DIR='", folder_, "/kafka' '",
                      TOCSIN_SOURCE_DIR, "/deploy/kafka/kafka' ", command, " >&2");
}

int KafkaBroker::Script(const std::string& command) const {
  return std::system(Command(command).c_str());
}

KafkaConfig KafkaBroker::config() const {
  KafkaConfig config;
  config.bootstrap_servers = bootstrap();
  return config;
}

std::string KafkaBroker::bootstrap() const { return absl::StrCat("127.0.0.1:", port_); }

std::string KafkaBroker::Folder(const std::string& name) const {
  const std::filesystem::path path = std::filesystem::path(folder_) / name;
  std::filesystem::create_directories(path);
  return path.string();
}

void KafkaBroker::Pause() {
  pid_t pid = 0;
  std::ifstream(folder_ + "/kafka/pid") >> pid;
  ASSERT_GT(pid, 1);
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
}

void KafkaBroker::Resume() {
  pid_t pid = 0;
  std::ifstream(folder_ + "/kafka/pid") >> pid;
  ASSERT_GT(pid, 1);
  ASSERT_EQ(kill(pid, SIGCONT), 0);
}

std::string Unique(const std::string& stem) {
  static std::atomic<int> count = 0;
  return absl::StrCat(stem, "-", count++);
}

SourceId MakeTopic(const std::string& stem, int32_t partitions) {
  TopicSpec spec;
  spec.name = Unique(stem);
  spec.partitions = partitions;
  const absl::Status made = EnsureTopics(KafkaBroker::Get().config(), {spec});
  EXPECT_TRUE(made.ok()) << made;
  return SourceId{spec.name, 0};
}

void DeleteTopic(const std::string& name) {
  char text[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  ASSERT_EQ(rd_kafka_conf_set(conf, "bootstrap.servers", KafkaBroker::Get().bootstrap().c_str(),
                              text, sizeof(text)),
            RD_KAFKA_CONF_OK);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
  ASSERT_NE(client, nullptr);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_DeleteTopic_t* deletion = rd_kafka_DeleteTopic_new(name.c_str());
  rd_kafka_DeleteTopics(client, &deletion, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
  const bool deleted =
      event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_DeleteTopic_destroy(deletion);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
  ASSERT_TRUE(deleted);
}

void RemakeTopic(const std::string& name) {
  DeleteTopic(name);
  TopicSpec spec;
  spec.name = name;
  absl::Status made;
  // The deletion goes on for a moment after its answer.
  EXPECT_TRUE(Eventually([&] {
    made = EnsureTopics(KafkaBroker::Get().config(), {spec});
    return made.ok();
  })) << made;
}

std::vector<InputRecord> ReadAll(const SourceId& source, size_t at_least) {
  std::vector<InputRecord> records;
  auto consumer = Consumer::Create(KafkaBroker::Get().config(), "read-all");
  EXPECT_TRUE(consumer.ok()) << consumer.status();
  const absl::Status assigned = (*consumer)->Assign({{source, Consumer::kBeginning}});
  EXPECT_TRUE(assigned.ok()) << assigned;
  bool ended = false;
  const bool read = Eventually([&] {
    auto polled = (*consumer)->Poll(1000, std::chrono::milliseconds(200));
    EXPECT_TRUE(polled.ok()) << polled.status();
    if (!polled.ok()) return true;
    for (InputRecord& record : polled->records) records.push_back(std::move(record));
    ended = polled->at_end.contains(source);
    return ended && records.size() >= at_least;
  });
  EXPECT_TRUE(read && ended) << source.topic << ": " << records.size()
                             << " records and no end, expected " << at_least;
  return records;
}

void ProduceAll(const SourceId& target, const std::vector<std::string>& values) {
  auto producer = Producer::Create(KafkaBroker::Get().config(), "produce-all");
  ASSERT_TRUE(producer.ok()) << producer.status();
  std::atomic<int> delivered = 0;
  int count = 0;
  for (const std::string& value : values) {
    OutputRecord record;
    record.target = target;
    record.key = absl::StrCat(count++);
    record.value = value;
    absl::Status status;
    do {
      status = (*producer)->Produce(record, [&](const absl::StatusOr<int64_t>& offset) {
        if (offset.ok()) ++delivered;
      });
      if (absl::IsResourceExhausted(status)) {
        ASSERT_TRUE((*producer)->Flush(std::chrono::seconds(30)).ok());
      }
    } while (absl::IsResourceExhausted(status));
    ASSERT_TRUE(status.ok()) << status;
  }
  ASSERT_TRUE((*producer)->Flush(std::chrono::seconds(30)).ok());
  ASSERT_EQ(delivered, count);
}

bool Eventually(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace tocsin::testing
