#include "tocsinctl/picture.h"

#include <gtest/gtest.h>

#include "lib/base/hash.h"

namespace tocsin::ctl {
namespace {

uint64_t One(const std::string& text) {
  return std::stoull(Sha256Hex(text).substr(0, 16), nullptr, 16);
}

v1::Delivery Of(const std::string& id, int32_t revision, v1::MessageType type, int32_t actions) {
  v1::Delivery delivery;
  v1::WarningView& view = *delivery.mutable_view();
  view.mutable_warning()->set_id(id);
  view.mutable_warning()->set_revision(revision);
  view.mutable_warning()->set_message_type(type);
  view.mutable_lifecycle()->set_actions(actions);
  return delivery;
}

v1::LifecycleChange Change(const std::string& id, int32_t actions) {
  v1::LifecycleChange change;
  change.set_warning_id(id);
  change.mutable_lifecycle()->set_actions(actions);
  return change;
}

TEST(PictureTest, WhatStandsAndHowFarItsLifeIs) {
  Picture picture;
  EXPECT_EQ(picture.Digest(), 0U);
  picture.Take(Of("a", 1, v1::MESSAGE_TYPE_ALERT, 0));
  EXPECT_EQ(picture.Digest(), One("a/1/0"));
  picture.Take(Of("b", 3, v1::MESSAGE_TYPE_UPDATE, 2));
  EXPECT_EQ(picture.Digest(), One("a/1/0") ^ One("b/3/2"));
  picture.Take(Change("a", 1));
  picture.Take(Change("unknown", 7));
  picture.Take(Change("b", 1));  // an older one
  EXPECT_EQ(picture.Digest(), One("a/1/1") ^ One("b/3/2"));
  picture.Take(Of("b", 4, v1::MESSAGE_TYPE_CANCEL, 2));
  EXPECT_EQ(picture.Digest(), One("a/1/1"));
  // What the centre is done with is no part of it, and comes back with the next action.
  v1::LifecycleChange resolved = Change("a", 2);
  resolved.mutable_lifecycle()->set_state(v1::LIFECYCLE_STATE_RESOLVED);
  picture.Take(resolved);
  EXPECT_EQ(picture.Digest(), 0U);
  picture.Take(Change("a", 1));
  EXPECT_EQ(picture.Digest(), 0U);
  picture.Take(Change("a", 3));
  EXPECT_EQ(picture.Digest(), One("a/1/3"));
  v1::Delivery leaves = Of("a", 2, v1::MESSAGE_TYPE_UPDATE, 1);
  leaves.set_leaves_filter(true);
  picture.Take(leaves);
  EXPECT_EQ(picture.Digest(), 0U);
}

}  // namespace
}  // namespace tocsin::ctl
