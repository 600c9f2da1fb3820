// Records that tell where a bad record lies and why it was not used: never what is in it.
#pragma once

#include <string>

#include "lib/kafka/record.h"

namespace tocsin {

// `code`: "unusable_record" or "crashes_task". Of the reason at most 300 characters, ASCII only,
// are kept.
OutputRecord MakeDeadLetter(const SourceId& target, const std::string& task,
                            const InputRecord& record, const std::string& code,
                            const std::string& reason);

}  // namespace tocsin
