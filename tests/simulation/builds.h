// Two builds of the correlator: the same sources but for lib/correlation/semantics.cc, of which
// this program has one that does as either, for as long as a core of that build works.
#pragma once

#include <memory>
#include <string>

#include "lib/task/task_runner.h"

namespace tocsin::simulation {

enum class Build { kFormer, kNext };

std::unique_ptr<TaskCore> OfBuild(Build build, std::unique_ptr<TaskCore> core);

// As a shell knows it.
std::string SemanticsOf(Build build);
TaskOptions OfBuild(Build build, TaskOptions options);

}  // namespace tocsin::simulation
