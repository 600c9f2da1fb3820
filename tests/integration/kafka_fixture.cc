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

constexpr char kSecureUser[] = "tocsin";
constexpr char kSecurePassword[] = "a-secret-of-the-tests";

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

int FreePort(int other_than = 0) {
  // Below the range that the kernel gives to outgoing connections; programs that run at the same
  // time begin at different places.
  constexpr int kFirst = 21000;
  constexpr int kPairs = 50;
  for (int i = 0; i < kPairs; ++i) {
    const int port = kFirst + 2 * ((getpid() + i) % kPairs);
    if (port != other_than && IsFree(port)) return port;
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
  static KafkaBroker* New(bool secure) { return new KafkaBroker(secure); }
};

namespace {
[[maybe_unused]] const ::testing::Environment* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new KafkaEnvironment);
}  // namespace

KafkaBroker& KafkaBroker::Get() {
  auto& instance = Instance();
  if (instance == nullptr) {
    instance = {KafkaEnvironment::New(false), &KafkaEnvironment::Delete};
  }
  return *instance;
}

KafkaBroker& KafkaBroker::GetSecure() {
  auto& instance = Instance();
  if (instance == nullptr) {
    instance = {KafkaEnvironment::New(true), &KafkaEnvironment::Delete};
  }
  if (instance->secure_port_ == 0) {
    std::cerr << "this program's broker was started without its secure listener\n";
    std::exit(2);
  }
  return *instance;
}

KafkaBroker::KafkaBroker(bool secure)
    : port_(FreePort()), secure_port_(secure ? FreePort(port_) : 0) {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "tocsin-integration-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::cerr << "no temporary folder " << pattern << "\n";
    std::exit(2);
  }
  folder_ = pattern;
  if (secure) PrepareSecureListener();
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

void KafkaBroker::PrepareSecureListener() {
  const std::string pki = MakeCertificates(Folder("pki"), "local/service/kafka");
  // Java wants key and certificate in one file.
  std::ofstream store(pki + "/kafka.pem");
  for (const char* part : {"/local.service.kafka.key", "/local.service.kafka.crt"}) {
    store << std::ifstream(pki + part).rdbuf();
  }
  store.close();
  // The script asks its own listener whether the broker is up, so that one stays.
  std::ofstream properties(folder_ + "/secure.properties");
  properties << "listeners=PLAINTEXT://127.0.0.1:" << port_
             << ",CONTROLLER://127.0.0.1:" << port_ + 1 << ",SASL_SSL://127.0.0.1:" << secure_port_
             << "\n"
             << "advertised.listeners=PLAINTEXT://127.0.0.1:" << port_
             << ",SASL_SSL://127.0.0.1:" << secure_port_ << "\n"
             << "listener.security.protocol.map="
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL\n"
             << "listener.name.sasl_ssl.ssl.keystore.type=PEM\n"
             << "listener.name.sasl_ssl.ssl.keystore.location=" << pki
             << "/kafka.pem\n"
             // Not SCRAM: librdkafka before 2.6.1 is refused by brokers from 4.0 on, whatever the
             // password (its message repeats the client's nonce, which they now check).
             << "listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN\n"
             << "listener.name.sasl_ssl.plain.sasl.jaas.config="
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_"
             << kSecureUser << "=\"" << kSecurePassword << "\";\n";
  properties.close();
  if (!store || !properties) {
    std::cerr << "the secure listener's files cannot be written to " << folder_ << "\n";
    std::exit(2);
  }
}

KafkaBroker::~KafkaBroker() {
  close(keeper_pipe_);
  int status = 0;
  waitpid(keeper_, &status, 0);
  if (status != 0) std::cerr << "the broker in " << folder_ << " was not stopped\n";
}

std::string KafkaBroker::Command(const std::string& command) const {
  const std::string secure = secure_port_ == 0 ? ""
                                               : absl::StrCat("TOCSIN_KAFKA_PROPERTIES='", folder_,
                                                              "/secure.properties' ");
  return absl::StrCat(secure, "TOCSIN_KAFKA_PORT=", port_, " TOCSIN_KAFKA_DIR='", folder_,
                      "/kafka' '", TOCSIN_SOURCE_DIR, "/deploy/kafka/kafka' ", command, " >&2");
}

