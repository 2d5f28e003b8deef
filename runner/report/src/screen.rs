use indicatif::TermLike;
use std::{
    fmt,
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Rows and columns of a terminal that does not say its size.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// Where the screen's bytes go, and how large it is at this moment.
pub(crate) trait Device: Send + Sync + fmt::Debug {
    fn write(&self, text: &str) -> io::Result<()>;
    /// Rows and columns.
    fn size(&self) -> (u16, u16);
}

/// The terminal behind the standard error.
#[derive(Debug)]
pub(crate) struct StandardError;

impl Device for StandardError {
    fn write(&self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }

    fn size(&self) -> (u16, u16) {
        match rustix::termios::tcgetwinsize(rustix::stdio::stderr()) {
            Ok(size) if size.ws_row > 0 && size.ws_col > 0 => (size.ws_row, size.ws_col),
            _ => USUAL_SIZE,
        }
    }
}

/// A terminal as indicatif draws on it, with one difference: lines are not filled with spaces up to the right edge.
/// A terminal that folds its lines anew when it becomes narrower would make two of each filled line.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    device: Arc<dyn Device>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    buffer: String,
    /// A line was written and its filling follows.
    filling_next: bool,
    /// The cursor stands behind a line that has not ended.
    line_open: bool,
}

impl Screen {
    pub fn new(device: Arc<dyn Device>) -> Self {
        Self { device, state: Arc::default() }
    }

    /// Rows and columns.
    pub fn size(&self) -> (u16, u16) {
        self.device.size()
    }

    /// Ends the line that the cursor stands behind, so that others write on a line of their own.
    pub fn end_line(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.line_open) {
            state.buffer.push_str("\r\n");
        }
        state.filling_next = false;
        let _ = self.write_out(&mut state);
    }

    /// Writes what moves nothing.
    pub fn signal(&self, text: &str) {
        let mut state = self.state();
        state.buffer.push_str(text);
        let _ = self.write_out(&mut state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_out(&self, state: &mut State) -> io::Result<()> {
        let text = std::mem::take(&mut state.buffer);
        if text.is_empty() { Ok(()) } else { self.device.write(&text) }
    }

    fn move_cursor(&self, count: usize, direction: char) -> io::Result<()> {
        if count > 0 {
            use fmt::Write as _;
            let _ = write!(self.state().buffer, "\x1b[{count}{direction}");
        }
        Ok(())
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.size().1
    }

    fn height(&self) -> u16 {
        self.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        if std::mem::take(&mut state.line_open) {
            state.buffer.push_str("\r\n");
        }
        state.buffer.push_str(text);
        state.buffer.push_str("\r\n");
        state.filling_next = false;
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        if std::mem::take(&mut state.filling_next) && text.bytes().all(|byte| byte == b' ') {
            return Ok(());
        }
        if state.line_open {
            state.buffer.push_str("\r\n");
        }
        state.buffer.push_str(text);
        state.line_open = true;
        state.filling_next = true;
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        let mut state = self.state();
        state.buffer.push_str("\r\x1b[2K");
        state.line_open = false;
        state.filling_next = false;
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut state = self.state();
        state.filling_next = false;
        self.write_out(&mut state)
    }
}
