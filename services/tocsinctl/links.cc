#include "tocsinctl/links.h"

#include <absl/strings/ascii.h>
#include <absl/time/time.h>

#include "lib/base/text.h"

namespace tocsin::ctl {
namespace {

// Among what is wrong.
constexpr char kFlood[] = "flood";

// "03:10Z", with its day unless that is today.
std::string At(int64_t us, int64_t now_us) {
  const absl::Time time = absl::FromUnixMicros(us);
  const absl::TimeZone utc = absl::UTCTimeZone();
  const bool today = utc.At(time).cs.day() == utc.At(absl::FromUnixMicros(now_us)).cs.day() &&
                     std::abs(now_us - us) < int64_t{86'400'000'000};
  return absl::FormatTime(today ? "%H:%MZ" : "%Y-%m-%d %H:%MZ", time, utc);
}

std::string Since(int64_t us, int64_t now_us) {
  return us == 0 ? " since a time that is not known" : StrCat(" since ", At(us, now_us));
}

// Which trouble it is, whatever its times.
std::string KeyOf(const v1::Trouble& trouble) {
  return StrCat(static_cast<int>(trouble.kind()), "/", trouble.keyed_partition(), "/",
                trouble.topic(), "/", trouble.partition());
}

std::string Over(v1::TroubleKind kind) {
  switch (kind) {
    case v1::TROUBLE_KIND_BROKER_NOT_REACHED:
      return "broker reached again: what is shown is kept up to date again";
    case v1::TROUBLE_KIND_EVALUATION_STOPPED:
      return "evaluation goes on";
    case v1::TROUBLE_KIND_FEED_SILENT:
      return "feed is heard of again";
    case v1::TROUBLE_KIND_SOURCE_NOT_READ:
      return "source is read again";
    default:
      return "over";
  }
}

}  // namespace

std::string LineOf(const v1::JocLink& link, int64_t now_us, const NameOfNumber& name_of) {
  std::string line = absl::AsciiStrToUpper(link.mission());
  switch (link.status()) {
    case v1::JOC_LINK_STATUS_UP:
      line += ": link up";
      break;
    case v1::JOC_LINK_STATUS_DOWN:
      line += ": link down";
      break;
    case v1::JOC_LINK_STATUS_SILENT:
      line += ": its gateway has not been heard of";
      break;
    default:
      line += ": link not known, the broker is not reached";
  }
  line += Since(link.since_us(), now_us);
  if (link.last_number() != 0) {
    line += StrCat(", last had ", name_of(link.last_number()), " at ",
                   At(link.last_received_us(), now_us));
  } else if (link.last_received_us() != 0) {
    line += StrCat(", last had a warning at ", At(link.last_received_us(), now_us));
  }
  return line;
}

std::string LineOf(const v1::Trouble& trouble, int64_t now_us) {
  const std::string since = Since(trouble.since_us(), now_us);
  switch (trouble.kind()) {
    case v1::TROUBLE_KIND_BROKER_NOT_REACHED: {
      const int64_t age_s = (now_us - trouble.since_us()) / 1'000'000;
      return StrCat("broker not reached", since, ": what is shown is ", age_s,
                    " s old, and nothing can be acknowledged");
    }
    case v1::TROUBLE_KIND_EVALUATION_STOPPED:
      return StrCat("evaluation stopped", since, ": correlator partition ",
                    trouble.keyed_partition(),
                    trouble.evaluated_up_to_us() == 0
                        ? std::string(" was never heard of")
                        : StrCat(" had come to ", At(trouble.evaluated_up_to_us(), now_us)));
    case v1::TROUBLE_KIND_FEED_SILENT:
      return StrCat("feed ", trouble.topic(), "[", trouble.partition(), "] silent", since);
    case v1::TROUBLE_KIND_SOURCE_NOT_READ:
      return StrCat("source ", trouble.topic(), "[", trouble.partition(),
                    "] cannot be read by the engine", since, ": its silence means nothing");
    default:
      return StrCat("trouble that this build does not know", since);
  }
}

std::string LoadOf(const v1::Heartbeat& heartbeat) {
  const int32_t alarms = heartbeat.load().alarms_10min();
  // As far as the gateway counts.
  if (alarms >= 30) return "30 alarms or more in 10 minutes";
  return alarms == 0 ? "" : StrCat(alarms, alarms == 1 ? " alarm" : " alarms", " in 10 minutes");
}

std::string FloodOf(const v1::Heartbeat& heartbeat) {
  if (!heartbeat.load().flood()) return "";
  return StrCat("flood, ", LoadOf(heartbeat),
                ": what comes now rings with others of its rule; extreme warnings ring at once");
}

std::vector<std::string> Changes::Of(const v1::Heartbeat& heartbeat, int64_t now_us,
                                     const NameOfNumber& name_of) {
  std::vector<std::string> lines;
  std::map<std::string, std::string> wrong;
  for (const v1::Trouble& trouble : heartbeat.troubles()) {
    const std::string key = KeyOf(trouble);
    wrong[key] = Over(trouble.kind());
    if (!said_.contains(key)) lines.push_back(LineOf(trouble, now_us));
  }
  if (const std::string flood = FloodOf(heartbeat); !flood.empty()) {
    wrong[kFlood] = "flood over: every warning rings by itself again";
    if (!said_.contains(kFlood)) lines.push_back(flood);
  }
  for (const auto& [key, over] : said_) {
    if (!wrong.contains(key)) lines.push_back(over);
  }
  said_ = std::move(wrong);
  for (const v1::JocLink& link : heartbeat.links()) {
    v1::JocLinkStatus& before = links_[link.mission()];
    // A link that has been up all the time is no news.
    const bool news = before != link.status() && (before != v1::JOC_LINK_STATUS_UNSPECIFIED ||
                                                  link.status() != v1::JOC_LINK_STATUS_UP);
    before = link.status();
    if (news) lines.push_back(LineOf(link, now_us, name_of));
  }
  return lines;
}

}  // namespace tocsin::ctl
