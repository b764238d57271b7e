//! Eight words to read aloud.

use bip39::Language;
use seaworthy_ledger::EventHash;
use sha2::Digest as _;
use sha2::Sha256;

/// Words of a fingerprint; eleven bits each, 88 together.
const WORDS: usize = 8;
const BITS: usize = 11;
/// Separates this use of SHA-256 from every other.
const CONTEXT: &[u8] = b"seaworthy-bundle-words-v1";

/// The words for a signer (`roster`: SHA-256 of its signed roster) and a head: both must be right for them to agree.
#[must_use]
pub(crate) fn words(roster: &[u8; 32], head: &EventHash) -> String {
    let digest =
        Sha256::new().chain_update(CONTEXT).chain_update(roster).chain_update(head.as_bytes()).finalize();
    let bit = |at: usize| usize::from(digest[at / 8] >> (7 - at % 8) & 1);
    let list = Language::English.word_list();
    let word = |n: usize| list[(n * BITS..(n + 1) * BITS).fold(0, |index, at| index << 1 | bit(at))];
    (0..WORDS).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signer_and_head_both_matter() {
        let head = EventHash::of(b"a");
        let said = words(&[0; 32], &head);
        assert_eq!(said.split(' ').count(), 8);
        assert_eq!(said, words(&[0; 32], &head));
        assert_ne!(said, words(&[1; 32], &head));
        assert_ne!(said, words(&[0; 32], &EventHash::of(b"b")));
    }
}
