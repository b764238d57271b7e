//! The device's key in the stores.

use super::*;
use crate::Keychain;
use crate::PassphraseFile;
use crate::item::Item;
use seaworthy_ports::DeviceKeys;
use seaworthy_ports::KeyError;
use seaworthy_ports::KeyName;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

const PASSPHRASE: &str = "correct horse battery";

pub(super) fn key(number: u32, store: StoreKind) -> KeyName {
    KeyName { device: "0b9d5a0e-3c1f-4c62-8f5e-5f3f5a6d7e81".into(), number, store }
}

async fn seed(tokens: &Tokens, key: &KeyName) -> [u8; 32] {
    *tokens.key(key).await.unwrap().secret().expose_secret()
}

#[tokio::test]
async fn a_key_is_made_once_and_never_in_place_of_one_that_is_lost() {
    let (tokens, redactor) = tokens(Place::Memory);
    let first = key(1, StoreKind::Memory);
    assert_eq!(tokens.key(&first).await.unwrap_err(), KeyError::Lost(StoreKind::Memory));
    let made = *tokens.make_key(&first).await.unwrap().secret().expose_secret();
    assert_ne!(made, [0; 32]);
    assert_eq!(
        *tokens.make_key(&first).await.unwrap().secret().expose_secret(),
        made,
        "what was left is taken up"
    );
    assert_eq!(seed(&tokens, &first).await, made);
    let second = key(2, StoreKind::Memory);
    tokens.make_key(&second).await.unwrap();
    assert_ne!(seed(&tokens, &second).await, made);
    assert_eq!(seed(&tokens, &first).await, made);
    assert_eq!(redactor.text(&format!("seed {}", hex::encode(made))), "seed [secret]");
}

#[tokio::test]
async fn what_is_no_key_is_named_and_left_as_it_is() {
    let (tokens, _) = tokens(Place::Memory);
    let wanted = key(1, StoreKind::Memory);
    let item = Item::key(&wanted.device, 1);
    let whole = r#"{"v":1,"device":"0b9d5a0e-3c1f-4c62-8f5e-5f3f5a6d7e81","number":1,"seed":"00ff"}"#;
    let other = whole.replace("0b9d", "aaaa");
    for (bytes, why) in [("secret-text", "not what"), (whole, "32 bytes"), (&other, "another device")] {
        let kept = Zeroizing::new(bytes.as_bytes().to_vec());
        tokens.put(item.clone(), StoreKind::Memory, kept.clone()).await.unwrap();
        let error = tokens.make_key(&wanted).await.unwrap_err();
        assert!(matches!(&error, KeyError::Foreign { .. }) && error.to_string().contains(why), "{error}");
        assert!(!error.to_string().contains("secret-text"));
        assert_eq!(tokens.get(item.clone(), StoreKind::Memory).await.unwrap(), kept);
    }
}

#[tokio::test]
async fn a_key_under_a_passphrase_needs_it_and_survives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let place = || {
        let file = PassphraseFile::with_work_factor(folder.path().join("vault.age"), None, 4);
        Place::Machine { keychain: Keychain::default(), file }
    };
    let wanted = key(1, StoreKind::Vault);
    let (first, _) = tokens(place());
    assert_eq!(first.make_key(&wanted).await.unwrap_err(), StoreError::NeedsPassphrase.into());
    first.unlock(PASSPHRASE.into()).await.unwrap();
    first.make_key(&wanted).await.unwrap();
    let made = seed(&first, &wanted).await;

    let (second, _) = tokens(place());
    assert_eq!(second.key(&wanted).await.unwrap_err(), StoreError::NeedsPassphrase.into());
    second.unlock(PASSPHRASE.into()).await.unwrap();
    assert_eq!(seed(&second, &wanted).await, made);
}
