// Prints the hash of everything that both cores write for the shipped record. A test runs it in two
// processes, whose address layout and hash seeds differ, and compares.
#include <iostream>

#include <gtest/gtest.h>

#include "lib/base/hash.h"
#include "pipeline.h"

int main() {
  namespace scenario = tocsin::scenario;
  scenario::Pipeline pipeline(scenario::ShippedDocuments(0));
  pipeline.Run(scenario::ShippedEvents(), 10);
  std::cout << tocsin::Sha256Hex(pipeline.bytes()) << " " << pipeline.bytes().size() << "\n";
  return testing::Test::HasFailure() || pipeline.bytes().empty() ? 1 : 0;
}
