// Over real TLS on the loopback, with certificates of deploy/pki/make-certs.
#include "lib/rpc/rpc.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "lib/base/text.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"

namespace tocsin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Answers File with who called, and Withdraw with a refusal.
class Echo final : public v1::SitrepIngestService::CallbackService {
  grpc::ServerUnaryReactor* File(grpc::CallbackServerContext* context, const v1::FileRequest*,
                                 v1::FileResponse* response) override {
    auto* reactor = context->DefaultReactor();
    const auto principal = PrincipalOf(*context->auth_context());
    if (principal.ok()) {
      response->mutable_receipt()->set_id(StrCat(principal->mission.str(), "/", principal->name));
    }
    reactor->Finish(ToGrpc(principal.status()));
    return reactor;
  }
  grpc::ServerUnaryReactor* Withdraw(grpc::CallbackServerContext* context,
                                     const v1::WithdrawRequest* request,
                                     v1::WithdrawResponse*) override {
    auto* reactor = context->DefaultReactor();
    const std::vector<FieldError> errors(static_cast<size_t>(request->revision()),
                                         {"revision", "must be 2, not 1", "conflict"});
    reactor->Finish(ToGrpc(absl::StatusCode::kInvalidArgument, errors, *context));
    return reactor;
  }
};

class RpcTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::path(testing::TempDir()) / StrCat("tocsin_rpc_test.", getpid());
    Make("unamid/service/ingest unamid/reporting-officer/amina");
    Make("--expired unamid/reporting-officer/late");
    Make("--self-signed unamid/reporting-officer/forger");
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static void Make(const std::string& what) {
    const std::string command =
        StrCat("deploy/pki/make-certs --quiet --out ", folder_.string(), " ", what);
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  static TlsFiles Files(const std::string& stem) {
    const std::string base = (folder_ / stem).string();
    return {(folder_ / "ca.crt").string(), base + ".crt", base + ".key"};
  }

  void SetUp() override {
    auto credentials = MakeServerCredentials(Files("unamid.service.ingest"));
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    auto server = StartServer("127.0.0.1", 0, *credentials, {&echo_});
    ASSERT_TRUE(server.ok()) << server.status();
    running_ = *std::move(server);
  }
  void TearDown() override { running_.Stop(std::chrono::seconds(1)); }

  std::string Target() const { return StrCat("localhost:", running_.port); }

  grpc::Status File(std::shared_ptr<grpc::ChannelCredentials> credentials, std::string text = "",
                    std::string* caller = nullptr) {
    const auto stub = v1::SitrepIngestService::NewStub(MakeChannel(Target(), credentials));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::FileRequest request;
    if (!text.empty()) {
      request.mutable_event()->add_texts()->set_text(std::move(text));
    }
    v1::FileResponse response;
    const grpc::Status status = stub->File(&context, request, &response);
    if (caller != nullptr) {
      *caller = response.receipt().id();
    }
    return status;
  }

  static std::filesystem::path folder_;
  Echo echo_;
  RunningServer running_;
};
std::filesystem::path RpcTest::folder_;

TEST_F(RpcTest, TheCallerIsWhoTheCertificateSays) {
  std::string caller;
  const grpc::Status status =
      File(*MakeChannelCredentials(Files("unamid.reporting-officer.amina")), "", &caller);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(caller, "unamid/amina");
}

TEST_F(RpcTest, WithoutACertificateNothingAnswers) {
  EXPECT_EQ(File(grpc::InsecureChannelCredentials()).error_code(), grpc::UNAVAILABLE);
  grpc::SslCredentialsOptions options;
  std::ifstream ca(folder_ / "ca.crt");
  options.pem_root_certs = std::string(std::istreambuf_iterator<char>(ca), {});
  EXPECT_EQ(File(grpc::SslCredentials(options)).error_code(), grpc::UNAVAILABLE);
}

TEST_F(RpcTest, AnExpiredOrSelfSignedCertificateIsRefused) {
  for (const char* stem :
       {"unamid.reporting-officer.late.expired", "unamid.reporting-officer.forger.self-signed"}) {
    auto credentials = MakeChannelCredentials(Files(stem));
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    EXPECT_EQ(File(*credentials).error_code(), grpc::UNAVAILABLE) << stem;
  }
}

TEST_F(RpcTest, AMessageOverTheLimitIsAClearErrorAndTheServerLives) {
  const auto credentials = *MakeChannelCredentials(Files("unamid.reporting-officer.amina"));
  const grpc::Status status = File(credentials, std::string(10 << 20, 'x'));
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("larger than max"), HasSubstr("4194304")));
  EXPECT_TRUE(File(credentials).ok());
}

TEST_F(RpcTest, FieldErrorsReachPeopleAndPrograms) {
  const auto stub = v1::SitrepIngestService::NewStub(
      MakeChannel(Target(), *MakeChannelCredentials(Files("unamid.reporting-officer.amina"))));
  for (const int errors : {1, 1000}) {
    grpc::ClientContext context;
    v1::WithdrawRequest request;
    request.set_revision(errors);
    v1::WithdrawResponse response;
    const grpc::Status status = stub->Withdraw(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("revision: must be 2, not 1 (conflict)"));
    const std::vector<FieldError> found = FieldErrorsOf(context);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0], (FieldError{"revision", "must be 2, not 1", "conflict"}));
  }
}

TEST_F(RpcTest, ATakenPortIsAClearError) {
  const auto second = StartServer("127.0.0.1", running_.port,
                                  *MakeServerCredentials(Files("unamid.service.ingest")), {});
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(absl::StrCat(running_.port)));
}

TEST_F(RpcTest, MissingFilesAreNamed) {
  TlsFiles files = Files("unamid.service.ingest");
  files.key = "/nowhere.key";
  EXPECT_THAT(MakeServerCredentials(files).status().message(),
              AllOf(HasSubstr("tls.key"), HasSubstr("/nowhere.key")));
  EXPECT_FALSE(StartServer("127.0.0.1", 0, nullptr, {}).ok());
}

TEST_F(RpcTest, HealthKnowsEveryServiceByName) {
  EXPECT_THAT(running_.service_names,
              testing::Contains(std::string(v1::SitrepIngestService::service_full_name())));
  // grpc.health.v1.Health by its bytes: HealthCheckRequest.service = 1, HealthCheckResponse.status
  // = 1.
  const auto channel =
      MakeChannel(Target(), *MakeChannelCredentials(Files("unamid.reporting-officer.amina")));
  const auto check = [&](const std::string& name) {
    std::string request = name.empty() ? "" : std::string("\x0a") + static_cast<char>(name.size());
    request += name;
    const grpc::Slice slice(request);
    const grpc::ByteBuffer message(&slice, 1);
    grpc::ByteBuffer answer;
    grpc::ClientContext context;
    absl::Notification done;
    grpc::Status status;
    grpc::GenericStub(channel).UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &message,
                                         &answer, [&](grpc::Status result) {
                                           status = std::move(result);
                                           done.Notify();
                                         });
    done.WaitForNotification();
    grpc::Slice out;
    if (!status.ok() || !answer.TrySingleSlice(&out).ok() || out.size() != 2) {
      return -1;
    }
    return static_cast<int>(out.begin()[1]);
  };
  EXPECT_EQ(check(""), 1);
  EXPECT_EQ(check(v1::SitrepIngestService::service_full_name()), 1);
  EXPECT_EQ(check("no.such.Service"), -1);
  running_.SetServing(false);
  EXPECT_EQ(check(v1::SitrepIngestService::service_full_name()), 2);
}

}  // namespace
}  // namespace tocsin
