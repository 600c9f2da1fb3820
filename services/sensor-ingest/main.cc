#include "lib/filing/run.h"
#include "sensor-ingest/service.h"

int main(int argc, char** argv) {
  tocsin::IngestProgram program;
  program.name = "sensor-ingest";
  program.description = "Takes the readings of one mission's feeds and writes them to Kafka.";
  program.stream = "sensors";
  program.defaults = tocsin::IngestDefaults();
  // feeds: {birao-seismic-1: {floor: {classification: confidential, tlp: amber}}}
  program.defaults["feeds"] = nlohmann::json::object();
  program.make =
      [](tocsin::Ingest* ingest,
         const nlohmann::json& options) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    auto feeds = tocsin::Feeds::Parse(options.at("feeds"));
    if (!feeds.ok()) return feeds.status();
    if (ingest == nullptr) return nullptr;
    return std::make_unique<tocsin::SensorService>(*ingest, *std::move(feeds));
  };
  return tocsin::RunIngest(program, argc, argv);
}
