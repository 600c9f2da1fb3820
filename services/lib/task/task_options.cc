#include <algorithm>

#include <absl/strings/str_cat.h>

#include "lib/task/task_runner.h"

namespace tocsin {

absl::Status CheckOptions(const TaskOptions& options) {
  const auto missing = [](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("task options: ", what));
  };
  if (options.name.empty()) return missing("name is empty");
  if (options.inputs.empty()) return missing("inputs are empty");
  if (options.inputs.size() > 1 && !options.journal.has_value()) {
    return missing("several inputs need a journal, or no replay could follow their order");
  }
  for (const SourceId& source : options.first) {
    if (std::find(options.inputs.begin(), options.inputs.end(), source) == options.inputs.end()) {
      return missing("first names a source that is no input");
    }
  }
  if (options.group.empty()) return missing("group is empty");
  if (options.transactional_id.empty()) return missing("transactional_id is empty");
  if (options.dead_letters.topic.empty()) return missing("dead_letters has no topic");
  if (options.state_folder.empty()) return missing("state_folder is empty");
  if (options.max_batch == 0) return missing("max_batch is 0");
  if (options.reread_per_second < 1) return missing("reread_per_second is less than 1");
  if (!options.checkpoint_folder.empty()) {
    if (options.checkpoint_every.count() < 1) return missing("checkpoint_every is less than 1 ms");
    if (options.checkpoints_kept < 1) return missing("checkpoints_kept is less than 1");
  }
  return absl::OkStatus();
}

}  // namespace tocsin
