// What is fuzzed. Each takes any bytes and must return; what it answers is checked inside. True:
// the bytes were accepted.
#pragma once

#include <string>

namespace tocsin {

// As sitrep-ingest reads a report: parse, convert, fill, validate, hash, and back to bytes.
bool fuzz_event(const std::string& bytes);
// As a correlator and a gateway read their topics.
bool fuzz_keyed(const std::string& bytes);
bool fuzz_warnings(const std::string& bytes);

}  // namespace tocsin
