// Two builds of the correlator: the same sources but for lib/correlation/semantics.cc, of which
// this program has one that does as either, for as long as a core of that build works.
#pragma once

#include <memory>
#include <string>

#include "lib/task/task_runner.h"

namespace tocsin::simulation {

// From 1: mold 1.10 places a thread-local that is zero where the loader cannot protect it.
enum class Build { kFormer = 1, kNext };

std::unique_ptr<TaskCore> OfBuild(Build build, std::unique_ptr<TaskCore> core);

// As a shell knows it.
std::string SemanticsOf(Build build);
TaskOptions OfBuild(Build build, TaskOptions options);

}  // namespace tocsin::simulation
