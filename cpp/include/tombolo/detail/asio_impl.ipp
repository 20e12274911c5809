// Operations as Asio's asynchronous operations. Included once for Boost.Asio and once for
// standalone Asio, with TOMBOLO_ASIO naming the library and TOMBOLO_ASIO_NAMESPACE a namespace of
// ours for it; so no include guards, and each of these files includes the one below it.

#include "tombolo/detail/asio_operation.ipp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {
inline namespace TOMBOLO_ASIO_NAMESPACE {

template <class Executor>
using AsioExecutor =
    decltype(detail::TOMBOLO_ASIO_NAMESPACE::asio_context(std::declval<const Executor&>(), 0));

template <class Object>
using AsioObject = AsioExecutor<decltype(std::declval<Object&>().get_executor())>;

/// The executor that handlers of a token run on, if the token names none otherwise.
template <class Token>
using AsioDefault =
    decltype(TOMBOLO_ASIO::get_associated_executor(std::declval<const std::decay_t<Token>&>()));

/// True unless a token lives in the namespace of the other Asio. What an unqualified call finds
/// there says so by its type, which differs for tokens that have no executor of their own.
template <class Token>
auto is_asio_token(int)
    -> std::is_same<decltype(get_associated_executor(std::declval<const std::decay_t<Token>&>())),
                    AsioDefault<Token>>;
template <class Token>
auto is_asio_token(long) -> std::true_type;

template <class Token>
using AsioToken =
    std::enable_if_t<decltype(detail::TOMBOLO_ASIO_NAMESPACE::is_asio_token<Token>(0))::value,
                     AsioExecutor<AsioDefault<Token>>>;

/// What `async_initiate` calls with the handler it has made of a token.
template <class T>
struct AsioInitiation {
  template <class Handler>
  void operator()(Handler&& handler, typename Operation<T>::Parts parts) const {
    const auto executor = TOMBOLO_ASIO::get_associated_executor(handler);
    AsioOperation<T, std::decay_t<Handler>, std::decay_t<decltype(executor)>>::start(
        std::forward<Handler>(handler), executor, std::move(parts));
  }
};

/// The same with an executor for handlers that have none.
template <class T, class Executor>
struct AsioInitiationOn {
  using executor_type = Executor;
  [[nodiscard]] executor_type get_executor() const noexcept { return executor; }

  template <class Handler>
  void operator()(Handler&& handler, typename Operation<T>::Parts parts) const {
    AsioOperation<T, std::decay_t<Handler>, Executor>::start(std::forward<Handler>(handler),
                                                             executor, std::move(parts));
  }
  Executor executor;
};

}  // namespace TOMBOLO_ASIO_NAMESPACE
}  // namespace detail

inline namespace TOMBOLO_ASIO_NAMESPACE {

/// Starts `operation` when the token says so (at once, or when it is awaited) and calls the
/// handler with its `Result<T>`, on the handler's associated executor and never inside this call.
///
/// The queue behind it is one per execution context, of at most 65536 operations; whichever thread
/// runs the context drains it, and `run()` does not return while operations are outstanding. Any
/// context does: an `io_context`, a `thread_pool`, and `system_executor`, on whose threads handlers
/// without an executor run (`use_future` and plain callbacks).
///
/// Associated allocators are used, and cancellation slots where this Asio has them: each kind of
/// cancellation cancels the operation, whose error says what is known of the effect. Destroying the
/// context destroys the handlers unheard and cancels the operations, without waiting for them.
///
/// Does not block; may be called on any thread. Throws what allocators throw; all else comes as the
/// result. With both Asios in one translation unit, name the one that is meant where the token is
/// of neither: `tombolo::boost_asio_tokens::async_wait`, `tombolo::asio_tokens::async_wait`.
///
/// In a forked child, after `notify_fork`, operations are answered with the kind `forked`; the
/// handlers of those that were in flight are never called there.
template <class T, class Token, class = detail::TOMBOLO_ASIO_NAMESPACE::AsioToken<Token>>
auto async_wait(Operation<T> operation, Token&& token) {
  return TOMBOLO_ASIO::async_initiate<Token, void(Result<T>)>(
      detail::TOMBOLO_ASIO_NAMESPACE::AsioInitiation<T>(), token, std::move(operation).release());
}

/// As above; handlers without an executor of their own run on `executor`.
template <class Executor, class T, class Token,
          class = detail::TOMBOLO_ASIO_NAMESPACE::AsioExecutor<Executor>>
auto async_wait(const Executor& executor, Operation<T> operation, Token&& token) {
  return TOMBOLO_ASIO::async_initiate<Token, void(Result<T>)>(
      detail::TOMBOLO_ASIO_NAMESPACE::AsioInitiationOn<T, Executor>{executor}, token,
      std::move(operation).release());
}

/// As above, on the executor of a context or of an I/O object.
template <class Object, class T, class Token,
          class = detail::TOMBOLO_ASIO_NAMESPACE::AsioObject<Object>, class = void>
auto async_wait(Object& object, Operation<T> operation, Token&& token) {
  return async_wait(object.get_executor(), std::move(operation), std::forward<Token>(token));
}

}  // namespace TOMBOLO_ASIO_NAMESPACE
TOMBOLO_NAMESPACE_END
