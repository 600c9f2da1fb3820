#include "lib/importing/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Table {
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines;
  std::vector<std::pair<int64_t, std::string>> bad;
};

Table Read(std::string_view text) {
  Table table;
  ReadCsv(
      text,
      [&](const CsvRow& row) {
        table.rows.push_back(row.fields);
        table.lines.push_back(row.line);
      },
      [&](int64_t line, std::string reason) { table.bad.emplace_back(line, std::move(reason)); });
  return table;
}

TEST(CsvTest, ReadsRowsWithTheirLines) {
  const Table table = Read("a,b\n\n1,2\n\"x,\"\"y\"\"\",\n");
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"),
                                      ElementsAre("x,\"y\"", "")));
  EXPECT_THAT(table.lines, ElementsAre(1, 3, 4));
  EXPECT_THAT(table.bad, IsEmpty());
}

TEST(CsvTest, EveryLineEndAndNoneAtTheEnd) {
  for (const char* text : {"a,b\r\n1,2\r\n3,4", "a,b\n1,2\n3,4", "a,b\r1,2\r3,4"}) {
    const Table table = Read(text);
    EXPECT_EQ(table.rows.size(), 3U) << text;
    EXPECT_THAT(table.lines, ElementsAre(1, 2, 3)) << text;
  }
}

TEST(CsvTest, SkipsAByteOrderMark) {
  EXPECT_THAT(Read("\xEF\xBB\xBFid\n7\n").rows, ElementsAre(ElementsAre("id"), ElementsAre("7")));
}

TEST(CsvTest, AFieldMaySpanLines) {
  const Table table = Read("a,\"one\ntwo\"\nb,c\n");
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a", "one\ntwo"), ElementsAre("b", "c")));
  EXPECT_THAT(table.lines, ElementsAre(1, 3));
}

TEST(CsvTest, AnUnclosedQuoteCostsItsOwnLineOnly) {
  const Table table = Read("a,b\n\"open,1\nc,d\ne,f\n");
  EXPECT_THAT(table.rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e", "f")));
  ASSERT_EQ(table.bad.size(), 1U);
  EXPECT_EQ(table.bad[0].first, 2);
  EXPECT_THAT(table.bad[0].second, HasSubstr("not closed"));
}

TEST(CsvTest, AStrayQuoteCostsItsOwnLineOnly) {
  const Table table = Read("a\nx\"y,1\n2\n");
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a"), ElementsAre("2")));
  ASSERT_EQ(table.bad.size(), 1U);
  EXPECT_EQ(table.bad[0].first, 2);
}

TEST(CsvTest, AFieldOfTenMegabytesIsAProblemOfItsLine) {
  for (const bool quoted : {false, true}) {
    std::string big;
    big.resize(10'000'000, 'x');
    const Table table = Read("a\n" + (quoted ? "\"" + big + "\"" : big) + "\nb\n");
    EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a"), ElementsAre("b")));
    ASSERT_EQ(table.bad.size(), 1U);
    EXPECT_EQ(table.bad[0].first, 2);
    EXPECT_THAT(table.bad[0].second, HasSubstr("longer than 65536"));
  }
}

TEST(CsvTest, RefusesWhatIsNoText) {
  const Table table = Read(std::string_view("a\nx\0y\n\xC3\x28\nb\n", 11));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("a"), ElementsAre("b")));
  ASSERT_EQ(table.bad.size(), 2U);
  EXPECT_THAT(table.bad[0].second, HasSubstr("NUL"));
  EXPECT_THAT(table.bad[1].second, HasSubstr("UTF-8"));
}

TEST(CsvTest, NothingIsNoRow) {
  EXPECT_THAT(Read("").rows, IsEmpty());
  EXPECT_THAT(Read("\n\r\n \n").rows, IsEmpty());
}

TEST(Utf8Test, TakesWellFormedOnly) {
  for (const char* good : {"", "a", "é", "€", "😀", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "a\xE2\x82"}) {
    EXPECT_FALSE(IsValidUtf8(bad));
  }
}

}  // namespace
}  // namespace tocsin
