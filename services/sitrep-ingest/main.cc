#include "lib/filing/run.h"
#include "sitrep-ingest/service.h"

int main(int argc, char** argv) {
  tocsin::IngestProgram program;
  program.name = "sitrep-ingest";
  program.description = "Takes the situation reports of one mission and writes them to Kafka.";
  program.stream = "sitreps";
  program.defaults = tocsin::IngestDefaults();
  program.make = [](tocsin::Ingest* ingest,
                    const nlohmann::json&) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
    if (ingest == nullptr) return nullptr;
    return std::make_unique<tocsin::SitrepService>(*ingest);
  };
  return tocsin::RunIngest(program, argc, argv);
}
