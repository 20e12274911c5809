// For unit tests of code that uses Tombolo: a fake blob store with scripted answers, and a clock
// that the test controls. A program of tests links tombolo::testing for it, in place of
// tombolo::tombolo; production programs cannot.
#pragma once

#include "tombolo/testing/clock.hpp"
#include "tombolo/testing/fake_blob_store.hpp"
#include "tombolo/testing/gate.hpp"
#include "tombolo/thread_safety.hpp"

TOMBOLO_NAMESPACE_BEGIN
namespace detail {

template <>
struct ThreadSafetyOf<testing::Clock> : Shared {};
template <>
struct ThreadSafetyOf<testing::FakeBlobStore> : Shared {};
template <>
struct ThreadSafetyOf<testing::Gate> : Shared {};

}  // namespace detail
TOMBOLO_NAMESPACE_END
