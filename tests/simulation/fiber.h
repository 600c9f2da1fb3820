// A piece of work that gives control back in the middle of itself: one thread runs many tasks in
// the order that a seed says, and no scheduler of a machine has a part in it.
#pragma once

#include <functional>
#include <memory>

namespace tocsin::simulation {

// One thread. Must have ended, or never have begun, when it is destroyed.
class Fiber {
 public:
  // `body` must not throw.
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From outside: goes on with the work until it yields or ends. Not after it has ended.
  void Resume();
  // From inside, but not while an exception is under way.
  void Yield();
  bool has_ended() const;

 private:
  struct Context;
  const std::unique_ptr<Context> context_;
};

}  // namespace tocsin::simulation
