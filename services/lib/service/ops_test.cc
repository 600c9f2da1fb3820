#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <prometheus/counter.h>

#include "lib/service/service.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

TEST(Ops, IsReadyWhenEveryConditionIsMet) {
  auto ops = Ops::Start("127.0.0.1", 0);
  ASSERT_TRUE(ops.ok()) << ops.status();
  httplib::Client client("127.0.0.1", (*ops)->port());
  EXPECT_EQ(client.Get("/healthz")->status, 200);
  EXPECT_EQ(client.Get("/readyz")->status, 503) << "nothing is known yet";
  (*ops)->SetReady("caught up", false);
  (*ops)->SetReady("kafka", true);
  const auto waiting = client.Get("/readyz");
  EXPECT_EQ(waiting->status, 503);
  EXPECT_EQ(waiting->body, "not ready: caught up\n");
  (*ops)->SetReady("caught up", true);
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  (*ops)->SetReady("kafka", false);
  EXPECT_EQ(client.Get("/readyz")->status, 503);
  EXPECT_THAT(client.Get("/metrics")->body, HasSubstr("tocsin_ready 0"));
}

TEST(Ops, ServesTheRegistry) {
  auto ops = Ops::Start("127.0.0.1", 0);
  ASSERT_TRUE(ops.ok()) << ops.status();
  prometheus::BuildCounter()
      .Name("tocsin_test_total")
      .Help("For the test")
      .Register((*ops)->registry())
      .Add({{"kind", "a"}})
      .Increment(2);
  httplib::Client client("127.0.0.1", (*ops)->port());
  EXPECT_THAT(client.Get("/metrics")->body, HasSubstr("tocsin_test_total{kind=\"a\"} 2"));
}

TEST(Ops, ATakenPortIsAClearError) {
  auto first = Ops::Start("127.0.0.1", 0);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Ops::Start("127.0.0.1", (*first)->port());
  ASSERT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(absl::StrCat((*first)->port())));
}

}  // namespace
}  // namespace tocsin
