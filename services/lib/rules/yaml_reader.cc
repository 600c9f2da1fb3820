#include "lib/rules/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <sstream>
#include <utility>

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <yaml-cpp/eventhandler.h>

#include "lib/base/text.h"
#include "lib/domain/utf8.h"
#include "lib/rules/durations.h"

namespace tocsin {
namespace {

// yaml-cpp marks a quoted scalar with the tag "!".
bool IsPlain(const YAML::Node& node) { return node.Tag() != "!"; }

// Messages quote what was written; a value may be as long as its document.
std::string Quoted(std::string_view text) {
  constexpr size_t kMostBytes = 400;
  if (text.size() <= kMostBytes) return std::string(text);
  size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return StrCat(text.substr(0, end), "…");
}

// Text, and none of the control characters that YAML forbids: of one of them, 0x04, the library
// takes what follows for not there.
bool CheckCharacters(Problems& problems, std::string_view text) {
  YAML::Mark mark;
  for (mark.line = 0; !text.empty(); ++mark.line) {
    const size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, length);
    text.remove_prefix(length);
    if (!IsUtf8(line)) {
      problems.Add(mark, "", "is not UTF-8 in this line", "save the file as UTF-8");
      return false;
    }
    for (mark.column = 0; mark.column < static_cast<int>(line.size()); ++mark.column) {
      const auto c = static_cast<unsigned char>(line[mark.column]);
      if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) {
        problems.Add(mark, "",
                     absl::StrFormat("has a control character, U+%04X", static_cast<unsigned>(c)),
                     "take it out");
        return false;
      }
    }
    mark.column = 0;
  }
  return true;
}

