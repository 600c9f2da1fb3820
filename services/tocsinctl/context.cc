#include "tocsinctl/context.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/service/yaml_json.h"

namespace tocsin::ctl {
namespace {

using nlohmann::json;

// Walks the file as JSON and collects what is wrong with it.
class Walker {
 public:
  explicit Walker(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Calls `each(key, value)` for the members of an object; anything else but null is a problem.
  template <class Each>
  void Members(const json& value, const std::string& path, Each each) {
    if (value.is_null()) {
      return;
    }
    if (!value.is_object()) {
      Problem(path, "is not a mapping");
      return;
    }
    for (const auto& [key, member] : value.items()) {
      each(key, member, path.empty() ? key : StrCat(path, ".", key));
    }
  }

  std::string Text(const json& value, const std::string& path) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
      return value.get<std::string>();
    }
    Problem(path, "is not a text");
    return "";
  }

  std::string Path(const json& value, const std::string& path) {
    const std::filesystem::path file = Text(value, path);
    return file.empty() || file.is_absolute() ? file.string() : (folder_ / file).string();
  }

  int64_t Number(const json& value, const std::string& path, int64_t greatest) {
    if (value.is_number_integer() && value.get<int64_t>() >= 1 &&
        value.get<int64_t>() <= greatest) {
      return value.get<int64_t>();
    }
    Problem(path, StrCat("is not a whole number from 1 to ", greatest));
    return 1;
  }

  void Problem(const std::string& path, const std::string& what) {
    if (problem_.empty()) {
      problem_ = StrCat(path, " ", what);
    }
  }
  void Unknown(const std::string& path) { Problem(path, "is no key that is known here"); }
  const std::string& problem() const { return problem_; }

 private:
  std::filesystem::path folder_;
  std::string problem_;
};

TlsFiles ReadTls(Walker& walker, const json& value, const std::string& path) {
  TlsFiles files;
  walker.Members(value, path,
                 [&](const std::string& key, const json& member, const std::string& at) {
                   if (key == "ca") {
                     files.ca = walker.Path(member, at);
                   } else if (key == "certificate") {
                     files.certificate = walker.Path(member, at);
                   } else if (key == "key") {
                     files.key = walker.Path(member, at);
                   } else {
                     walker.Unknown(at);
                   }
                 });
  if (files.ca.empty() || files.certificate.empty() || files.key.empty()) {
    walker.Problem(path, "needs ca, certificate and key");
  }
  return files;
}

MissionContext ReadMission(Walker& walker, const json& value, const std::string& path) {
  MissionContext mission;
  walker.Members(
      value, path, [&](const std::string& key, const json& member, const std::string& at) {
        if (key == "sitrep_ingest" || key == "sensor_ingest" || key == "gateway") {
          mission.endpoints[key] = walker.Text(member, at);
        } else if (key == "ops") {
          walker.Members(member, at,
                         [&](const std::string& name, const json& target, const std::string& p) {
                           mission.ops[name] = walker.Text(target, p);
                         });
        } else if (key == "roles") {
          walker.Members(member, at,
                         [&](const std::string& role, const json& files, const std::string& p) {
                           mission.roles[role] = ReadTls(walker, files, p);
                         });
        } else {
          walker.Unknown(at);
        }
      });
  return mission;
}

void ReadKafka(Walker& walker, const json& value, KafkaConfig& kafka) {
  walker.Members(
      value, "kafka", [&](const std::string& key, const json& member, const std::string& at) {
        if (key == "bootstrap_servers") {
          kafka.bootstrap_servers = walker.Text(member, at);
        } else if (key == "properties") {
          walker.Members(member, at,
                         [&](const std::string& name, const json& text, const std::string& p) {
                           kafka.properties[name] = walker.Text(text, p);
                         });
        } else {
          walker.Unknown(at);
        }
      });
}

void ReadTopics(Walker& walker, const json& value, TopicSetOptions& topics) {
  walker.Members(
      value, "topics", [&](const std::string& key, const json& member, const std::string& at) {
        if (key == "replicas") {
          topics.replicas = static_cast<int16_t>(walker.Number(member, at, 9));
          return;
        }
        int32_t* const target = key == "mission_partitions"    ? &topics.mission_partitions
                                : key == "keyed_partitions"    ? &topics.keyed_partitions
                                : key == "warnings_partitions" ? &topics.warnings_partitions
                                : key == "router_tasks"        ? &topics.router_tasks
                                : key == "min_insync_replicas" ? &topics.min_insync_replicas
                                                               : nullptr;
        if (target == nullptr) {
          walker.Unknown(at);
        } else {
          *target = static_cast<int32_t>(walker.Number(member, at, 1024));
        }
      });
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(StrCat(path, " is a folder"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(StrCat("cannot open ", path));
  }
  std::stringstream text;
  text << file.rdbuf();
  if (file.bad()) {
    return absl::InvalidArgumentError(StrCat("cannot read ", path));
  }
  return std::move(text).str();
}

std::string DefaultContextPath() {
  if (const char* path = std::getenv("TOCSIN_CONTEXT"); path != nullptr && *path != '\0') {
    return path;
  }
  const char* home = std::getenv("TOCSIN_HOME");
  return StrCat(home != nullptr && *home != '\0' ? home : ".tocsin", "/local/tocsinctl.yaml");
}

absl::StatusOr<Context> LoadContext(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  absl::StatusOr<json> root = YamlToJson(text);
  if (!root.ok()) {
    return absl::InvalidArgumentError(StrCat(path, ": ", std::string(root.status().message())));
  }
  Context context;
  Walker walker(std::filesystem::absolute(path).parent_path());
  walker.Members(*root, "", [&](const std::string& key, const json& value, const std::string& at) {
    if (key == "missions") {
      walker.Members(value, at,
                     [&](const std::string& name, const json& member, const std::string& p) {
                       context.missions[name] = ReadMission(walker, member, p);
                       context.topics.missions.emplace_back(name);
                     });
    } else if (key == "ops") {
      walker.Members(value, at,
                     [&](const std::string& name, const json& target, const std::string& p) {
                       context.ops[name] = walker.Text(target, p);
                     });
    } else if (key == "kafka") {
      ReadKafka(walker, value, context.kafka);
    } else if (key == "topics") {
      ReadTopics(walker, value, context.topics);
    } else if (key == "rules_dir") {
      context.rules_dir = walker.Path(value, at);
    } else if (key == "catalogue") {
      context.catalogue = walker.Path(value, at);
    } else if (key == "places") {
      context.places = walker.Path(value, at);
    } else {
      walker.Unknown(at);
    }
  });
  if (!walker.problem().empty()) {
    return absl::InvalidArgumentError(StrCat(path, ": ", walker.problem()));
  }
  return context;
}

}  // namespace tocsin::ctl
