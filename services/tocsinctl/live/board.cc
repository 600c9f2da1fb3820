#include "tocsinctl/live/board.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <absl/strings/str_join.h>

#include "lib/base/text.h"
#include "lib/wire/warning_kind.h"
#include "tocsinctl/centre_words.h"
#include "tocsinctl/links.h"
#include "tocsinctl/output.h"
#include "tocsinctl/overdue.h"

namespace tocsin::ctl {
namespace {

constexpr size_t kMostSaid = 4;
constexpr size_t kMostEvidence = 8;
// Of other centres' links.
constexpr int kMostLinks = 5;

bool Waits(const v1::WarningView& view) {
  const v1::LifecycleState state = view.lifecycle().state();
  return state != v1::LIFECYCLE_STATE_ACKNOWLEDGED && state != v1::LIFECYCLE_STATE_RESOLVED;
}

// It waits, and somebody is to hear of it.
bool Calls(const v1::WarningView& view) { return Waits(view) && !view.lifecycle().has_quiet(); }

std::string Has(const v1::Lifecycle& life) {
  if (life.state() == v1::LIFECYCLE_STATE_RESOLVED) return "resolved";
  const std::string& who = life.owner().empty() ? life.acknowledged_by() : life.owner();
  if (life.state() == v1::LIFECYCLE_STATE_ACKNOWLEDGED) return who;
  const std::string waits = life.has_quiet() ? "quiet" : "WAITS";
  return life.owner().empty() ? waits : StrCat(waits, " for ", life.owner());
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string Seconds(int64_t us) {
  const int64_t s = std::max<int64_t>(0, us / 1'000'000);
  return s < 120 ? StrCat(s, " s") : s < 7200 ? StrCat(s / 60, " min") : StrCat(s / 3600, " h");
}

// Where a line of at most `width` characters may end: after a blank between words where there is
// one. Never within the indentation: nothing would be gained, and the rest be as long as before.
size_t BreakAt(const std::string& text, size_t width) {
  size_t characters = 0;
  size_t blank = 0;
  const size_t words = std::min(text.find_first_not_of(' '), text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;  // within a character
    if (characters == width) return blank > 0 ? blank : i;
    ++characters;
    if (text[i] == ' ' && i > words) blank = i + 1;
  }
  return text.size();
}

void Wrap(std::string text, size_t width, std::vector<BoardLine>& lines) {
  const size_t indent = std::min(text.find_first_not_of(' '), width / 2);
  while (true) {
    const size_t end = BreakAt(text, width);
    lines.push_back({text.substr(0, end), BoardLine::Kind::kPlain});
    if (end >= text.size()) return;
    text = std::string(indent + 2, ' ') + text.substr(end);
  }
}

}  // namespace

Board::Board(const Texts& texts, std::string mission)
    : texts_(texts), mission_(std::move(mission)) {}

void Board::Take(const v1::Delivery& delivery, int64_t now_us) {
  heard_us_ = now_us;
  const v1::Warning& warning = delivery.view().warning();
  int32_t& seen = seen_[warning.id()];
  const bool news = warning.revision() > seen;
  seen = std::max(seen, warning.revision());
  if (!IsOpen(warning) || delivery.leaves_filter()) {
    if (standing_.erase(warning.id()) > 0) Say(texts_.FirstLine(delivery.view()), now_us);
    KeepChosen();
    return;
  }
  standing_[warning.id()] = delivery.view();
  KeepChosen();
  if (!news || delivery.snapshot()) return;
  if (!Alerts(warning)) return;
  bell_ = bell_ || !delivery.view().lifecycle().has_quiet();
  Say(texts_.FirstLine(delivery.view()), now_us);
}

void Board::Take(const v1::LifecycleChange& change, int64_t now_us) {
  heard_us_ = now_us;
  Say(StrCat(texts_.NameOf(change.number()), ": ", texts_.Life(change.lifecycle())), now_us);
  const auto found = standing_.find(change.warning_id());
  if (found == standing_.end()) return;
  if (found->second.lifecycle().actions() > change.lifecycle().actions()) return;
  v1::Lifecycle& life = *found->second.mutable_lifecycle();
  // What has waited quietly, or had been seen to, waits for somebody now.
  const bool again = change.lifecycle().waiting_since_us() > life.waiting_since_us();
  const bool rings = change.lifecycle().rang_us() > life.rang_us();
  life = change.lifecycle();
  bell_ = bell_ || (again && Calls(found->second)) || (rings && Stands(found->second));
}

void Board::Take(const v1::Centre& centre, int64_t now_us) {
  heard_us_ = now_us;
  centre_ = centre;
}

void Board::Take(const v1::Heartbeat& heartbeat, int64_t now_us) {
  heard_us_ = now_us;
  snapshot_ = false;
  heartbeat_ = heartbeat;
}

void Board::TakeLink(bool up, const std::string& reason, int64_t now_us) {
  up_ = up;
  lost_ = up ? "" : reason;
  if (up) heard_us_ = now_us;
}

void Board::Say(const std::string& what, int64_t now_us) {
  said_.push_back(StrCat(Zulu(now_us), "  ", what));
  if (said_.size() > kMostSaid) said_.pop_front();
}

std::vector<const v1::WarningView*> Board::Ordered() const {
  std::vector<const v1::WarningView*> rows;
  rows.reserve(standing_.size());
  for (const auto& [id, view] : standing_) rows.push_back(&view);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    const auto rank = [](const v1::WarningView& view) {
      const bool done = view.lifecycle().state() == v1::LIFECYCLE_STATE_RESOLVED;
      return std::tuple(done, !Calls(view), !Waits(view),
                        Waits(view) ? -view.warning().severity() : 0, -view.warning().issued_us());
    };
    return rank(*a) < rank(*b);
  });
  return rows;
}

