// The shipped catalogues, for tests. Their working directory is the repository.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "lib/rendering/catalogue.h"

namespace tocsin::rendering_testing {

inline std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline Catalogue InLanguage(const std::string& language) {
  return Catalogue::Parse(TextOf("rules/catalogue/" + language + ".yaml")).value();
}

inline const Catalogue& English() {
  static const Catalogue catalogue = InLanguage("en");
  return catalogue;
}

}  // namespace tocsin::rendering_testing
