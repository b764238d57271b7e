//! Records as lines: one JSON object each, written whole and read back with what is missing.

use crate::error::EvidenceError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;

/// Longest record as JSON.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Why a stretch of a segment holds no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleCause {
    /// The last line has no end: its writer was interrupted.
    Truncated,
    /// A line that is no record: cut off earlier, damaged, or longer than a record may be.
    Unreadable,
}

/// A stretch of a segment that holds no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// How many records were read before it.
    pub after: usize,
    /// Where it starts, in bytes from the start of the segment.
    pub offset: u64,
    /// Its length in bytes, line end included.
    pub bytes: u64,
    /// Why.
    pub cause: HoleCause,
}

/// Records as they are written.
pub(crate) fn lines<R: Serialize>(records: &[R]) -> Result<Vec<u8>, EvidenceError> {
    let refuse = |reason: String| EvidenceError::Record { reason };
    let mut lines = Vec::new();
    for record in records {
        let line = serde_json::to_vec(record).map_err(|error| refuse(error.to_string()))?;
        // Only an object tells by itself whether it is complete.
        if line.first() != Some(&b'{') {
            return Err(refuse("it is not an object".into()));
        }
        if line.len() > RECORD_BYTES_MAX {
            return Err(EvidenceError::TooLarge { bytes: line.len() as u64, max: RECORD_BYTES_MAX as u64 });
        }
        lines.extend_from_slice(&line);
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Whether the last line has no end.
pub(crate) fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Hands over every record with where it ends, and returns what is no record.
pub(crate) fn read_samples<R: DeserializeOwned>(
    mut input: impl BufRead,
    mut each: impl FnMut(u64, R),
) -> io::Result<Vec<Hole>> {
    let (mut after, mut offset) = (0, 0);
    let mut holes = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let bytes = next_line(&mut input, &mut line)?;
        if bytes == 0 {
            return Ok(holes);
        }
        let complete = line.last() == Some(&b'\n');
        match serde_json::from_slice(&line) {
            Ok(record) if line.first() == Some(&b'{') => {
                each(offset + bytes - u64::from(complete), record);
                after += 1;
            }
            _ => {
                let cause = if complete { HoleCause::Unreadable } else { HoleCause::Truncated };
                holes.push(Hole { after, offset, bytes, cause });
            }
        }
        offset += bytes;
    }
}

/// Reads one line and returns its full length; of a line longer than a record may be only the last piece is kept,
/// which is no record.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    const PIECE: u64 = RECORD_BYTES_MAX as u64 + 1;
    let mut bytes = 0;
    loop {
        let read = input.by_ref().take(PIECE).read_until(b'\n', line)?;
        bytes += read as u64;
        if read == 0 || line.last() == Some(&b'\n') || bytes < PIECE {
            return Ok(bytes);
        }
        // The rest of an overlong line could look like a record by itself; this cannot be the start of one.
        line.clear();
        line.push(b'!');
    }
}
