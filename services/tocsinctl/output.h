// What commands print: tables for people, JSON for programs, times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include "lib/base/time.h"

namespace tocsin::ctl {

// Columns as wide as their widest cell; the first row is the head.
void PrintTable(const std::vector<std::vector<std::string>>& rows);

// The protobuf JSON of a message, for adding fields of the command's own.
nlohmann::json ToJson(const google::protobuf::Message& message);
// One line, invalid UTF-8 replaced.
std::string Dump(const nlohmann::json& value);

// "2009-03-04 14:30Z"; "-" for an unknown time.
std::string Zulu(int64_t us);
// The machine's clock.
int64_t NowMicros();

// A name of an enum value without its prefix, in lower case: "STATUS_EXERCISE" to "exercise".
std::string Word(const std::string& enum_name, const std::string& prefix);

}  // namespace tocsin::ctl
