//! The secret half of the device's key.

use crate::credentials::StoreError;
use async_trait::async_trait;
use seaworthy_domain::account::StoreKind;
use secrecy::SecretBox;
use secrecy::zeroize::Zeroize;

/// Bytes of a secret half: the seed of an Ed25519 key (RFC 8032, section 5.1.5).
pub const SEED_BYTES: usize = 32;

/// Keeps the secret halves of the keys with which a device signs how far its history goes.
#[async_trait]
pub trait DeviceKeys: Send + Sync {
    /// The seed that was kept as `key`.
    ///
    /// # Errors
    /// [`KeyError`]; nothing is ever made in place of what is not there.
    async fn key(&self, key: &KeyName) -> Result<Seed, KeyError>;

    /// Keeps a new random seed as `key`, and gives it back as the store then has it. A seed that lies there already
    /// was left by a try that nobody finished; it is given back as it is, so that nothing is ever written over.
    ///
    /// # Errors
    /// [`KeyError`]; then nothing is bound to it, and the next try finds what was kept.
    async fn make_key(&self, key: &KeyName) -> Result<Seed, KeyError>;

    /// Where a new key is kept unless a person says otherwise.
    fn usual_store(&self) -> StoreKind;
}

/// Which key of which device, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// The device: random, and the same for as long as its ledger lives.
    pub device: String,
    /// Counts the keys of the device from 1, so that a new one never lies where an older one did.
    pub number: u32,
    /// Where.
    pub store: StoreKind,
}

/// The bytes of a secret half. Wiped when dropped, and shown by nothing.
pub struct Seed(SecretBox<[u8; SEED_BYTES]>);

impl Seed {
    /// Takes the bytes over and wipes the original.
    #[must_use]
    pub fn new(bytes: &mut [u8; SEED_BYTES]) -> Self {
        let seed = SecretBox::init_with_mut(|kept: &mut [u8; SEED_BYTES]| kept.copy_from_slice(bytes));
        bytes.zeroize();
        Self(seed)
    }

    /// The secret itself, for the line that makes a key of it.
    #[must_use]
    pub fn secret(&self) -> &SecretBox<[u8; SEED_BYTES]> {
        &self.0
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

/// The device's key cannot be had; each variant is something else to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The ledger names a key that its store no longer has.
    #[error(
        "the device key is not in the {} any more; bring it back from a backup, or bind a new one with \
         `seaworthy key --new --reason \"why\"`",
        .0.word()
    )]
    Lost(StoreKind),
    /// What is kept under the name of the key is something else.
    #[error(
        "what the {} keeps as the device key cannot be used ({why}); bring the key back from a backup, or bind a new \
         one with `seaworthy key --new --reason \"why\"`",
        .store.word()
    )]
    Foreign {
        /// Where.
        store: StoreKind,
        /// What is wrong with it.
        why: String,
    },
    /// There is no keychain.
    #[error(
        "no keychain answers here ({0}); start one, or keep the key under a passphrase with `seaworthy key --new --vault`"
    )]
    Absent(String),
    /// The store is there and does not give the key now.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Absent(why) => Self::Absent(why),
            error => Self::Store(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_wiped_where_it_was_and_shown_nowhere() {
        use secrecy::ExposeSecret;
        let mut bytes = [0x5a; SEED_BYTES];
        let seed = Seed::new(&mut bytes);
        assert_eq!(bytes, [0; SEED_BYTES]);
        assert_eq!(seed.secret().expose_secret(), &[0x5a; SEED_BYTES]);
        assert_eq!(format!("{seed:?}"), "Seed");
    }
}
