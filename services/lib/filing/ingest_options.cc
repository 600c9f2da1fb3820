#include "lib/filing/ingest_options.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "tocsin/v1/common.pb.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

// A required key takes what YAML makes of it: "mission: 7" is a text too.
std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class Reader {
 public:
  explicit Reader(const Json& options) : options_(options) {}

  std::string Text(const char* key) {
    std::string text = TextOf(options_.at(Json::json_pointer(key)));
    if (text.empty()) Problem(key, "is empty");
    return text;
  }
  Endpoint At(const std::string& key) {
    const int64_t port = options_.at(Json::json_pointer(key + "/port")).get<int64_t>();
    if (port < 0 || port > 65535) Problem(key + "/port", StrCat(port, " is no port"));
    return {Text((key + "/address").c_str()), static_cast<int>(port)};
  }
  int Int(const char* key, int least, int most) {
    const int64_t value = options_.at(Json::json_pointer(key)).get<int64_t>();
    if (value < least || value > most) {
      Problem(key, StrCat(value, " is outside ", least, "..", most));
    }
    return static_cast<int>(std::clamp<int64_t>(value, least, most));
  }
  void Problem(std::string key, const std::string& what) {
    if (!key.empty() && key[0] == '/') key.erase(0, 1);
    std::replace(key.begin(), key.end(), '/', '.');
    problems_.push_back(StrCat(key, ": ", what));
  }
  absl::Status status() const {
    return problems_.empty() ? absl::OkStatus()
                             : absl::InvalidArgumentError(absl::StrJoin(problems_, "\n"));
  }

 private:
  const Json& options_;
  std::vector<std::string> problems_;
};

std::string EnumWord(std::string word) {
  for (char& c : word) c = c == '-' || c == '+' ? '_' : absl::ascii_toupper(c);
  return word;
}

}  // namespace

Json IngestDefaults() {
  return {{"mission", nullptr},
          {"listen", {{"address", "127.0.0.1"}, {"port", 9443}}},
          {"ops", {{"address", "127.0.0.1"}, {"port", 9090}}},
          {"tls", {{"ca", nullptr}, {"certificate", nullptr}, {"key", nullptr}}},
          {"kafka", {{"bootstrap_servers", nullptr}, {"properties", Json::object()}}},
          {"state_dir", nullptr},
          {"rules_dir", nullptr},
          {"clock", "wall"},
          {"status", "actual"},
          {"exercise_id", ""},
          {"window", 256},
          {"stop_grace_s", 2},
          {"log_level", "info"}};
}

absl::StatusOr<IngestOptions> ParseIngestOptions(const Json& options) {
  Reader in(options);
  IngestOptions out;
  out.mission = MissionId(in.Text("/mission"));
  if (!IsEventId(out.mission.str()) ||
      out.mission.str().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") !=
          std::string::npos) {
    in.Problem("mission", StrCat(out.mission.str(), " is no id of a mission: [a-z0-9-]"));
  }
  out.listen = in.At("/listen");
  out.ops = in.At("/ops");
  out.tls = {in.Text("/tls/ca"), in.Text("/tls/certificate"), in.Text("/tls/key")};
  out.kafka.bootstrap_servers = in.Text("/kafka/bootstrap_servers");
  for (const auto& [name, value] : options.at("kafka").at("properties").items()) {
    out.kafka.properties[name] = TextOf(value);
  }
  out.state_dir = in.Text("/state_dir");
  out.rules_dir = in.Text("/rules_dir");
  if (const std::string clock = in.Text("/clock"); clock == "scenario") {
    out.clock = ClockKind::kScenario;
  } else if (clock != "wall") {
    in.Problem("clock", StrCat(clock, " is none of wall, scenario"));
  }
  v1::Status status = v1::STATUS_UNSPECIFIED;
  if (!v1::Status_Parse("STATUS_" + EnumWord(in.Text("/status")), &status) ||
      status == v1::STATUS_UNSPECIFIED) {
    in.Problem("status", "is none of actual, exercise, system, test, draft");
  }
  out.status = static_cast<Status>(status);
  out.exercise_id = TextOf(options.at("exercise_id"));
  if ((out.status == Status::kExercise) == out.exercise_id.empty()) {
    in.Problem("exercise_id", "is required with status exercise, and for nothing else");
  }
  out.window = in.Int("/window", 1, 10'000);
  out.stop_grace = std::chrono::seconds(in.Int("/stop_grace_s", 0, 600));
  const absl::StatusOr<LogLevel> level = ParseLogLevel(in.Text("/log_level"));
  if (level.ok()) {
    out.log_level = *level;
  } else {
    in.Problem("log_level", std::string(level.status().message()));
  }
  if (!in.status().ok()) return in.status();
  return out;
}

absl::StatusOr<Label> ParseFloor(const std::string& path, const Json& value) {
  Label label;
  if (!value.is_object()) return absl::InvalidArgumentError(StrCat(path, ": expected a map"));
  for (const auto& [key, word] : value.items()) {
    v1::Classification classification = v1::CLASSIFICATION_UNSPECIFIED;
    v1::Tlp tlp = v1::TLP_UNSPECIFIED;
    if (key == "classification" &&
        v1::Classification_Parse("CLASSIFICATION_" + EnumWord(TextOf(word)), &classification)) {
      label.classification = static_cast<Classification>(classification);
    } else if (key == "tlp" && v1::Tlp_Parse("TLP_" + EnumWord(TextOf(word)), &tlp)) {
      label.tlp = static_cast<Tlp>(tlp);
    } else {
      return absl::InvalidArgumentError(
          StrCat(path, ".", key, ": ", TextOf(word),
                 " is not understood; known are classification and tlp with their words"));
    }
  }
  return label;
}

}  // namespace tocsin
