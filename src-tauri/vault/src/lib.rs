//! Tokens: kept in the operating system's keychain, or in a file under a passphrase where a person chose that, and
//! opened for one origin only. The secret half of the device's key lies in the same stores.
//!
//! What is connected is the ledger's knowledge and arrives through [`seaworthy_ports::Vault::know`]; here is only what
//! the ledger must never hold. A token that was opened stays in memory, so that a keychain which locks with the screen
//! does not stop an automatic rollback. On Linux any process of the same user can read an unlocked Secret Service: this
//! protects against stolen disks, backups and logs, not against the user's own programs.

mod device;
mod item;
mod keychain;
mod owner;
mod passphrase;
mod token;
mod vault;
mod worker;

#[cfg(test)]
mod tests;

pub use keychain::DEADLINE;
pub use keychain::Keychain;
pub use passphrase::PASSPHRASE_CHARS_MIN;
pub use passphrase::PassphraseFile;
pub use token::TOKEN_BYTES_MAX;
pub use token::TOKEN_BYTES_MIN;
pub use vault::Place;
pub use vault::Tokens;
