//! From a task's uses to component bytes and a digest.
