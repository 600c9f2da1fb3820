// A real broker for a test program: started on a free port and in a folder of its own at the first
// use, stopped and removed when the program's tests are over.
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

  KafkaConfig config() const;
  std::string bootstrap() const;
  // A folder for the test program's own files, removed with the broker.
  std::string Folder(const std::string& name) const;
  // Stops the broker's process where it stands, and lets it go on.
  void Pause();
  void Resume();

 private:
  friend class KafkaEnvironment;
  KafkaBroker();
  ~KafkaBroker();
  int Script(const std::string& command) const;

  std::string folder_;
  int port_ = 0;
};

// A name that no other test of this run has.
std::string Unique(const std::string& stem);

// Makes a topic for a test; fails the test if it cannot.
SourceId MakeTopic(const std::string& stem, int32_t partitions = 1);

// Deletes a topic of one partition and makes it again: another generation under the same name.
void RemakeTopic(const std::string& name);

// All committed records of the source up to its end as of now.
std::vector<InputRecord> ReadAll(const SourceId& source);

// Produces the values, with keys "0", "1", ..., and waits until they are there.
void ProduceAll(const SourceId& target, const std::vector<std::string>& values);

// Polls until `done` holds or a minute is over; false then.
bool Eventually(const std::function<bool()>& done);

}  // namespace tocsin::testing
