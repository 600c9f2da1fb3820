#include "watch_swarm.h"

#include <deque>
#include <thread>

#include "lib/base/text.h"
#include "lib/rpc/rpc.h"
#include "or_die.h"

namespace tocsin::bench {

void Arrivals::Add(int64_t number) {
  const auto now = Clock::now();
  const MutexLock lock(mutex_);
  all_.push_back({number, now});
}
std::vector<Arrivals::One> Arrivals::Take() {
  const MutexLock lock(mutex_);
  return std::exchange(all_, {});
}
size_t Arrivals::size() const {
  const MutexLock lock(mutex_);
  return all_.size();
}

// One stream. Holds itself until gRPC has let go of it.
class SwarmClient final : public grpc::ClientBidiReactor<v1::WatchRequest, v1::WatchResponse>,
                          public std::enable_shared_from_this<SwarmClient> {
 public:
  SwarmClient(Swarm& swarm, int index)
      : swarm_(swarm),
        index_(index),
        stub_(v1::GatewayService::NewStub(swarm.channels_[static_cast<size_t>(index)])) {}

  void Start() {
    self_ = shared_from_this();
    v1::WatchRequest request;
    v1::Subscribe& subscribe = *request.mutable_subscribe();
    subscribe.set_session(StrCat("s", index_ % swarm_.options_.sessions_of_one));
    subscribe.mutable_filter()->add_statuses(v1::STATUS_EXERCISE);
    subscribe.mutable_filter()->set_exercise_id(swarm_.options_.exercise);
    const v1::Cursor& cursor = swarm_.cursors_[static_cast<size_t>(index_)];
    if (!cursor.epoch().empty()) *subscribe.mutable_cursor() = cursor;
    stub_->async()->Watch(&context_, this);
    const MutexLock lock(mutex_);
    Say(request);
    request.set_credit(64);
    Say(request);
    StartRead(&response_);
    StartCall();
  }
  void Cancel() { context_.TryCancel(); }
  void Stall() { stalled_ = true; }
  bool ended() {
    const MutexLock lock(mutex_);
    return ended_;
  }
  bool counted() {
    const MutexLock lock(mutex_);
    return counted_;
  }
  void AwaitEnd() {
    const MutexLock lock(mutex_);
    ended_changed_.Wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_; });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const MutexLock lock(mutex_);
    Handle();
    if (!stalled_) StartRead(&response_);
  }
  void OnWriteDone(bool ok) override {
    const MutexLock lock(mutex_);
    queue_.pop_front();
    if (ok && !queue_.empty()) StartWrite(&queue_.front());
  }
  void OnDone(const grpc::Status& status) override {
    if (status.error_code() != grpc::StatusCode::CANCELLED) {
      if (swarm_.lost_++ == 0) {
        std::fprintf(stderr, "a watch ended: %s\n", status.error_message().c_str());
      }
    }
    const auto self = std::move(self_);
    const MutexLock lock(mutex_);
    ended_ = true;
    ended_changed_.NotifyAll();
  }

 private:
  void Say(const v1::WatchRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    queue_.push_back(request);
    if (queue_.size() == 1) StartWrite(&queue_.front());
  }
  void Adopt(const v1::Cursor& cursor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    swarm_.cursors_[static_cast<size_t>(index_)] = cursor;
  }
  void Handle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::WatchRequest answer;
    switch (response_.message_case()) {
      case v1::WatchResponse::kDelivery: {
        const int64_t number = response_.delivery().view().warning().number();
        swarm_.arrivals.Add(number);
        got_ = std::max(got_, number);
        Adopt(response_.delivery().cursor());
        *answer.mutable_acknowledged() = response_.delivery().cursor();
        Say(answer);
        answer.set_received(response_.sequence());
        Say(answer);
        answer.set_credit(1);
        Say(answer);
        break;
      }
      case v1::WatchResponse::kSnapshotEnd:
        Adopt(response_.snapshot_end());
        caught_up_ = true;
        break;
      case v1::WatchResponse::kHeartbeat:
        answer.set_heartbeat_echo(response_.heartbeat().number());
        Say(answer);
        caught_up_ = caught_up_ || response_.heartbeat().waiting() == 0;
        break;
      default:
        break;
    }
    if (!counted_ && caught_up_ && got_ >= swarm_.awaited_) {
      counted_ = true;
      ++swarm_.connected_;
    }
  }

  Swarm& swarm_;
  const int index_;
  const std::unique_ptr<v1::GatewayService::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchResponse response_;
  std::atomic<bool> stalled_ = false;
  Mutex mutex_;
  Condition ended_changed_;
  std::deque<v1::WatchRequest> queue_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool caught_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool counted_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t got_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<SwarmClient> self_;
};

Swarm::Swarm(Options options) : options_(std::move(options)) {
  cursors_.resize(static_cast<size_t>(options_.clients));
}

Swarm::~Swarm() { Disconnect(); }

void Swarm::Connect(int64_t number) {
  connected_ = 0;
  awaited_ = number;
  // A channel of its own for each: a connection and a handshake.
  for (int n = 0; n < options_.clients; ++n) {
    const std::string stem = StrCat(options_.pki, "/", options_.mission, ".watch-officer.w",
                                    n / options_.sessions_of_one);
    channels_.push_back(MakeChannel(
        options_.target,
        OrDie(MakeChannelCredentials({options_.pki + "/ca.crt", stem + ".crt", stem + ".key"}))));
  }
  began_ = Clock::now();
  for (int n = 0; n < options_.clients; ++n) {
    clients_.push_back(std::make_shared<SwarmClient>(*this, n));
    clients_.back()->Start();
  }
}

std::optional<double> Swarm::AwaitAll(std::chrono::seconds patience) {
  while (connected_ < options_.clients) {
    if (Clock::now() - began_ > patience) return std::nullopt;
    ReplaceLost();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

// Whoever is given up comes back where it was, as clients do.
void Swarm::ReplaceLost() {
  for (int n = 0; n < options_.clients; ++n) {
    std::shared_ptr<SwarmClient>& client = clients_[static_cast<size_t>(n)];
    if (!client->ended()) continue;
    if (client->counted()) --connected_;
    client = std::make_shared<SwarmClient>(*this, n);
    client->Start();
  }
}

void Swarm::Disconnect() {
  for (const auto& client : clients_) client->Cancel();
  for (const auto& client : clients_) client->AwaitEnd();
  clients_.clear();
  channels_.clear();
}

void Swarm::Stall(int client) { clients_.at(static_cast<size_t>(client))->Stall(); }

}  // namespace tocsin::bench
