#include "lib/importing/csv.h"

#include <optional>
#include <utility>

#include <csv.h>

#include "lib/base/text.h"

namespace tocsin {
namespace {

// One run of the parser, from a row's start to its end or its failure.
class RowParser {
 public:
  RowParser() { csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI); }
  ~RowParser() { csv_free(&parser_); }
  RowParser(const RowParser&) = delete;
  RowParser& operator=(const RowParser&) = delete;

  // False once the parser refuses the text.
  bool Feed(std::string_view piece) {
    return csv_parse(&parser_, piece.data(), piece.size(), &OnField, &OnRow, this) == piece.size();
  }
  bool Finish() { return csv_fini(&parser_, &OnField, &OnRow, this) == 0; }

  std::vector<std::string> fields;
  bool ended = false;

 private:
  static void OnField(void* text, size_t size, void* self) {
    static_cast<RowParser*>(self)->fields.emplace_back(static_cast<const char*>(text), size);
  }
  static void OnRow(int, void* self) { static_cast<RowParser*>(self)->ended = true; }

  csv_parser parser_{};
};

// The text up to and with the next line end: LF, CR LF or CR.
std::string_view NextLine(std::string_view text) {
  const size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) {
    return text;
  }
  const bool both = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
  return text.substr(0, end + (both ? 2 : 1));
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::optional<std::string> ProblemOf(const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].find('\0') != std::string::npos) {
      return StrCat("field ", i + 1, " contains a NUL byte");
    }
    if (!IsValidUtf8(fields[i])) {
      return StrCat("field ", i + 1, " is not valid UTF-8");
    }
  }
  return std::nullopt;
}

}  // namespace

void ReadCsv(std::string_view text, absl::FunctionRef<void(CsvRow)> row,
             absl::FunctionRef<void(int64_t line, std::string reason)> bad) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    text.remove_prefix(3);
  }
  int64_t line = 1;
  while (!text.empty()) {
    const std::string_view first = NextLine(text);
    if (IsBlank(first)) {
      text.remove_prefix(first.size());
      ++line;
      continue;
    }
    RowParser parser;
    std::string reason;
    size_t used = 0;
    int64_t lines = 0;
    while (!parser.ended && reason.empty()) {
      const std::string_view piece = NextLine(text.substr(used));
      if (used + piece.size() > kLongestCsvRow) {
        reason = StrCat("the row is longer than ", kLongestCsvRow,
                        " bytes, or a quotation mark is not closed");
      } else if (piece.empty()) {
        if (!parser.Finish()) {
          reason = "a quotation mark is not closed before the end of the file";
        }
        parser.ended = true;
      } else if (!parser.Feed(piece)) {
        reason = "a quotation mark stands inside a field that does not begin with one";
      }
      used += piece.size();
      ++lines;
    }
    if (reason.empty()) {
      reason = ProblemOf(parser.fields).value_or("");
    }
    if (!reason.empty()) {
      bad(line, std::move(reason));
      text.remove_prefix(first.size());
      ++line;
      continue;
    }
    row(CsvRow{line, std::move(parser.fields)});
    text.remove_prefix(used);
    line += lines;
  }
}

bool IsValidUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    size_t extra = 0;
    uint32_t code = lead;
    uint32_t least = 0;
    if (lead >= 0xF0 && lead < 0xF8) {
      extra = 3, code = lead & 0x07U, least = 0x10000;
    } else if (lead >= 0xE0 && lead < 0xF0) {
      extra = 2, code = lead & 0x0FU, least = 0x800;
    } else if (lead >= 0xC0 && lead < 0xE0) {
      extra = 1, code = lead & 0x1FU, least = 0x80;
    } else if (lead >= 0x80) {
      return false;
    }
    if (extra >= text.size() - i) {
      return false;
    }
    for (size_t k = 1; k <= extra; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80) {
        return false;
      }
      code = (code << 6U) | (next & 0x3FU);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
      return false;
    }
    i += extra + 1;
  }
  return true;
}

}  // namespace tocsin
