// The gRPC service of sitrep-ingest. Every method gets bytes and reads them itself (rpc/parse.h),
// and answers from the filing's threads. One file for each method.
#pragma once

#include <grpcpp/grpcpp.h>

#include "lib/filing/ingest.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"

namespace tocsin {

namespace sitrep_internal {
using Api = v1::SitrepIngestService;
using RawFile = Api::WithRawCallbackMethod_File<Api::Service>;
using RawFileMany = Api::WithRawCallbackMethod_FileMany<RawFile>;
using RawCorrect = Api::WithRawCallbackMethod_Correct<RawFileMany>;
using RawWithdraw = Api::WithRawCallbackMethod_Withdraw<RawCorrect>;
using RawRegrade = Api::WithRawCallbackMethod_Regrade<RawWithdraw>;
using RawApi = Api::WithRawCallbackMethod_ListTriage<RawRegrade>;
}  // namespace sitrep_internal

class SitrepService final : public sitrep_internal::RawApi {
 public:
  // `ingest` must outlive it and the server.
  explicit SitrepService(Ingest& ingest) : ingest_(ingest) {}

  grpc::ServerUnaryReactor* File(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* FileMany(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Correct(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Withdraw(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Regrade(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListTriage(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;

 private:
  Ingest& ingest_;
};

}  // namespace tocsin
