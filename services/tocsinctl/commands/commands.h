// The subcommands. Each Add registers one with its options; what it does runs when the parser has
// found it, and its result is the exit status.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "tocsinctl/session.h"

namespace tocsin::ctl {

// Set by the subcommand that was given.
using Run = std::function<int(Session& session)>;

void AddFile(CLI::App& app, Run& run);
void AddRaise(CLI::App& app, Run& run);
void AddCorrect(CLI::App& app, Run& run);
void AddWithdraw(CLI::App& app, Run& run);
void AddRegrade(CLI::App& app, Run& run);
void AddTriage(CLI::App& app, Run& run);
void AddImport(CLI::App& app, Run& run);
void AddPlay(CLI::App& app, Run& run);
void AddWatch(CLI::App& app, Run& run);
void AddList(CLI::App& app, Run& run);
void AddShow(CLI::App& app, Run& run);
void AddActs(CLI::App& app, Run& run);    // ack, assign, comment, escalate, resolve, ...
void AddCentre(CLI::App& app, Run& run);  // silence, log-on, log-off, who, handover
void AddHistory(CLI::App& app, Run& run);
void AddLedger(CLI::App& app, Run& run);
void AddTopics(CLI::App& app, Run& run);
void AddStatus(CLI::App& app, Run& run);
void AddBacktest(CLI::App& app, Run& run);
void AddRules(CLI::App& app, Run& run);
void AddRulesFiles(CLI::App& app, Run& run);    // after AddRules
void AddRulesPublish(CLI::App& app, Run& run);  // after AddRules

}  // namespace tocsin::ctl