const v1::WarningView* Board::chosen() const {
  const auto found = standing_.find(chosen_);
  return found == standing_.end() ? nullptr : &found->second;
}

// Stays on the same warning wherever it goes; when it has ended, on what is in its place.
void Board::KeepChosen() {
  const std::vector<const v1::WarningView*> rows = Ordered();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i]->warning().id() == chosen_) {
      place_ = i;
      return;
    }
  }
  place_ = rows.empty() ? 0 : std::min(place_, rows.size() - 1);
  chosen_ = rows.empty() ? "" : rows[place_]->warning().id();
}

void Board::Move(int by) {
  const std::vector<const v1::WarningView*> rows = Ordered();
  if (rows.empty()) return;
  KeepChosen();
  const auto last = static_cast<int64_t>(rows.size()) - 1;
  place_ = static_cast<size_t>(std::clamp<int64_t>(static_cast<int64_t>(place_) + by, 0, last));
  chosen_ = rows[place_]->warning().id();
}

bool Board::TakeBell() { return std::exchange(bell_, false); }

std::vector<BoardLine> Board::Head(int64_t now_us) const {
  const auto count = [this](auto what) {
    return std::count_if(standing_.begin(), standing_.end(),
                         [what](const auto& entry) { return what(entry.second); });
  };
  const auto stand = count([](const v1::WarningView& view) { return Stands(view); });
  const auto waits = count(&Calls);
  const auto quiet = count([](const v1::WarningView& view) { return Waits(view) && !Calls(view); });
  std::vector<BoardLine> lines = {
      {StrCat("Watch of ", mission_, "   ", stand, " stand, ", waits, " wait for somebody",
              quiet > 0 ? StrCat(", ", quiet, " quietly") : "", "   ", Zulu(now_us)),
       BoardLine::Kind::kStrong}};
  const std::string age = heard_us_ == 0 ? "never" : Seconds(now_us - heard_us_);
  if (!up_) {
    lines.push_back({lost_.empty() ? std::string("No link yet")
                                   : StrCat("NO LINK: ", lost_,
                                            ". Trying again; what stands here is ", age, " old"),
                     BoardLine::Kind::kAlarm});
  } else if (snapshot_) {
    lines.push_back({"Being told what stands ...", BoardLine::Kind::kPlain});
  } else {
    const int64_t waiting = heartbeat_.waiting();
    const std::string load = LoadOf(heartbeat_);
    lines.push_back({StrCat("Whole, heard ", age, " ago",
                            waiting > 0 ? StrCat("; ", waiting, " on their way") : "",
                            load.empty() ? "" : "; ", load),
                     BoardLine::Kind::kPlain});
  }
  for (BoardLine& line : Warnings(now_us)) lines.push_back(std::move(line));
  return lines;
}

