// The clients of a simulated process: consumer, transactional producer and store.
#pragma once

#include <memory>
#include <string>

#include "process.h"

namespace tocsin::simulation {

// Delivers late and in portions, and its ends are as old as a real one's.
std::unique_ptr<Consumer> MakeSimulatedConsumer(Process& process, const std::string& group);
// Fails as Faults says, in every way that lib/kafka/transactional.h names.
std::unique_ptr<TransactionalProducer> MakeSimulatedProducer(Process& process,
                                                             const TransactionalOptions& options);
// Of the process's disk.
std::unique_ptr<Store> MakeSimulatedStore(Process& process);

}  // namespace tocsin::simulation
