//! What people see: log lines and progress.

use crate::host::{self, ProgressHandle};

/// How serious a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the task's author.
    Debug,
    /// For everyone.
    Info,
    /// Something is not as it should be, and the task goes on.
    Warning,
    /// Something failed.
    Error,
}

/// What a progress line counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    #[default]
    Items,
    /// Bytes.
    Bytes,
}

/// Adds a line to the task's log.
pub fn log(level: Level, message: &str) {
    host::with(|host| host.log(level, message));
}

/// Shows a line, or several, however little is reported: what the task is there to show while it goes on. In `NAME | text` the name is
/// coloured where there are colours.
pub fn show(text: &str) {
    host::with(|host| host.show(text));
}

/// A progress line. Dropping it removes it.
pub struct Progress(Box<dyn ProgressHandle>);

impl Progress {
    /// A bar with a total.
    #[must_use]
    pub fn bar(label: &str, total: u64, unit: Unit) -> Self {
        Self(host::with(|host| host.progress(label, Some(total), unit)))
    }

    /// A line without a total.
    #[must_use]
    pub fn spinner(label: &str) -> Self {
        Self(host::with(|host| host.progress(label, None, Unit::Items)))
    }

    /// Changes the label.
    pub fn label(&self, label: &str) {
        self.0.set_label(label);
    }

    /// Changes the total.
    pub fn total(&self, total: Option<u64>) {
        self.0.set_total(total);
    }

    /// Moves the bar.
    pub fn position(&self, position: u64) {
        self.0.set_position(position);
    }

    /// The work is complete.
    pub fn finish(self) {
        self.0.finish();
    }
}

/// Logs at level debug.
#[macro_export]
macro_rules! debug {
    ($($message:tt)+) => { $crate::ui::log($crate::ui::Level::Debug, &::std::format!($($message)+)) };
}

/// Logs at level info.
#[macro_export]
macro_rules! info {
    ($($message:tt)+) => { $crate::ui::log($crate::ui::Level::Info, &::std::format!($($message)+)) };
}

/// Logs at level warning.
#[macro_export]
macro_rules! warning {
    ($($message:tt)+) => { $crate::ui::log($crate::ui::Level::Warning, &::std::format!($($message)+)) };
}

/// Logs at level error.
#[macro_export]
macro_rules! error {
    ($($message:tt)+) => { $crate::ui::log($crate::ui::Level::Error, &::std::format!($($message)+)) };
}
