#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/wire/warning_kind.h"
#include "tocsinctl/centre_words.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/filter.h"
#include "tocsinctl/links.h"
#include "tocsinctl/live/live.h"
#include "tocsinctl/live/screen.h"
#include "tocsinctl/output.h"
#include "tocsinctl/overdue.h"
#include "tocsinctl/positions.h"
#include "tocsinctl/seen.h"
#include "tocsinctl/texts.h"
#include "tocsinctl/watch_client.h"

namespace tocsin::ctl {
namespace {

struct WatchArguments {
  FilterArguments filter;
  std::string cursor_file, record, until_evaluated, session;
  int32_t credit = 64;
  bool brief = false, plain = false;

  // Whether it is for an officer at a terminal: what resumes or records is for programs.
  bool live() const {
    return !plain && !brief && cursor_file.empty() && record.empty() && until_evaluated.empty();
  }
};

// `show` has the rest.
constexpr size_t kMostEvidence = 8;

class Watch {
 public:
  Watch(Session& session, const WatchArguments& arguments)
      : session_(session), arguments_(arguments) {}

  int Run() {
    const absl::StatusOr<std::string> mission = session_.Mission();
    if (!mission.ok()) {
      return FailUsage(mission.status());
    }
    const absl::StatusOr<const Context*> context = session_.context();
    absl::StatusOr<std::unique_ptr<Texts>> texts = Texts::Load(**context, *mission);
    if (!texts.ok() && !session_.json()) {
      return FailUsage(texts.status());
    }
    texts_ = texts.ok() ? *std::move(texts) : nullptr;
    keyed_partitions_ = (*context)->topics.keyed_partitions;
    const auto channel = session_.Channel(*mission, "gateway",
                                          {"watch-officer", "watch-desk", "chief-joc", "liaison"});
    if (!channel.ok()) {
      return FailUsage(channel.status());
    }
    WatchOptions options;
    options.filter = ToFilter(arguments_.filter);
    options.credit = arguments_.credit;
    options.session = arguments_.session;
    if (arguments_.live() && !session_.json() && Screen::IsThere()) {
      return RunLive(session_, *mission, *texts_, *channel, std::move(options),
                     IsOfTheWatch(**context, *mission));
    }
    if (const absl::Status status = ReadCursor(options); !status.ok()) {
      return FailUsage(status);
    }
    if (!arguments_.record.empty()) {
      record_.open(arguments_.record, std::ios::app);
      if (!record_) {
        return FailUsage(absl::InvalidArgumentError(StrCat("cannot write ", arguments_.record)));
      }
    }
    WatchEvents events;
    events.delivery = [this](const v1::Delivery& delivery) { return OnDelivery(delivery); };
    events.heartbeat = [this](const v1::Heartbeat& heartbeat) { return OnHeartbeat(heartbeat); };
    events.change = [this](const v1::LifecycleChange& change) { OnChange(change); };
    events.centre = [this](const v1::Centre& centre) { OnCentre(centre); };
    events.cursor = [this](const v1::Cursor& cursor) { KeepCursor(cursor); };
    events.link = [this](bool up, const std::string& reason) { OnLink(up, reason); };
    WatchClient client(session_, *channel, std::move(options), std::move(events));
    // Only a watch officer at a terminal can say that they have seen it.
    if (!session_.json() && IsOfTheWatch(**context, *mission) && isatty(STDIN_FILENO) == 1 &&
        isatty(STDOUT_FILENO) == 1) {
      seen_by_.emplace(STDIN_FILENO, [&client](const std::string& id, int32_t revision) {
        return client.Seen(id, revision);
      });
      std::cerr << "Enter says that you have seen what is shown.\n";
    }
    const absl::Status status = client.Run();
    seen_by_.reset();
    ShowDigest();
    if (!status.ok()) {
      return Fail(status);
    }
    return evaluated_ || arguments_.until_evaluated.empty() ? kOk : kInterrupted;
  }

 private:
  // As far as the context says what it calls with.
  bool IsOfTheWatch(const Context& context, const std::string& mission) const {
    static const std::set<std::string> kWatch = {"watch-officer", "watch-desk", "chief-joc"};
    const Globals& globals = session_.globals();
    if (!globals.certificate.empty()) return false;
    if (!globals.role.empty()) return kWatch.contains(globals.role);
    const auto& roles = context.missions.at(mission).roles;
    return std::any_of(kWatch.begin(), kWatch.end(),
                       [&](const std::string& role) { return roles.contains(role); });
  }

