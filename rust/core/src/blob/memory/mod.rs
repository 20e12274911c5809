//! Blobs in memory: for tests, and for caches that may be lost.
