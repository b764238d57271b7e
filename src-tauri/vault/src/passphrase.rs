//! Tokens in one file under a passphrase, for machines without a keychain. The file is in the age format with a scrypt
//! recipient: `age -d vault.age` opens it too, and shows one JSON object of entries.

use crate::item::Item;
use age::scrypt;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Shortest passphrase of a new vault. The file may be copied and tried for years.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// Longest passphrase that is read from a file.
const PASSPHRASE_BYTES_MAX: u64 = 4 * 1024;

/// Largest vault that is read: hundreds of tokens.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Cost of one guess: 2^18 rounds of scrypt, 256 MiB and about a second.
const WORK_FACTOR: u8 = 18;

/// Highest cost that is paid to open a file, whoever wrote it.
const WORK_FACTOR_MAX: u8 = 22;

/// Entries by name: what is encrypted.
type Entries = BTreeMap<String, SecretString>;

/// The vault of one data directory.
#[derive(Clone)]
pub struct PassphraseFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// File that holds the passphrase, where the user named one.
    source: Option<PathBuf>,
    work_factor: u8,
    /// Held while the file is read and written again.
    passphrase: Mutex<Option<SecretString>>,
}

impl PassphraseFile {
    /// The vault at `path`, whose passphrase is asked for, or stands in the file `source`.
    #[must_use]
    pub fn new(path: PathBuf, source: Option<PathBuf>) -> Self {
        Self::with_work_factor(path, source, WORK_FACTOR)
    }

    pub(crate) fn with_work_factor(path: PathBuf, source: Option<PathBuf>, work_factor: u8) -> Self {
        Self(Arc::new(Inner { path, source, work_factor, passphrase: Mutex::new(None) }))
    }

    pub(crate) fn lock(&self) -> Lock {
        match (self.0.path.exists(), self.0.held().is_some() || self.0.source.is_some()) {
            (_, true) => Lock::Open,
            (true, false) => Lock::Locked,
            (false, false) => Lock::NotMade,
        }
    }

    pub(crate) async fn unlock(&self, passphrase: SecretString) -> Result<(), StoreError> {
        self.apart(move |inner| {
            let mut held = inner.held();
            if inner.path.exists() {
                inner.read(&passphrase)?;
            } else if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARS_MIN {
                return Err(StoreError::Failed(format!(
                    "a passphrase of fewer than {PASSPHRASE_CHARS_MIN} characters does not protect anything; write a longer one"
                )));
            }
            *held = Some(passphrase);
            Ok(())
        })
        .await
    }

    pub(crate) async fn put(&self, item: Item, bytes: Zeroizing<Vec<u8>>) -> Result<(), StoreError> {
        self.apart(move |inner| {
            let text = str::from_utf8(&bytes).map_err(|error| StoreError::Failed(error.to_string()))?;
            let text = SecretString::from(text);
            inner.change(|entries| {
                entries.insert(name(&item), text);
                true
            })
        })
        .await
        .map(drop)
    }

    pub(crate) async fn get(&self, item: Item) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        self.apart(move |inner| {
            let missing = || StoreError::Missing(item.connection.clone());
            let mut held = inner.held();
            if !inner.path.exists() {
                return Err(missing());
            }
            let passphrase = inner.passphrase(&mut held)?;
            let entries = inner.read(&passphrase)?;
            let entry = entries.get(&name(&item)).ok_or_else(missing)?;
            Ok(Zeroizing::new(entry.expose_secret().as_bytes().to_vec()))
        })
        .await
    }

    /// Whether there was something to delete.
    pub(crate) async fn delete(&self, item: Item) -> Result<bool, StoreError> {
        self.apart(move |inner| {
            if !inner.path.exists() {
                return Ok(false);
            }
            inner.change(|entries| entries.remove(&name(&item)).is_some())
        })
        .await
    }

    /// Away from the threads that serve others: a guess costs a second of computing.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.0.clone();
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Failed("the vault was left in the middle; try again".to_owned())),
        }
    }
}

