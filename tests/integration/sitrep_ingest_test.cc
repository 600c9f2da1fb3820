// sitrep-ingest as a process, over real Kafka and real mutual TLS.
#include <filesystem>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "tests/integration/ingest_testing.h"
#include "tocsin/v1/journal.pb.h"
#include "tocsin/v1/sitrep_ingest_service.grpc.pb.h"

namespace tocsin {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::tocsin::testing::GoodReport;
using ::tocsin::testing::IngestProcess;
using ::tocsin::testing::Logged;
using ::tocsin::testing::Unique;

struct Answer {
  grpc::Status status;
  v1::Receipt receipt;
  std::vector<FieldError> errors;
};

class Client {
 public:
  explicit Client(int port, const std::string& mission = "unamid",
                  const std::string& role = "reporting-officer")
      : stub_(v1::SitrepIngestService::NewStub(testing::ChannelAs(port, mission, role, "amina"))) {}

  Answer File(const v1::Event& event) {
    v1::FileRequest request;
    *request.mutable_event() = event;
    return Call<v1::FileResponse>(&v1::SitrepIngestService::Stub::File, request);
  }
  Answer Correct(const v1::Event& event) {
    v1::CorrectRequest request;
    *request.mutable_event() = event;
    return Call<v1::CorrectResponse>(&v1::SitrepIngestService::Stub::Correct, request);
  }
  Answer Withdraw(const std::string& id, int32_t revision, const std::string& reason) {
    v1::WithdrawRequest request;
    request.set_id(id);
    request.set_revision(revision);
    request.set_reason(reason);
    return Call<v1::WithdrawResponse>(&v1::SitrepIngestService::Stub::Withdraw, request);
  }
  Answer Regrade(const std::string& id, int32_t revision, const std::string& reliability) {
    v1::RegradeRequest request;
    request.set_id(id);
    request.set_revision(revision);
    request.set_reason("checked");
    request.mutable_grading()->set_reliability(reliability);
    return Call<v1::RegradeResponse>(&v1::SitrepIngestService::Stub::Regrade, request);
  }
  std::vector<std::string> Triage() {
    std::vector<std::string> ids;
    v1::ListTriageRequest request;
    do {
      grpc::ClientContext context;
      v1::ListTriageResponse response;
      const grpc::Status status = stub_->ListTriage(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      for (const v1::Event& event : response.events()) ids.push_back(event.id());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }
  v1::SitrepIngestService::Stub& stub() { return *stub_; }

 private:
  template <class Response, class Request>
  Answer Call(grpc::Status (v1::SitrepIngestService::Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
              const Request& request) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Response response;
    Answer answer;
    answer.status = (stub_.get()->*method)(&context, request, &response);
    answer.receipt = response.receipt();
    answer.errors = FieldErrorsOf(context);
    return answer;
  }
  std::unique_ptr<v1::SitrepIngestService::Stub> stub_;
};

std::vector<Logged> OfId(const std::string& id, const std::string& mission = "unamid") {
  std::vector<Logged> out;
  for (Logged& logged : testing::ReadTopic("mission." + mission + ".sitreps.v1")) {
    if (logged.event.id() == id) out.push_back(std::move(logged));
  }
  return out;
}

class SitrepIngest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    process_ = std::make_unique<IngestProcess>(SITREP_INGEST, "sitreps", "unamid");
    process_->Start();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(process_->Stop(), 0);
    process_.reset();
  }
  static std::unique_ptr<IngestProcess> process_;
  Client client_{process_->port()};
};
std::unique_ptr<IngestProcess> SitrepIngest::process_;

TEST_F(SitrepIngest, AnAcknowledgedReportIsOnTheTopic) {
  const std::string id = Unique("report");
  const Answer answer = client_.File(GoodReport("unamid", id));
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.receipt.outcome(), v1::OUTCOME_ACCEPTED);
  EXPECT_THAT(answer.receipt.flags(), SizeIs(0));
  const std::vector<Logged> logged = OfId(id);
  ASSERT_THAT(logged, SizeIs(1));
  EXPECT_EQ(logged[0].record.offset, answer.receipt.position().offset());
  EXPECT_EQ(logged[0].event.accepted_us(), answer.receipt.accepted_us());
  EXPECT_EQ(logged[0].event.status(), v1::STATUS_ACTUAL);
  EXPECT_EQ(logged[0].event.label().originator(), "unamid");
  EXPECT_EQ(logged[0].record.key, id);
  EXPECT_THAT(logged[0].record.headers, Contains(Pair("ce_id", "unamid/" + id + "/1")));
  EXPECT_THAT(logged[0].record.headers, Contains(Pair("content-type", "application/protobuf")));
}

