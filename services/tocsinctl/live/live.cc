#include "tocsinctl/live/live.h"

#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "lib/base/mutex.h"
#include "lib/base/text.h"
#include "tocsinctl/acknowledge_for.h"
#include "tocsinctl/commands/gateway.h"
#include "tocsinctl/live/board.h"
#include "tocsinctl/live/screen.h"
#include "tocsinctl/output.h"
#include "tocsinctl/report.h"

namespace tocsin::ctl {
namespace {

constexpr std::chrono::milliseconds kGlance{200};
constexpr char kKeys[] = "a acknowledge  s assign  c comment  r resolve  up/down choose  q quit";

// A question on the last line; the answer becomes an action on the warning that was chosen then, as
// it stood then.
struct Question {
  std::string words;
  std::string answer;
  std::string warning_id, name;
  int32_t expect = 0;
  int32_t revision = 0;
  // The request but for the warning; or why the answer is none.
  std::function<absl::StatusOr<v1::ActRequest>(const std::string& answer)> request;
};

class Live {
 public:
  Live(Session& session, const std::string& mission, const Texts& texts, bool officer)
      : session_(session), texts_(texts), officer_(officer), board_(texts, mission) {}

  int Run(const std::string& mission, const std::shared_ptr<grpc::Channel>& channel,
          WatchOptions options) {
    auto stub = Gateway(session_, mission);
    if (!stub.ok()) return FailUsage(stub.status());
    stub_ = *std::move(stub);
    // The watch ends with the person's session or when they quit.
    std::stop_source quit;
    const std::stop_callback on_signal(session_.stop(), [&quit] { quit.request_stop(); });
    Session watching(session_.globals(), quit.get_token());
    WatchClient client(watching, channel, std::move(options), Events());
    seen_ = [&client](const std::string& id, int32_t revision) {
      return client.Seen(id, revision);
    };
    std::optional<absl::Status> ended;
    {
      Screen screen;
      std::future<absl::Status> watch =
          std::async(std::launch::async, [&client] { return client.Run(); });
      while (!quit_ && watch.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        Show(screen);
        const KeyPress press = screen.Read(kGlance);
        if (officer_ && press.key != Key::kNone) SaySeen();
        Press(press, static_cast<int>(screen.height()) / 2);
      }
      quit.request_stop();
      ended = watch.get();
      if (acting_.valid()) acting_.wait();
    }
    return ended->ok() ? kOk : Fail(*ended);
  }

 private:
  WatchEvents Events() {
    WatchEvents events;
    events.delivery = [this](const v1::Delivery& delivery) {
      const MutexLock lock(mutex_);
      board_.Take(delivery, NowMicros());
      return true;
    };
    events.heartbeat = [this](const v1::Heartbeat& heartbeat) {
      const MutexLock lock(mutex_);
      board_.Take(heartbeat, NowMicros());
      return true;
    };
    events.change = [this](const v1::LifecycleChange& change) {
      const MutexLock lock(mutex_);
      board_.Take(change, NowMicros());
    };
    events.centre = [this](const v1::Centre& centre) {
      const MutexLock lock(mutex_);
      board_.Take(centre, NowMicros());
    };
    events.cursor = [](const v1::Cursor&) {};
    events.link = [this](bool up, const std::string& reason) {
      const MutexLock lock(mutex_);
      board_.TakeLink(up, reason, NowMicros());
    };
    return events;
  }

  void Show(Screen& screen) {
    const std::string last = question_ ? StrCat(question_->words, " ", question_->answer) : kKeys;
    std::vector<BoardLine> lines;
    bool bell = false;
    {
      const MutexLock lock(mutex_);
      lines = board_.Draw(screen.width(), screen.height() - 1, NowMicros());
      bell = board_.TakeBell();
    }
    screen.Draw(lines, last, question_.has_value());
    if (bell) screen.Bell();
  }

  // Somebody is at the keys while the chosen warning stands there with its evidence.
  void SaySeen() {
    std::string id;
    int32_t revision = 0;
    {
      const MutexLock lock(mutex_);
      const v1::WarningView* view = board_.chosen();
      if (view == nullptr) return;
      id = view->warning().id();
      revision = view->warning().revision();
    }
    int32_t& said = said_seen_[id];
    if (said < revision && seen_(id, revision)) said = revision;
  }

  void Press(const KeyPress& press, int page) {
    if (question_) return Answer(press);
    const MutexLock lock(mutex_);
    switch (press.key) {
      case Key::kUp:
        return board_.Move(-1);
      case Key::kDown:
        return board_.Move(1);
      case Key::kPageUp:
        return board_.Move(-page);
      case Key::kPageDown:
        return board_.Move(page);
      case Key::kText:
        return Command(press.text[0]);
      default:
        return;
    }
  }

