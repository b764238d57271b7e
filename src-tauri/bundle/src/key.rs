//! Keys of devices, and signatures that only one reading of the rules accepts.

use ed25519_dalek::Signature;
use ed25519_dalek::Signer as _;
use ed25519_dalek::SigningKey;
use ed25519_dalek::VerifyingKey;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;
use std::fmt;

/// Before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The private half of a device's key. It is wiped when dropped and never shown.
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// The key that 32 secret, random bytes make (RFC 8032, section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The half that may be shown.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeviceKey").field(&self.public().to_string()).finish()
    }
}

/// The public half: 32 bytes, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads 64 lower-case hex digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        hex::decode(text).ok().filter(|_| lower).and_then(|raw| raw.try_into().ok()).map(Self)
    }

    /// Whether `signature` over `message` is this key's. Points of small order and second forms of the same
    /// signature are refused, so that every verifier comes to the same answer.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        key.verify_strict(message, &signature).is_ok()
    }

    /// Names the key in an envelope: SHA-256 of its bytes.
    pub(crate) fn id(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }

    /// The form that other tools read.
    #[must_use]
    pub fn to_pem(&self) -> String {
        use base64::Engine as _;
        let spki: Vec<u8> = SPKI_PREFIX.iter().chain(&self.0).copied().collect();
        let text = base64::engine::general_purpose::STANDARD.encode(spki);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a key is 64 lower-case hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DeviceKey {
        DeviceKey::from_seed(&[7; 32])
    }

    #[test]
    fn only_the_exact_message_and_signature_verify() {
        let signature = key().sign(b"cast off");
        assert!(key().public().verifies(b"cast off", &signature));
        assert!(!key().public().verifies(b"cast of", &signature));
        for bit in 0..signature.len() * 8 {
            let mut other = signature;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!key().public().verifies(b"cast off", &other), "bit {bit}");
        }
        assert!(!key().public().verifies(b"cast off", &signature[..63]));
    }

    /// Test 2 of RFC 8032, section 7.1.
    #[test]
    fn a_published_signature_comes_out() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = DeviceKey::from_seed(&seed.try_into().unwrap());
        assert_eq!(
            key.public().to_string(),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            hex::encode(key.sign(&[0x72])),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
    }

    /// With a key and an R of order 1 the equation holds for every message; such a signature proves nothing.
    #[test]
    fn points_of_small_order_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&identity);
        assert!(!PublicKey(identity).verifies(b"anything", &signature));
    }

    /// S + L satisfies the equation too (RFC 8032, section 5.1.7 asks to refuse it).
    #[test]
    fn a_second_form_of_a_signature_is_refused() {
        const L: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut signature = key().sign(b"cast off");
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(L) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(carry, 0);
        assert!(!key().public().verifies(b"cast off", &signature));
    }

    #[test]
    fn the_private_half_is_not_shown() {
        let shown = format!("{:?}", key());
        assert!(!shown.contains("0707") && !shown.contains("7, 7"), "{shown}");
    }

    #[test]
    fn upper_case_and_short_keys_are_not_read() {
        let text = key().public().to_string();
        assert_eq!(serde_json::from_str::<PublicKey>(&format!("\"{text}\"")).unwrap(), key().public());
        assert!(serde_json::from_str::<PublicKey>(&format!("\"{}\"", text.to_uppercase())).is_err());
        assert!(serde_json::from_str::<PublicKey>(&format!("\"{}\"", &text[2..])).is_err());
    }
}