  absl::Status ReadCursor(WatchOptions& options) const {
    if (arguments_.cursor_file.empty()) {
      return absl::OkStatus();
    }
    const absl::StatusOr<std::string> text = ReadWholeFile(arguments_.cursor_file);
    if (!text.ok()) {
      return absl::IsNotFound(text.status()) ? absl::OkStatus() : text.status();
    }
    v1::Cursor cursor;
    if (!google::protobuf::util::JsonStringToMessage(*text, &cursor).ok()) {
      return absl::InvalidArgumentError(StrCat(arguments_.cursor_file, " holds no cursor"));
    }
    options.cursor = std::move(cursor);
    return absl::OkStatus();
  }

  void KeepCursor(const v1::Cursor& cursor) const {
    if (arguments_.cursor_file.empty()) {
      return;
    }
    // By rename: a crash leaves the old cursor or the new one.
    const std::string part = arguments_.cursor_file + ".part";
    std::ofstream file(part, std::ios::trunc);
    file << Dump(ToJson(cursor)) << "\n";
    file.close();
    if (!file || std::rename(part.c_str(), arguments_.cursor_file.c_str()) != 0) {
      std::cerr << "warning: cannot write " << arguments_.cursor_file << "\n";
    }
  }

  bool OnDelivery(const v1::Delivery& delivery) {
    const int64_t now = NowMicros();
    const v1::Warning& warning = delivery.view().warning();
    int32_t& seen = seen_[warning.id()];
    // A snapshot after a reconnect says again what stands; that is no second warning.
    if (delivery.snapshot() && warning.revision() <= seen) {
      return true;
    }
    const bool again = warning.revision() <= seen;
    seen = std::max(seen, warning.revision());
    if (record_.is_open() || session_.json()) {
      nlohmann::json line = ToJson(delivery);
      line["received_unix_us"] = now;
      const std::string text = Dump(line);
      if (record_.is_open()) {
        record_ << text << std::endl;
      }
      if (session_.json()) {
        std::cout << text << std::endl;
        return true;
      }
    }
    if (again) {
      return true;
    }
    if (!delivery.snapshot() && texts_->AddTo(digest_, delivery.view())) {
      in_digest_[warning.id()] = warning.revision();
      return true;  // until the next heartbeat: by then they have all come
    }
    for (const std::string& line : texts_->Lines(delivery.view(), kMostEvidence)) {
      std::cout << line << "\n";
      if (!Alerts(warning) || arguments_.brief) {
        break;
      }
    }
    std::cout << std::flush;
    if (seen_by_) seen_by_->Shown(warning.id(), warning.revision());
    return true;
  }

  void OnChange(const v1::LifecycleChange& change) {
    if (session_.json()) {
      std::cout << Dump({{"change", ToJson(change)}}) << std::endl;
      return;
    }
    std::cout << texts_->NameOf(change.number()) << ": " << texts_->Life(change.lifecycle())
              << std::endl;
  }

  void OnCentre(const v1::Centre& centre) {
    if (session_.json()) {
      std::cout << Dump({{"centre", ToJson(centre)}}) << std::endl;
      return;
    }
    std::vector<std::string> lines = WatchLines(centre);
    for (std::string& line : SilenceLines(centre)) lines.push_back(std::move(line));
    for (const std::string& line : lines) std::cout << "watch: " << line << "\n";
    std::cout << std::flush;
  }

  void ShowDigest() {
    if (digest_.empty()) {
      return;
    }
    for (const std::string& line : digest_.Take(texts_->catalogue())) {
      std::cout << line << "\n";
    }
    std::cout << std::flush;
    for (const auto& [id, revision] : std::exchange(in_digest_, {})) {
      if (seen_by_) seen_by_->Shown(id, revision);
    }
  }

