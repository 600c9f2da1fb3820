#include "lib/rulebook/prose.h"

#include <algorithm>
#include <charconv>

#include "lib/base/text.h"

namespace tocsin {
namespace {

std::string Name(const std::string& name) { return StrCat("*", name, "*"); }
std::string Code(const std::string& word) { return StrCat("`", word, "`"); }

std::vector<std::string> Names(const std::vector<std::string>& names) {
  std::vector<std::string> written;
  written.reserve(names.size());
  for (const std::string& name : names) written.push_back(Name(name));
  return written;
}

std::vector<std::string> Codes(const std::vector<std::string>& words) {
  std::vector<std::string> written;
  written.reserve(words.size());
  for (const std::string& word : words) written.push_back(Code(word));
  return written;
}

int64_t Number(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string Plural(int64_t count, const std::string& one, const std::string& many) {
  return StrCat(count, " ", count == 1 ? one : many);
}

// A field as what it is of: one and many.
std::pair<std::string, std::string> Noun(const std::string& field) {
  if (field == "actor") return {"actor of the register", "actors of the register"};
  if (field == "area") return {"area of responsibility", "areas of responsibility"};
  if (field == "corridor") return {"border corridor", "border corridors"};
  if (field == "feed") return {"feed", "feeds"};
  if (field == "mission") return {"filing mission", "filing missions"};
  if (field == "origin") return {"independent origin", "independent origins"};
  return {StrCat("value of ", Code(field)), StrCat("values of ", Code(field))};
}

// Severity and count, the least count first.
std::vector<std::pair<int64_t, std::string>> Severities(const Facts& rule) {
  std::vector<std::pair<int64_t, std::string>> severities;
  for (const std::string& word : rule.Members("condition.severities")) {
    severities.emplace_back(Number(rule.Text("condition.severities." + word)), word);
  }
  std::sort(severities.begin(), severities.end());
  return severities;
}

int64_t LeastCount(const Facts& rule) {
  const auto severities = Severities(rule);
  return severities.empty() ? 1 : severities.front().first;
}

std::string C(const Facts& rule, const char* key) { return rule.Text(StrCat("condition.", key)); }

std::string Counting(const Facts& rule, const std::string& one, const std::string& many) {
  std::string what = Plural(LeastCount(rule), one, many);
  for (const std::string& field : rule.Members("condition.distinct")) {
    what += StrCat(", and at least ", rule.Text("condition.distinct." + field), " different ",
                   Noun(field).second, " among them,");
  }
  if (C(rule, "tumbling") == "true") {
    return StrCat("At least ", what, " in one of the windows of ", C(rule, "window"),
                  " that lie side by side since 1970.");
  }
  return StrCat("At least ", what, " within ", C(rule, "window"), ".");
}

std::string Absence(const Facts& rule) {
  const std::vector<std::string> names = Names(rule.List("selections"));
  const std::string what = Enumerated(names, "or");
  const std::string settle =
      rule.Has("condition.settle")
          ? StrCat(" It is told when what may come late has been waited for, ", C(rule, "settle"),
                   ".")
          : "";
  if (rule.Has("condition.daily_by")) {
    return StrCat("A day without ", what, " by ", C(rule, "daily_by"), ", local time of ",
                  Code(C(rule, "desk")), ".", settle);
  }
  return StrCat("No further ", what, " for more than ", C(rule, "every"),
                " after the last one. The state is *silent*, *unknown* while a source that could "
                "carry one cannot be read, and *resolved* when one has come.",
                settle);
}

std::string Sequence(const Facts& rule, bool ordered) {
  std::string text =
      StrCat("One event each of ", Enumerated(Names(rule.List("condition.steps"))),
             ordered ? ", in this order," : ", in any order,", " within ", C(rule, "within"));
  if (rule.Has("condition.gap")) {
    text += StrCat(", no step more than ", C(rule, "gap"), " after the one before it");
  }
  for (const std::string& field : rule.List("condition.equal")) {
    text += StrCat(", all with the same ", Noun(field).first);
  }
  for (const std::string& field : rule.List("condition.differ")) {
    text += StrCat(", no two with the same ", Noun(field).first);
  }
  for (const std::string& field : rule.Members("condition.differ_between")) {
    text += StrCat(", of ", Enumerated(Names(rule.List("condition.differ_between." + field))),
                   " no two with the same ", Noun(field).first);
  }
  if (rule.Has("condition.until")) {
    text += StrCat(", and no ", Enumerated(Names(rule.List("condition.until")), "or"),
                   " between the first and the last");
  }
  if (rule.Has("condition.then_no.selection")) {
    text += StrCat(", and no ", Name(rule.Text("condition.then_no.selection")), " within ",
                   rule.Text("condition.then_no.within"), " after the last");
  }
  text += ".";
  if (C(rule, "take") == "latest") {
    text +=
        " An event that completes it counts with the latest events that fit, and with no others.";
  }
  return text;
}

std::string Divergence(const Facts& rule) {
  const bool missions = C(rule, "sides") == "mission";
  return StrCat("Two ", missions ? "filing missions" : "areas of responsibility",
                missions ? " have declared" : " have had declared for them",
                " different values of ", Code(C(rule, "field")), " for more than ",
                C(rule, "longer_than"), ". A declaration stands until the next one for the same ",
                missions ? "mission" : "area", ", ", C(rule, "stands"), " at most.");
}

std::string Movement(const Facts& rule) {
  return StrCat("At least ", C(rule, "least_sightings"), " sightings, neighbours no more than ",
                C(rule, "within"), " apart and each sure to ", C(rule, "radius_km"),
                " km, make a course that can reach another area of responsibility within ",
                C(rule, "ahead"), ".");
}

std::string Surge(const Facts& rule) {
  return StrCat("In a bucket of ", C(rule, "bucket"), ", at least ", C(rule, "least"),
                " incidents, and more than the ", C(rule, "baseline"),
                " before it lead one to expect (older buckets count less, half after ",
                C(rule, "half_life"), "). Of buckets in which nothing has changed, a share of ",
                C(rule, "false_alarms"), " warns all the same.");
}

std::string Composite(const Facts& rule) {
  return StrCat("One standing warning each of ", Enumerated(Names(rule.List("condition.all_of"))),
                ", the times of no two of them more than ", C(rule, "within"), " apart.");
}

}  // namespace

std::string Enumerated(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    text += StrCat(i == 0 ? "" : i + 1 == words.size() ? StrCat(" ", last, " ") : ", ", words[i]);
  }
  return text;
}

std::string KindInWords(const std::string& kind) {
  if (kind == "event_count") return "Counting of incidents";
  if (kind == "value_count") return "Counting of different values";
  if (kind == "near") return "Nearness in time and place";
  if (kind == "absence") return "Absence of what should come";
  if (kind == "temporal") return "Things that come together in time";
  if (kind == "temporal_ordered") return "Things that follow one another";
  if (kind == "divergence") return "Divergence of declarations";
  if (kind == "movement") return "Movement towards an area";
  if (kind == "surge") return "Surge above what is usual";
  if (kind == "composite") return "Warnings that come together";
  return kind;
}

std::string KeyInWords(const Facts& rule) {
  std::vector<std::string> fields;
  bool anywhere = false;
  for (const std::string& field : rule.List("group_by")) {
    if (field == "cell") {
      anywhere = true;  // how the search is spread, not what the warning is about
    } else {
      fields.push_back(Noun(field).first);
    }
  }
  if (fields.empty()) return "anywhere";
  return StrCat(anywhere ? "anywhere, for each " : "for each ", Enumerated(fields));
}

std::string ConditionInWords(const Facts& rule) {
  const std::string kind = rule.Text("kind");
  if (kind == "event_count") return Counting(rule, "incident", "distinct incidents");
  if (kind == "value_count") {
    const auto [one, many] = Noun(C(rule, "field"));
    return Counting(rule, one, StrCat("different ", many));
  }
  if (kind == "near") {
    return StrCat("One event each of ", Enumerated(Names(rule.List("condition.all_of"))),
                  ", no two of them more than ", C(rule, "radius_km"), " km and ",
                  C(rule, "within"), " apart.");
  }
  if (kind == "absence") return Absence(rule);
  if (kind == "temporal") return Sequence(rule, false);
  if (kind == "temporal_ordered") return Sequence(rule, true);
  if (kind == "divergence") return Divergence(rule);
  if (kind == "movement") return Movement(rule);
  if (kind == "surge") return Surge(rule);
  if (kind == "composite") return Composite(rule);
  return "";
}

std::string SeveritiesInWords(const Facts& rule) {
  std::string one = C(rule, "severity");
  if (!one.empty()) return one;
  std::string text;
  for (const auto& [count, word] : Severities(rule)) {
    text += StrCat(text.empty() ? "" : ", ", word, " from ", count);
  }
  return text;
}

std::string SelectionInWords(const Facts& rule, const std::string& name, const Facts& types) {
  const std::string at = StrCat("selections.", name, ".");
  if (rule.Has(at + "rules")) {
    const std::string least = rule.Text(at + "min_severity");
    return StrCat("warnings of ", Enumerated(Codes(rule.List(at + "rules")), "or"),
                  least.empty() ? "" : StrCat(", ", least, " or graver"), ".");
  }
  std::vector<std::string> titles;
  for (const std::string& type : rule.List(at + "types")) {
    const std::string title = types.Text(StrCat("types.", type, ".title.en"));
    titles.push_back(title.empty() ? Code(type) : StrCat(title, " (", Code(type), ")"));
  }
  std::string text =
      StrCat(Enumerated(titles, "or"), "; ", Enumerated(rule.List(at + "natures"), "or"));
  if (rule.Has(at + "missions")) {
    text += StrCat("; filed by ", Enumerated(Codes(rule.List(at + "missions")), "or"));
  }
  if (rule.Has(at + "actor_classes")) {
    text += StrCat("; by an actor of the class ",
                   Enumerated(Codes(rule.List(at + "actor_classes")), "or"));
  }
  if (rule.Has(at + "actor_roles")) {
    text += StrCat("; by an actor in the role ",
                   Enumerated(Codes(rule.List(at + "actor_roles")), "or"));
  }
  for (const std::string& attribute : rule.Members(at + "where")) {
    text +=
        StrCat("; with ", Code(attribute), " = ", Code(rule.Text(StrCat(at, "where.", attribute))));
  }
  for (const std::string& people : rule.Members(at + "min")) {
    text += StrCat("; with at least ", rule.Text(StrCat(at, "min.", people)), " ", people);
  }
  return text + ".";
}

std::string AddresseesInWords(const Facts& rule) {
  std::vector<std::string> whom;
  for (const std::string& word : rule.List("address")) {
    if (word == "evidence_areas") {
      whom.emplace_back("the desks of the areas that the evidence lies in");
    } else if (word == "other_side") {
      whom.emplace_back("the desks of both sides of the corridor");
    } else if (word == "neighbours") {
      whom.emplace_back(
          "the desks of the areas that the evidence lies in and of those that share a "
          "border with them");
    } else if (word == "originators") {
      whom.emplace_back("the missions that filed the evidence");
    } else if (word == "ahead") {
      whom.emplace_back("the desks of the areas ahead");
    } else if (word == "releasable_to") {
      whom.emplace_back("the missions to which every item of the evidence is released");
    } else if (word == "all") {
      whom.emplace_back("every mission");
    } else {
      whom.push_back(Code(word));
    }
  }
  return Enumerated(whom);
}

}  // namespace tocsin
