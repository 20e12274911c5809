// The completion queue of an Asio context. For each Asio once: see asio_impl.ipp.

TOMBOLO_NAMESPACE_BEGIN
namespace detail {
inline namespace TOMBOLO_ASIO_NAMESPACE {

/// The context behind an executor of this Asio; no overload for those of the other Asio.
template <class Executor>
auto asio_context(const Executor& executor, int) -> std::enable_if_t<
    std::is_convertible_v<decltype(TOMBOLO_ASIO::query(executor, TOMBOLO_ASIO::execution::context)),
                          TOMBOLO_ASIO::execution_context&>,
    TOMBOLO_ASIO::execution_context&> {
  return TOMBOLO_ASIO::query(executor, TOMBOLO_ASIO::execution::context);
}

/// The same for executors of the Networking TS.
template <class Executor>
auto asio_context(const Executor& executor, long) -> std::enable_if_t<
    std::is_convertible_v<decltype(executor.context()), TOMBOLO_ASIO::execution_context&>,
    TOMBOLO_ASIO::execution_context&> {
  return executor.context();
}

/// Runs a function where it stands. The drain asks for nothing more, since the context calls it on
/// a thread of its own; the executor of some operation would do worse, since it may be a strand
/// that is kept busy, and every other completion would wait behind it.
class AsioInPlace {
 public:
  explicit AsioInPlace(TOMBOLO_ASIO::execution_context& context) noexcept : context_(&context) {}

  [[nodiscard]] TOMBOLO_ASIO::execution_context& query(
      TOMBOLO_ASIO::execution::context_t) const noexcept {
    return *context_;
  }
  template <class F>
  void execute(F&& function) const {
    std::decay_t<F> own(std::forward<F>(function));
    std::move(own)();
  }
  friend bool operator==(const AsioInPlace& a, const AsioInPlace& b) noexcept {
    return a.context_ == b.context_;
  }
  friend bool operator!=(const AsioInPlace& a, const AsioInPlace& b) noexcept { return !(a == b); }

 private:
  TOMBOLO_ASIO::execution_context* context_;
};

/// One completion queue per execution context, drained by whichever of its threads finds the
/// descriptor readable. It is watched only while operations are outstanding, so that `run()` can
/// return.
class AsioQueue : public TOMBOLO_ASIO::execution_context::service {
 public:
  using key_type = AsioQueue;
  static inline TOMBOLO_ASIO::execution_context::id id;

  // The descriptor's service is made here, before this one is entered into the context; so it
  // outlives this one.
  explicit AsioQueue(TOMBOLO_ASIO::execution_context& context)
      : TOMBOLO_ASIO::execution_context::service(context), descriptor_(AsioInPlace(context)) {
    auto queue = CompletionQueue::create();
    if (!queue.has_value()) {
      refusal_ = queue.error();
      return;
    }
    queue_ = *std::move(queue);
    AsioErrorCode error;
    static_cast<void>(descriptor_.assign(queue_.fd(), error));
    if (error) {
      refusal_ = Error(ErrorCode::resource_exhausted,
                       "the queue's descriptor cannot be watched: " + error.message());
    }
  }
  // A context may drop a service that lost a race of two threads unheard, without a shutdown.
  ~AsioQueue() override { close(); }

  [[nodiscard]] CompletionQueue& queue() noexcept { return queue_; }
  [[nodiscard]] bool closing() const noexcept { return closing_.load(std::memory_order_acquire); }

  /// An operation is about to start, and its completion will `leave`; unless there is a reason why
  /// the queue takes no operations, which is answered.
  [[nodiscard]] std::optional<Error> enter() {
    const std::lock_guard lock(mutex_);
    if (!refusal_.has_value()) {
      watch();
      ++outstanding_;
    }
    return refusal_;
  }

  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    --outstanding_;
  }

 private:
  using AsioErrorCode = TOMBOLO_ASIO_ERROR_CODE;

  void shutdown() override { close(); }

  void close() noexcept {
    closing_.store(true, std::memory_order_release);
    if (descriptor_.is_open()) {
      descriptor_.release();  // or it would close what is the queue's
    }
    queue_ = CompletionQueue();  // cancels; what completes now is dropped unheard
  }

  /// The parent's eventfd is shared with a forked child, whose queue does not work: watching it
  /// there would wake the child for the parent's completions, for ever.
  void notify_fork(TOMBOLO_ASIO::execution_context::fork_event event) override {
    if (event == TOMBOLO_ASIO::execution_context::fork_child) {
      drain();
    }
  }

  /// Call with the lock held. One wait is outstanding at a time, so there is one consumer.
  void watch() {
    if (watched_) {
      return;
    }
    descriptor_.async_wait(TOMBOLO_ASIO::posix::descriptor_base::wait_read,
                           [this](const AsioErrorCode& error) {
                             if (!error && !closing()) {
                               on_readable();
                             }
                           });
    watched_ = true;
  }

  void on_readable() {
    try {
      drain();
    } catch (...) {  // from a handler's executor or allocator: the rest waits for the next drain
      watch_again();
      throw;
    }
    watch_again();
  }

  void drain() {
    auto ran = queue_.poll();
    if (!ran.has_value()) {
      const std::lock_guard lock(mutex_);
      refusal_ = ran.error();
    }
  }

  void watch_again() {
    const std::lock_guard lock(mutex_);
    watched_ = false;
    if (outstanding_ > 0 && !refusal_.has_value()) {
      watch();
    }
  }

  std::mutex mutex_;
  CompletionQueue queue_;
  std::optional<Error> refusal_;
  TOMBOLO_ASIO::posix::basic_stream_descriptor<AsioInPlace> descriptor_;
  std::size_t outstanding_ = 0;
  bool watched_ = false;
  std::atomic<bool> closing_ = false;
};

}  // namespace TOMBOLO_ASIO_NAMESPACE
}  // namespace detail
TOMBOLO_NAMESPACE_END
