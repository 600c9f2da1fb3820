// What is wrong, or doubtful, in the documents of a pack.
#pragma once

#include <string>

namespace tocsin {

struct Problem {
  std::string document;      // as the reader was told: "rule/feed-silent", or the path of a file
  int line = 0, column = 0;  // from 1; 0: the document as a whole
  std::string key;           // "condition.window"; empty: the document as a whole
  std::string reason;
  std::string fix;     // how to put it right, where the reason does not say it already
  bool doubt = false;  // legal, but hardly meant

  // "<document>:<line>:<column>: <key>: <reason>; <fix>", without the parts that are not known.
  std::string Text() const;
  friend auto operator<=>(const Problem&, const Problem&) = default;
};

}  // namespace tocsin
