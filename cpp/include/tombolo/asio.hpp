// Operations with any completion token of standalone Asio: callbacks, futures, coroutines.
#pragma once

// clang-format off
#include <utility>  // some versions of awaitable.hpp use std::exchange without it
// clang-format on

#include <asio/associated_allocator.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error_code.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution/executor.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/posix/descriptor_base.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/query.hpp>
#include <asio/version.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>

#include "tombolo/operation.hpp"

#if ASIO_VERSION >= 101900
#include <asio/associated_cancellation_slot.hpp>
#define TOMBOLO_ASIO_HAS_SLOTS
#endif
#define TOMBOLO_ASIO ::asio
#define TOMBOLO_ASIO_ERROR_CODE ::asio::error_code
#define TOMBOLO_ASIO_NAMESPACE asio_tokens
#include "tombolo/detail/asio_impl.ipp"
#undef TOMBOLO_ASIO
#undef TOMBOLO_ASIO_ERROR_CODE
#undef TOMBOLO_ASIO_NAMESPACE
#undef TOMBOLO_ASIO_HAS_SLOTS
