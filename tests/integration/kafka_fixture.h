// A real broker for a test program: started on a free port and in a folder of its own at the first
// use, stopped and removed when the program's tests are over, or the program is.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "lib/kafka/client.h"
#include "lib/kafka/topics.h"

namespace tocsin::testing {

class KafkaBroker {
 public:
  // The one of this program; ends the program with the script's own words if it does not start.
  static KafkaBroker& Get();
  // The same, with a listener for clients that use TLS and SASL besides. A program
  // that needs it asks for it first.
  static KafkaBroker& GetSecure();

  KafkaConfig config() const;
  // Reaches the broker by properties as a deployment would set them. Only of GetSecure().
  KafkaConfig secure_config() const;
  std::string bootstrap() const;
  // A folder for the test program's own files, removed with the broker.
  std::string Folder(const std::string& name) const;
  // Stops the broker's process where it stands, and lets it go on.
  void Pause();
  void Resume();

 private:
  friend class KafkaEnvironment;
  explicit KafkaBroker(bool secure);
  ~KafkaBroker();
  void StartKeeper();
  void PrepareSecureListener();
  // The line that runs the broker's script, and its status.
  std::string Command(const std::string& command) const;
  int Script(const std::string& command) const;

  std::string folder_;
  int port_ = 0;
  int secure_port_ = 0;  // 0: no such listener
  int keeper_ = -1;
  int keeper_pipe_ = -1;
};

// An authority of its own in the folder, which it returns, with one certificate of the name
// mission/role/name; ends the program if it cannot.
std::string MakeCertificates(const std::string& folder, const std::string& name);

// A name that no other test of this run has.
std::string Unique(const std::string& stem);

// Makes a topic for a test; fails the test if it cannot.
SourceId MakeTopic(const std::string& stem, int32_t partitions = 1);

void DeleteTopic(const std::string& name);

// Sets one of a topic's settings and puts all its others back to the broker's defaults.
void SetTopicSetting(const std::string& topic, const std::string& name, const std::string& value);

// Cuts off what the log holds before the offset, as retention does.
void DeleteRecordsBefore(const SourceId& source, int64_t offset);

// Deletes a topic of one partition and makes it again: another generation under the same name.
void RemakeTopic(const std::string& name);

// All committed records of the source up to its end; waits for as many as there should be at least,
// since a commit is answered a moment before its records can be read.
std::vector<InputRecord> ReadAll(const SourceId& source, size_t at_least = 0);

// Produces the values, with keys "0", "1", ..., and waits until they are there.
void ProduceAll(const SourceId& target, const std::vector<std::string>& values);

// Polls until `done` holds or a minute is over; false then.
bool Eventually(const std::function<bool()>& done);

}  // namespace tocsin::testing
