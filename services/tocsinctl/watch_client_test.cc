#include "tocsinctl/watch_client.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tocsinctl/fakes_testing.h"

namespace tocsin::ctl {
namespace {

using ctl_testing::Served;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A log of warnings "w0", "w1", ... in one partition. Each stream breaks after `per_stream`
// warnings.
class GatewayFake final : public v1::GatewayService::Service {
 public:
  int warnings = 6;
  int per_stream = 100;
  int64_t first_offset = 0;  // cursors before it are too old
  grpc::Status refuse;
  bool wrong_digest = false;          // the first heartbeat's
  bool mute = false;                  // accepts and says nothing more
  std::vector<int64_t> resumed;       // offset of each subscription; -1: a snapshot
  std::vector<int64_t> acknowledged;  // offsets
  std::vector<int64_t> echoed;
  int64_t most_without_credit = 0;

  grpc::Status Watch(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::WatchResponse, v1::WatchRequest>* stream) override {
    if (!refuse.ok()) {
      return refuse;
    }
    v1::WatchRequest request;
    if (!stream->Read(&request) || !request.has_subscribe()) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "no subscription"};
    }
    int64_t next = 0;
    if (request.subscribe().has_cursor()) {
      next = request.subscribe().cursor().offsets(0);
      resumed.push_back(next);
      if (next < first_offset) {
        return {grpc::StatusCode::OUT_OF_RANGE, "too old"};
      }
    } else {
      resumed.push_back(-1);
      // Two stand.
      for (; next < 2; ++next) {
        Send(*stream, next, true);
      }
      v1::WatchResponse end;
      *end.mutable_snapshot_end() = CursorAt(next);
      stream->Write(end);
    }
    int64_t credit = 0;
    int64_t beats = 0;
    int sent = 0;
    while (stream->Read(&request)) {
      if (request.has_acknowledged()) {
        acknowledged.push_back(request.acknowledged().offsets(0));
      } else if (request.message_case() == v1::WatchRequest::kHeartbeatEcho) {
        echoed.push_back(request.heartbeat_echo());
      } else {
        credit += request.credit();
      }
      while (!mute && credit > 0 && next < warnings) {
        if (sent++ == per_stream) {
          return {grpc::StatusCode::UNAVAILABLE, "gone"};
        }
        Send(*stream, next++, false);
        --credit;
      }
      if (!mute && next == warnings && beats == 0) {
        v1::WatchResponse beat;
        beat.mutable_heartbeat()->set_number(++beats);
        beat.mutable_heartbeat()->set_period_s(1);
        *beat.mutable_heartbeat()->mutable_cursor() = CursorAt(next + 10);
        if (wrong_digest) {
          beat.mutable_heartbeat()->set_open_digest(1);
          wrong_digest = false;
        }
        stream->Write(beat);
      }
    }
    return grpc::Status::OK;
  }

 private:
  static v1::Cursor CursorAt(int64_t offset) {
    v1::Cursor cursor;
    cursor.set_epoch("e");
    cursor.add_offsets(offset);
    return cursor;
  }
  static void Send(grpc::ServerReaderWriter<v1::WatchResponse, v1::WatchRequest>& stream,
                   int64_t offset, bool snapshot) {
    v1::WatchResponse response;
    v1::Delivery& delivery = *response.mutable_delivery();
    delivery.mutable_view()->mutable_warning()->set_id("w" + std::to_string(offset));
    delivery.mutable_view()->mutable_warning()->set_revision(1);
    *delivery.mutable_cursor() = CursorAt(offset + 1);
    delivery.set_snapshot(snapshot);
    stream.Write(response);
  }
};

class WatchClientTest : public ::testing::Test {
 protected:
  // Until the first heartbeat, or until the watch ends by itself.
  absl::Status Run(WatchOptions options = {}, int64_t retry_s = 20) {
    Globals globals;
    globals.retry_s = retry_s;
    Session session(globals, stop_.get_token());
    WatchEvents events;
    events.delivery = [this](const v1::Delivery& delivery) {
      seen_.push_back(delivery.view().warning().id());
      return true;
    };
    events.heartbeat = [](const v1::Heartbeat&) { return false; };
    events.centre = [](const v1::Centre&) {};
    events.cursor = [this](const v1::Cursor& cursor) { cursors_.push_back(cursor.offsets(0)); };
    events.link = [this](bool up, const std::string& reason) {
      if (!up) {
        losses_.push_back(reason);
      }
    };
    return WatchClient(session, gateway_.channel, std::move(options), std::move(events)).Run();
  }