  void Command(char letter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    switch (letter) {
      case 'q':
        quit_ = true;
        return;
      case 'k':
        return board_.Move(-1);
      case 'j':
        return board_.Move(1);
      case 'a':
        return Ask("acknowledge for how long (empty: until it is resolved)?", "30m",
                   [](const std::string& answer) -> absl::StatusOr<v1::ActRequest> {
                     auto detail = AcknowledgeFor("how long", answer);
                     if (!detail.ok()) return detail.status();
                     v1::ActRequest request;
                     *request.mutable_detail()->mutable_acknowledge() = *std::move(detail);
                     return request;
                   });
      case 's':
        return Ask("assign to whom (empty: nobody)?", "", [](const std::string& answer) {
          v1::ActRequest request;
          request.mutable_detail()->mutable_assign()->set_person(answer);
          return absl::StatusOr<v1::ActRequest>(std::move(request));
        });
      case 'c':
        return Ask("comment:", "", [](const std::string& answer) {
          v1::ActRequest request;
          request.mutable_detail()->mutable_remark();
          request.set_comment(answer);
          return absl::StatusOr<v1::ActRequest>(std::move(request));
        });
      case 'r':
        return Ask("resolve; what came of it?", "", [](const std::string& answer) {
          v1::ActRequest request;
          request.mutable_detail()->mutable_resolve();
          request.set_comment(answer);
          return absl::StatusOr<v1::ActRequest>(std::move(request));
        });
      default:
        return;
    }
  }

  void Ask(const std::string& words, const std::string& answer,
           std::function<absl::StatusOr<v1::ActRequest>(const std::string&)> request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const v1::WarningView* view = board_.chosen();
    if (view == nullptr) return;
    const std::string name = texts_.Name(*view);
    question_ = Question{StrCat(name, ": ", words),   answer,
                         view->warning().id(),        name,
                         view->lifecycle().actions(), view->warning().revision(),
                         std::move(request)};
  }

  void Answer(const KeyPress& press) {
    std::string& answer = question_->answer;
    switch (press.key) {
      case Key::kEscape:
        question_.reset();
        return;
      case Key::kBackspace:
        while (!answer.empty() && (static_cast<unsigned char>(answer.back()) & 0xC0U) == 0x80U) {
          answer.pop_back();  // the rest of a character
        }
        if (!answer.empty()) answer.pop_back();
        return;
      case Key::kText:
        answer += press.text;
        return;
      case Key::kEnter:
        Do(*std::exchange(question_, std::nullopt));
        return;
      default:
        return;
    }
  }

  void Do(const Question& question) {
    absl::StatusOr<v1::ActRequest> request = question.request(question.answer);
    if (!request.ok()) return Say(question.name, request.status());
    if (acting_.valid() && acting_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      return Say(question.name, absl::UnavailableError("the action before is still on its way"));
    }
    request->set_warning_id(question.warning_id);
    request->set_expect(question.expect);
    request->set_revision(question.revision);
    request->set_action_id(StrCat("live-", RandomHex()));
    acting_ = std::async(std::launch::async, [this, name = question.name, request = *request] {
      v1::ActResponse response;
      const absl::Status status = session_.Call(
          [&](grpc::ClientContext& call) { return stub_->Act(&call, request, &response); });
      // What was done comes by the watch, as to every colleague.
      if (!status.ok()) return Say(name, status);
      if (response.changed()) return;
      const MutexLock lock(mutex_);
      board_.Say(StrCat(name, ": as it was: ", texts_.Life(response.lifecycle())), NowMicros());
    });
  }

  void Say(const std::string& name, const absl::Status& status) {
    const MutexLock lock(mutex_);
    board_.Say(StrCat(name, ": NOT DONE: ", std::string(status.message())), NowMicros());
  }

  Session& session_;
  const Texts& texts_;
  const bool officer_;
  std::unique_ptr<v1::GatewayService::Stub> stub_;
  Mutex mutex_;
  Board board_ ABSL_GUARDED_BY(mutex_);
  // Of the thread that draws.
  std::optional<Question> question_;
  bool quit_ = false;
  std::function<bool(const std::string& id, int32_t revision)> seen_;
  std::map<std::string, int32_t> said_seen_;  // greatest revision, by warning
  std::future<void> acting_;                  // the action under way
};

}  // namespace

int RunLive(Session& session, const std::string& mission, const Texts& texts,
            const std::shared_ptr<grpc::Channel>& channel, WatchOptions options, bool officer) {
  return Live(session, mission, texts, officer).Run(mission, channel, std::move(options));
}

}  // namespace tocsin::ctl