TEST_F(SitrepIngest, TheSameAgainHasNoSecondEffect) {
  const std::string id = Unique("report");
  const Answer first = client_.File(GoodReport("unamid", id));
  const Answer second = client_.File(GoodReport("unamid", id));
  ASSERT_TRUE(second.status.ok()) << second.status.error_message();
  EXPECT_EQ(second.receipt.outcome(), v1::OUTCOME_DUPLICATE);
  EXPECT_EQ(second.receipt.position().offset(), first.receipt.position().offset());
  EXPECT_EQ(second.receipt.accepted_us(), first.receipt.accepted_us());
  EXPECT_THAT(OfId(id), SizeIs(1));
}

TEST_F(SitrepIngest, OtherContentUnderTheSameRevisionIsAConflict) {
  const std::string id = Unique("report");
  client_.File(GoodReport("unamid", id));
  v1::Event other = GoodReport("unamid", id);
  other.mutable_people()->set_killed(3);
  const Answer answer = client_.File(other);
  EXPECT_EQ(answer.status.error_code(), grpc::ALREADY_EXISTS);
  EXPECT_THAT(answer.status.error_message(), HasSubstr("revision"));
  EXPECT_THAT(OfId(id), SizeIs(1));
}

TEST_F(SitrepIngest, ACorrectionIsTheNextRevision) {
  const std::string id = Unique("report");
  client_.File(GoodReport("unamid", id));
  v1::Event next = GoodReport("unamid", id);
  next.set_revision(2);
  next.mutable_people()->set_killed(3);
  EXPECT_EQ(client_.Correct(next).status.error_code(), grpc::INVALID_ARGUMENT) << "no reason";
  next.set_revision_reason("recount");
  const Answer answer = client_.Correct(next);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(client_.Correct(next).receipt.outcome(), v1::OUTCOME_DUPLICATE);
  // The first revision, sent again late, is still known.
  EXPECT_EQ(client_.File(GoodReport("unamid", id)).receipt.outcome(), v1::OUTCOME_DUPLICATE);
  next.set_revision(4);
  EXPECT_EQ(client_.Correct(next).status.error_code(), grpc::ALREADY_EXISTS) << "3 is missing";
  const std::vector<Logged> logged = OfId(id);
  ASSERT_THAT(logged, SizeIs(2));
  EXPECT_EQ(logged[1].event.revision_kind(), v1::REVISION_KIND_CORRECT);
  EXPECT_EQ(logged[1].event.people().killed(), 3);
  EXPECT_GE(logged[1].event.accepted_us(), logged[0].event.accepted_us());
}

