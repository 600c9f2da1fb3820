#include "lib/task/identity.h"

namespace tocsin::task_internal {

absl::StatusOr<TaskIdentity> ReadIdentity(TaskWorld& world, Consumer& consumer,
                                          const TaskOptions& options) {
  TaskIdentity identity;
  identity.semantics = options.semantics;
  identity.state_format = options.state_format;
  auto cluster = consumer.ClusterId();
  if (!cluster.ok()) return cluster.status();
  identity.cluster = *std::move(cluster);
  std::set<std::string> topics;
  for (const SourceId& input : options.inputs) topics.insert(input.topic);
  if (options.journal.has_value()) topics.insert(options.journal->topic);
  auto epochs = world.ReadEpochs(options.kafka, topics);
  if (!epochs.ok()) return epochs.status();
  identity.epochs = *std::move(epochs);
  return identity;
}

}  // namespace tocsin::task_internal
