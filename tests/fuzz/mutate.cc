#include "tests/fuzz/mutate.h"

#include <array>
#include <limits>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tocsin {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

size_t Below(std::mt19937_64& random, size_t bound) { return random() % bound; }

int64_t AnyInt(std::mt19937_64& random) {
  static constexpr std::array<int64_t, 11> kValues = {0,
                                                      1,
                                                      2,
                                                      -1,
                                                      100,
                                                      1'236'988'800'000'000,
                                                      1'236'999'900'000'000,
                                                      -2'208'988'800'000'001,
                                                      1'237'200'000'000'001,
                                                      std::numeric_limits<int64_t>::max(),
                                                      std::numeric_limits<int64_t>::min()};
  return kValues[Below(random, kValues.size())];
}

double AnyDouble(std::mt19937_64& random) {
  static constexpr std::array<double, 10> kValues = {0,
                                                     -0.0,
                                                     13.5,
                                                     22.3,
                                                     90,
                                                     -180.0001,
                                                     1e300,
                                                     std::numeric_limits<double>::quiet_NaN(),
                                                     std::numeric_limits<double>::infinity(),
                                                     std::numeric_limits<double>::denorm_min()};
  return kValues[Below(random, kValues.size())];
}

std::string AnyText(std::mt19937_64& random) {
  static const std::vector<std::string> kValues = {"",
                                                   "a",
                                                   "unamid",
                                                   "security.attack",
                                                   "security.sighting",
                                                   "perpetrator",
                                                   "jem",
                                                   "B",
                                                   "2",
                                                   "*",
                                                   "weapon",
                                                   "strength",
                                                   "speed",
                                                   "الفاشر",
                                                   std::string("\0\0", 2),
                                                   std::string(5000, 'x'),
                                                   std::string(70'000, 'y'),
                                                   "a b"};
  return kValues[Below(random, kValues.size())];
}

void SetOne(Message& message, const FieldDescriptor& field, std::mt19937_64& random, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  const auto number = AnyInt(random);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      many ? reflection.AddInt32(&message, &field, static_cast<int32_t>(number))
           : reflection.SetInt32(&message, &field, static_cast<int32_t>(number));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      many ? reflection.AddInt64(&message, &field, number)
           : reflection.SetInt64(&message, &field, number);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      many ? reflection.AddDouble(&message, &field, AnyDouble(random))
           : reflection.SetDouble(&message, &field, AnyDouble(random));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      many ? reflection.AddBool(&message, &field, number > 0)
           : reflection.SetBool(&message, &field, number > 0);
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      // Mostly a known value.
      const int value = static_cast<int>(Below(random, 20) == 0 ? 99 : Below(random, 5));
      many ? reflection.AddEnumValue(&message, &field, value)
           : reflection.SetEnumValue(&message, &field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      many ? reflection.AddString(&message, &field, AnyText(random))
           : reflection.SetString(&message, &field, AnyText(random));
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      FillAtRandom(many ? *reflection.AddMessage(&message, &field)
                        : *reflection.MutableMessage(&message, &field),
                   random, depth + 1);
      break;
    default:
      break;  // the protos have no other
  }
}

}  // namespace

void FillAtRandom(Message& message, std::mt19937_64& random, int depth) {
  if (depth > 6) return;
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    const size_t count = field.is_repeated() ? Below(random, 3) : Below(random, 4) > 0 ? 1 : 0;
    for (size_t n = 0; n < count; ++n) SetOne(message, field, random, depth);
  }
}

std::string Mutate(std::string bytes, std::mt19937_64& random) {
  for (size_t changes = 1 + Below(random, 4); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = Below(random, bytes.size());
    const size_t length = 1 + Below(random, std::min<size_t>(bytes.size() - at, 16));
    switch (Below(random, 7)) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] =
            static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << Below(random, 8)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 4:
        bytes.insert(at, length, static_cast<char>(random()));
        break;
      case 5:
        bytes.replace(at, length, length, '\xff');
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

}  // namespace tocsin