TEST_F(SitrepIngest, RegradingAndWithdrawalCarryTheWholeEvent) {
  const std::string id = Unique("report");
  client_.File(GoodReport("unamid", id));
  EXPECT_TRUE(client_.Regrade(id, 2, "B").status.ok());
  EXPECT_EQ(client_.Regrade(id, 3, "Z").status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_TRUE(client_.Withdraw(id, 3, "filed twice").status.ok());
  EXPECT_EQ(client_.Withdraw(id, 3, "filed twice").receipt.outcome(), v1::OUTCOME_DUPLICATE);
  EXPECT_EQ(client_.Regrade(id, 4, "A").status.error_code(), grpc::ALREADY_EXISTS) << "withdrawn";
  EXPECT_EQ(client_.Withdraw(Unique("unknown"), 2, "x").status.error_code(), grpc::ALREADY_EXISTS);
  const std::vector<Logged> logged = OfId(id);
  ASSERT_THAT(logged, SizeIs(3));
  EXPECT_EQ(logged[1].event.grading().reliability(), "B");
  EXPECT_EQ(logged[2].event.revision_kind(), v1::REVISION_KIND_WITHDRAW);
  EXPECT_EQ(logged[2].event.place().name(), "Umm Baru");
  EXPECT_EQ(logged[2].event.grading().reliability(), "B");
}

TEST_F(SitrepIngest, BadInputIsAClearErrorAndKept) {
  const std::string id = Unique("report");
  v1::Event bad = GoodReport("unamid", id);
  bad.mutable_place()->mutable_point()->set_latitude(123);
  const Answer answer = client_.File(bad);
  EXPECT_EQ(answer.status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(answer.status.error_message(),
              HasSubstr("place.point.latitude: 123 is outside -90..90 (out_of_range)"));
  ASSERT_THAT(answer.errors, SizeIs(1));
  EXPECT_EQ(answer.errors[0].field, "place.point.latitude");
  v1::Event garbled = GoodReport("unamid", id);
  garbled.mutable_place()->set_name("Umm \xff");
  EXPECT_THAT(client_.File(garbled).status.error_message(),
              HasSubstr("place.name: is not valid UTF-8 (invalid_utf8)"));
  v1::Event foreign = GoodReport("minurcat", id);
  EXPECT_THAT(client_.File(foreign).status.error_message(), HasSubstr("wrong_mission"));
  v1::Event loose = GoodReport("unamid", id);
  loose.mutable_label()->set_tlp(v1::TLP_CLEAR);
  EXPECT_THAT(client_.File(loose).status.error_message(), HasSubstr("looser_label"));
  v1::Event unknown = GoodReport("unamid", id);
  unknown.set_status(static_cast<v1::Status>(17));
  EXPECT_THAT(client_.File(unknown).status.error_message(), HasSubstr("status: 17"));
  v1::Event huge = GoodReport("unamid", id);
  huge.mutable_texts(0)->set_text(std::string(10 << 20, 'x'));
  const Answer too_large = client_.File(huge);
  EXPECT_EQ(too_large.status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_THAT(too_large.status.error_message(), HasSubstr("larger than max"));
  EXPECT_THAT(OfId(id), SizeIs(0));
  // All but the one that was never read are on the mission's own dead letters.
  size_t kept = 0;
  EXPECT_TRUE(testing::Eventually([&] {
    kept = 0;
    for (const InputRecord& record : testing::ReadAll({"mission.unamid.dead-letters.v1", 0})) {
      v1::RefusedReport report;
      EXPECT_TRUE(report.ParseFromString(record.value));
      EXPECT_EQ(report.sender(), "amina");
      if (report.payload().find(id) != std::string::npos) ++kept;
    }
    return kept == 5;
  })) << kept;
  EXPECT_THAT(process_->Get("/metrics"),
              HasSubstr("tocsin_ingest_refusals_total{code=\"invalid_utf8\"}"));
}

TEST_F(SitrepIngest, OnlyTheMissionsOwnPeopleFile) {
  const std::string id = Unique("report");
  EXPECT_EQ(Client(process_->port(), "unmis").File(GoodReport("unamid", id)).status.error_code(),
            grpc::PERMISSION_DENIED);
  EXPECT_EQ(Client(process_->port(), "unamid", "sensor")
                .File(GoodReport("unamid", id))
                .status.error_code(),
            grpc::PERMISSION_DENIED);
  EXPECT_THAT(OfId(id), SizeIs(0));
}

TEST_F(SitrepIngest, AFlashReportIsAcceptedAndOnTheTriageListUntilItIsCorrected) {
  const std::string id = Unique("flash");
  v1::Event flash;
  flash.set_id(id);
  flash.add_texts()->set_text("Shots heard");
  flash.mutable_place()->set_name("north of Tine");
  flash.mutable_observed()->mutable_interval()->set_from_us(1'236'988'800'000'000);
  flash.mutable_source()->set_how_obtained("heard");
  const Answer answer = client_.File(flash);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_THAT(answer.receipt.flags(), ElementsAre("unknown_type", "unresolved_place"));
  EXPECT_THAT(client_.Triage(), Contains(id));
  EXPECT_EQ(Client(process_->port(), "unamid", "watch-officer").Triage(), client_.Triage());
  v1::Event next = GoodReport("unamid", id);
  next.set_revision(2);
  next.set_revision_reason("the place is known");
  EXPECT_TRUE(client_.Correct(next).status.ok());
  EXPECT_THAT(client_.Triage(), ::testing::Not(Contains(id)));
}

TEST_F(SitrepIngest, FileManyAnswersInTheOrderSent) {
  grpc::ClientContext context;
  const auto stream = client_.stub().FileMany(&context);
  const std::string id = Unique("many");
  constexpr int kCount = 500;
  std::thread writer([&] {
    for (int i = 1; i <= kCount; ++i) {
      v1::FileManyRequest request;
      request.set_sequence(i);
      // Every fifth repeats its predecessor, every seventh is refused.
      *request.mutable_event() =
          GoodReport("unamid", id + "-" + std::to_string(i % 5 == 0 ? i - 1 : i));
      if (i % 7 == 0) request.mutable_event()->mutable_people()->set_killed(-1);
      stream->Write(request);
    }
    stream->WritesDone();
  });
  std::map<v1::Outcome, int> outcomes;
  v1::FileManyResponse response;
  for (int i = 1; i <= kCount; ++i) {
    ASSERT_TRUE(stream->Read(&response)) << i;
    EXPECT_EQ(response.sequence(), i);
    const v1::Outcome expected = i % 7 == 0                       ? v1::OUTCOME_REFUSED
                                 : i % 5 == 0 && (i - 1) % 7 != 0 ? v1::OUTCOME_DUPLICATE
                                                                  : v1::OUTCOME_ACCEPTED;
    EXPECT_EQ(response.receipt().outcome(), expected) << i;
  }
  EXPECT_FALSE(stream->Read(&response));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SitrepIngest, FileManySaysWhichOneCannotBeRead) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(
      testing::ChannelAs(process_->port(), "unamid", "reporting-officer", "amina"));
  const auto stream = stub.PrepareCall(&context, "/tocsin.v1.SitrepIngestService/FileMany", &queue);
  const auto await = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  stream->StartCall(nullptr);
  ASSERT_TRUE(await());
  const auto write = [&](const std::string& bytes) {
    const grpc::Slice slice(bytes);
    stream->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    return await();
  };
  v1::FileManyResponse response;
  const auto read = [&] {
    grpc::ByteBuffer buffer;
    stream->Read(&buffer, nullptr);
    if (!await()) return false;
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(buffer.Dump(&slices).ok());
    std::string bytes;
    for (const grpc::Slice& slice : slices) bytes.append(slice.begin(), slice.end());
    return response.ParseFromString(bytes);
  };
  v1::FileManyRequest request;
  request.set_sequence(41);
  *request.mutable_event() = GoodReport("unamid", Unique("many"));
  const std::string good = request.SerializeAsString();
  request.set_sequence(42);
  request.mutable_event()->mutable_place()->set_name("Umm \xff");
  const std::string garbled = request.SerializeAsString();
  ASSERT_TRUE(write(good));
  ASSERT_TRUE(read());
  EXPECT_EQ(response.sequence(), 41);
  EXPECT_EQ(response.receipt().outcome(), v1::OUTCOME_ACCEPTED);
  // A text that is not UTF-8: the answer can be matched, and the stream goes on.
  ASSERT_TRUE(write(garbled));
  ASSERT_TRUE(read());
  EXPECT_EQ(response.sequence(), 42);
  EXPECT_EQ(response.receipt().outcome(), v1::OUTCOME_REFUSED);
  ASSERT_THAT(response.receipt().errors(), SizeIs(1));
  EXPECT_EQ(response.receipt().errors(0).code(), "invalid_utf8");
  ASSERT_TRUE(write(good));
  ASSERT_TRUE(read());
  EXPECT_EQ(response.receipt().outcome(), v1::OUTCOME_DUPLICATE);
  // Cut off: there is no telling what its answer would belong to.
  ASSERT_TRUE(write(good.substr(0, good.size() / 2)));
  EXPECT_FALSE(read());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  ASSERT_TRUE(await());
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("message 4 of the stream: the bytes are no "));
}

TEST(SitrepIngestProcess, AKillForgetsNothing) {
  IngestProcess process(SITREP_INGEST, "sitreps", "minurcat");
  process.Start();
  const std::string id = Unique("report");
  const std::string flagged = Unique("flagged");
  int64_t offset = 0;
  {
    Client client(process.port(), "minurcat");
    offset = client.File(GoodReport("minurcat", id)).receipt.position().offset();
    v1::Event event = GoodReport("minurcat", flagged);
    event.clear_place();
    EXPECT_TRUE(client.File(event).status.ok());
  }
  // With the view as it was left, and without any.
  for (const bool keep_state : {true, false}) {
    process.Kill9();
    if (!keep_state) std::filesystem::remove_all(process.state_folder());
    process.Start();
    Client client(process.port(), "minurcat");
    const Answer again = client.File(GoodReport("minurcat", id));
    EXPECT_EQ(again.receipt.outcome(), v1::OUTCOME_DUPLICATE);
    EXPECT_EQ(again.receipt.position().offset(), offset);
    EXPECT_THAT(client.Triage(), ElementsAre(flagged));
  }
  EXPECT_THAT(OfId(id, "minurcat"), SizeIs(1));
  EXPECT_EQ(process.Stop(), 0);
}

TEST(SitrepIngestProcess, WhatKafkaDidNotConfirmIsNotPromisedAndNotDoubled) {
  IngestProcess process(SITREP_INGEST, "sitreps", "unmis");
  process.Start();
  Client client(process.port(), "unmis");
  const std::string id = Unique("report");
  ASSERT_TRUE(client.File(GoodReport("unmis", Unique("before"))).status.ok());
  testing::KafkaBroker::Get().Pause();
  const Answer lost = client.File(GoodReport("unmis", id));
  EXPECT_EQ(lost.status.error_code(), grpc::UNAVAILABLE) << lost.status.error_message();
  EXPECT_THAT(process.Get("/readyz"), HasSubstr("caught up"));
  testing::KafkaBroker::Get().Resume();
  ASSERT_TRUE(testing::Eventually([&] { return process.Ready(); }));
  const Answer again = client.File(GoodReport("unmis", id));
  EXPECT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_THAT(OfId(id, "unmis"), SizeIs(1));
  EXPECT_EQ(process.Stop(), 0);
}

TEST(SitrepIngestProcess, TheScenarioClockIsTheReports) {
  IngestProcess process(SITREP_INGEST, "sitreps", "monusco", "clock: scenario\n");
  process.Start();
  Client client(process.port(), "monusco");
  v1::Event late = GoodReport("monusco", "s-1");
  late.set_reported_us(1'236'999'000'000'000);
  EXPECT_EQ(client.File(late).receipt.accepted_us(), 1'236'999'000'000'000);
  EXPECT_EQ(client.File(GoodReport("monusco", "s-1")).status.error_code(), grpc::ALREADY_EXISTS);
  // Same partition or not: never before the last of its own partition.
  std::map<int32_t, int64_t> last;
  for (int i = 2; i < 12; ++i) {
    v1::Event event = GoodReport("monusco", "s-" + std::to_string(i));
    event.set_reported_us(1'236'999'000'000'000 + (i % 3 - 1) * 1'000'000);
    const v1::Receipt receipt = client.File(event).receipt;
    EXPECT_GE(receipt.accepted_us(), last[receipt.position().partition()]);
    last[receipt.position().partition()] = receipt.accepted_us();
  }
  EXPECT_EQ(process.Stop(), 0);
}

}  // namespace
}  // namespace tocsin
