//! Logs: JSON lines in the data directory, a bounded number of files of bounded size.

use crate::engine::SECRETS;
use file_rotate::ContentLimit;
use file_rotate::FileRotate;
use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Size of one file.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Files kept besides the current one.
const FILES_KEPT: usize = 4;
/// Names what is logged, as `tracing` filters do.
const VARIABLE: &str = "SEAWORTHY_LOG";

/// Starts logging into `home/logs`. A disk that refuses is not a reason to stop: then nothing is logged.
pub fn start(home: &Path) {
    let folder = home.join("logs");
    if std::fs::create_dir_all(&folder).is_err() {
        return;
    }
    let file = FileRotate::new(
        folder.join("seaworthy.log"),
        AppendCount::new(FILES_KEPT),
        ContentLimit::BytesSurpassed(FILE_BYTES_MAX),
        Compression::None,
        Some(private()),
    );
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(Log(Mutex::new(file)))
        .try_init();
}

/// Appends, readable by this user alone.
fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

struct Log(Mutex<FileRotate<AppendCount>>);

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

struct Line<'a>(&'a Mutex<FileRotate<AppendCount>>);

impl Write for Line<'_> {
    /// One call is one whole line, as the formatter writes them; a secret cannot begin in one and end in another.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let clean = SECRETS.bytes(bytes);
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).write_all(&clean)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).flush()
    }
}
