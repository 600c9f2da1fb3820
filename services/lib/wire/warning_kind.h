// What a revision of a warning is to whoever watches: gateways and their clients go by the same.
#pragma once

#include "tocsin/v1/warning.pb.h"

namespace tocsin {

// Alert or Update: it has not ended.
inline bool IsOpen(const v1::Warning& warning) {
  return warning.message_type() == v1::MESSAGE_TYPE_ALERT ||
         warning.message_type() == v1::MESSAGE_TYPE_UPDATE;
}

// News that a person must act on; other updates, and endings, come quietly.
inline bool Alerts(const v1::Warning& warning) {
  return warning.message_type() == v1::MESSAGE_TYPE_ALERT ||
         (warning.message_type() == v1::MESSAGE_TYPE_UPDATE && warning.alerts());
}

}  // namespace tocsin
