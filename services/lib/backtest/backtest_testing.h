// The shipped pack, and reports in the corridor between DR Congo and southern Sudan.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "lib/backtest/history.h"
#include "lib/packfiles/load.h"

namespace tocsin::backtest_testing {

inline const std::vector<Document>& Documents() {
  static const std::vector<Document> documents = [] {
    auto loaded = LoadPackFiles("rules");
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return *loaded;
  }();
  return documents;
}

inline const std::shared_ptr<const Pack>& ShippedPack() {
  static const std::shared_ptr<const Pack> pack = [] {
    auto parsed = ParsePack(Documents(), {});
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return std::make_shared<const Pack>(*std::move(parsed));
  }();
  return pack;
}

inline Time AtHour(int64_t hours) {
  constexpr std::chrono::sys_days kStart = std::chrono::year(2009) / 1 / 1;
  return kStart + std::chrono::hours(hours);
}

// An attack that monusco reports when it happens.
inline Report Attack(const std::string& id, int64_t hours) {
  Report report;
  Event& event = report.event;
  event.identity = {MissionId("monusco"), EventId(id)};
  event.revision = 1;
  event.revision_kind = RevisionKind::kFile;
  event.status = Status::kActual;
  event.type = "security.attack";
  event.nature = Nature::kObserved;
  event.observed = {AtHour(hours), AtHour(hours)};
  event.precision = TimePrecision::kInstant;
  event.place.name = "west of Yambio";
  event.place.point = Point{4.45, 28.35};
  event.place.uncertainty_m = 5000;
  event.source.kind = "person";
  event.grading = {"B", "2"};
  report.origin = "test:" + id;
  return report;
}

}  // namespace tocsin::backtest_testing
