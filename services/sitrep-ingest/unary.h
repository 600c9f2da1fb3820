// What the filing methods have in common: who calls, what the bytes say, and the answer as a gRPC
// status.
#pragma once

#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lib/filing/answers.h"
#include "lib/filing/authorise.h"
#include "lib/filing/ingest.h"
#include "lib/rpc/parse.h"
#include "lib/rpc/rpc.h"

namespace tocsin {

// Runs one filing call: `read` turns the parsed request into a submission's event, or adds errors.
template <class Request, class Response, class Read>
grpc::ServerUnaryReactor* FileOne(grpc::CallbackServerContext* context, Ingest& ingest,
                                  const grpc::ByteBuffer& buffer, grpc::ByteBuffer* out,
                                  Read read) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto principal =
      Authorise(*context->auth_context(), ingest.desk().mission, Act::kFileReport);
  if (!principal.ok()) {
    reactor->Finish(ToGrpc(principal.status()));
    return reactor;
  }
  const auto finish = [context, reactor, out](const v1::Receipt& receipt) {
    Response response;
    *response.mutable_receipt() = receipt;
    *out = BufferOf(response);
    reactor->Finish(StatusOf(receipt, *context));
  };
  Submission submission;
  submission.payload = BytesOf(buffer);
  submission.sender = principal->name;
  Request request;
  std::vector<FieldError> errors;
  if (auto error = Parse(submission.payload, request)) {
    errors.push_back(WithoutPrefix(*std::move(error), "event."));
  } else {
    read(request, submission.event, errors);
  }
  if (!errors.empty()) {
    finish(ingest.filing().Refuse(submission.event.identity.id.str(), submission.event.revision,
                                  std::move(errors), submission.payload, submission.sender));
    return reactor;
  }
  ingest.filing().Submit(std::move(submission), ingest.desk(), finish);
  return reactor;
}

}  // namespace tocsin
