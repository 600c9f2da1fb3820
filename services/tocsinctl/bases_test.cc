#include "tocsinctl/bases.h"

#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/wire/delta.h"

namespace tocsin::ctl {
namespace {

v1::Delivery Whole(const std::string& id, int32_t revision, int items) {
  v1::Delivery delivery;
  delivery.mutable_view()->mutable_warning()->set_id(id);
  delivery.mutable_view()->mutable_warning()->set_revision(revision);
  for (int n = 0; n < items; ++n) {
    delivery.mutable_view()->mutable_warning()->add_evidence()->set_type(StrCat("t", n));
  }
  return delivery;
}

v1::Delivery Short(const v1::Delivery& base, v1::Delivery delivery) {
  *delivery.mutable_delta() = *TakeOut(base.view(), *delivery.mutable_view(), 0);
  return delivery;
}

TEST(BasesTest, EachIsMadeWholeFromTheOneBefore) {
  Bases bases;
  v1::Delivery before = Whole("w", 1, 2);
  ASSERT_TRUE(bases.MakeWhole(before).ok());
  for (int32_t revision = 2; revision < 10; ++revision) {
    const v1::Delivery whole = Whole("w", revision, 2 + revision % 3);
    v1::Delivery delivery = Short(before, whole);
    EXPECT_TRUE(delivery.has_delta());
    ASSERT_TRUE(bases.MakeWhole(delivery).ok());
    EXPECT_EQ(delivery.SerializeAsString(), whole.SerializeAsString());
    before = whole;
  }
}

TEST(BasesTest, WhatWasNotKeptIsSaid) {
  Bases bases;
  v1::Delivery base = Whole("w", 1, 2);
  v1::Delivery update = Short(base, Whole("w", 2, 3));
  EXPECT_TRUE(absl::IsFailedPrecondition(bases.MakeWhole(update)));
  ASSERT_TRUE(bases.MakeWhole(base).ok());
  for (size_t n = 1; n < Bases::kMost; ++n) {
    v1::Delivery other = Whole(StrCat("x", n), 1, 0);
    ASSERT_TRUE(bases.MakeWhole(other).ok());
  }
  v1::Delivery in_time = update;
  ASSERT_TRUE(Bases(bases).MakeWhole(in_time).ok());
  v1::Delivery other = Whole("y", 1, 0);
  ASSERT_TRUE(bases.MakeWhole(other).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(bases.MakeWhole(update)));
}

}  // namespace
}  // namespace tocsin::ctl
