#include "lib/rendering/life_phrases.h"

#include <array>
#include <utility>

#include "lib/base/text.h"
#include "lib/rendering/codes.h"
#include "lib/rendering/phrases.h"

namespace tocsin {
namespace {

constexpr char kSection[] = "life";
constexpr std::array<const char*, 5> kLevel = {"", "duty_officer", "deputy", "chief_joc",
                                               "chief_of_staff"};
constexpr std::array<const char*, 4> kQuiet = {"", "silenced", "inhibited", "digested"};
constexpr std::array<const char*, 3> kVerdict = {"", "useful", "false_alarm"};

class Phrases {
 public:
  Phrases(const Lifecycle& life, const absl::TimeZone& zone, const Catalogue& catalogue)
      : life_(life), zone_(zone), catalogue_(catalogue) {}

  std::vector<std::string> All() {
    State();
    if (life_.quiet) {
      Add(Code(kQuiet, life_.quiet->reason), {{"until", At(life_.quiet->until)}});
    }
    if (life_.escalated != kUnknownTime) {
      Add(life_.escalated_by.empty() ? "escalated_by_policy" : "escalated",
          {{"to", Words(Code(kLevel, life_.level))},
           {"person", life_.escalated_by},
           {"time", At(life_.escalated)}});
    }
    if (!life_.owner.empty()) Add("owner", {{"person", life_.owner}});
    for (const auto& [unit, response] : life_.responses) AddResponse(unit, response);
    if (life_.verdict != Verdict::kUnspecified) {
      Add(Code(kVerdict, life_.verdict), {{"person", life_.verdict_by}});
    }
    if (!life_.links.empty()) Add("links", {{"count", StrCat(life_.links.size())}});
    if (!life_.predecessors.empty()) {
      Add("predecessors", {{"count", StrCat(life_.predecessors.size())}});
    }
    if (!life_.comment.empty()) {
      Add("comment", {{"person", life_.comment_by}, {"comment", life_.comment}});
    }
    return std::move(phrases_);
  }

 private:
  void State() {
    switch (life_.state) {
      case LifecycleState::kAcknowledged:
        Add(life_.acknowledgement_expires == kNever ? "acknowledged" : "acknowledged_until",
            {{"person", life_.acknowledged_by},
             {"desk", life_.acknowledged_desk},
             {"time", At(life_.acknowledged)},
             {"until", At(life_.acknowledgement_expires)}});
        return;
      case LifecycleState::kResolved:
        Add("resolved", {{"person", life_.resolved_by}, {"time", At(life_.resolved)}});
        return;
      case LifecycleState::kNew:
      case LifecycleState::kUnspecified:
        if (life_.waiting_since != kUnknownTime) {
          Add("waiting", {{"time", At(life_.waiting_since)}});
        }
    }
  }

  void AddResponse(const std::string& unit, const Response& response) {
    std::vector<std::string> stages;
    const auto stage = [&](const char* code, Time time) {
      if (time != kUnknownTime) stages.push_back(Fill(Words(code), {{"time", At(time)}}));
    };
    stage("tasked", response.tasked);
    stage("on_scene", response.on_scene);
    stage("ended", response.ended);
    std::string phrase = StrCat(unit, ": ");
    for (size_t i = 0; i < stages.size(); ++i) phrase += StrCat(i == 0 ? "" : ", ", stages[i]);
    if (!response.result.empty()) phrase += StrCat(": ", response.result);
    phrases_.push_back(std::move(phrase));
  }

  void Add(const std::string& code, const std::map<std::string, std::string>& values) {
    phrases_.push_back(Fill(Words(code), values));
  }
  std::string Words(const std::string& code) const { return catalogue_.Words(kSection, code); }
  std::string At(Time time) const { return TimePhrase(time, zone_, catalogue_); }

  const Lifecycle& life_;
  const absl::TimeZone& zone_;
  const Catalogue& catalogue_;
  std::vector<std::string> phrases_;
};

}  // namespace

std::vector<std::string> LifePhrases(const Lifecycle& life, const absl::TimeZone& zone,
                                     const Catalogue& catalogue) {
  return Phrases(life, zone, catalogue).All();
}

}  // namespace tocsin
