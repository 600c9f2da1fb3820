// What people do for their centre as a whole: silences, who has the watch, its hand-over.
#include <iostream>

#include <absl/strings/ascii.h>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "tocsinctl/centre_words.h"
#include "tocsinctl/commands/commands.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/history_line.h"
#include "tocsinctl/output.h"
#include "tocsinctl/report.h"
#include "tocsinctl/texts.h"
#include "tocsinctl/times.h"

namespace tocsin::ctl {
namespace {

struct CentreArguments {
  std::string comment, action_id;
  // Of one command or another.
  std::vector<std::string> rules, areas, warnings;
  std::string severity, lasts, end, countersign, person, to, sign, since;
  bool preview = false;
};
using Arguments = std::shared_ptr<CentreArguments>;

void PrintLines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::cout << line << "\n";
}

void PrintCentre(const v1::Centre& centre) {
  PrintLines(WatchLines(centre));
  PrintLines(SilenceLines(centre));
}

int ActFor(Session& session, const std::string& verb, const CentreArguments& arguments,
           const v1::CentreDetail& detail) {
  v1::ActForCentreRequest request;
  // Made once, so that trying again has no second effect.
  request.set_action_id(arguments.action_id.empty() ? StrCat(verb, "-", RandomHex())
                                                    : arguments.action_id);
  request.set_comment(arguments.comment);
  *request.mutable_detail() = detail;
  return Ask(session, &v1::GatewayService::Stub::ActForCentre, request,
             [](const v1::ActForCentreResponse& response) {
               if (!response.changed()) std::cout << "as it was\n";
               PrintCentre(response.centre());
             });
}

v1::SilenceFilter FilterOf(const CentreArguments& arguments) {
  v1::SilenceFilter filter;
  filter.mutable_warning_ids()->Add(arguments.warnings.begin(), arguments.warnings.end());
  filter.mutable_rule_ids()->Add(arguments.rules.begin(), arguments.rules.end());
  filter.mutable_areas()->Add(arguments.areas.begin(), arguments.areas.end());
  v1::Severity severity = v1::SEVERITY_UNSPECIFIED;
  if (!arguments.severity.empty() &&
      v1::Severity_Parse(StrCat("SEVERITY_", absl::AsciiStrToUpper(arguments.severity)),
                         &severity)) {
    filter.set_severity_max(severity);
  }
  return filter;
}

void PrintPreview(const Texts& texts, const v1::PreviewSilenceResponse& response) {
  std::cout << "It would keep quiet " << response.standing_count() << " that stand";
  if (response.extreme_count() > 0) {
    std::cout << " (" << response.extreme_count()
              << " of them Extreme: only once the chief of the JOC has countersigned)";
  }
  std::cout << ", and would have " << response.last_day_count() << " of the last 24 hours.\n";
  for (const v1::WarningView& view : response.standing()) {
    std::cout << texts.FirstLine(view) << "\n";
  }
  if (response.standing_size() < response.standing_count()) {
    std::cout << "... and " << response.standing_count() - response.standing_size() << " more\n";
  }
}

int Preview(Session& session, const CentreArguments& arguments) {
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) return FailUsage(texts.status());
  v1::PreviewSilenceRequest request;
  *request.mutable_filter() = FilterOf(arguments);
  return Ask(session, &v1::GatewayService::Stub::PreviewSilence, request,
             [&](const v1::PreviewSilenceResponse& response) { PrintPreview(**texts, response); });
}

int RunSilence(Session& session, const CentreArguments& arguments) {
  v1::CentreDetail detail;
  if (!arguments.end.empty()) {
    detail.mutable_end_silence()->set_silence_id(arguments.end);
    return ActFor(session, "end-silence", arguments, detail);
  }
  if (!arguments.countersign.empty()) {
    detail.mutable_countersign()->set_silence_id(arguments.countersign);
    return ActFor(session, "countersign", arguments, detail);
  }
  if (arguments.preview) return Preview(session, arguments);
  const absl::StatusOr<int64_t> lasts = SecondsIn("--for", arguments.lasts);
  if (!lasts.ok()) return FailUsage(lasts.status());
  *detail.mutable_silence()->mutable_filter() = FilterOf(arguments);
  detail.mutable_silence()->set_lasts_s(*lasts);
  return ActFor(session, "silence", arguments, detail);
}

int RunWho(Session& session) {
  return Ask(session, &v1::GatewayService::Stub::ReadCentre, v1::ReadCentreRequest(),
             [](const v1::ReadCentreResponse& response) { PrintCentre(response.centre()); });
}

void PrintShift(const Texts& texts, const v1::ShiftResponse& response) {
  PrintCentre(response.centre());
  std::cout << response.standing() << " stand, " << response.waiting() << " wait for somebody\n"
            << "since " << Zulu(response.since_us()) << ":\n";
  if (response.left_out() > 0) std::cout << "  (" << response.left_out() << " earlier)\n";
  if (response.entries().empty()) std::cout << "  nothing\n";
  for (const v1::ShiftEntry& entry : response.entries()) {
    std::cout << "  " << HistoryLine(texts, entry.entry(), entry.number()) << "\n";
  }
}

