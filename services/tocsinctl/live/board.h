// What a live watch shows: the warnings that wait, the one that is looked at, how whole and how old
// the picture is. Knows no terminal and no network. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tocsin/v1/gateway_service.pb.h"
#include "tocsinctl/texts.h"

namespace tocsin::ctl {

// One line of a screen, UTF-8, perhaps wider than it: the screen cuts.
struct BoardLine {
  enum class Kind { kPlain, kStrong, kChosen, kAlarm };  // never by colour alone
  std::string text;
  Kind kind = Kind::kPlain;
};

class Board {
 public:
  // `texts` must outlive the board. `mission`: whose centre.
  Board(const Texts& texts, std::string mission);

  void Take(const v1::Delivery& delivery, int64_t now_us);
  void Take(const v1::LifecycleChange& change, int64_t now_us);
  void Take(const v1::Heartbeat& heartbeat, int64_t now_us);
  void Take(const v1::Centre& centre, int64_t now_us);
  void TakeLink(bool up, const std::string& reason, int64_t now_us);
  // A line of the board's own, as the answer to what the person did.
  void Say(const std::string& what, int64_t now_us);

  // Up (-1) or down (1), past the ends is the end.
  void Move(int by);
  // What is looked at; nullptr where nothing stands.
  const v1::WarningView* chosen() const;

  // At most `height` lines. `width`: where long ones of the details are broken.
  std::vector<BoardLine> Draw(size_t width, size_t height, int64_t now_us) const;
  // Whether something alerted since it was last asked.
  bool TakeBell();

 private:
  // Those that wait first, the gravest of them first, then the newest.
  std::vector<const v1::WarningView*> Ordered() const;
  void KeepChosen();
  std::vector<BoardLine> Head(int64_t now_us) const;
  // What is wrong here, what has not reached anybody, who is not on the line.
  std::vector<BoardLine> Warnings(int64_t now_us) const;
  BoardLine Row(const v1::WarningView& view, size_t name_width) const;
  std::vector<BoardLine> Details(size_t width) const;

  const Texts& texts_;
  const std::string mission_;
  std::map<std::string, v1::WarningView> standing_;  // by id
  std::map<std::string, int32_t> seen_;              // greatest revision, ended ones too
  std::string chosen_;                               // id
  size_t place_ = 0;                                 // of what is chosen, for when it goes
  std::deque<std::string> said_;                     // the latest
  bool bell_ = false;
  bool snapshot_ = true;  // still to be told what stands
  bool up_ = false;
  std::string lost_;
  int64_t heard_us_ = 0;
  v1::Heartbeat heartbeat_;  // the last one
  v1::Centre centre_;
};

}  // namespace tocsin::ctl
