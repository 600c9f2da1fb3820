#include "tocsinctl/live/screen.h"

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <cwctype>

#include <langinfo.h>
#include <unistd.h>

// Its macros are called move, clear and the like.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <ncurses.h>

namespace tocsin::ctl {
namespace {

// What fits into `width` columns; what cannot be shown is a question mark.
std::wstring Cut(const std::string& text, int width) {
  std::wstring cut;
  std::mbstate_t state{};
  const char* at = text.data();
  size_t left = text.size();
  int columns = 0;
  while (left > 0) {
    wchar_t character = L'?';
    size_t bytes = std::mbrtowc(&character, at, left, &state);
    if (bytes == 0 || bytes > left) {
      bytes = 1;
      character = L'?';
      state = {};
    }
    at += bytes;
    left -= bytes;
    if (std::iswprint(static_cast<std::wint_t>(character)) == 0) character = L'?';
    const int wide = std::max(0, ::wcwidth(character));
    if (columns + wide > width) break;
    columns += wide;
    cut.push_back(character);
  }
  return cut;
}

attr_t AttributesOf(BoardLine::Kind kind) {
  switch (kind) {
    case BoardLine::Kind::kStrong:
      return A_BOLD;
    case BoardLine::Kind::kChosen:
      return A_REVERSE;
    case BoardLine::Kind::kAlarm:
      return A_BOLD | A_REVERSE;
    case BoardLine::Kind::kPlain:
      break;
  }
  return A_NORMAL;
}

std::string ToUtf8(wint_t character) {
  std::mbstate_t state{};
  std::string text(MB_CUR_MAX, '\0');
  const size_t bytes = std::wcrtomb(text.data(), static_cast<wchar_t>(character), &state);
  text.resize(bytes == static_cast<size_t>(-1) ? 0 : bytes);
  return text;
}

}  // namespace

bool Screen::IsThere() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && kind != nullptr &&
         *kind != '\0' && std::strcmp(kind, "dumb") != 0;
}

Screen::Screen() {
  // Of characters alone: numbers and dates stay as they are.
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
  ::initscr();
  ::cbreak();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, true);
  ::set_escdelay(50);
}

Screen::~Screen() { ::endwin(); }

size_t Screen::width() const { return static_cast<size_t>(std::max(1, ::getmaxx(stdscr))); }
size_t Screen::height() const { return static_cast<size_t>(std::max(1, ::getmaxy(stdscr))); }

void Screen::Draw(const std::vector<BoardLine>& lines, const std::string& last,
                  bool cursor_at_end_of_last) {
  const int columns = ::getmaxx(stdscr);
  const int rows = ::getmaxy(stdscr);
  ::werase(stdscr);
  for (int row = 0; row + 1 < rows && row < static_cast<int>(lines.size()); ++row) {
    const BoardLine& line = lines[static_cast<size_t>(row)];
    ::wattrset(stdscr, static_cast<int>(AttributesOf(line.kind)));
    ::mvwaddwstr(stdscr, row, 0, Cut(line.text, columns).c_str());
  }
  ::wattrset(stdscr, A_NORMAL);
  // The last column of the last row would scroll.
  ::mvwaddwstr(stdscr, rows - 1, 0, Cut(last, columns - 1).c_str());
  ::curs_set(cursor_at_end_of_last ? 1 : 0);
  ::wrefresh(stdscr);
}

void Screen::Bell() { ::beep(); }

KeyPress Screen::Read(std::chrono::milliseconds patience) {
  ::wtimeout(stdscr, static_cast<int>(patience.count()));
  wint_t character = 0;
  const int kind = ::wget_wch(stdscr, &character);
  if (kind == ERR) return {};
  if (kind == KEY_CODE_YES) {
    switch (character) {
      case KEY_UP:
        return {Key::kUp, ""};
      case KEY_DOWN:
        return {Key::kDown, ""};
      case KEY_PPAGE:
        return {Key::kPageUp, ""};
      case KEY_NPAGE:
        return {Key::kPageDown, ""};
      case KEY_ENTER:
        return {Key::kEnter, ""};
      case KEY_BACKSPACE:
        return {Key::kBackspace, ""};
      default:
        return {};
    }
  }
  switch (character) {
    case L'\r':
    case L'\n':
      return {Key::kEnter, ""};
    case 27:
      return {Key::kEscape, ""};
    case 127:
    case 8:
      return {Key::kBackspace, ""};
    default:
      return character < 32 ? KeyPress{} : KeyPress{Key::kText, ToUtf8(character)};
  }
}

}  // namespace tocsin::ctl
