#include "fiber.h"

#include <cstdint>
#include <utility>
#include <vector>

#include <ucontext.h>

namespace tocsin::simulation {
namespace {

constexpr size_t kStackBytes = size_t{512} << 10;

}  // namespace

struct Fiber::Context {
  explicit Context(std::function<void()> work)
      : body(std::move(work)), stack(new char[kStackBytes]) {
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack.get();
    inside.uc_stack.ss_size = kStackBytes;
    inside.uc_link = &outside;
    // makecontext passes numbers only.
    const auto self = reinterpret_cast<uintptr_t>(this);
    makecontext(&inside, reinterpret_cast<void (*)()>(&Context::Enter), 2,
                static_cast<uint32_t>(self >> 32), static_cast<uint32_t>(self));
  }

  static void Enter(uint32_t high, uint32_t low) {
    auto* const self = reinterpret_cast<Context*>(uintptr_t{high} << 32 | low);
    self->body();
    self->ended = true;
  }

  std::function<void()> body;
  // Not zeroed: pages that nobody touches cost nothing.
  std::unique_ptr<char[]> stack;
  ucontext_t inside{};
  ucontext_t outside{};
  bool ended = false;
};

Fiber::Fiber(std::function<void()> body) : context_(std::make_unique<Context>(std::move(body))) {}
Fiber::~Fiber() = default;

void Fiber::Resume() { swapcontext(&context_->outside, &context_->inside); }
void Fiber::Yield() { swapcontext(&context_->inside, &context_->outside); }
bool Fiber::has_ended() const { return context_->ended; }

}  // namespace tocsin::simulation
