// Everything of Tombolo's C++ face but what needs a library of its own (tombolo/asio.hpp) or C++20
// (tombolo/stop_token.hpp).
#pragma once

#include "tombolo/blob.hpp"
#include "tombolo/bytes.hpp"
#include "tombolo/cancellation.hpp"
#include "tombolo/completion_queue.hpp"
#include "tombolo/diagnostics.hpp"
#include "tombolo/error.hpp"
#include "tombolo/handler.hpp"
#include "tombolo/identity.hpp"
#include "tombolo/log.hpp"
#include "tombolo/metrics.hpp"
#include "tombolo/operation.hpp"
#include "tombolo/result.hpp"
#include "tombolo/runtime.hpp"
#include "tombolo/secrets.hpp"
#include "tombolo/stream.hpp"
