// Whether the topics are kept for as long as rules need that came into effect while the router
// runs: nobody asked before. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include <absl/status/statusor.h>

#include "lib/rules/pack.h"

namespace tocsin {

class RetentionWatch {
 public:
  using Retention = std::map<std::string, std::chrono::milliseconds>;  // of each topic

  // `read` asks the brokers for what CheckRetention needs.
  explicit RetentionWatch(std::function<absl::StatusOr<Retention>()> read)
      : read_(std::move(read)) {}

  // False while the topics are kept for a shorter time than `rules` need; the log says which, once.
  // Asks the brokers when the rules are others than at the last call, and every minute until all is
  // well; what they last said holds meanwhile.
  bool Suffices(const Pack& rules, std::chrono::steady_clock::time_point now);

 private:
  const std::function<absl::StatusOr<Retention>()> read_;
  std::string digest_;  // of the rules that were asked about
  bool settled_ = true;
  bool suffices_ = true;
  std::string problem_;
  std::chrono::steady_clock::time_point again_;
};

}  // namespace tocsin
