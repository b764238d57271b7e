//! The secret half of the device's key, beside the tokens.

use crate::Place;
use crate::Tokens;
use crate::item::Item;
use async_trait::async_trait;
use seaworthy_domain::account::StoreKind;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::KeyError;
use seaworthy_ports::KeyName;
use seaworthy_ports::SEED_BYTES;
use seaworthy_ports::Seed;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde::Serialize;

/// Version of what is stored.
const FORMAT: u32 = 1;

/// What is stored: the seed, and whose it is.
#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    device: &'a str,
    number: u32,
    seed: &'a str,
}

#[derive(Deserialize)]
struct Read {
    v: u32,
    device: String,
    number: u32,
    seed: SecretString,
}

impl Tokens {
    /// The seed in stored bytes, if they are those of exactly this key.
    fn seed(&self, bytes: &[u8], key: &KeyName) -> Result<Seed, KeyError> {
        let foreign = |why: &str| KeyError::Foreign { store: key.store, why: why.to_owned() };
        // The parser's words would repeat what it read.
        let read: Read =
            serde_json::from_slice(bytes).map_err(|_| foreign("it is not what Seaworthy stores"))?;
        if read.v != FORMAT {
            return Err(foreign("another version of Seaworthy stored it"));
        }
        if read.device != key.device || read.number != key.number {
            return Err(foreign("it is the key of another device"));
        }
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        hex::decode_to_slice(read.seed.expose_secret(), &mut *seed)
            .map_err(|_| foreign("it is not 32 bytes in hexadecimal"))?;
        self.redactor.learn(&read.seed);
        Ok(Seed::new(&mut seed))
    }
}

#[async_trait]
impl DeviceKeys for Tokens {
    async fn key(&self, key: &KeyName) -> Result<Seed, KeyError> {
        match self.get(Item::key(&key.device, key.number), key.store).await {
            Ok(bytes) => self.seed(&bytes, key),
            Err(error) => Err(said(error, key.store)),
        }
    }

    async fn make_key(&self, key: &KeyName) -> Result<Seed, KeyError> {
        match self.key(key).await {
            Err(KeyError::Lost(_)) => {}
            answered => return answered,
        }
        let item = Item::key(&key.device, key.number);
        self.put(item, key.store, fresh(key)?).await.map_err(|error| said(error, key.store))?;
        // A store that takes everything and gives nothing back exists.
        self.key(key).await
    }

    fn usual_store(&self) -> StoreKind {
        match &self.place {
            Place::Machine { .. } => StoreKind::Keychain,
            Place::Memory => StoreKind::Memory,
        }
    }
}

/// A random seed as it is stored.
fn fresh(key: &KeyName) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |error: &dyn std::fmt::Display| KeyError::Store(StoreError::Failed(error.to_string()));
    let mut seed = Zeroizing::new([0_u8; SEED_BYTES]);
    getrandom::fill(&mut *seed)
        .map_err(|error| failed(&format!("the system gives no random bytes: {error}")))?;
    let mut digits = Zeroizing::new([0_u8; 2 * SEED_BYTES]);
    hex::encode_to_slice(*seed, &mut *digits).map_err(|error| failed(&error))?;
    let digits = str::from_utf8(&*digits).map_err(|error| failed(&error))?;
    let written = Written { v: FORMAT, device: &key.device, number: key.number, seed: digits };
    // Enough room at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(256 + key.device.len()));
    serde_json::to_writer(&mut *bytes, &written).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// The same in words about a key.
fn said(error: StoreError, store: StoreKind) -> KeyError {
    match error {
        StoreError::Missing(_) => KeyError::Lost(store),
        StoreError::Ambiguous { count, .. } => KeyError::Foreign {
            store,
            why: format!("there are {count} entries of its name, and none is picked"),
        },
        StoreError::Damaged { why, .. } => KeyError::Foreign { store, why },
        error => error.into(),
    }
}