  std::stop_source stop_;
  Served<GatewayFake> gateway_;
  std::vector<std::string> seen_, losses_;
  std::vector<int64_t> cursors_;
};

TEST_F(WatchClientTest, SnapshotThenWhatArises) {
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(seen_, ElementsAre("w0", "w1", "w2", "w3", "w4", "w5"));
  EXPECT_THAT(gateway_.service.resumed, ElementsAre(-1));
  // The snapshot's own cursors are not kept; the heartbeat's is.
  EXPECT_THAT(cursors_, ElementsAre(2, 3, 4, 5, 6, 16));
  EXPECT_THAT(losses_, IsEmpty());
}

TEST_F(WatchClientTest, APictureThatIsNotWholeIsAskedForAnew) {
  gateway_.service.wrong_digest = true;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(gateway_.service.resumed, ElementsAre(-1, -1));
  EXPECT_THAT(losses_, ElementsAre(HasSubstr("not what stands at the gateway")));
}

TEST_F(WatchClientTest, WhoBeganWithACursorDoesNotKnowWhatStoodBefore) {
  gateway_.service.wrong_digest = true;
  WatchOptions options;
  options.cursor.emplace().set_epoch("e");
  options.cursor->add_offsets(0);
  ASSERT_TRUE(Run(std::move(options)).ok());
  EXPECT_THAT(gateway_.service.resumed, ElementsAre(0));
  EXPECT_THAT(losses_, IsEmpty());
}

TEST_F(WatchClientTest, ABrokenLinkResumesWhereItWas) {
  gateway_.service.per_stream = 1;
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(seen_, ElementsAre("w0", "w1", "w2", "w3", "w4", "w5"));
  EXPECT_THAT(gateway_.service.resumed, ElementsAre(-1, 3, 4, 5));
  EXPECT_EQ(losses_.size(), 3U);
}

TEST_F(WatchClientTest, ACursorThatIsTooOldMeansASnapshot) {
  gateway_.service.first_offset = 4;
  WatchOptions options;
  options.cursor.emplace().set_epoch("e");
  options.cursor->add_offsets(1);
  ASSERT_TRUE(Run(std::move(options)).ok());
  EXPECT_THAT(gateway_.service.resumed, ElementsAre(1, -1));
  EXPECT_EQ(seen_.size(), 6U);
}

TEST_F(WatchClientTest, CreditIsGivenBackOneForOne) {
  WatchOptions options;
  options.credit = 1;
  ASSERT_TRUE(Run(std::move(options)).ok());
  EXPECT_EQ(seen_.size(), 6U);
}

TEST_F(WatchClientTest, ARefusalEndsIt) {
  gateway_.service.refuse = {grpc::StatusCode::PERMISSION_DENIED, "not of this mission"};
  EXPECT_TRUE(absl::IsPermissionDenied(Run()));
}

TEST_F(WatchClientTest, WhoIsSupersededDoesNotComeBack) {
  gateway_.service.refuse = {grpc::StatusCode::ABORTED,
                             "superseded by a newer session of this device"};
  const absl::Status ended = Run();
  EXPECT_TRUE(absl::IsAborted(ended)) << ended;
  EXPECT_THAT(ended.message(), HasSubstr("superseded"));
  EXPECT_THAT(losses_, IsEmpty());
}

TEST_F(WatchClientTest, GivesUpOnAGatewayThatStaysAway) {
  gateway_.service.refuse = {grpc::StatusCode::UNAVAILABLE, "away"};
  EXPECT_TRUE(absl::IsUnavailable(Run({}, /*retry_s=*/0)));
}

TEST_F(WatchClientTest, ASignalEndsIt) {
  gateway_.service.mute = true;
  std::jthread signal([this] { stop_.request_stop(); });
  EXPECT_TRUE(Run().ok());
}

}  // namespace
}  // namespace tocsin::ctl
