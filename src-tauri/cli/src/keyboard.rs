//! What a person types, and what is piped in.

use crate::world::Answers;
use async_trait::async_trait;
use seaworthy_wire::Secret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::io::BufRead;
use std::io::Read;
use tokio::sync::oneshot;

/// Longest answer to a question in bytes.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// Longest secret in bytes: more than any token, so that a whole file is seen to be none.
const SECRET_BYTES_MAX: u64 = 16 * 1_024;

/// Standard input.
pub(crate) struct Keyboard;

#[async_trait]
impl Answers for Keyboard {
    async fn line(&mut self) -> Option<String> {
        apart(|| {
            let mut line = String::new();
            let read = std::io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut line);
            read.is_ok_and(|bytes| bytes > 0).then_some(line)
        })
        .await
    }

    async fn secret(&mut self) -> Option<Secret> {
        // Dropped with this call, also when Ctrl-C ends it: the terminal shows again what is typed.
        let _hidden = Hidden::begin()?;
        apart(|| {
            let mut line = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
            let read = std::io::stdin().lock().take(SECRET_BYTES_MAX).read_line(&mut line);
            let typed = line.strip_suffix('\n').unwrap_or(&line);
            let typed = typed.strip_suffix('\r').unwrap_or(typed);
            read.is_ok_and(|bytes| bytes > 0).then(|| Secret::new(SecretString::from(typed)))
        })
        .await
    }

    async fn piped(&mut self) -> Option<Secret> {
        apart(|| {
            let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
            let read = std::io::stdin().lock().take(SECRET_BYTES_MAX).read_to_string(&mut text);
            read.is_ok_and(|bytes| bytes > 0).then(|| Secret::new(SecretString::from(text.as_str())))
        })
        .await
    }
}

/// On a thread of its own: a read of the terminal cannot be cancelled, and nothing may wait for it at the end.
async fn apart<T: Send + 'static>(read: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (sender, answer) = oneshot::channel();
    std::thread::spawn(move || {
        if let Some(read) = read() {
            drop(sender.send(read));
        }
    });
    answer.await.ok()
}

/// A terminal that does not show what is typed, for as long as this lives.
#[cfg(unix)]
struct Hidden(rustix::termios::Termios);

#[cfg(unix)]
impl Hidden {
    /// `None` where the echo cannot be switched off; then nothing secret is asked for.
    fn begin() -> Option<Self> {
        use rustix::termios;
        let before = termios::tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(termios::LocalModes::ECHO);
        termios::tcsetattr(std::io::stdin(), termios::OptionalActions::Flush, &silent).ok()?;
        Some(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        use rustix::termios;
        // The terminal may be gone, and with it whatever it showed.
        let _ = termios::tcsetattr(std::io::stdin(), termios::OptionalActions::Now, &self.0);
    }
}

/// Hiding what is typed is not supported here; tokens are piped in.
#[cfg(not(unix))]
struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> Option<Self> {
        None
    }
}
