// Every field survives the way there and back: messages are filled by reflection with a distinct
// value in each field, so that a field which a conversion forgets makes the test fail.
#include "lib/wire/wire.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "lib/base/hash.h"

namespace tocsin {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void Fill(Message& message, int& counter, int depth = 0) {
  const auto* reflection = message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->real_containing_oneof() != nullptr) continue;
    ++counter;
    const std::string text = "text" + std::to_string(counter);
    if (field->is_map()) {
      Message* entry = reflection->AddMessage(&message, field);
      entry->GetReflection()->SetString(entry, entry->GetDescriptor()->map_key(), text);
      entry->GetReflection()->SetString(entry, entry->GetDescriptor()->map_value(), text + "v");
      continue;
    }
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        many ? reflection->AddString(&message, field, text)
             : reflection->SetString(&message, field, text);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(&message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(&message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(&message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(&message, field, counter);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        reflection->SetEnumValue(&message, field, 2);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth < 6) {
          Fill(many ? *reflection->AddMessage(&message, field)
                    : *reflection->MutableMessage(&message, field),
               counter, depth + 1);
        }
        break;
      default:
        FAIL() << "a kind of field that Fill does not know: " << field->full_name();
    }
  }
}

template <class Plain>
auto Back(const Plain& plain) {
  return ToProto(plain);
}
v1::MatchRecord Back(const std::variant<Match, FoundMark>& either) {
  return std::visit([](const auto& one) { return ToProto(one); }, either);
}

template <class Proto>
void ExpectRoundTrip(const Proto& proto) {
  const auto plain = FromProto(proto);
  ASSERT_TRUE(plain.ok()) << plain.status();
  std::string difference;
  google::protobuf::util::MessageDifferencer differ;
  differ.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differ.Compare(proto, Back(*plain))) << difference;
}

template <class Proto>
void ExpectEveryFieldRoundTrips() {
  Proto proto;
  int counter = 1;
  Fill(proto, counter);
  ExpectRoundTrip(proto);
}

TEST(Wire, EveryFieldOfAnEventRoundTrips) { ExpectEveryFieldRoundTrips<v1::Event>(); }
TEST(Wire, EveryFieldOfAWarningRoundTrips) { ExpectEveryFieldRoundTrips<v1::Warning>(); }
TEST(Wire, EveryFieldOfEvaluatedUpToRoundTrips) { ExpectEveryFieldRoundTrips<v1::EvaluatedUpTo>(); }

TEST(Wire, MatchRecordsRoundTrip) {
  v1::MatchRecord match, found;
  int counter = 1;
  Fill(match, counter);
  match.clear_found();
  Fill(*found.mutable_found(), counter);
  ExpectRoundTrip(match);
  ExpectRoundTrip(found);
}

TEST(Wire, RefusesAMatchWhoseEvidenceLacksItsOrigins) {
  v1::MatchRecord match;
  match.mutable_event()->mutable_warning()->add_evidence();
  EXPECT_FALSE(FromProto(match).ok());
  match.mutable_event()->mutable_warning()->add_origins("o");
  EXPECT_TRUE(FromProto(match).ok());
}

TEST(Wire, KeyedRecordsRoundTrip) {
  int counter = 1;
  v1::KeyedRecord insert, withdraw, tick, control;
  Fill(*insert.mutable_insert(), counter);
  ExpectRoundTrip(insert);
  Fill(*withdraw.mutable_withdraw(), counter);
  ExpectRoundTrip(withdraw);
  Fill(*tick.mutable_tick(), counter);
  ExpectRoundTrip(tick);
  Fill(*control.mutable_control(), counter);
  v1::Document* document = control.mutable_control()->mutable_documents(0);
  document->set_sha256(Sha256Hex(document->text()));
  v1::Activation* activation = control.mutable_control()->mutable_activation();
  const v1::DocumentRef& ref = activation->documents(0);
  activation->set_digest(DigestOf({{ref.kind(), ref.name(), ref.version(), ref.sha256()}},
                                  {MissionId(activation->live_missions(0))}));
  ExpectRoundTrip(control);
}

TEST(Wire, RefusesEnumeratorsOfAnotherVersionByName) {
  v1::Event event;
  event.set_nature(static_cast<v1::Nature>(99));
  const auto plain = FromProto(event);
  EXPECT_EQ(plain.status().message(), "nature: 99 is not a value of Nature");
}

TEST(Wire, RecordsOfRulesComeBackAsTheyWere) {
  const Person author{MissionId("unamid"), "amina"};
  Burden burden;
  burden.from = FromMicros(1);
  burden.to = FromMicros(2);
  burden.reports = 3;
  burden.missions = {{.mission = MissionId("unmis"),
                      .watches = 4,
                      .warnings = 5,
                      .warnings_before = 6,
                      .high = 7,
                      .high_before = 8,
                      .most = 9,
                      .by_severity = {{Severity::kMinor, 1}, {Severity::kExtreme, 4}}}};
  const Proposal proposal{.id = "p1",
                          .documents = {{"rule", "r", 2, "ab"}},
                          .live_missions = {MissionId("unamid")},
                          .base_digest = "cd",
                          .author = author,
                          .reason = "why",
                          .proposed = FromMicros(3),
                          .burden = burden};
  Proposal bare = proposal;
  bare.burden.reset();
  const Confirmation confirmation{
      .proposal_id = "p1", .confirmed = true, .by = author, .reason = "", .decided = FromMicros(4)};
  const Acceptance acceptance{.id = "a1",
                              .rule = RuleId("r"),
                              .mission = MissionId("unamid"),
                              .live = true,
                              .by = author,
                              .accepted = FromMicros(5)};
  const Activation activation{{{"rule", "r", 2, "ab"}},
                              DigestOf({{"rule", "r", 2, "ab"}}, {MissionId("unamid")}),
                              {MissionId("unamid")}};
  for (const RulesInput& record :
       {RulesInput(Document{"rule", "r", 1, "text", Sha256Hex("text")}), RulesInput(activation),
        RulesInput(proposal), RulesInput(bare), RulesInput(confirmation), RulesInput(acceptance),
        RulesInput(Throttle{RuleId("r"), "cd", 3})}) {
    const auto back = FromProto(ToProto(record));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, record);
  }
  EXPECT_FALSE(FromProto(v1::RulesRecord()).ok());
  v1::RulesRecord negative = ToProto(RulesInput(proposal));
  negative.mutable_proposal()->mutable_burden()->mutable_missions(0)->set_high(-1);
  EXPECT_EQ(FromProto(negative).status().message(),
            "burden.missions: unmis has a number less than nothing");
}

TEST(Wire, RefusesADocumentWhoseTextWasChanged) {
  v1::Document document = ToProto(Document{"rule", "r", 1, "text", Sha256Hex("text")});
  EXPECT_TRUE(FromProto(document).ok());
  document.set_text("other");
  EXPECT_FALSE(FromProto(document).ok());
}

TEST(Wire, RefusesAnEmptyKeyedRecord) { EXPECT_FALSE(FromProto(v1::KeyedRecord()).ok()); }

}  // namespace
}  // namespace tocsin
