// A running gateway: the parts, wired in the order in which they need each other.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "gateway/options.h"

namespace tocsin::gateway {

class App {
 public:
  // Waits for the broker while it is away, until `stop`. FailedPrecondition or NotFound: the topics
  // are not there or not made by the topic tool. `ops` must outlive the app. When something breaks
  // that only a new process mends, `stop` is requested and failure() says what.
  static absl::StatusOr<std::unique_ptr<App>> Start(const Options& options, Ops& ops,
                                                    std::stop_source stop);
  virtual ~App() = default;

  virtual int port() const = 0;
  virtual absl::Status failure() const = 0;
  // Ends watches with Unavailable, lets calls end, closes the store.
  virtual void Stop() = 0;
};

}  // namespace tocsin::gateway
