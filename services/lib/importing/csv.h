// CSV (RFC 4180) as rows with their line numbers, over libcsv in its strict mode.
//
// A bad row never stops the reading: it is reported, and reading goes on with the line after the
// one that it began on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/function_ref.h>

namespace tocsin {

// Longest row in bytes. Rows of the files read here have some hundred; a longer one is a quotation
// mark that nobody closed.
inline constexpr size_t kLongestCsvRow = 65'536;

struct CsvRow {
  int64_t line = 0;  // 1 is the first line of the file; a row may span several
  std::vector<std::string> fields;
};

// Calls `row` for each row in order, and `bad` with line and reason for each that cannot be read.
// Fields are valid UTF-8 without NUL; blanks around them are gone. Empty lines are no rows. A byte
// order mark at the start is skipped.
void ReadCsv(std::string_view text, absl::FunctionRef<void(CsvRow)> row,
             absl::FunctionRef<void(int64_t line, std::string reason)> bad);

// Whether the bytes are well-formed UTF-8 (no surrogates, nothing over U+10FFFF, shortest forms
// only).
bool IsValidUtf8(std::string_view text);

}  // namespace tocsin
