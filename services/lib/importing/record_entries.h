// The entries of an exercise record, wherever they are written. Internal to the library.
#pragma once

#include "lib/importing/record.h"
#include "lib/importing/yaml_entry.h"

namespace tocsin {

// `reports` and `feeds` of a mapping, with their problems, into `record`.
void ReadEntries(YamlEntry& top, const ImportOptions& options, const ImportWorld& world,
                 ExerciseRecord& record);

}  // namespace tocsin
