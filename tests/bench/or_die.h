// For programs that measure or look: whatever cannot be done ends them, with the reason.
#pragma once

#include <cstdlib>
#include <iostream>
#include <utility>

#include <absl/status/statusor.h>

namespace tocsin {

inline void OrDie(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "error: " << status << "\n";
  std::exit(1);
}

template <class T>
T OrDie(absl::StatusOr<T> value) {
  OrDie(value.status());
  return *std::move(value);
}

}  // namespace tocsin
