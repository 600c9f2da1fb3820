#include "tests/integration/task_testing.h"

#include <csignal>
#include <iostream>
#include <random>

#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tocsin::testing {
namespace {

constexpr unsigned kSeed = 20260117;

}  // namespace

TaskSetup::TaskSetup(const std::string& stem, int input_count, bool with_journal)
    : id(Unique(stem)) {
  for (int i = 0; i < input_count; ++i) inputs.push_back(MakeTopic(stem + "-in"));
  output = MakeTopic(stem + "-out");
  dead_letters = MakeTopic(stem + "-dead");
  if (with_journal) journal = MakeTopic(stem + "-journal");
  state_folder = KafkaBroker::Get().Folder("state") + "/" + id;
}

TaskOptions TaskSetup::Options() const {
  TaskOptions options;
  options.name = options.group = options.transactional_id = id;
  options.kafka = KafkaBroker::Get().config();
  options.inputs = inputs;
  options.journal = journal;
  options.dead_letters = dead_letters;
  options.state_folder = state_folder;
  options.semantics = "toy";
  return options;
}

std::vector<std::string> Expected(const SourceId& input, const std::vector<std::string>& values) {
  ToyCore core(SourceId{"nowhere", 0});
  MemoryState state;
  TaskEffects effects;
  for (const std::string& value : values) {
    InputRecord record;
    record.source = input;
    record.value = value;
    EXPECT_TRUE(core.Step(record, state, effects).ok());
  }
  std::vector<std::string> outputs;
  for (const OutputRecord& record : effects.records) outputs.push_back(record.value);
  return outputs;
}

std::vector<std::string> Values(const std::vector<InputRecord>& records) {
  std::vector<std::string> values;
  values.reserve(records.size());
  for (const InputRecord& record : records) values.push_back(record.value);
  return values;
}

std::map<std::string, std::string> Content(const std::string& state_folder) {
  std::map<std::string, std::string> content;
  const auto store = Store::Open(state_folder);
  EXPECT_TRUE(store.ok()) << store.status();
  (*store)->Scan("", "", [&](std::string_view key, std::string_view value) {
    content.emplace(key, value);
    return true;
  });
  return content;
}

TaskThread::TaskThread(TaskOptions options, TaskCore& core) {
  options.report = [this](const TaskReport& report) {
    const std::lock_guard lock(mutex_);
    sum_.caught_up = report.caught_up;
    sum_.replaying = report.replaying;
    sum_.records_in += report.records_in;
    sum_.records_out += report.records_out;
    sum_.transactions += report.transactions;
    sum_.aborts += report.aborts;
    sum_.recoveries += report.recoveries;
    sum_.dead_letters += report.dead_letters;
    sum_.checkpoints += report.checkpoints;
    sum_.states_loaded += report.states_loaded;
    sum_.states_set_aside += report.states_set_aside;
    sum_.positions = report.positions;
    sum_.lag = report.lag;
    sum_.reread_left = report.reread_left;
    for (const auto& [name, count] : report.counts) sum_.counts[name] += count;
  };
  thread_ = std::jthread([this, options = std::move(options), &core](const std::stop_token& stop) {
    result_ = TaskRunner(options, core).Run(stop);
  });
}

TaskThread::~TaskThread() {
  if (thread_.joinable()) (void)Stop();
}

TaskReport TaskThread::Sum() const {
  const std::lock_guard lock(mutex_);
  return sum_;
}

absl::Status TaskThread::Wait() {
  thread_.join();
  return result_;
}

absl::Status TaskThread::Stop() {
  thread_.request_stop();
  return Wait();
}

absl::Status ReplayOnly(TaskOptions options, TaskCore& core) {
  std::stop_source stop;
  options.report = [&stop](const TaskReport& report) {
    if (!report.replaying) stop.request_stop();
  };
  return TaskRunner(options, core).Run(stop.get_token());
}

TaskProcess::TaskProcess(const TaskSetup& setup) {
  std::vector<std::string> arguments = {TOY_TASK,
                                        KafkaBroker::Get().bootstrap(),
                                        setup.state_folder,
                                        setup.id,
                                        setup.output.topic,
                                        setup.dead_letters.topic,
                                        setup.journal.has_value() ? setup.journal->topic : "-"};
  for (const SourceId& input : setup.inputs) arguments.push_back(input.topic);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe(ends), 0);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  lines_ = fdopen(ends[0], "r");
}

TaskProcess::~TaskProcess() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
  if (lines_ != nullptr) std::fclose(lines_);
}

std::string TaskProcess::Line() {
  char line[64];
  if (std::fgets(line, sizeof(line), lines_) == nullptr) return "";
  return std::string(absl::StripSuffix(line, "\n"));
}

void TaskProcess::Signal(int signal) const { kill(pid_, signal); }

int TaskProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

void KillAndFinish(const TaskSetup& setup, const std::vector<std::string>& values, int kills,
                   const std::function<bool()>& finished) {
  std::cout << "seed " << kSeed << "\n";
  std::mt19937 random(kSeed);
  size_t produced = 0;
  const auto produce = [&](size_t count) {
    const size_t end = std::min(values.size(), produced + count);
    const std::vector<std::string> slice(values.begin() + static_cast<std::ptrdiff_t>(produced),
                                         values.begin() + static_cast<std::ptrdiff_t>(end));
    for (const SourceId& input : setup.inputs) ProduceAll(input, slice);
    produced = end;
  };
  for (int i = 0; i < kills; ++i) {
    produce(values.size() / static_cast<size_t>(kills));
    TaskProcess process(setup);
    std::string line;
    do {
      line = process.Line();
    } while (!line.empty() && line != "commit");
    ASSERT_EQ(line, "commit") << "it ended by itself";
    const int wait = std::uniform_int_distribution<int>(0, 120)(random);
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    process.Signal(SIGKILL);
    const int status = process.Wait();
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
  }
  produce(values.size());
  TaskProcess process(setup);
  EXPECT_TRUE(Eventually(finished));
  process.Signal(SIGTERM);
  const int status = process.Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

void RunOverPoison(const TaskSetup& setup, size_t outputs) {
  int crashes = 0;
  // Each run may get a little further with the other inputs before it crashes again.
  while (crashes < 60) {
    TaskProcess process(setup);
    while (true) {
      const std::string line = process.Line();
      if (line.empty()) break;
      if (line == "commit" && ReadAll(setup.output).size() >= outputs) {
        process.Signal(SIGTERM);
        const int status = process.Wait();
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
        EXPECT_GE(crashes, 3) << "skipped before it was sure";
        return;
      }
    }
    const int status = process.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
    ++crashes;
  }
  FAIL() << "the poison was never passed";
}

}  // namespace tocsin::testing