// Where the first anchor or alias of a document stands.
class AnchorFinder final : public YAML::EventHandler {
 public:
  AnchorFinder() : first_(YAML::Mark::null_mark()) {}
  const YAML::Mark& first() const { return first_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Note(mark, anchor != 0); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { Note(mark, true); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& /*value*/) override {
    Note(mark, anchor != 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Note(mark, anchor != 0);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Note(mark, anchor != 0);
  }
  void OnMapEnd() override {}

 private:
  void Note(const YAML::Mark& mark, bool used) {
    if (used && first_.is_null()) first_ = mark;
  }
  YAML::Mark first_;
};

}  // namespace

std::string Problem::Text() const {
  std::string text = document;
  if (line > 0) text += StrCat(":", line, ":", column);
  if (!key.empty()) text += StrCat(": ", key);
  text += StrCat(": ", reason);
  if (!fix.empty()) text += StrCat("; ", fix);
  return text;
}

void Problems::Add(const YAML::Node& at, std::string_view key, std::string_view reason,
                   std::string_view fix) {
  Add(at.IsDefined() ? at.Mark() : YAML::Mark::null_mark(), key, reason, fix);
}

void Problems::Add(std::string_view key, std::string_view reason, std::string_view fix) {
  Add(YAML::Mark::null_mark(), key, reason, fix);
}

void Problems::Add(const YAML::Mark& mark, std::string_view key, std::string_view reason,
                   std::string_view fix, bool doubt) {
  if (list_.size() > kMostProblems || IsClosed(key)) return;
  Problem problem{document_, 0, 0, Quoted(key), Quoted(reason), Quoted(fix), doubt};
  if (list_.size() == kMostProblems) {
    problem = {document_,
               0,
               0,
               "",
               StrCat("has more problems than these ", kMostProblems),
               "put these right first",
               false};
  } else if (!mark.is_null()) {
    problem.line = mark.line + 1;
    problem.column = mark.column + 1;
  }
  if (seen_.insert(problem).second) list_.push_back(std::move(problem));
}

void Problems::Close(std::string_view key) { closed_.emplace(key); }

bool Problems::IsClosed(std::string_view key) const {
  if (closed_.empty()) return false;
  if (closed_.contains(key)) return true;
  for (size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    if (closed_.contains(key.substr(0, dot))) return true;
  }
  return false;
}

absl::Status Problems::status() const {
  for (const Problem& problem : list_) {
    if (!problem.doubt) return absl::InvalidArgumentError(problem.Text());
  }
  return absl::OkStatus();
}

std::optional<YAML::Node> LoadYaml(Problems& problems, std::string_view text, size_t most_bytes) {
  if (text.size() > most_bytes) {
    problems.Add("", StrCat("is ", text.size(), " bytes long; at most ", most_bytes, " are read"));
    return std::nullopt;
  }
  if (!CheckCharacters(problems, text)) return std::nullopt;
  try {
    if (text.find_first_of("&*") != std::string_view::npos) {
      std::istringstream in{std::string(text)};
      YAML::Parser parser(in);
      AnchorFinder finder;
      while (parser.HandleNextDocument(finder)) {
      }
      if (!finder.first().is_null()) {
        problems.Add(finder.first(), "", "anchors (&) and aliases (*) are not read",
                     "write the value out where it is meant");
        return std::nullopt;
      }
    }
    const std::vector<YAML::Node> nodes = YAML::LoadAll(std::string(text));
    if (nodes.size() != 1 || !nodes[0].IsMap()) {
      problems.Add("", "must be one YAML document with a map at its top");
      return std::nullopt;
    }
    return nodes[0];
  } catch (const YAML::Exception& error) {
    problems.Add(error.mark, "", StrCat("is not YAML: ", error.msg));
  } catch (const std::exception& error) {
    problems.Add("", StrCat("is not YAML: ", error.what()));
  }
  return std::nullopt;
}

MapReader::MapReader(Problems& problems, const YAML::Node& node, std::string path)
    : problems_(problems), node_(node), path_(std::move(path)) {
  if (!node_.IsDefined() || !node_.IsMap()) {
    problems_.Add(node_, path_, "must be a map");
    problems_.Close(path_);
    node_ = YAML::Node(YAML::NodeType::Map);
    return;
  }
  std::map<std::string, std::string> folded;  // without case -> as first written
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) {
      problems_.Add(entry.first, path_, "a key must be plain text");
      continue;
    }
    const std::string& key = entry.first.Scalar();
    if (!index_.emplace(key, entries_.size()).second) {
      problems_.Add(entry.first, PathOf(key), "is there twice", "keep one of them");
      continue;
    }
    const auto [same, fresh] = folded.emplace(absl::AsciiStrToLower(key), key);
    if (!fresh) {
      problems_.Add(entry.first, PathOf(key),
                    StrCat("differs from '", same->second, "' only in case"), "keep one of them");
    }
    entries_.emplace_back(entry.first, entry.second);
  }
}

std::string MapReader::PathOf(std::string_view key) const {
  if (path_.empty()) return std::string(key);
  return key.empty() ? path_ : StrCat(path_, ".", key);
}

const YAML::Node* MapReader::Find(std::string_view key) const {
  const auto it = index_.find(key);
  return it == index_.end() ? nullptr : &entries_[it->second].second;
}

void MapReader::Bad(std::string_view key, std::string_view reason, std::string_view fix) {
  const YAML::Node* const value = Find(key);
  problems_.Add(value != nullptr ? *value : node_, PathOf(key), reason, fix);
}

void MapReader::BadItem(std::string_view key, std::string_view item, std::string_view reason,
                        std::string_view fix) {
  const YAML::Node* const value = Find(key);
  if (value != nullptr && value->IsSequence()) {
    for (const YAML::Node& node : *value) {
      if (node.IsScalar() && node.Scalar() == item) {
        return problems_.Add(node, PathOf(key), reason, fix);
      }
    }
  }
  Bad(key, reason, fix);
}

void MapReader::Doubt(std::string_view key, std::string_view reason, std::string_view fix) {
  const YAML::Node* const value = Find(key);
  const YAML::Node& at = value != nullptr ? *value : node_;
  problems_.Add(at.Mark(), PathOf(key), reason, fix, true);
}

void MapReader::Broken(std::string_view key, const YAML::Node& at, std::string_view reason) {
  const std::string path = PathOf(key);
  problems_.Add(at, path, reason);
  problems_.Close(path);
}

