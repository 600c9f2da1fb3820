// Records that tell where a bad record lies and why it was not used: never what is in it.
#pragma once

#include <string>

#include "lib/kafka/record.h"

namespace tocsin {

// `code`: "unusable_record" or "crashes_task". Of the reason at most 300 characters, ASCII only,
// are kept. The origin of a record that was read again is where it lies; the reason says the rest.
OutputRecord MakeDeadLetter(const SourceId& target, const std::string& task,
                            const InputRecord& record, const std::string& code,
                            const std::string& reason);

// The same of a record whose bytes are gone but for their SHA-256 (lower-case hex).
OutputRecord MakeDeadLetter(const SourceId& target, const std::string& task, const SourceId& source,
                            int64_t offset, const std::string& sha256, const std::string& code,
                            const std::string& reason);

}  // namespace tocsin
