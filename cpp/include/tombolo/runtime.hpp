// The runtime behind every operation: for those whom the default one does not suit, its options,
// and runtimes of their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "tombolo/detail/abi.hpp"
#include "tombolo/result.hpp"

TOMBOLO_NAMESPACE_BEGIN

struct RuntimeOptions {
  RuntimeOptions() {}

  /// Threads that poll operations placed on workers: 1 to 1,024. Each has its own connections and
  /// timers. Two by default: one worker keeps many thousands of operations in flight, since they
  /// wait far more than they compute, and with a second one a poll that takes long holds up half of
  /// them only.
  std::size_t workers = 2;
  /// How many threads each worker may add for blocking work: 1 to 4,096. They are made when needed
  /// and end when idle for ten seconds. Blocking work of operations placed on the caller counts for
  /// the first worker. 64 by default: what the folder stores of a service use at once (16 steps
  /// each) finds room, and stacks stay below 128 MiB of addresses; what is beyond waits.
  std::size_t blocking_threads = 64;
  /// Of each thread, in bytes: 64 KiB to 1 GiB, or 0 for 2 MiB. By default 2 MiB of addresses, as
  /// threads of Rust have; memory is taken page by page as it is used.
  std::size_t stack_size = 0;
  /// The first part of their names, 1 to 15 bytes; the kernel shows 15 bytes of the whole. It is
  /// the name of the runtime, too, in `operations_in_flight()`, `metrics()` and logs.
  std::string thread_name = "tombolo";
  /// How many operations of this runtime may be in flight, over all queues, futures and waits;
  /// beyond, starting one answers `resource_exhausted`. By default four queues' capacity: a bound
  /// on memory for a service that starts without end (some 100 MB), and no other one ever meets it.
  std::size_t max_in_flight = 262144;
  /// How long the end of a runtime may wait for its threads, in whoever lets go of it last: 0 to 60
  /// s; 0 is not at all. Threads that do not end in time are left to end by themselves. 100 ms by
  /// default: threads with nothing to do end within much less, and an event loop that lets go of a
  /// runtime whose thread is stuck survives as much. Of no use to the default runtime, which does
  /// not end.
  std::chrono::nanoseconds teardown = std::chrono::milliseconds(100);
  /// How long a worker that runs out of work looks for more before it sleeps, as does a thread in
  /// `wait` for what runs here, and `CompletionQueue::wait_for` by what is chosen for the default
  /// runtime: 0 to 1 ms; 0 is not at all. It yields to other threads meanwhile, and looks seldom
  /// where it is in vain. 20 us by default, about what it takes to be woken on a virtual machine:
  /// work that comes at short intervals is met awake, which spares both sides the calls of the
  /// system.
  std::chrono::nanoseconds busy_poll = std::chrono::microseconds(20);
  /// Runs on each thread of the runtime when it begins, before anything else of the runtime: to pin
  /// it, or to make it known to a profiler. The one function of the service that runs on such a
  /// thread. It must not use Tombolo; what it throws is swallowed. It is destroyed when the last
  /// thread has gone, there or where the runtime is let go of; that of the default runtime, never.
  std::function<void()> on_thread_start;
};

/// Sets the options of the default runtime, which begins with the first operation that starts on
/// it: before that, and once. Afterwards it answers `failed_precondition`; `invalid_argument` names
/// a wrong option. From any thread. Does not block.
[[nodiscard]] TOMBOLO_API Result<void> configure_runtime(const RuntimeOptions& options);

/// Workers and threads for blocking work, with ceilings of their own: to keep the work of one store
/// from holding up another's. Nobody needs one: there is a default runtime, made when the first
/// operation starts, which lives as long as the process.
///
/// A handle, cheap to copy, that may be used from any thread. The runtime lives as long as anything
/// holds it: a handle, a store that was opened with it, with its readers, writers and lists, and
/// each operation in flight. So an operation is never lost, whoever lets go: it ends first. Who
/// lets go last ends the threads, and waits for that no longer than `RuntimeOptions::teardown`; on
/// a thread of a runtime, as in a future's callback there, not at all. In a forked child nothing of
/// it is touched.
///
/// Deadlines have one thread, whatever runtimes there are; it is made with the first of them and
/// lives as long as the process.
class TOMBOLO_API Runtime {
 public:
  /// The default one.
  Runtime() noexcept = default;
  Runtime(const Runtime& other) noexcept;
  Runtime(Runtime&& other) noexcept;
  Runtime& operator=(const Runtime& other) noexcept;
  Runtime& operator=(Runtime&& other) noexcept;
  ~Runtime();

  /// Makes a runtime and its workers. `invalid_argument` names a wrong option; `resource_exhausted`
  /// if the system has not enough threads or descriptors: then those made so far end again.
  [[nodiscard]] static Result<Runtime> create(const RuntimeOptions& options = {});

  /// Cancels what is in flight here, and refuses what comes with `cancelled`, kind `shutdown`. What
  /// is cancelled completes as ever: by its queue, its future, its wait; that of a worker when the
  /// poll returns in which that worker is. Does not block. Nothing happens to the default runtime.
  void shutdown() const noexcept;
  /// How many operations are in flight here.
  [[nodiscard]] std::size_t in_flight() const noexcept;

  /// What a bridge function that takes `RawRuntime` is given, as often as need be.
  [[nodiscard]] RawRuntime raw() const noexcept;

 private:
  explicit Runtime(RawRuntime raw) noexcept : raw_(raw) {}
  RawRuntime raw_;
};

TOMBOLO_NAMESPACE_END
