// A handler that waits for its operation. For each Asio once: see asio_impl.ipp.

#include "tombolo/detail/asio_queue.ipp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {
inline namespace TOMBOLO_ASIO_NAMESPACE {

/// Keeps the context of an executor running. Not Asio's work guard: for a strand around any
/// executor, that one asks for member functions of the Networking TS which are not there.
template <class Executor, class = void>
class AsioWork {
 public:
  explicit AsioWork(const Executor& executor) : executor_(prefer(executor)) {}
  [[nodiscard]] const auto& executor() const noexcept { return executor_; }

 private:
  static auto prefer(const Executor& executor) {
    return TOMBOLO_ASIO::prefer(executor, TOMBOLO_ASIO::execution::outstanding_work.tracked);
  }
  decltype(prefer(std::declval<const Executor&>())) executor_;
};

/// For executors that are the Networking TS's only.
template <class Executor>
class AsioWork<Executor, std::enable_if_t<!TOMBOLO_ASIO::execution::is_executor<Executor>::value>> {
 public:
  explicit AsioWork(const Executor& executor) : guard_(executor) {}
  [[nodiscard]] Executor executor() const noexcept { return guard_.get_executor(); }

 private:
  TOMBOLO_ASIO::executor_work_guard<Executor> guard_;
};

/// A handler that waits for its operation, in memory of its associated allocator.
template <class T, class Handler, class Executor>
class AsioOperation final : public Completion {
 public:
  using HandlerExecutor = typename TOMBOLO_ASIO::associated_executor<Handler, Executor>::type;
  using Allocator =
      typename std::allocator_traits<typename TOMBOLO_ASIO::associated_allocator<Handler>::type>::
          template rebind_alloc<AsioOperation>;

  static void start(Handler handler, const Executor& executor, typename Operation<T>::Parts parts) {
    auto& queue = TOMBOLO_ASIO::use_service<AsioQueue>(
        detail::TOMBOLO_ASIO_NAMESPACE::asio_context(executor, 0));
    if (queue.closing()) {
      return;  // by the destructor of a handler whose context goes: dropped unheard like that one
    }
    Memory memory{Allocator(TOMBOLO_ASIO::get_associated_allocator(handler))};
    memory.at = memory.allocator.allocate(1);
    std::unique_ptr<AsioOperation, Destroy> self(
        new (memory.at) AsioOperation(queue, std::move(handler), executor, std::move(parts)));
    memory.at = nullptr;
    const auto refusal = queue.enter();
    self.release()->begin(refusal);
  }

 private:
  struct Memory {
    Allocator allocator;
    AsioOperation* at = nullptr;
    explicit Memory(Allocator from) : allocator(std::move(from)) {}
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() {
      if (at != nullptr) {
        allocator.deallocate(at, 1);
      }
    }
  };

  struct Destroy {
    void operator()(AsioOperation* self) const { self->destroy(); }
  };

  AsioOperation(AsioQueue& queue, Handler&& handler, const Executor& executor,
                typename Operation<T>::Parts&& parts)
      : Completion{&run},
        queue_(queue),
        work_(TOMBOLO_ASIO::get_associated_executor(handler, executor)),
        handler_(std::move(handler)),
        collector_(parts.collector),
        op_(std::move(parts.op)),
        registration_(std::move(parts.token)) {
    registration_.enter(op_);
#if defined(TOMBOLO_ASIO_HAS_SLOTS)
    auto slot = TOMBOLO_ASIO::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) {
      slot.assign(Cancel{op_.share()});
    }
#endif
  }

#if defined(TOMBOLO_ASIO_HAS_SLOTS)
  /// Every kind cancels: the error's effect says what became of the operation.
  struct Cancel {
    Op op;
    void operator()(TOMBOLO_ASIO::cancellation_type type) const noexcept {
      if (type != TOMBOLO_ASIO::cancellation_type::none) {
        op.cancel();
      }
    }
  };
#endif

  void begin(const std::optional<Error>& refusal) {
    if (refusal.has_value()) {
      op_ = failed_op(*refusal);
      post_result();
      return;
    }
    // Once started, this object may be gone: another thread may drain the queue.
    CompletionQueue& queue = queue_.queue();
    const Ticket ticket = op_.ticket();
    if (Op::start(ticket, queue, this) != Op::Outcome::pending &&
        Op::deliver(ticket, queue) != Op::Delivery::sent) {
      run(this);
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

  /// Sends handler and result to the handler's executor. Posted, not dispatched: so a context with
  /// several threads runs handlers on all of them, and no handler runs inside a drain, where
  /// `wait()` would be refused and an exception would cut the others off.
  void post_result() {
    registration_.reset();
    Result<T> result = collector_(op_);
    Handler handler = std::move(handler_);
    const auto work = std::move(work_);
    release(
        handler);  // before the handler runs, as Asio promises, so that its memory can be reused
    TOMBOLO_ASIO::post(work.executor(), Bound{std::move(handler), std::move(result)});
  }

  void destroy() {
    const Handler handler = std::move(handler_);
    release(handler);
  }

  void release(const Handler& handler) {
    Allocator allocator(TOMBOLO_ASIO::get_associated_allocator(handler));
    this->~AsioOperation();
    allocator.deallocate(this, 1);
  }

  struct Bound {
    using allocator_type = typename TOMBOLO_ASIO::associated_allocator<Handler>::type;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return TOMBOLO_ASIO::get_associated_allocator(handler);
    }
    void operator()() {
#if defined(TOMBOLO_ASIO_HAS_SLOTS)
      // Here, and not when the operation was done: slots are the handler's executor's.
      TOMBOLO_ASIO::get_associated_cancellation_slot(handler).clear();
#endif
      std::move(handler)(std::move(result));
    }
    Handler handler;
    Result<T> result;
  };

  AsioQueue& queue_;
  AsioWork<HandlerExecutor> work_;
  Handler handler_;
  Collector<T> collector_;
  Op op_;
  CancelRegistration registration_;
};

}  // namespace TOMBOLO_ASIO_NAMESPACE
}  // namespace detail
TOMBOLO_NAMESPACE_END
