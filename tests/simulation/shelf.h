// A task's checkpoints, wherever its processes run, and what becomes of them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "lib/task/checkpoint.h"
#include "process.h"

namespace tocsin::simulation {

struct Shelved {
  CheckpointManifest manifest;
  MemoryState content;
  bool readable = true;  // the manifest
  bool whole = true;     // the files
};

class Shelf {
 public:
  std::map<int64_t, Shelved> checkpoints;
  // What was staged before; for a defect.
  MemoryState staged_before;

  // Something happens to one of them; what, in words. There must be one.
  std::string Spoil(Random& random);
};

std::unique_ptr<CheckpointShelf> MakeSimulatedShelf(Process& process, Shelf& shelf);

}  // namespace tocsin::simulation
