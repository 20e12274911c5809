// Operations as Asio's asynchronous operations. Included once for Boost.Asio and once for
// standalone Asio, with TOMBOLO_ASIO naming the library and TOMBOLO_ASIO_NAMESPACE a namespace of
// ours for it; so no include guard.

TOMBOLO_NAMESPACE_BEGIN
namespace detail {
inline namespace TOMBOLO_ASIO_NAMESPACE {

/// One completion queue per execution context, drained by whichever of its threads finds the
/// descriptor readable. It is watched only while operations are outstanding, so that `run()` can
/// return.
class AsioQueue : public TOMBOLO_ASIO::execution_context::service {
 public:
  using key_type = AsioQueue;
  static inline TOMBOLO_ASIO::execution_context::id id;

  explicit AsioQueue(TOMBOLO_ASIO::execution_context& context)
      : TOMBOLO_ASIO::execution_context::service(context), queue_(CompletionQueue::create()) {}

  [[nodiscard]] const Result<CompletionQueue>& queue() const noexcept { return queue_; }
  [[nodiscard]] bool closing() const noexcept { return closing_.load(std::memory_order_acquire); }

  /// An operation is about to start; `executor` watches the descriptor if nobody does.
  template <class Executor>
  void enter(const Executor& executor) {
    const std::lock_guard lock(mutex_);
    ++outstanding_;
    if (!descriptor_.has_value()) {
      descriptor_.emplace(TOMBOLO_ASIO::any_io_executor(executor), queue_->fd());
    }
    if (!watched_) {
      watch();
    }
  }

  /// The completion of an operation has run.
  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    --outstanding_;
  }

 private:
  void shutdown() override {
    closing_.store(true, std::memory_order_release);
    {
      const std::lock_guard lock(mutex_);
      if (descriptor_.has_value()) {
        descriptor_->release();  // the descriptor is the queue's
        descriptor_.reset();     // while the context still has the service that made it
      }
    }
    queue_ = Result<CompletionQueue>();  // cancels; what completes now is dropped unheard
  }

  /// Once more, however the drain ended.
  struct WatchAgain {
    AsioQueue& self;
    ~WatchAgain() {
      const std::lock_guard lock(self.mutex_);
      self.watched_ = false;
      if (self.outstanding_ > 0 && !self.closing()) {
        self.watch();
      }
    }
  };

  void watch() {
    watched_ = true;
    descriptor_->async_wait(TOMBOLO_ASIO::posix::stream_descriptor::wait_read,
                            [this](const auto& error) {
                              if (error || closing()) {
                                return;
                              }
                              const WatchAgain again{*this};
                              // One wait is outstanding at a time, so this is the only consumer.
                              static_cast<void>(queue_->poll());
                            });
  }

  std::mutex mutex_;
  Result<CompletionQueue> queue_;
  std::optional<TOMBOLO_ASIO::posix::stream_descriptor> descriptor_;
  std::size_t outstanding_ = 0;
  bool watched_ = false;
  std::atomic<bool> closing_ = false;
};

/// A handler that waits for its operation, in memory of its associated allocator.
template <class T, class Handler, class Executor>
class AsioOperation final : public Completion {
 public:
  using HandlerExecutor = typename TOMBOLO_ASIO::associated_executor<Handler, Executor>::type;
  using Allocator = typename std::allocator_traits<
      typename TOMBOLO_ASIO::associated_allocator<Handler>::type>::template rebind_alloc<AsioOperation>;

  static void start(Handler handler, const Executor& executor, typename Operation<T>::Parts parts) {
    auto& context = TOMBOLO_ASIO::query(executor, TOMBOLO_ASIO::execution::context);
    auto& queue = TOMBOLO_ASIO::use_service<AsioQueue>(context);
    if (!queue.queue().has_value()) {
      parts.op = failed_op(queue.queue().error());
    }
    Allocator allocator(TOMBOLO_ASIO::get_associated_allocator(handler));
    AsioOperation* self = allocator.allocate(1);
    new (self) AsioOperation(queue, std::move(handler), executor, parts.collector);
    self->launch(executor, std::move(parts));
  }

 private:
  AsioOperation(AsioQueue& queue, Handler&& handler, const Executor& executor,
                Collector<T> collector)
      : Completion{&run},
        queue_(queue),
        work_(TOMBOLO_ASIO::get_associated_executor(handler, executor)),
        handler_(std::move(handler)),
        collector_(collector) {}

