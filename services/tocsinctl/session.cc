#include "tocsinctl/session.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"

namespace tocsin::ctl {
namespace {

// How long a call waits for a service that did not answer before.
constexpr std::chrono::seconds kOnceMore{5};

}  // namespace

absl::StatusOr<const Context*> Session::context() {
  if (!context_.has_value()) {
    const std::string path =
        globals_.context_path.empty() ? DefaultContextPath() : globals_.context_path;
    absl::StatusOr<Context> loaded = LoadContext(path);
    if (absl::IsNotFound(loaded.status())) {
      return absl::InvalidArgumentError(
          StrCat("no context file ", path,
                 "; name one with --context or TOCSIN_CONTEXT (scripts/local up writes one)"));
    }
    TOCSIN_RETURN_IF_ERROR(loaded.status());
    context_ = *std::move(loaded);
    const char* variable = std::getenv("TOCSIN_LANGUAGE");
    const std::string language = !globals_.language.empty() ? globals_.language
                                 : variable != nullptr      ? variable
                                                            : "";
    if (!language.empty()) {
      // The languages of a catalogue lie side by side.
      std::filesystem::path catalogue(context_->catalogue);
      context_->catalogue = catalogue.replace_filename(language + ".yaml").string();
    }
  }
  return &*context_;
}

absl::StatusOr<std::string> Session::Mission() {
  TOCSIN_ASSIGN_OR_RETURN(const Context* context, this->context());
  std::string mission = globals_.mission;
  if (mission.empty()) {
    const char* variable = std::getenv("TOCSIN_MISSION");
    mission = variable != nullptr ? variable : "";
  }
  if (mission.empty() && context->missions.size() == 1) {
    mission = context->missions.begin()->first;
  }
  std::string known;
  for (const auto& [name, unused] : context->missions) {
    known += (known.empty() ? "" : ", ") + name;
  }
  if (mission.empty()) {
    return absl::InvalidArgumentError(
        StrCat("name a mission with --mission or TOCSIN_MISSION: ", known));
  }
  if (context->missions.count(mission) == 0) {
    return absl::InvalidArgumentError(
        StrCat("the context has no mission ", mission, "; it has: ", known));
  }
  return mission;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Channel(
    const std::string& mission, const std::string& service, const std::vector<std::string>& roles) {
  TOCSIN_ASSIGN_OR_RETURN(const Context* context, this->context());
  const auto found = context->missions.find(mission);
  if (found == context->missions.end()) {
    return absl::InvalidArgumentError(StrCat("the context has no mission ", mission));
  }
  const MissionContext& entry = found->second;
  std::string target = globals_.endpoint;
  if (target.empty()) {
    const auto endpoint = entry.endpoints.find(service);
    if (endpoint == entry.endpoints.end()) {
      return absl::InvalidArgumentError(StrCat("the context has no ", service, " for ", mission));
    }
    target = endpoint->second;
  }
  TlsFiles files;
  std::string wanted;
  for (const std::string& role :
       globals_.role.empty() ? roles : std::vector<std::string>{globals_.role}) {
    wanted += (wanted.empty() ? "" : " or ") + role;
    const auto it = entry.roles.find(role);
    if (it != entry.roles.end() && files.certificate.empty()) {
      files = it->second;
    }
  }
  files.ca = globals_.ca.empty() ? files.ca : globals_.ca;
  files.certificate = globals_.certificate.empty() ? files.certificate : globals_.certificate;
  files.key = globals_.key.empty() ? files.key : globals_.key;
  if (files.ca.empty() || files.certificate.empty() || files.key.empty()) {
    return absl::InvalidArgumentError(StrCat("the context has no certificate of role ", wanted,
                                             " for ", mission,
                                             "; add one or give --ca, --cert and --key"));
  }
  TOCSIN_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ChannelCredentials> credentials,
                          MakeChannelCredentials(files));
  return MakeChannel(target, std::move(credentials));
}

absl::Status Session::Call(const UnaryCall& call, std::chrono::seconds deadline) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(globals_.retry_s);
  std::chrono::milliseconds pause(100);
  grpc::Status unavailable;
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         (unavailable.ok() ? deadline : std::min(deadline, kOnceMore)));
    // From the second time on: a synchronous client's connections make progress only while a call
    // waits for them.
    context.set_wait_for_ready(!unavailable.ok());
    const grpc::Status status = call(context);
    const bool waited_in_vain =
        !unavailable.ok() && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE && !waited_in_vain) {
      return FromGrpc(status);
    }
    unavailable = waited_in_vain ? unavailable : status;
    if (std::chrono::steady_clock::now() + pause > give_up) {
      return FromGrpc(unavailable);
    }
    if (!Sleep(pause)) {
      return absl::CancelledError("interrupted");
    }
    pause = std::min(2 * pause, std::chrono::milliseconds(2000));
  }
}

bool Session::Sleep(std::chrono::milliseconds time) {
  SleepUnlessStopped(stop_, time);
  return !stop_.stop_requested();
}

int ExitOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kUnavailable;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kNotPermitted;
    case absl::StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kRefused;
  }
}

int Fail(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return ExitOf(status);
}

int FailUsage(const absl::Status& status) {
  std::cerr << "error: " << status.message() << "\n";
  return kUsage;
}

}  // namespace tocsin::ctl