bool MapReader::Has(std::string_view key) {
  known_.emplace(key);
  return Find(key) != nullptr;
}

YAML::Node MapReader::Value(std::string_view key) {
  if (Has(key)) return *Find(key);
  Broken(key, node_, "is missing");
  return YAML::Node(YAML::NodeType::Undefined);
}

std::optional<std::string> MapReader::Scalar(std::string_view key, const YAML::Node& node) {
  if (!node.IsDefined()) return std::nullopt;
  if (!node.IsScalar() || node.Scalar().empty()) {
    Broken(key, node, "must be text that is not empty");
    return std::nullopt;
  }
  return node.Scalar();
}

std::string MapReader::Text(std::string_view key) {
  return Scalar(key, Value(key)).value_or(std::string());
}

int64_t MapReader::Integer(std::string_view key, int64_t least, int64_t most) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return 0;
  int64_t value = 0;
  bool good = node.IsScalar() && IsPlain(node);
  if (good) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    good = error == std::errc() && end == text.data() + text.size();
  }
  if (!good || value < least || value > most) {
    Broken(key, node, StrCat("must be a whole number from ", least, " to ", most));
    return 0;
  }
  return value;
}

double MapReader::Number(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return 0;
  double value = 0;
  bool good = node.IsScalar() && IsPlain(node);
  if (good) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    good = error == std::errc() && end == text.data() + text.size();
  }
  if (!good || !std::isfinite(value)) {
    Broken(key, node, "must be a finite number");
    return 0;
  }
  return value;
}

bool MapReader::Bool(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return false;
  const bool plain = node.IsScalar() && IsPlain(node);
  if (!plain || (node.Scalar() != "true" && node.Scalar() != "false")) {
    Bad(key, "must be true or false");
    return false;
  }
  return node.Scalar() == "true";
}

Duration MapReader::DurationAt(std::string_view key, bool zero_allowed) {
  const std::string text = Text(key);
  if (text.empty()) return Duration(0);
  const std::optional<Duration> value = DurationOf(text);
  if (!value || (*value == Duration(0) && !zero_allowed)) {
    Broken(key, *Find(key),
           StrCat("'", text, "' must be ", zero_allowed ? "" : "more than nothing, ",
                  "a whole number with ms, s, m, h or d, at most ten years"));
    return Duration(0);
  }
  return *value;
}

std::vector<std::string> MapReader::Texts(std::string_view key) {
  std::vector<std::string> texts;
  if (!Has(key)) return texts;
  const YAML::Node node = Value(key);
  if (!node.IsSequence()) {
    Broken(key, node, "must be a list");
    return texts;
  }
  std::set<std::string> seen;
  for (const YAML::Node& item : node) {
    std::optional<std::string> text = Scalar(key, item);
    if (!text) continue;
    if (!seen.insert(*text).second) {
      problems_.Add(item, PathOf(key), StrCat("'", *text, "' is there twice"));
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::vector<std::pair<std::string, YAML::Node>> MapReader::Entries(std::string_view key) {
  const YAML::Node node = Value(key);
  if (!node.IsDefined()) return {};
  return MapReader(problems_, node, PathOf(key)).Entries();
}

std::vector<std::pair<std::string, YAML::Node>> MapReader::Entries() {
  std::vector<std::pair<std::string, YAML::Node>> entries;
  for (const auto& [key, value] : entries_) {
    known_.insert(key.Scalar());
    entries.emplace_back(key.Scalar(), value);
  }
  return entries;
}

void MapReader::Done() {
  std::vector<std::string_view> missing;  // what is not there yet is what was meant
  for (const std::string& key : known_) {
    if (!index_.contains(key)) missing.push_back(key);
  }
  const std::vector<std::string_view> all(known_.begin(), known_.end());
  for (const auto& [node, value] : entries_) {
    const std::string& key = node.Scalar();
    if (known_.contains(key)) continue;
    problems_.Add(node, PathOf(key), "is not a known key",
                  FixOf(key, Nearest(key, missing).empty() ? all : missing));
  }
}

}  // namespace tocsin
