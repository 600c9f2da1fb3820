// What a revision of a warning is to whoever watches: gateways and their clients go by the same.
#pragma once

#include "tocsin/v1/gateway_service.pb.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin {

// Alert or Update: it has not ended.
inline bool IsOpen(const v1::Warning& warning) {
  return warning.message_type() == v1::MESSAGE_TYPE_ALERT ||
         warning.message_type() == v1::MESSAGE_TYPE_UPDATE;
}

// It has not ended, and the JOC is not done with it.
inline bool Stands(const v1::Warning& warning, const v1::Lifecycle& life) {
  return IsOpen(warning) && life.state() != v1::LIFECYCLE_STATE_RESOLVED;
}
inline bool Stands(const v1::WarningView& view) { return Stands(view.warning(), view.lifecycle()); }

// News that a person must act on; other updates, and endings, come quietly.
inline bool Alerts(const v1::Warning& warning) {
  return warning.message_type() == v1::MESSAGE_TYPE_ALERT ||
         (warning.message_type() == v1::MESSAGE_TYPE_UPDATE && warning.alerts());
}

}  // namespace tocsin
