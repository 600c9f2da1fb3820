#include <map>
#include <thread>

#include <absl/strings/str_cat.h>
#include <httplib.h>
#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>
#include <sys/socket.h>

#include "lib/base/mutex.h"
#include "lib/service/service.h"

namespace tocsin {
namespace {

class HttpOps final : public Ops {
 public:
  HttpOps()
      : ready_(prometheus::BuildGauge()
                   .Name("tocsin_ready")
                   .Help("1 when every condition of readiness is met")
                   .Register(registry_)
                   .Add({})) {}

  ~HttpOps() override {
    server_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  HttpOps(const HttpOps&) = delete;
  HttpOps& operator=(const HttpOps&) = delete;

  absl::Status Listen(const std::string& address, int port) {
    // httplib would share a taken port (SO_REUSEPORT), and half of the probes would meet the other
    // process.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.new_task_queue = [] { return new httplib::ThreadPool(4); };
    server_.set_keep_alive_timeout(1);
    server_.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("alive\n", "text/plain");
    });
    server_.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      const std::string missing = Missing();
      response.status = missing.empty() ? 200 : 503;
      response.set_content(missing.empty() ? "ready\n" : missing, "text/plain");
    });
    server_.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(prometheus::TextSerializer().Serialize(registry_.Collect()),
                           "text/plain; version=0.0.4; charset=utf-8");
    });
    if (port == 0) {
      port_ = server_.bind_to_any_port(address);
    } else {
      port_ = server_.bind_to_port(address, port) ? port : -1;
    }
    if (port_ <= 0) {
      return absl::UnavailableError(absl::StrCat("the ops port ", address, ":", port,
                                                 " cannot be had; another process may hold it"));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() before the loop runs would be lost, and the destructor would wait for ever.
    while (!server_.is_running()) {
      std::this_thread::yield();
    }
    return absl::OkStatus();
  }

  prometheus::Registry& registry() override { return registry_; }

  void SetReady(const std::string& condition, bool ready) override {
    const MutexLock lock(mutex_);
    conditions_[condition] = ready;
    ready_.Set(MissingLocked().empty() ? 1 : 0);
  }

  int port() const override { return port_; }

 private:
  std::string Missing() {
    const MutexLock lock(mutex_);
    return MissingLocked();
  }
  std::string MissingLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (conditions_.empty()) {
      return "not ready: starting\n";
    }
    std::string out;
    for (const auto& [name, met] : conditions_) {
      if (!met) {
        absl::StrAppend(&out, "not ready: ", name, "\n");
      }
    }
    return out;
  }

  prometheus::Registry registry_;
  prometheus::Gauge& ready_;
  Mutex mutex_;
  std::map<std::string, bool> conditions_ ABSL_GUARDED_BY(mutex_);
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Ops>> Ops::Start(const std::string& address, int port) {
  auto ops = std::make_unique<HttpOps>();
  if (absl::Status status = ops->Listen(address, port); !status.ok()) {
    return status;
  }
  return ops;
}

}  // namespace tocsin