  void launch(const Executor& executor, typename Operation<T>::Parts parts) {
    registration_ = CancelRegistration(parts.token, parts.op);
#if defined(TOMBOLO_ASIO_HAS_SLOTS)
    auto slot = TOMBOLO_ASIO::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) {
      slot.assign([op = std::make_shared<Op>(parts.op.share())](
                      TOMBOLO_ASIO::cancellation_type) { op->cancel(); });
    }
#endif
    op_ = std::move(parts.op);
    // Once started, this object may be gone: another thread may drain the queue.
    AsioQueue& queue = queue_;
    const Ticket ticket = op_.ticket();
    if (!queue.queue().has_value()) {
      post_result();
      return;
    }
    queue.enter(executor);
    if (!Op::start(ticket, *queue.queue(), this)) {
      Op::deliver(ticket, *queue.queue());
    }
  }

  static void run(Completion* completion) {
    auto* self = static_cast<AsioOperation*>(completion);
    self->queue_.leave();
    if (self->queue_.closing()) {
      self->destroy();  // Asio drops handlers unheard when their context goes
      return;
    }
    self->post_result();
  }

  /// Sends handler and result to the handler's executor, so that a context with several threads
  /// runs handlers on all of them.
  void post_result() {
    registration_.reset();
    Result<T> result = collector_(op_);
    Handler handler = std::move(handler_);
    auto work = std::move(work_);
    destroy(handler);
    const auto executor = work.get_executor();
    auto allocator = TOMBOLO_ASIO::get_associated_allocator(handler);
    TOMBOLO_ASIO::post(executor, Bound<decltype(allocator)>{std::move(handler), std::move(result),
                                                           allocator});
  }

  void destroy() {
    Handler handler = std::move(handler_);
    destroy(handler);
  }

  void destroy(const Handler& handler) {
    Allocator allocator(TOMBOLO_ASIO::get_associated_allocator(handler));
    this->~AsioOperation();
    allocator.deallocate(this, 1);
  }

  template <class A>
  struct Bound {
    using allocator_type = A;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator; }
    void operator()() {
#if defined(TOMBOLO_ASIO_HAS_SLOTS)
      TOMBOLO_ASIO::get_associated_cancellation_slot(handler).clear();
#endif
      std::move(handler)(std::move(result));
    }
    Handler handler;
    Result<T> result;
    A allocator;
  };

  AsioQueue& queue_;
  TOMBOLO_ASIO::executor_work_guard<HandlerExecutor> work_;
  Handler handler_;
  Collector<T> collector_;
  Op op_;
  CancelRegistration registration_;
};

template <class T>
struct AsioInitiation {
  template <class Handler>
  void operator()(Handler&& handler, typename Operation<T>::Parts parts) const {
    const auto executor = TOMBOLO_ASIO::get_associated_executor(handler);
    (*this)(std::forward<Handler>(handler), executor, std::move(parts));
  }
  template <class Handler, class Executor>
  void operator()(Handler&& handler, const Executor& executor,
                  typename Operation<T>::Parts parts) const {
    AsioOperation<T, std::decay_t<Handler>, Executor>::start(std::forward<Handler>(handler),
                                                             executor, std::move(parts));
  }
};

}  // namespace TOMBOLO_ASIO_NAMESPACE
}  // namespace detail

inline namespace TOMBOLO_ASIO_NAMESPACE {

/// Starts `operation` and calls the handler of `token` with its `Result<T>` on the handler's
/// associated executor, never inside this call. Associated allocators are used, and cancellation
/// slots where this Asio has them. The queue is one per execution context, drained on its threads.
///
/// If the context is destroyed first, the handler is destroyed unheard and the operation cancelled.
template <class T, class Token>
auto async_wait(Operation<T> operation, Token&& token)
    -> decltype(TOMBOLO_ASIO::async_initiate<Token, void(Result<T>)>(
        detail::TOMBOLO_ASIO_NAMESPACE::AsioInitiation<T>(), token, std::move(operation).release())) {
  return TOMBOLO_ASIO::async_initiate<Token, void(Result<T>)>(
      detail::TOMBOLO_ASIO_NAMESPACE::AsioInitiation<T>(), token, std::move(operation).release());
}

/// As above; handlers without an executor of their own run on `executor`.
template <class Executor, class T, class Token,
          class = std::enable_if_t<TOMBOLO_ASIO::execution::is_executor<Executor>::value>>
auto async_wait(const Executor& executor, Operation<T> operation, Token&& token) {
  return TOMBOLO_ASIO::async_initiate<Token, void(Result<T>)>(
      detail::TOMBOLO_ASIO_NAMESPACE::AsioInitiation<T>(), token, executor,
      std::move(operation).release());
}

}  // namespace TOMBOLO_ASIO_NAMESPACE
TOMBOLO_NAMESPACE_END
