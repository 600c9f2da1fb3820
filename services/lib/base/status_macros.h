// Return early with the error of an absl::Status, or assign the value of an absl::StatusOr.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

// Names and declarations cannot be put in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TOCSIN_RETURN_IF_ERROR(expression)                                  \
  do {                                                                      \
    if (absl::Status _status = (expression); !_status.ok()) return _status; \
  } while (false)

#define TOCSIN_CONCAT_INNER(a, b) a##b
#define TOCSIN_CONCAT(a, b) TOCSIN_CONCAT_INNER(a, b)
#define TOCSIN_ASSIGN_OR_RETURN(target, expression) \
  TOCSIN_ASSIGN_OR_RETURN_INNER(TOCSIN_CONCAT(_or_, __LINE__), target, expression)
#define TOCSIN_ASSIGN_OR_RETURN_INNER(name, target, expression) \
  auto name = (expression);                                     \
  if (!name.ok()) return name.status();                         \
  target = *std::move(name)
// NOLINTEND(bugprone-macro-parentheses)
