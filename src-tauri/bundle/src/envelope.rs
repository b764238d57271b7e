//! Signed bytes: the envelope of DSSE 1.0 with one Ed25519 signature.
//!
//! What is signed is the payload exactly as it lies in the envelope, with its type; the payload is parsed only
//! after the signature was found good, and from the same bytes.

use crate::key::DeviceKey;
use crate::key::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seaworthy_ledger::parse_strict;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why an envelope is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not the shape of an envelope, or a payload that can be read in two ways.
    #[error("{0}")]
    Shape(String),
    /// The payload is of another type.
    #[error("the payload is of type {found:?}, not {wanted:?}")]
    Type {
        /// Type that is needed here.
        wanted: &'static str,
        /// Type in the envelope.
        found: String,
    },
    /// The signature is not that of this key over these bytes.
    #[error("the signature does not fit; the bytes were changed, or somebody else signed them")]
    Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: [OneSignature; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSignature {
    keyid: String,
    sig: String,
}

/// Signs `payload` in its canonical form and returns the envelope's bytes.
///
/// # Errors
/// [`EnvelopeError::Shape`] when the payload has no canonical form.
pub(crate) fn seal<T: Serialize>(
    kind: &'static str,
    payload: &T,
    key: &DeviceKey,
) -> Result<Vec<u8>, EnvelopeError> {
    let payload = canonical(payload)?;
    let sig = STANDARD.encode(key.sign(&signed(kind, &payload)));
    let signatures = [OneSignature { keyid: key.public().id(), sig }];
    canonical(&Envelope { payload: STANDARD.encode(payload), payload_type: kind.into(), signatures })
}

/// An envelope whose signature has not been looked at. Its payload cannot be had.
pub(crate) struct Sealed {
    payload: Vec<u8>,
    signature: Vec<u8>,
    keyid: String,
}

/// A payload under a good signature.
pub(crate) struct Opened<T> {
    pub(crate) payload: T,
    pub(crate) bytes: Vec<u8>,
}

impl Sealed {
    /// Reads an envelope of type `wanted`.
    pub(crate) fn read(bytes: &[u8], wanted: &'static str) -> Result<Self, EnvelopeError> {
        let value = parse_strict(bytes).map_err(shape)?;
        let envelope: Envelope = serde_json::from_value(value).map_err(shape)?;
        if canonical(&envelope)? != bytes {
            return Err(EnvelopeError::Shape("the envelope is not written in its canonical form".into()));
        }
        if envelope.payload_type != wanted {
            return Err(EnvelopeError::Type { wanted, found: envelope.payload_type });
        }
        let [OneSignature { keyid, sig }] = envelope.signatures;
        let payload = STANDARD.decode(envelope.payload).map_err(shape)?;
        Ok(Self { payload, signature: STANDARD.decode(sig).map_err(shape)?, keyid })
    }

    /// The payload, when `key` signed it.
    pub(crate) fn open<T: DeserializeOwned>(
        self,
        kind: &'static str,
        key: &PublicKey,
    ) -> Result<Opened<T>, EnvelopeError> {
        if self.keyid != key.id() || !key.verifies(&signed(kind, &self.payload), &self.signature) {
            return Err(EnvelopeError::Signature);
        }
        let payload = read_payload(&self.payload)?;
        Ok(Opened { payload, bytes: self.payload })
    }

    /// The payload of something that names its own signer. The caller takes the key from it and opens it again.
    pub(crate) fn unproved<T: DeserializeOwned>(&self) -> Result<T, EnvelopeError> {
        read_payload(&self.payload)
    }
}

fn read_payload<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EnvelopeError> {
    let value = parse_strict(bytes).map_err(shape)?;
    if canonical(&value)? != bytes {
        return Err(EnvelopeError::Shape("the payload is not written in its canonical form".into()));
    }
    serde_json::from_value(value).map_err(shape)
}

/// The pre-authentication encoding of DSSE: lengths before texts, so that no two pairs encode alike.
fn signed(kind: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, EnvelopeError> {
    serde_json_canonicalizer::to_vec(value).map_err(shape)
}

fn shape(error: impl std::fmt::Display) -> EnvelopeError {
    EnvelopeError::Shape(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use serde_json::json;

    const KIND: &str = "application/vnd.in-toto+json";

    fn key() -> DeviceKey {
        DeviceKey::from_seed(&[1; 32])
    }

    fn open(bytes: &[u8]) -> Result<Value, EnvelopeError> {
        Sealed::read(bytes, KIND)?.open(KIND, &key().public()).map(|opened| opened.payload)
    }

    /// The example of the DSSE protocol page.
    #[test]
    fn the_encoding_is_the_published_one() {
        assert_eq!(
            signed("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else() {
        let sealed = seal(KIND, &json!({"b": 1, "a": "x"}), &key()).unwrap();
        assert_eq!(open(&sealed), Ok(json!({"a": "x", "b": 1})));
        for bit in 0..sealed.len() * 8 {
            let mut other = sealed.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&other).is_err(), "bit {bit}");
        }
        let foreign = seal(KIND, &json!({}), &DeviceKey::from_seed(&[2; 32])).unwrap();
        assert_eq!(open(&foreign), Err(EnvelopeError::Signature));
        let other = seal("text/plain", &json!({}), &key()).unwrap();
        assert!(matches!(open(&other), Err(EnvelopeError::Type { .. })));
    }

    #[test]
    fn blanks_second_keys_and_second_signatures_are_refused() {
        let sealed = String::from_utf8(seal(KIND, &json!({}), &key()).unwrap()).unwrap();
        assert!(open(format!("{sealed} ").as_bytes()).is_err());
        assert!(open(sealed.replace("{\"payload\":", "{\"payload\":\"\",\"payload\":").as_bytes()).is_err());
        let mut twice: Value = serde_json::from_str(&sealed).unwrap();
        let again = twice["signatures"][0].clone();
        twice["signatures"].as_array_mut().unwrap().push(again);
        assert!(open(twice.to_string().as_bytes()).is_err());
    }
}
