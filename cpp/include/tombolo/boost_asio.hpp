// Operations with any completion token of Boost.Asio: callbacks, futures, coroutines.
#pragma once

// clang-format off
#include <utility>  // some versions of awaitable.hpp use std::exchange without it
// clang-format on

#include <atomic>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/version.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>

#include "tombolo/operation.hpp"

#if BOOST_ASIO_VERSION >= 101900
#include <boost/asio/associated_cancellation_slot.hpp>
#define TOMBOLO_ASIO_HAS_SLOTS
#endif
#define TOMBOLO_ASIO ::boost::asio
#define TOMBOLO_ASIO_ERROR_CODE ::boost::system::error_code
#define TOMBOLO_ASIO_NAMESPACE boost_asio_tokens
#include "tombolo/detail/asio_impl.ipp"
#undef TOMBOLO_ASIO
#undef TOMBOLO_ASIO_ERROR_CODE
#undef TOMBOLO_ASIO_NAMESPACE
#undef TOMBOLO_ASIO_HAS_SLOTS
