#include "lib/filing/authorise.h"
#include "lib/rpc/parse.h"
#include "lib/rpc/rpc.h"
#include "lib/wire/wire.h"
#include "sitrep-ingest/service.h"

namespace tocsin {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;

// What the caller may see of the page: every report goes through Decide.
absl::StatusOr<v1::ListTriageResponse> Show(const Principal& principal,
                                            const view::TriagePage& page) {
  v1::ListTriageResponse response;
  for (const CurrentRevision& item : page.items) {
    v1::Event event;
    if (!event.ParseFromString(item.event)) {
      return absl::InternalError("a report on the list cannot be read");
    }
    auto label = FromProto(event.label());
    if (!label.ok()) return label.status();
    const Object object{ObjectKind::kReport, *std::move(label), {}};
    if (Decide(principal, object, item.logged.accepted).access == Access::kFull) {
      *response.add_events() = std::move(event);
    }
  }
  response.set_next_page_token(page.next_token);
  return response;
}

}  // namespace

grpc::ServerUnaryReactor* SitrepService::ListTriage(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto list = [&]() -> absl::StatusOr<v1::ListTriageResponse> {
    const auto principal =
        Authorise(*context->auth_context(), ingest_.desk().mission, Act::kFileReport);
    if (!principal.ok()) return principal.status();
    v1::ListTriageRequest parsed;
    if (const auto error = Parse(BytesOf(*request), parsed)) {
      return absl::InvalidArgumentError(Describe({*error}));
    }
    if (parsed.page_size() < 0) {
      return absl::InvalidArgumentError("page_size: is negative (out_of_range)");
    }
    const int size =
        parsed.page_size() == 0 ? kDefaultPage : std::min(parsed.page_size(), kMaxPage);
    const auto page = ingest_.filing().Triage(static_cast<size_t>(size), parsed.page_token());
    if (!page.ok()) return page.status();
    return Show(*principal, *page);
  }();
  if (list.ok()) *response = BufferOf(*list);
  reactor->Finish(ToGrpc(list.status()));
  return reactor;
}

}  // namespace tocsin
