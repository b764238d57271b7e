//! Text that arrives in pieces: a secret may begin in one and end in another.

use crate::redactor::MASK;
use crate::redactor::Redactor;

/// One stream on its way to where it is written. It keeps back as many bytes as could be the beginning of a secret, at
/// most the longest form less one; [`Stream::rest`] gives them out.
#[derive(Debug)]
pub struct Stream {
    redactor: Redactor,
    held: Vec<u8>,
    /// So many of the held bytes belong to a secret whose mask was written already.
    masked: usize,
}

impl Stream {
    /// The beginning of a stream.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self { redactor, held: Vec::new(), masked: 0 }
    }

    /// Takes the next piece and gives what can be written now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        let keep = self.redactor.finder().map_or(0, |finder| finder.longest.saturating_sub(1));
        self.give(self.held.len().saturating_sub(keep))
    }

    /// Gives what was kept back: nothing more belongs to it.
    pub fn rest(&mut self) -> Vec<u8> {
        self.give(self.held.len())
    }

    /// Gives the first `until` of the held bytes. A secret that ends later begins after them or is known whole.
    fn give(&mut self, until: usize) -> Vec<u8> {
        let spans = self.redactor.finder().map(|finder| finder.spans(&self.held)).unwrap_or_default();
        let mut clean = Vec::with_capacity(until);
        let mut at = self.masked.min(until);
        let mut covered = self.masked;
        for span in spans {
            if span.start >= until {
                break;
            }
            if span.start >= covered {
                clean.extend_from_slice(&self.held[at..span.start]);
                clean.extend_from_slice(MASK.as_bytes());
            }
            covered = covered.max(span.end);
            at = covered.min(until);
        }
        clean.extend_from_slice(&self.held[at..until]);
        self.held.drain(..until);
        self.masked = covered.saturating_sub(until);
        clean
    }
}