std::vector<BoardLine> Board::Warnings(int64_t now_us) const {
  std::vector<BoardLine> lines;
  const auto name_of = [this](int64_t number) { return texts_.NameOf(number); };
  for (const v1::Trouble& trouble : heartbeat_.troubles()) {
    lines.push_back({LineOf(trouble, now_us), BoardLine::Kind::kAlarm});
  }
  if (std::string flood = FloodOf(heartbeat_); !flood.empty()) {
    flood[0] = 'F';
    lines.push_back({std::move(flood), BoardLine::Kind::kStrong});
  }
  for (std::string& line : LinesOf(heartbeat_.overdue(), name_of)) {
    lines.push_back({std::move(line), BoardLine::Kind::kStrong});
  }
  std::vector<std::string> watch;
  for (const v1::OnWatch& at : centre_.on_watch()) watch.push_back(at.person());
  if (!watch.empty()) {
    lines.push_back({StrCat("On watch: ", absl::StrJoin(watch, ", ")), BoardLine::Kind::kPlain});
  }
  if (centre_.has_offered()) {
    lines.push_back({StrCat("The watch is offered to ", centre_.offered().to(), " by ",
                            centre_.offered().from()),
                     BoardLine::Kind::kStrong});
  }
  for (const v1::ActiveSilence& silence : centre_.silences()) {
    if (silence.expires_us() <= now_us) continue;
    lines.push_back({StrCat("Silenced until ", Zulu(silence.expires_us()), " by ", silence.person(),
                            ": ", InWords(silence.filter())),
                     BoardLine::Kind::kPlain});
  }
  int links = 0;
  for (const v1::JocLink& link : heartbeat_.links()) {
    if (link.status() == v1::JOC_LINK_STATUS_UP || ++links > kMostLinks) continue;
    lines.push_back({LineOf(link, now_us, name_of), BoardLine::Kind::kPlain});
  }
  return lines;
}

BoardLine Board::Row(const v1::WarningView& view, size_t name_width) const {
  const bool chosen = view.warning().id() == chosen_;
  const std::string severity = Word(v1::Severity_Name(view.warning().severity()), "SEVERITY_");
  return {
      StrCat(chosen ? "> " : "  ", Padded(texts_.Name(view), name_width), "  ", Padded(severity, 9),
             Padded(Has(view.lifecycle()), 18), "  ", texts_.Headline(view)),
      chosen        ? BoardLine::Kind::kChosen
      : Calls(view) ? BoardLine::Kind::kStrong
                    : BoardLine::Kind::kPlain};
}

std::vector<BoardLine> Board::Details(size_t width) const {
  std::vector<BoardLine> lines;
  if (const v1::WarningView* view = chosen(); view != nullptr) {
    for (const std::string& line : texts_.Lines(*view, kMostEvidence)) {
      Wrap(line, std::max<size_t>(width, 20), lines);
    }
  }
  return lines;
}

std::vector<BoardLine> Board::Draw(size_t width, size_t height, int64_t now_us) const {
  std::vector<BoardLine> lines = Head(now_us);
  std::vector<BoardLine> details = Details(width);
  // Of what the head and what was said leave, the rows have half at least.
  const size_t fixed = lines.size() + said_.size() + 2;
  const size_t room = height > fixed ? height - fixed : 1;
  const std::vector<const v1::WarningView*> rows = Ordered();
  const size_t for_rows =
      std::min(rows.size(), std::max(room / 2, room - std::min(room, details.size())));
  const size_t first = place_ < for_rows ? 0 : place_ - for_rows + 1;
  size_t name_width = 0;
  for (const v1::WarningView* row : rows) {
    name_width = std::max(name_width, texts_.Name(*row).size());
  }
  for (size_t i = first; i < first + for_rows && i < rows.size(); ++i) {
    lines.push_back(Row(*rows[i], name_width));
  }
  if (rows.empty()) lines.push_back({"No warning stands.", BoardLine::Kind::kPlain});
  if (rows.size() > for_rows) {
    lines.push_back({StrCat("  (", rows.size() - for_rows, " more)"), BoardLine::Kind::kPlain});
  } else {
    lines.push_back({});
  }
  details.resize(std::min(details.size(), room - std::min(room, for_rows)));
  lines.insert(lines.end(), details.begin(), details.end());
  const size_t until = height > said_.size() ? height - said_.size() : 0;
  if (lines.size() < until) lines.resize(until);
  for (const std::string& said : said_) lines.push_back({said, BoardLine::Kind::kPlain});
  if (lines.size() > height) lines.resize(height);
  return lines;
}

}  // namespace tocsin::ctl
