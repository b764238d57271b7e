//! What the signed checkpoint of an earlier process says about history as it is found now.

use seaworthy_bundle::Checkpoint;
use seaworthy_bundle::Extent;
use seaworthy_bundle::KeptCheckpoint;
use seaworthy_bundle::PublicKey;
use seaworthy_ledger::Sidecar;

#[derive(Clone, Debug)]
pub(crate) enum Past {
    Nothing,
    /// Its words, and how far history went there when the fold came by.
    Waiting(KeptCheckpoint, Option<Extent>),
    Agreed,
    Unreadable(String),
    /// History is shorter than it says, or another one. Nothing is signed over it.
    Contradicted {
        signed: u64,
        why: String,
    },
}

impl Past {
    /// What was kept, its signature not yet looked at: which keys are this device's is written in its history.
    pub(crate) fn kept(sidecar: &Sidecar) -> Self {
        match sidecar.read() {
            Ok(None) => Self::Nothing,
            Ok(Some(bytes)) => match KeptCheckpoint::read(bytes) {
                Ok(kept) => Self::Waiting(kept, None),
                Err(error) => Self::Unreadable(error.to_string()),
            },
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// History goes as far as `extent` now.
    pub(crate) fn meets(&mut self, extent: &Extent) {
        if let Self::Waiting(kept, seen @ None) = self
            && extent.head().is_some_and(|head| head.seq == kept.claimed_seq())
        {
            *seen = Some(extent.clone());
        }
    }

    /// After the last event that was there at the start; `keys` are those of this device, newest first.
    pub(crate) fn judge<'k>(&mut self, mut keys: impl Iterator<Item = &'k PublicKey>, extent: &Extent) {
        let Self::Waiting(kept, seen) = self else { return };
        // A process that died between binding a new key and its first checkpoint leaves one of the key before.
        let signed = keys.find_map(|key| kept.signed_by(key));
        *self = match (signed, seen) {
            (None, _) => Self::Unreadable("no key of this device signed it".to_owned()),
            (Some(checkpoint), Some(seen)) if seen.agrees(&checkpoint) => Self::Agreed,
            (Some(Checkpoint { head, .. }), Some(_)) => Self::Contradicted {
                signed: head.seq,
                why: format!("the first {} entries of the ledger are not those that were signed", head.seq),
            },
            (Some(Checkpoint { head, .. }), None) => Self::Contradicted {
                signed: head.seq,
                why: format!(
                    "{} entries of the ledger were signed, and {} are there",
                    head.seq,
                    extent.head().map_or(0, |head| head.seq)
                ),
            },
        };
    }
}