fn name(item: &Item) -> String {
    format!("{}|{}", item.service, item.user)
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, Option<SecretString>> {
        self.passphrase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The passphrase that was typed, or that of the file the user named.
    fn passphrase(&self, held: &mut Option<SecretString>) -> Result<SecretString, StoreError> {
        if let Some(passphrase) = held {
            return Ok(passphrase.clone());
        }
        let source = self.source.as_deref().ok_or(StoreError::NeedsPassphrase)?;
        let passphrase = from_file(source)?;
        if !self.path.exists() && passphrase.expose_secret().chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(StoreError::Failed(format!(
                "the passphrase in {} has fewer than {PASSPHRASE_CHARS_MIN} characters",
                source.display()
            )));
        }
        // It may be a pipe, which is read once.
        *held = Some(passphrase.clone());
        Ok(passphrase)
    }

    fn change(&self, change: impl FnOnce(&mut Entries) -> bool) -> Result<bool, StoreError> {
        let mut held = self.held();
        let passphrase = self.passphrase(&mut held)?;
        let mut entries = if self.path.exists() { self.read(&passphrase)? } else { Entries::new() };
        let changed = change(&mut entries);
        if changed {
            self.write(&passphrase, &entries)?;
        }
        Ok(changed)
    }

    fn read(&self, passphrase: &SecretString) -> Result<Entries, StoreError> {
        let failed =
            |why: &dyn std::fmt::Display| StoreError::Failed(format!("{}: {why}", self.path.display()));
        let file = std::fs::File::open(&self.path).map_err(|error| failed(&error))?;
        let decryptor = age::Decryptor::new(file.take(FILE_BYTES_MAX)).map_err(|error| failed(&error))?;
        let mut identity = scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(WORK_FACTOR_MAX);
        let mut reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(
            |error| match error {
                age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
                    StoreError::WrongPassphrase
                }
                error => failed(&error),
            },
        )?;
        let mut plain = Zeroizing::new(Vec::new());
        reader.read_to_end(&mut plain).map_err(|error| failed(&error))?;
        // The parser's words would repeat what it read.
        serde_json::from_slice(&plain).map_err(|_| failed(&"it does not hold what Seaworthy stores"))
    }

    /// Replaces the file as a whole: a crash leaves the old one or the new one.
    fn write(&self, passphrase: &SecretString, entries: &Entries) -> Result<(), StoreError> {
        let failed = |error: io::Error| StoreError::Failed(format!("{}: {error}", self.path.display()));
        let shown: BTreeMap<&str, &str> =
            entries.iter().map(|(name, entry)| (name.as_str(), entry.expose_secret())).collect();
        let room =
            entries.iter().map(|(name, entry)| name.len() + 2 * entry.expose_secret().len() + 16).sum();
        let mut plain = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *plain, &shown).map_err(|error| failed(error.into()))?;
        let mut recipient = scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(self.work_factor);
        let recipient: &dyn age::Recipient = &recipient;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let beside = self.path.with_extension("age.new");
        let file = private(&beside).map_err(failed)?;
        let mut writer = encryptor.wrap_output(file).map_err(failed)?;
        writer.write_all(&plain).map_err(failed)?;
        writer.finish().and_then(|file| file.sync_all()).map_err(failed)?;
        std::fs::rename(&beside, &self.path).map_err(failed)?;
        sync_folder(&self.path).map_err(failed)
    }
}

/// An empty file that this user alone can read.
fn private(path: &Path) -> io::Result<std::fs::File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the new name survive a loss of power. Windows has no such call and needs none.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|_| cfg!(unix)) {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// A passphrase from a file, less the line end.
fn from_file(path: &Path) -> Result<SecretString, StoreError> {
    let failed = |why: &dyn std::fmt::Display| {
        StoreError::Failed(format!("the passphrase cannot be read from {}: {why}", path.display()))
    };
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    file.take(PASSPHRASE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
    if text.len() as u64 > PASSPHRASE_BYTES_MAX {
        return Err(failed(&"it is longer than 4 KiB"));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
}
