#include "lib/wire/delta.h"

#include <random>

#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

v1::WarningView ViewOf(int32_t revision, const std::vector<int>& items,
                       const std::string& area = "") {
  v1::WarningView view;
  view.mutable_warning()->set_id("w");
  view.mutable_warning()->set_revision(revision);
  for (const int n : items) {
    v1::Evidence& item = *view.mutable_warning()->add_evidence();
    item.mutable_identity()->set_id(StrCat("e", n % 100));
    item.set_revision(n / 100);
    (*item.mutable_attributes())["a"] = "b";
    (*item.mutable_attributes())["c"] = StrCat(n);
  }
  if (!area.empty()) view.mutable_area()->set_geojson(area);
  return view;
}

TEST(DeltaTest, KeepsWhatIsNewAndNamesTheRest) {
  const v1::WarningView base = ViewOf(3, {1, 2, 3}, "here");
  v1::WarningView view = ViewOf(5, {3, 102, 1, 4}, "here");
  const auto delta = TakeOut(base, view, 0);
  ASSERT_TRUE(delta.has_value());
  EXPECT_EQ(delta->base_revision(), 3);
  EXPECT_EQ(std::vector<int>(delta->evidence().begin(), delta->evidence().end()),
            std::vector<int>({3, 0, 1, 0}));
  EXPECT_TRUE(delta->same_area());
  EXPECT_EQ(view.warning().evidence_size(), 2);  // 2 was corrected, 4 is new
  EXPECT_FALSE(view.has_area());
}

TEST(DeltaTest, NothingForALittle) {
  const v1::WarningView base = ViewOf(1, {1});
  v1::WarningView view = ViewOf(2, {1});
  EXPECT_FALSE(TakeOut(base, view, 10'000).has_value());
  EXPECT_EQ(view.warning().evidence_size(), 1);
  EXPECT_FALSE(TakeOut(ViewOf(1, {7, 7}), view, 0).has_value());  // not to be told apart
}

TEST(DeltaTest, WhatDoesNotFitIsRefused) {
  const v1::WarningView base = ViewOf(1, {1, 2});
  v1::WarningView taken = ViewOf(2, {2, 3});
  const v1::Delta good = *TakeOut(base, taken, 0);
  const auto refused = [&](const v1::WarningView& onto, auto change) {
    v1::Delta delta = good;
    v1::WarningView view = taken;
    change(delta, view);
    const std::string before = view.SerializeAsString();
    const absl::Status put = PutBack(onto, delta, view);
    EXPECT_TRUE(put.ok() || view.SerializeAsString() == before);
    return put.code() == absl::StatusCode::kFailedPrecondition;
  };
  EXPECT_FALSE(refused(base, [](auto&, auto&) {}));
  EXPECT_TRUE(refused(ViewOf(3, {1, 2}), [](auto&, auto&) {}));
  EXPECT_TRUE(refused(base, [](auto&, auto& view) { view.mutable_warning()->set_id("x"); }));
  EXPECT_TRUE(refused(base, [](auto& delta, auto&) { delta.set_evidence(0, 3); }));
  EXPECT_TRUE(refused(base, [](auto& delta, auto&) { delta.set_evidence(0, -1); }));
  EXPECT_TRUE(refused(base, [](auto& delta, auto&) { delta.add_evidence(0); }));
  EXPECT_TRUE(refused(base, [](auto& delta, auto&) { delta.set_evidence(1, 1); }));
  EXPECT_TRUE(refused(base, [](auto& delta, auto&) { delta.set_same_area(true); }));
}

TEST(DeltaTest, PropertyPutBackIsWhatWasTakenOut) {
  std::mt19937_64 engine(7);
  for (int round = 0; round < 2000; ++round) {
    const auto some = [&] {
      std::vector<int> items;
      for (int n = 0; n < 8; ++n) {
        if (engine() % 2 == 0) items.push_back(n + 100 * static_cast<int>(engine() % 2));
      }
      std::shuffle(items.begin(), items.end(), engine);
      return items;
    };
    const char* const areas[] = {"", "here", "there"};
    const v1::WarningView base = ViewOf(1, some(), areas[engine() % 3]);
    const v1::WarningView whole = ViewOf(2, some(), areas[engine() % 3]);
    v1::WarningView view = whole;
    const auto delta = TakeOut(base, view, engine() % 100);
    if (delta) {
      EXPECT_LT(view.ByteSizeLong(), whole.ByteSizeLong() + 1);
      ASSERT_TRUE(PutBack(base, *delta, view).ok());
    }
    ASSERT_EQ(SerializeDeterministic(view), SerializeDeterministic(whole)) << round;
  }
}

}  // namespace
}  // namespace tocsin
