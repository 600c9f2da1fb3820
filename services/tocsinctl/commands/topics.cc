#include "lib/kafka/topics.h"

#include <iostream>

#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/output.h"

namespace tocsin::ctl {
namespace {

int List(const Session& session, const Context& context, const std::vector<TopicSpec>& specs) {
  std::vector<std::vector<std::string>> rows = {{"TOPIC", "PARTITIONS", "KEPT", "EPOCH"}};
  for (const TopicSpec& spec : specs) {
    const absl::StatusOr<std::string> epoch = ReadEpoch(context.kafka, spec.name);
    if (absl::IsUnavailable(epoch.status())) {
      return Fail(epoch.status());
    }
    const std::string kept =
        spec.compacted ? "last of each key"
        : spec.retention == kKeptForEver
            ? "for ever"
            : StrCat(std::chrono::duration_cast<std::chrono::hours>(spec.retention).count() / 24,
                     " days");
    rows.push_back({spec.name, StrCat(spec.partitions), kept,
                    epoch.ok() ? *epoch : std::string(epoch.status().message())});
    if (session.json()) {
      std::cout << Dump({{"topic", spec.name},
                         {"partitions", spec.partitions},
                         {"compacted", spec.compacted},
                         {"retention_ms", spec.retention.count()},
                         {"epoch", epoch.ok() ? nlohmann::json(*epoch) : nlohmann::json()}})
                << "\n";
    }
  }
  if (!session.json()) {
    PrintTable(rows);
  }
  return kOk;
}

int RunTopics(Session& session, const std::string& verb) {
  const absl::StatusOr<const Context*> context = session.context();
  if (!context.ok()) {
    return FailUsage(context.status());
  }
  if ((*context)->kafka.bootstrap_servers.empty()) {
    return FailUsage(absl::InvalidArgumentError("the context names no kafka.bootstrap_servers"));
  }
  const std::vector<TopicSpec> specs = ProjectTopics((*context)->topics);
  if (verb == "list") {
    return List(session, **context, specs);
  }
  const absl::Status status = verb == "create" ? EnsureTopics((*context)->kafka, specs)
                                               : CheckTopics((*context)->kafka, specs);
  if (!status.ok()) {
    return Fail(status);
  }
  if (session.json()) {
    std::cout << Dump({{"topics", specs.size()}, {"ok", true}}) << "\n";
  } else {
    std::cout << specs.size() << " topics are as they should be\n";
  }
  return kOk;
}

}  // namespace

void AddTopics(CLI::App& app, Run& run) {
  CLI::App* const command = app.add_subcommand("topics", "Makes and checks the topics in Kafka");
  command->require_subcommand(1);
  for (const auto& [verb, what] : std::map<std::string, std::string>{
           {"create", "Makes what is missing, then checks all"},
           {"check", "Says what differs from what the project was built for; changes nothing"},
           {"list", "Each topic with its partitions, retention and epoch"}}) {
    command->add_subcommand(verb, what)->callback([verb = verb, &run] {
      run = [verb](Session& session) { return RunTopics(session, verb); };
    });
  }
  command->footer(
      "Numbers of partitions and replicas are `topics` in the context file.\n\n"
      "  tocsinctl topics create\n"
      "  tocsinctl topics check && echo good");
}

}  // namespace tocsin::ctl
