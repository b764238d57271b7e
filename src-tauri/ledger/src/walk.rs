//! A second look at the whole history of an open ledger, page by page, so that writers get between.

use crate::chain::Chain;
use crate::error::{Damage, LedgerError};
use crate::ledger::{Ledger, MAX_READ_PAGE};
use crate::verify;

/// How far such a look has come.
#[derive(Debug)]
pub struct Walk {
    chain: Chain,
}

impl Walk {
    /// Events that were read and fit, counted from the first.
    pub fn events(&self) -> u64 {
        self.chain.seq
    }
}

impl Ledger {
    /// Begins at the first event.
    pub fn walk(&self) -> Walk {
        Walk { chain: Chain::new(self.head().device) }
    }

    /// Checks the next page: hashes, both chains and the canonical form. `false` at the head.
    ///
    /// # Errors
    /// `Damaged` with the first event that does not fit, and what SQLite reports.
    pub fn step(&self, walk: &mut Walk) -> Result<bool, LedgerError> {
        let page = self.events(walk.chain.seq, MAX_READ_PAGE)?;
        verify::follow_on(&mut walk.chain, &page)?;
        let head = self.head();
        match page.is_empty() {
            true if walk.chain.seq < head.seq => Err(Damage::Gap { seq: walk.chain.seq + 1 }.into()),
            empty => Ok(!empty),
        }
    }
}
