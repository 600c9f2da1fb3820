#include "tocsinctl/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMinute = 60'000'000;
constexpr int64_t kNow = 1'236'135'600'000'000;  // 2009-03-04 03:00Z

std::string Name(int64_t number) { return "UNAMID 0" + std::to_string(number); }

v1::JocLink Link(v1::JocLinkStatus status, int64_t since_us = kNow - 10 * kMinute) {
  v1::JocLink link;
  link.set_mission("unmis");
  link.set_status(status);
  link.set_since_us(since_us);
  return link;
}

TEST(Links, InPlainWords) {
  v1::JocLink link = Link(v1::JOC_LINK_STATUS_DOWN);
  EXPECT_EQ(LineOf(link, kNow, Name), "UNMIS: link down since 02:50Z");
  link.set_last_received_us(kNow - 12 * kMinute);
  EXPECT_EQ(LineOf(link, kNow, Name),
            "UNMIS: link down since 02:50Z, last had a warning at 02:48Z");
  link.set_last_number(143);
  EXPECT_EQ(LineOf(link, kNow, Name),
            "UNMIS: link down since 02:50Z, last had UNAMID 0143 at 02:48Z");
  EXPECT_EQ(LineOf(Link(v1::JOC_LINK_STATUS_SILENT, kNow - 240 * kMinute), kNow, Name),
            "UNMIS: its gateway has not been heard of since 2009-03-03 23:00Z");
  EXPECT_EQ(LineOf(Link(v1::JOC_LINK_STATUS_DOWN, 0), kNow, Name),
            "UNMIS: link down since a time that is not known");
}

TEST(Links, ThreeTroublesInThreeWords) {
  v1::Trouble trouble;
  trouble.set_since_us(kNow - kMinute);
  trouble.set_kind(v1::TROUBLE_KIND_BROKER_NOT_REACHED);
  EXPECT_EQ(LineOf(trouble, kNow),
            "broker not reached since 02:59Z: what is shown is 60 s old, and nothing can be "
            "acknowledged");
  trouble.set_kind(v1::TROUBLE_KIND_EVALUATION_STOPPED);
  trouble.set_keyed_partition(2);
  trouble.set_evaluated_up_to_us(kNow - 2 * kMinute);
  EXPECT_EQ(LineOf(trouble, kNow),
            "evaluation stopped since 02:59Z: correlator partition 2 had come to 02:58Z");
  trouble.set_kind(v1::TROUBLE_KIND_FEED_SILENT);
  trouble.set_topic("mission.unmis.sensors.v1");
  EXPECT_EQ(LineOf(trouble, kNow), "feed mission.unmis.sensors.v1[0] silent since 02:59Z");
}

TEST(Links, AtAWatchOnlyChangesAreSaid) {
  Changes changes;
  v1::Heartbeat heartbeat;
  *heartbeat.add_links() = Link(v1::JOC_LINK_STATUS_UP);
  EXPECT_THAT(changes.Of(heartbeat, kNow, Name), IsEmpty());
  heartbeat.mutable_links(0)->set_status(v1::JOC_LINK_STATUS_DOWN);
  v1::Trouble& trouble = *heartbeat.add_troubles();
  trouble.set_kind(v1::TROUBLE_KIND_FEED_SILENT);
  trouble.set_topic("t");
  trouble.set_since_us(kNow);
  EXPECT_THAT(changes.Of(heartbeat, kNow, Name),
              ElementsAre("feed t[0] silent since 03:00Z", "UNMIS: link down since 02:50Z"));
  EXPECT_THAT(changes.Of(heartbeat, kNow, Name), IsEmpty());
  heartbeat.clear_troubles();
  heartbeat.mutable_links(0)->set_status(v1::JOC_LINK_STATUS_UP);
  EXPECT_THAT(changes.Of(heartbeat, kNow, Name),
              ElementsAre("feed is heard of again", "UNMIS: link up since 02:50Z"));
}

}  // namespace
}  // namespace tocsin::ctl
