// For the gateway's integration test: certificates, the project's topics on the test's broker,
// gateways as processes, and a client of Watch that collects what it is told.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "lib/domain/warning.h"
#include "tocsin/v1/gateway_service.grpc.pb.h"

namespace tocsin::testing {

// Makes the topics and certificates at the first use.
class GatewayWorld {
 public:
  static GatewayWorld& Get();
  // A channel with the certificate "<mission>/<role>/desk"; "" for the plain text of a stranger.
  std::shared_ptr<grpc::Channel> Channel(int port, const std::string& mission,
                                         const std::string& role = "watch-officer") const;
  std::string pki() const { return pki_; }
  // Waits until the broker has them all.
  void Produce(const std::vector<Warning>& warnings);
  void ProduceRaw(int32_t partition, const std::string& key, const std::string& value);
  // An evaluation of every correlator task, in every partition.
  void Evaluate(int64_t clock_us);

 private:
  GatewayWorld();
  std::string pki_;
};

// A gateway in a process of its own, on ports that it picks.
class GatewayProcess {
 public:
  // `escalation_s`: after so many seconds a severe warning that nobody has goes to the deputy; 0:
  // never (the tests' warnings are of 1970).
  // `flood_above`: alarms in 10 minutes; what comes then rings 5 s later, every 10 s and again
  // after 3 s.
  GatewayProcess(std::string mission, std::string state_dir, int escalation_s = 0,
                 int flood_above = 0);
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  // Starts it and waits until it is ready.
  void Start();
  void Kill();  // -9
  // SIGTERM; its exit code.
  int Stop();
  // From now on it can write nothing more to files: as near to a full disk as one process can have.
  void FillDisk() const;
  // Waits until it ends by itself; its exit code, 256 and more for a signal.
  int AwaitEnd();
  int port() const { return port_; }
  std::string Metrics() const;
  // Value of a metric, summed over labels.
  double Metric(const std::string& name) const;
  std::string Log() const;

 private:
  std::string Http(const std::string& path, int& code) const;

  const std::string mission_, state_dir_, log_;
  const int escalation_s_, flood_above_;
  pid_t pid_ = -1;
  int port_ = 0;
  int ops_port_ = 0;
};

// One watch. Echoes heartbeats and acknowledges what it has, as a client should.
class Watcher {
 public:
  struct Options {
    std::string mission = "unamid";
    std::string role = "watch-officer";
    std::string exercise;                // only its warnings
    std::optional<std::string> session;  // absent: one of its own
    std::optional<v1::Cursor> cursor;
    int32_t credit = 1'000'000;
    bool reads = true;          // false: takes nothing from the stream
    bool answers = true;        // false: falls silent after its subscription
    bool says_received = true;  // else only by its echoes
  };
  Watcher(int port, Options options);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void Credit(int32_t credit);
  // A person here has seen it.
  void Seen(const Warning& warning);
  void Say(const v1::WatchRequest& request) { Write(request); }
  // The last one; there is one already.
  v1::Heartbeat LastHeartbeat();
  // Waits, at most a minute, until it holds of what was collected.
  bool Await(const std::function<bool(const Watcher&)>& done);
  // Waits for the end of the stream, cancelled if `cancel`.
  grpc::Status End(bool cancel = true);

  // For `done`, or after End.
  std::vector<v1::Delivery> deliveries;
  std::vector<v1::Heartbeat> heartbeats;
  std::vector<v1::LifecycleChange> changes;
  std::vector<v1::Centre> centres;
  bool snapshot_ended = false;
  bool ended = false;
  v1::Cursor cursor;
  // "number.revision" of each delivery.
  std::vector<std::string> Emissions() const;

 private:
  void Read();
  void Write(const v1::WatchRequest& request);

  const Options options_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::GatewayService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchRequest, v1::WatchResponse>> stream_;
  std::mutex mutex_;
  std::mutex writing_;
  std::condition_variable changed_;
  grpc::Status status_;
  std::thread reader_;
  bool over_ = false;
};

}  // namespace tocsin::testing
