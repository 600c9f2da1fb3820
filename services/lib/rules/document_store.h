// Documents that have been published, in the state of whoever reads fusion.rules.v1: entries `d`.
// They wait there until an activation names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/base/state.h"
#include "lib/domain/keyed.h"

namespace tocsin {

inline constexpr std::string_view kDocumentPrefix = "d";

DocumentRef RefOf(const Document& document);

// InvalidArgument: it has no kind or name, or its text is not the one that its digest names.
absl::Status KeepDocument(const Document& document, State& state);

// In the order of `refs`. InvalidArgument names the first that has not been published, after
// `field`.
absl::StatusOr<std::vector<Document>> FindDocuments(std::string_view field,
                                                    const std::vector<DocumentRef>& refs,
                                                    const ReadState& state);

}  // namespace tocsin