int KafkaBroker::Script(const std::string& command) const {
  return std::system(Command(command).c_str());
}

KafkaConfig KafkaBroker::config() const {
  KafkaConfig config;
  config.bootstrap_servers = bootstrap();
  return config;
}

KafkaConfig KafkaBroker::secure_config() const {
  KafkaConfig config;
  config.bootstrap_servers = absl::StrCat("127.0.0.1:", secure_port_);
  config.properties = {{"security.protocol", "SASL_SSL"},
                       {"ssl.ca.location", folder_ + "/pki/ca.crt"},
                       {"sasl.mechanism", "PLAIN"},
                       {"sasl.username", kSecureUser},
                       {"sasl.password", kSecurePassword}};
  return config;
}

std::string KafkaBroker::bootstrap() const { return absl::StrCat("127.0.0.1:", port_); }

std::string KafkaBroker::Folder(const std::string& name) const {
  const std::filesystem::path path = std::filesystem::path(folder_) / name;
  std::filesystem::create_directories(path);
  return path.string();
}

namespace {

// Every thread of it: until the last one has stopped, a broker may still answer.
bool HasStopped(pid_t pid) {
  for (const auto& thread :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
    std::string stat;
    std::getline(std::ifstream(thread.path() / "stat"), stat);
    const size_t name_ends = stat.rfind(')');
    if (name_ends == std::string::npos || stat.substr(name_ends, 3) != ") T") return false;
  }
  return true;
}

}  // namespace

void KafkaBroker::Pause() {
  pid_t pid = 0;
  std::ifstream(folder_ + "/kafka/pid") >> pid;
  ASSERT_GT(pid, 1);
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  ASSERT_TRUE(Eventually([&] { return HasStopped(pid); }));
}

void KafkaBroker::Resume() {
  pid_t pid = 0;
  std::ifstream(folder_ + "/kafka/pid") >> pid;
  ASSERT_GT(pid, 1);
  ASSERT_EQ(kill(pid, SIGCONT), 0);
}

std::string MakeCertificates(const std::string& folder, const std::string& name) {
  const std::string command =
      absl::StrCat("'", TOCSIN_SOURCE_DIR, "/deploy/pki/make-certs' --out '", folder, "' --quiet '",
                   name, "' >&2");
  if (std::system(command.c_str()) != 0) {
    std::cerr << "deploy/pki/make-certs failed\n";
    std::exit(2);
  }
  return folder;
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

namespace {

// Runs one request about topics with a client of its own; true if the broker did it.
bool Administer(const std::function<void(rd_kafka_t*, rd_kafka_queue_t*)>& request) {
  char text[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  if (rd_kafka_conf_set(conf, "bootstrap.servers", KafkaBroker::Get().bootstrap().c_str(), text,
                        sizeof(text)) != RD_KAFKA_CONF_OK) {
    return false;
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
  if (client == nullptr) return false;
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  request(client, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
  const bool done = event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
  return done;
}

}  // namespace

void DeleteTopic(const std::string& name) {
  rd_kafka_DeleteTopic_t* deletion = rd_kafka_DeleteTopic_new(name.c_str());
  const bool deleted = Administer([&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(client, &deletion, 1, nullptr, queue);
  });
  rd_kafka_DeleteTopic_destroy(deletion);
  ASSERT_TRUE(deleted);
}

void SetTopicSetting(const std::string& topic, const std::string& name, const std::string& value) {
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_ConfigResource_set_config(resource, name.c_str(), value.c_str());
  const bool set = Administer([&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_AlterConfigs(client, &resource, 1, nullptr, queue);
  });
  rd_kafka_ConfigResource_destroy(resource);
  ASSERT_TRUE(set);
}

void DeleteRecordsBefore(const SourceId& source, int64_t offset) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, source.topic.c_str(), source.partition)->offset = offset;
  rd_kafka_DeleteRecords_t* deletion = rd_kafka_DeleteRecords_new(list);
  const bool deleted = Administer([&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords(client, &deletion, 1, nullptr, queue);
  });
  rd_kafka_DeleteRecords_destroy(deletion);
  rd_kafka_topic_partition_list_destroy(list);
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
