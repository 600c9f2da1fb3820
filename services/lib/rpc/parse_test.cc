#include "lib/rpc/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tocsin/v1/sitrep_ingest_service.pb.h"

namespace tocsin {
namespace {

v1::FileRequest Request() {
  v1::FileRequest request;
  request.mutable_event()->set_id("a");
  request.mutable_event()->mutable_place()->set_name("Tine");
  request.mutable_event()->add_texts()->set_text("first");
  request.mutable_event()->add_texts()->set_text("SECOND");
  (*request.mutable_event()->mutable_attributes())["weapon"] = "RIFLE";
  return request;
}

std::string With(const std::string& what, const std::string& instead) {
  std::string bytes = Request().SerializeAsString();
  bytes.replace(bytes.find(what), what.size(), instead);
  return bytes;
}

TEST(Parse, GivesTheMessage) {
  v1::FileRequest read;
  EXPECT_FALSE(Parse(Request().SerializeAsString(), read));
  EXPECT_EQ(read.event().place().name(), "Tine");
  EXPECT_EQ(BytesOf(BufferOf(Request())), Request().SerializeAsString());
}

TEST(Parse, NamesTheTextThatIsNotUtf8) {
  v1::FileRequest read;
  const auto field = [&](const std::string& what, const std::string& instead) {
    const auto error = Parse(With(what, instead), read);
    return error ? error->field + " " + error->code : "";
  };
  EXPECT_EQ(field("Tine", "Tin\xff"), "event.place.name invalid_utf8");
  EXPECT_EQ(field("SECOND", "SECON\xc3"), "event.texts[1].text invalid_utf8");
  EXPECT_EQ(field("RIFLE", "RIFL\x80"), "event.attributes.value invalid_utf8");
}

TEST(Parse, TruncatedAndForeignBytesAreUnreadable) {
  const std::string bytes = Request().SerializeAsString();
  for (size_t n = 1; n < bytes.size(); ++n) {
    v1::FileRequest read;
    const auto error = Parse(bytes.substr(0, n), read);
    EXPECT_EQ(error ? error->code : "unreadable", "unreadable") << n;
  }
  v1::FileRequest read;
  EXPECT_TRUE(Parse(bytes.substr(0, bytes.size() - 1), read));
  EXPECT_TRUE(Parse("\xff\xff\xff\xff", read));
  EXPECT_TRUE(Parse(std::string(50'000, '\x0b'), read)) << "nested groups";
}

}  // namespace
}  // namespace tocsin
