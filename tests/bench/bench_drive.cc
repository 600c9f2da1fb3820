// Open-loop load: files reports at a fixed rate over gRPC and notes when each was accepted. The
// schedule never waits for the system: a report that is due is sent, however many are unanswered,
// and lateness of the generator itself is reported.
//
//   bench-drive --context FILE --rate 1000 --seconds 30 --out acks.ndjson
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"
#include "workload.h"

namespace tocsin::bench {
namespace {

using std::chrono::system_clock;

int64_t UnixMicros(system_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

struct Answer {
  std::string mission, id;
  int64_t due_us = 0, sent_us = 0, accepted_us = 0;
};

// One mission's stream: written by the schedule's thread, read by its own.
class Stream {
 public:
  Stream(std::string mission, const std::string& endpoint,
         const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : mission_(std::move(mission)),
        stub_(v1::SitrepIngestService::NewStub(grpc::CreateChannel(endpoint, credentials))),
        stream_(stub_->FileMany(&context_)),
        reader_([this] { Read(); }) {}

  void Send(const Event& event, int64_t due_us) {
    v1::FileManyRequest request;
    *request.mutable_event() = ToProto(event);
    request.mutable_event()->set_accepted_us(0);
    {
      const std::lock_guard lock(mutex_);
      request.set_sequence(static_cast<int64_t>(answers_.size()));
      answers_.push_back(
          {mission_, event.identity.id.str(), due_us, UnixMicros(system_clock::now()), 0});
    }
    stream_->Write(request);
  }

  std::vector<Answer> Finish() {
    stream_->WritesDone();
    reader_.join();
    const grpc::Status status = stream_->Finish();
    if (!status.ok()) std::cerr << mission_ << ": " << status.error_message() << "\n";
    return answers_;
  }

 private:
  void Read() {
    v1::FileManyResponse response;
    while (stream_->Read(&response)) {
      const int64_t now = UnixMicros(system_clock::now());
      const std::lock_guard lock(mutex_);
      if (response.receipt().outcome() == v1::OUTCOME_ACCEPTED) {
        answers_[static_cast<size_t>(response.sequence())].accepted_us = now;
      } else {
        std::cerr << mission_ << ": " << response.ShortDebugString() << "\n";
      }
    }
  }

  const std::string mission_;
  grpc::ClientContext context_;
  std::unique_ptr<v1::SitrepIngestService::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FileManyRequest, v1::FileManyResponse>> stream_;
  std::mutex mutex_;
  std::vector<Answer> answers_;  // guarded by mutex_
  std::thread reader_;           // last: it uses the others
};

int Main(int argc, char** argv) {
  CLI::App app{"Open-loop load on sitrep-ingest"};
  std::string context, out;
  int64_t rate = 1000, seconds = 30;
  app.add_option("--context", context, "tocsinctl's context file")->required();
  app.add_option("--rate", rate, "reports a second");
  app.add_option("--seconds", seconds);
  app.add_option("--out", out)->required();
  CLI11_PARSE(app, argc, argv);

  Workload workload{2, {}, /*reports_only=*/true};
  std::map<MissionId, std::unique_ptr<Stream>> streams;
  for (const auto& entry : YAML::LoadFile(context)["missions"]) {
    const auto mission = entry.first.as<std::string>();
    const YAML::Node tls = entry.second["roles"]["reporting-officer"];
    auto credentials =
        MakeChannelCredentials({tls["ca"].as<std::string>(), tls["certificate"].as<std::string>(),
                                tls["key"].as<std::string>()});
    if (!credentials.ok()) {
      std::cerr << "error: " << credentials.status() << "\n";
      return 1;
    }
    workload.missions.emplace_back(mission);
    streams[MissionId(mission)] = std::make_unique<Stream>(
        mission, entry.second["sitrep_ingest"].as<std::string>(), *credentials);
  }
  const auto start = system_clock::now() + std::chrono::milliseconds(200);
  for (int64_t n = 0; n < rate * seconds; ++n) {
    const auto due = start + std::chrono::microseconds(n * 1'000'000 / rate);
    const Event event = workload.At(n);
    std::this_thread::sleep_until(due);
    streams.at(event.identity.mission)->Send(event, UnixMicros(due));
  }
  const double took =
      static_cast<double>(UnixMicros(system_clock::now()) - UnixMicros(start)) / 1e6;
  std::ofstream file(out);
  int64_t accepted = 0, behind_us = 0;
  for (auto& [mission, stream] : streams) {
    for (const Answer& answer : stream->Finish()) {
      behind_us = std::max(behind_us, answer.sent_us - answer.due_us);
      if (answer.accepted_us == 0) continue;
      ++accepted;
      file << nlohmann::json{{"mission", answer.mission},
                             {"id", answer.id},
                             {"due_us", answer.due_us},
                             {"sent_us", answer.sent_us},
                             {"accepted_us", answer.accepted_us}}
                  .dump()
           << "\n";
    }
  }
  std::cout << nlohmann::json{{"offered", rate * seconds},
                              {"offered_per_second", static_cast<double>(rate * seconds) / took},
                              {"accepted", accepted},
                              {"generator_behind_ms_max", static_cast<double>(behind_us) / 1000}}
                   .dump()
            << std::endl;
  return accepted == rate * seconds ? 0 : 1;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) { return tocsin::bench::Main(argc, argv); }
