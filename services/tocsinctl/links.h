// Links of centres, and one's own troubles and load, in plain words. Silence never looks like
// quiet.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tocsin/v1/gateway_service.pb.h"

namespace tocsin::ctl {

using NameOfNumber = std::function<std::string(int64_t)>;

// "UNAMID: link down since 03:10Z, last had UNAMID 0143 at 03:08Z". `now_us` decides whether a time
// needs its day.
std::string LineOf(const v1::JocLink& link, int64_t now_us, const NameOfNumber& name_of);
// "evaluation stopped since 03:10Z: correlator partition 2 had come to 03:09Z".
std::string LineOf(const v1::Trouble& trouble, int64_t now_us);
// "14 alarms in 10 minutes"; empty where there are none.
std::string LoadOf(const v1::Heartbeat& heartbeat);
// What a flood means; empty where there is none.
std::string FloodOf(const v1::Heartbeat& heartbeat);

// What a person at a watch is told as it changes: the lines of what is new or otherwise, and of
// what is over.
class Changes {
 public:
  std::vector<std::string> Of(const v1::Heartbeat& heartbeat, int64_t now_us,
                              const NameOfNumber& name_of);

 private:
  std::map<std::string, std::string> said_;  // what is wrong, and as it was said
  std::map<std::string, v1::JocLinkStatus> links_;
};

}  // namespace tocsin::ctl