int ShowShift(Session& session, const CentreArguments& arguments) {
  const absl::StatusOr<std::unique_ptr<Texts>> texts = TextsOf(session);
  if (!texts.ok()) return FailUsage(texts.status());
  v1::ShiftRequest request;
  if (!arguments.since.empty()) {
    const absl::StatusOr<int64_t> since = TimeIn("--since", arguments.since);
    if (!since.ok()) return FailUsage(since.status());
    request.set_since_us(*since);
  }
  return Ask(session, &v1::GatewayService::Stub::Shift, request,
             [&](const v1::ShiftResponse& response) { PrintShift(**texts, response); });
}

int RunHandOver(Session& session, const CentreArguments& arguments) {
  v1::CentreDetail detail;
  if (!arguments.to.empty()) {
    detail.mutable_hand_over()->set_to(arguments.to);
    return ActFor(session, "hand-over", arguments, detail);
  }
  if (!arguments.sign.empty()) {
    detail.mutable_sign_hand_over()->set_offer_id(arguments.sign);
    return ActFor(session, "sign", arguments, detail);
  }
  return ShowShift(session, arguments);
}

// A command that runs `what` with the arguments.
CLI::App* AddCommand(CLI::App& app, Run& run, const std::string& verb, const std::string& words,
                     const Arguments& arguments,
                     const std::function<int(Session&, const CentreArguments&)>& what) {
  CLI::App* const command = app.add_subcommand(verb, words);
  command->add_option("--action-id", arguments->action_id,
                      "Your own id for this action; the same id has no second effect");
  command->callback([arguments, what, &run] {
    run = [arguments, what](Session& session) { return what(session, *arguments); };
  });
  return command;
}

}  // namespace

void AddCentre(CLI::App& app, Run& run) {
  const auto fresh = [] { return std::make_shared<CentreArguments>(); };
  Arguments arguments = fresh();
  CLI::App* command =
      AddCommand(app, run, "silence", "Lets warnings come quietly at your centre for a while",
                 arguments, RunSilence);
  command->add_option("--rule", arguments->rules, "Warnings of this rule, and its missions' forms");
  command->add_option("--area", arguments->areas, "Warnings about this area");
  command->add_option("--warning", arguments->warnings, "This warning, by its id");
  command
      ->add_option("--severity", arguments->severity,
                   "Of this severity or less (severe); extreme needs the chief's countersign")
      ->check(CLI::IsMember({"minor", "moderate", "severe", "extreme"}));
  command->add_option("--for", arguments->lasts, "How long, as 30m or 2h; at most 7 days");
  command->add_option("--comment", arguments->comment, "Why");
  command->add_flag("--preview", arguments->preview, "Sets nothing: says what it would hide");
  command->add_option("--end", arguments->end, "Ends this silence");
  command->add_option("--countersign", arguments->countersign,
                      "Of the chief of the JOC: this silence holds for Extreme warnings, too");
  command->footer(
      "What is kept quiet is delivered, listed and counted as ever; no bell rings and nobody is\n"
      "sent for until it ends. `tocsinctl who` lists the silences that hold.\n\n"
      "  tocsinctl silence --mission unamid --rule attacks-near-border --area darfur --preview\n"
      "  tocsinctl silence --mission unamid --rule attacks-near-border --area darfur --for 2h \\\n"
      "    --comment 'known clashes, patrol on site'\n"
      "  tocsinctl silence --mission unamid --end silence-0f3a");

  arguments = fresh();
  command = AddCommand(app, run, "log-on", "Takes up the watch at your desk", arguments,
                       [](Session& session, const CentreArguments& given) {
                         v1::CentreDetail detail;
                         detail.mutable_log_on()->set_person(given.person);
                         return ActFor(session, "log-on", given, detail);
                       });
  command->add_option("person", arguments->person,
                      "Who you are; not needed with a certificate of your own");
  command->footer("  tocsinctl log-on --mission unamid --as watch-desk officer-2");

  arguments = fresh();
  command = AddCommand(app, run, "log-off", "Leaves the watch at your desk", arguments,
                       [](Session& session, const CentreArguments& given) {
                         v1::CentreDetail detail;
                         detail.mutable_log_off();
                         return ActFor(session, "log-off", given, detail);
                       });
  command->footer("  tocsinctl log-off --mission unamid --as watch-desk");

  CLI::App* const who = app.add_subcommand("who", "Who has the watch, and what is silenced");
  who->footer("  tocsinctl who --mission unamid");
  who->callback([&run] { run = RunWho; });

  arguments = fresh();
  command = AddCommand(app, run, "handover", "Hands the watch over, or shows what there is to know",
                       arguments, RunHandOver);
  CLI::Option* const to =
      command->add_option("--to", arguments->to, "Offers it to this person; --comment is the note");
  command->add_option("--comment", arguments->comment, "The note that both sign");
  CLI::Option* const sign = command->add_option(
      "--sign", arguments->sign, "Takes over: the id of the offer, as `who` shows it");
  sign->excludes(to);
  command->add_option("--since", arguments->since,
                      "What changed since then, as 2009-03-04T06:00:00Z; else since the last one");
  command->footer(
      "  tocsinctl handover --mission unamid\n"
      "  tocsinctl handover --mission unamid --to officer-2 --comment 'column: patrol at 06Z'\n"
      "  tocsinctl handover --mission unamid --sign hand-over-51c2");
}

}  // namespace tocsin::ctl
