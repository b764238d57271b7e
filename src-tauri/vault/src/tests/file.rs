//! The vault under a passphrase.

use super::*;
use crate::Keychain;
use crate::PassphraseFile;
use seaworthy_ports::Credentials;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;
use std::path::Path;
use std::path::PathBuf;

const PASSPHRASE: &str = "correct horse battery";
/// Guesses must be cheap here.
const WORK_FACTOR: u8 = 4;

fn place(folder: &Path, source: Option<PathBuf>) -> Place {
    let file = PassphraseFile::with_work_factor(folder.join("vault.age"), source, WORK_FACTOR);
    Place::Machine { keychain: Keychain::default(), file }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[tokio::test]
async fn a_token_survives_the_process_and_only_the_passphrase_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let (first, _) = tokens(place(folder.path(), None));
    assert_eq!(first.lock(), Lock::NotMade);
    let error = first.connect(fake.order(TOKEN, StoreKind::Vault)).await.unwrap_err();
    assert_eq!(error, StoreError::NeedsPassphrase.into());
    first.unlock(secret("too short")).await.unwrap_err();
    first.unlock(secret(PASSPHRASE)).await.unwrap();
    let connected = first.connect(fake.order(TOKEN, StoreKind::Vault)).await.unwrap();
    let bytes = std::fs::read(folder.path().join("vault.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("vault.age")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let (second, redactor) = tokens(place(folder.path(), None));
    second.know("w1", vec![connected.clone()]);
    assert_eq!(second.lock(), Lock::Locked);
    let origin = fake.origin.as_str();
    let error = second.open("vercel", origin).await.unwrap_err();
    assert_eq!(error, StoreError::NeedsPassphrase.into());
    assert_eq!(second.unlock(secret("correct horse battery?")).await, Err(StoreError::WrongPassphrase));
    assert_eq!(second.lock(), Lock::Locked);
    second.unlock(secret(PASSPHRASE)).await.unwrap();
    assert_eq!(second.open("vercel", origin).await.unwrap().token.expose_secret(), TOKEN);
    assert_eq!(redactor.text(&format!("{PASSPHRASE} {TOKEN}")), "[secret] [secret]");

    second.discard(&connected).await.unwrap();
    second.refused("vercel");
    assert_eq!(second.open("vercel", origin).await.unwrap_err(), StoreError::Missing("vercel".into()).into());
    assert!(!folder.path().join("vault.age.new").exists());
}

#[tokio::test]
async fn the_passphrase_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let source = folder.path().join("passphrase");
    std::fs::write(&source, "short\n").unwrap();
    let (tokens_, _) = tokens(place(folder.path(), Some(source.clone())));
    let error = tokens_.connect(fake.order(TOKEN, StoreKind::Vault)).await.unwrap_err();
    assert!(error.to_string().contains("fewer than 12"), "{error}");
    std::fs::write(&source, format!("{PASSPHRASE}\n")).unwrap();
    let (first, _) = tokens(place(folder.path(), Some(source.clone())));
    let connected = first.connect(fake.order(TOKEN, StoreKind::Vault)).await.unwrap();
    let (second, _) = tokens(place(folder.path(), Some(source)));
    second.know("w1", vec![connected]);
    second.open("vercel", fake.origin.as_str()).await.unwrap();
    let (third, _) = tokens(place(folder.path(), Some(folder.path().join("absent"))));
    third.know("w1", vec![earlier(&fake.origin, StoreKind::Vault)]);
    let error = third.open("vercel", fake.origin.as_str()).await.unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}

#[tokio::test]
async fn a_damaged_vault_is_named_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let path = folder.path().join("vault.age");
    for bytes in [&b"age-encryption.org/v1\n-> scrypt "[..], b"", b"{}"] {
        std::fs::write(&path, bytes).unwrap();
        let (tokens, _) = tokens(place(folder.path(), None));
        assert!(matches!(tokens.unlock(secret(PASSPHRASE)).await, Err(StoreError::Failed(_))));
        tokens.connect(fake.order(TOKEN, StoreKind::Vault)).await.unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
