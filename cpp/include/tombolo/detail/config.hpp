// Names and macros that every header of Tombolo shares.
#pragma once

// Two versions can live in one program, each in a plug-in of its own: each has its own names, by
// this inline namespace. Until 1.0, a minor version is a version of its own.
#if !defined(TOMBOLO_VERSION_NAMESPACE)
#define TOMBOLO_VERSION_NAMESPACE v0_1
#endif
#define TOMBOLO_NAMESPACE_BEGIN \
  namespace tombolo {           \
  inline namespace TOMBOLO_VERSION_NAMESPACE {
#define TOMBOLO_NAMESPACE_END \
  }                           \
  }

// What a shared build exports. In a static build the linker option of the CMake target hides the
// library from whatever links it; an attribute here would make compilers warn about every class of
// the client's that holds one of ours.
#if defined(TOMBOLO_SHARED)
#define TOMBOLO_API __attribute__((visibility("default")))
#else
#define TOMBOLO_API
#endif

// A view that must not outlive the object it came from.
#if defined(__clang__)
#define TOMBOLO_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define TOMBOLO_LIFETIMEBOUND
#endif
