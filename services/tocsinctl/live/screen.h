// A terminal as lines and keys, by ncurses: the only place that names it. One at a time in a
// process, used by one thread; gives the terminal back as it was.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tocsinctl/live/board.h"

namespace tocsin::ctl {

enum class Key { kNone, kUp, kDown, kPageUp, kPageDown, kEnter, kEscape, kBackspace, kText };

struct KeyPress {
  Key key = Key::kNone;
  std::string text;  // of kText: one character, UTF-8
};

class Screen {
 public:
  // Whether standard input and output are a terminal that can be drawn on.
  static bool IsThere();

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  size_t width() const;
  size_t height() const;
  // `input`: the last line, with the cursor at its end; nothing: no cursor.
  void Draw(const std::vector<BoardLine>& lines, const std::string& last,
            bool cursor_at_end_of_last);
  void Bell();
  // kNone when nothing was pressed within `patience`.
  KeyPress Read(std::chrono::milliseconds patience);
};

}  // namespace tocsin::ctl