  bool OnHeartbeat(const v1::Heartbeat& heartbeat) {
    ShowDigest();
    SayWhatIsWrong(heartbeat);
    if (arguments_.until_evaluated.empty()) {
      return true;
    }
    if (!wait_.has_value()) {
      const absl::StatusOr<std::string> text = ReadWholeFile(arguments_.until_evaluated);
      if (!text.ok()) {
        return true;  // the play that writes it has not ended yet
      }
      absl::StatusOr<Positions> positions = ParsePositions(*text);
      if (!positions.ok()) {
        std::cerr << "error: " << arguments_.until_evaluated << ": " << positions.status().message()
                  << "\n";
        return false;
      }
      wait_.emplace(*std::move(positions), keyed_partitions_);
    }
    const std::string missing = wait_->MissingIn(heartbeat);
    if (missing != missing_ && !missing.empty()) {
      std::cerr << "waiting: " << missing << "\n";
    }
    missing_ = missing;
    evaluated_ = missing.empty();
    return !evaluated_;
  }

  // To be read beside the warnings, by a person and in a program's log.
  void SayWhatIsWrong(const v1::Heartbeat& heartbeat) {
    const auto name_of = [this](int64_t number) {
      return texts_ == nullptr ? StrCat(number) : texts_->NameOf(number);
    };
    for (const std::string& line : changes_.Of(heartbeat, NowMicros(), name_of)) {
      std::cerr << line << "\n";
    }
    const std::vector<std::string> overdue = LinesOf(heartbeat.overdue(), name_of);
    if (overdue != overdue_) {
      for (const std::string& line : overdue) std::cerr << line << "\n";
      if (overdue.empty()) std::cerr << "no warning is overdue any more\n";
    }
    overdue_ = overdue;
  }

  void OnLink(bool up, const std::string& reason) {
    if (up && !lost_.empty()) {
      std::cerr << "the link is back\n";
    } else if (!up && lost_ != reason) {
      std::cerr << "the link is lost: " << reason << "; trying again\n";
    }
    lost_ = up ? "" : reason;
  }

  Session& session_;
  const WatchArguments& arguments_;
  std::unique_ptr<Texts> texts_;
  Digest digest_;
  std::map<std::string, int32_t> in_digest_;  // warning id to revision
  std::ofstream record_;
  std::optional<SeenByEnter> seen_by_;   // at a terminal
  std::map<std::string, int32_t> seen_;  // warning id to greatest revision handed over
  std::optional<EvaluationWait> wait_;
  int32_t keyed_partitions_ = 0;
  std::string missing_;
  bool evaluated_ = false;
  Changes changes_;
  std::vector<std::string> overdue_;  // as last said
  std::string lost_;                  // why the link is lost; empty while it stands
};

}  // namespace

void AddWatch(CLI::App& app, Run& run) {
  CLI::App* const command =
      app.add_subcommand("watch", "Shows each warning for a centre as it arises");
  const auto arguments = std::make_shared<WatchArguments>();
  AddFilter(*command, arguments->filter);
  command->add_option("--cursor-file", arguments->cursor_file,
                      "Resumes where this file says, and keeps it up to date");
  command->add_option("--record", arguments->record,
                      "Also appends each delivery to this file, one JSON a line");
  command->add_option(
      "--until-evaluated", arguments->until_evaluated,
      "Ends when everything up to the positions of play --positions has been evaluated "
      "and handed over; waits for the file");
  command->add_option("--credit", arguments->credit, "Warnings that may be on their way")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--session", arguments->session,
                      "Name of this watch: a newer one of the same certificate and name ends it");
  command->add_flag("--brief", arguments->brief, "The first line of each warning only");
  command->add_flag("--plain", arguments->plain,
                    "Lines, also at a terminal, instead of the live view with its keys");
  command->footer(
      "At a terminal: what stands, kept up to date, with keys for acknowledge, assign, comment "
      "and\n"
      "resolve; else, and with --plain, --brief, --json, --cursor-file, --record or "
      "--until-evaluated,\n"
      "lines. First what stands, then what arises. A link that is lost is made again (--retry, "
      "then exit\n"
      "status 3); nothing is lost or shown twice. With --json each line is a delivery with\n"
      "received_unix_us, or, as \"change\", what somebody of the centre did with one.\n\n"
      "  tocsinctl watch --mission unamid\n"
      "  tocsinctl watch --mission unamid --status exercise --severity severe --cursor-file "
      "c.json");
  command->callback([arguments, &run] {
    run = [arguments](Session& session) { return Watch(session, *arguments).Run(); };
  });
}

}  // namespace tocsin::ctl
