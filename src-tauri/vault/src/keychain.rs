//! The operating system's keychain: Secret Service, macOS keychain, Windows Credential Manager.

use crate::item::Item;
use crate::worker::Worker;
use keyring_core::Error;
use seaworthy_ports::StoreError;
use secrecy::zeroize::Zeroize;
use secrecy::zeroize::Zeroizing;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a person may wait for a keychain. Long enough for a slow bus; not for typing a password into a prompt, after
/// which the next try finds it open.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// The crate's own start is made once in a process, and a failed one is kept; later tries start the store directly.
static STARTED: AtomicBool = AtomicBool::new(false);

/// The keychain of this user's session.
pub struct Keychain {
    worker: Worker,
}

impl Default for Keychain {
    fn default() -> Self {
        Self::with_deadline(DEADLINE)
    }
}

impl Keychain {
    /// A keychain that is waited for as long as `deadline`.
    #[must_use]
    pub fn with_deadline(deadline: Duration) -> Self {
        Self { worker: Worker::new("keychain", deadline) }
    }

    pub(crate) async fn put(&self, item: Item, bytes: Zeroizing<Vec<u8>>) -> Result<(), StoreError> {
        self.call(item, move |entry| entry.set_secret(&bytes)).await
    }

    pub(crate) async fn get(&self, item: Item) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.call(item, |entry| entry.get_secret().map(Zeroizing::new)).await
    }

    /// Whether there was something to delete.
    pub(crate) async fn delete(&self, item: Item) -> Result<bool, StoreError> {
        let all = |entry: &keyring_core::Entry| match entry.delete_credential() {
            // All of them bear our name and this account's, and none of them shall stay.
            Err(Error::Ambiguous(entries)) => {
                entries.iter().try_for_each(keyring_core::Entry::delete_credential)
            }
            result => result,
        };
        match self.call(item, all).await {
            Ok(()) => Ok(true),
            Err(StoreError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads `item`, to see who answers and whether it is open.
    pub(crate) async fn probe(&self, item: Item) -> Result<String, StoreError> {
        match self.get(item).await {
            Ok(_) | Err(StoreError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
        self.worker
            .run(|| Ok(keyring_core::get_default_store().map(|store| store.vendor()).unwrap_or_default()))
            .await
    }

    async fn call<T: Send + 'static>(
        &self,
        item: Item,
        work: impl Fn(&keyring_core::Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.worker
            .run(move || {
                let attempt = || work(&entry(&item)?);
                start().map_err(|error| absent(&error))?;
                match attempt() {
                    // The service may have been started anew since; its old session is worth nothing then.
                    Err(Error::PlatformFailure(_)) => {
                        restart().map_err(|error| absent(&error))?;
                        attempt().map_err(|error| meaning(error, &item))
                    }
                    result => result.map_err(|error| meaning(error, &item)),
                }
            })
            .await
    }
}

fn entry(item: &Item) -> keyring_core::Result<keyring_core::Entry> {
    keyring_core::Entry::new(&item.service, &item.user)
}

fn start() -> keyring_core::Result<()> {
    if keyring_core::get_default_store().is_some() {
        return Ok(());
    }
    // A second caller would wait for a first start that hangs.
    if !STARTED.swap(true, Ordering::SeqCst) && keyring::Entry::store_status().is_ok() {
        return Ok(());
    }
    restart()
}

fn restart() -> keyring_core::Result<()> {
    keyring_core::set_default_store(native()?);
    Ok(())
}

#[cfg(target_os = "macos")]
fn native() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn native() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn native() -> keyring_core::Result<Arc<keyring_core::CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// Why there is no store.
fn absent(error: &Error) -> StoreError {
    match error {
        Error::NoStorageAccess(_) => StoreError::Locked,
        error => StoreError::Absent(words(error)),
    }
}

/// What an error of an entry means. Hazard: two of them carry what is stored; they are wiped and never shown.
fn meaning(error: Error, item: &Item) -> StoreError {
    match error {
        Error::NoStorageAccess(_) => StoreError::Locked,
        Error::NoEntry => StoreError::Missing(item.connection.clone()),
        Error::Ambiguous(entries) => {
            StoreError::Ambiguous { connection: item.connection.clone(), count: entries.len() }
        }
        Error::NoDefaultStore => StoreError::Absent("it was not started".to_owned()),
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            let why = "the keychain gives it in another form".to_owned();
            StoreError::Damaged { connection: item.connection.clone(), why }
        }
        error => StoreError::Failed(words(&error)),
    }
}

/// The innermost words, which say what the bus or the system said.
fn words(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().trim().to_owned()
}
