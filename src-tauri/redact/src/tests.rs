//! No form of a secret is left, and nothing else is touched.

use crate::MASK;
use crate::Redactor;
use crate::SECRET_BYTES_MIN;
use crate::SECRETS_MAX;
use crate::Stream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::json;

const SECRET: &str = "vcp_\"x'/7&<kéy+ =\\9>Qz";

fn knowing(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::new();
    for secret in secrets {
        redactor.learn(&SecretString::from(*secret));
    }
    redactor
}

#[test]
fn each_form_is_taken_out() {
    let redactor = knowing(&[SECRET]);
    let json = serde_json::to_string(SECRET).unwrap();
    let percent: String = url(SECRET);
    let html = SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let forms = [
        SECRET.to_owned(),
        json[1..json.len() - 1].to_owned(),
        json[1..json.len() - 1].replace('/', "\\/"),
        percent.clone(),
        lower(&percent),
        hex::encode(SECRET),
        hex::encode_upper(SECRET),
        html.replace('"', "&quot;").replace('\'', "&#39;"),
        html.replace('"', "&#34;").replace('\'', "&#x27;"),
        html,
    ];
    for form in forms {
        assert_eq!(redactor.text(&format!("before {form} after")), format!("before {MASK} after"), "{form}");
    }
}

fn url(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Lower-case hexadecimal digits after each percent sign, the rest as it is.
fn lower(text: &str) -> String {
    let mut whole = text.to_owned();
    let places: Vec<usize> = whole.match_indices('%').map(|(at, _)| at).collect();
    for at in places {
        let digits = whole[at + 1..at + 3].to_lowercase();
        whole.replace_range(at + 1..at + 3, &digits);
    }
    whole
}

#[test]
fn base64_is_found_wherever_it_begins() {
    let redactor = knowing(&[SECRET]);
    for before in 0..7 {
        let text = format!("{}{SECRET}:and more", "u".repeat(before));
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            let clean = redactor.text(&encoded);
            assert!(clean.contains(MASK), "{before}: {encoded}");
            // What is left on both sides is less than a byte of the secret each.
            let left = encoded.len() + MASK.len() - clean.len();
            assert!(left + 2 >= (SECRET.len() * 8).div_ceil(6), "{before}: {clean}");
        }
    }
}

#[test]
fn short_secrets_and_second_helpings_are_not_taken() {
    let short = "x".repeat(SECRET_BYTES_MIN - 1);
    let redactor = knowing(&[&short, "a-long-enough-one", "a-long-enough-one"]);
    assert_eq!(redactor.text(&short), short);
    assert_eq!(format!("{redactor:?}"), "Redactor { secrets: 1 }");
}

#[test]
fn the_oldest_gives_way() {
    let redactor = Redactor::new();
    for number in 0..=SECRETS_MAX {
        redactor.learn(&SecretString::from(format!("secret-number-{number:04}")));
    }
    assert_eq!(redactor.text("secret-number-0000"), "secret-number-0000");
    assert_eq!(redactor.text("secret-number-0001"), MASK);
}

#[test]
fn secrets_that_overlap_leave_nothing_of_each_other() {
    let redactor = knowing(&["abcdefgh12", "gh12345678"]);
    assert_eq!(redactor.text("x abcdefgh12345678 y"), format!("x {MASK} y"));
}

#[test]
fn values_are_cleaned_with_their_names() {
    let redactor = knowing(&["topsecretvalue"]);
    let mut value =
        json!({ "topsecretvalue": ["a topsecretvalue", 1, null], "b": { "c": "topsecretvalue" } });
    redactor.json(&mut value);
    assert_eq!(value, json!({ MASK: [format!("a {MASK}"), 1, null], "b": { "c": MASK } }));
}

fn streamed(redactor: &Redactor, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut stream = Stream::new(redactor.clone());
    let mut clean = Vec::new();
    let mut from = 0;
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
    cuts.sort_unstable();
    for cut in cuts {
        clean.extend(stream.push(&text[from..cut]));
        from = cut;
    }
    clean.extend(stream.push(&text[from..]));
    clean.extend(stream.rest());
    clean
}

proptest! {
    #[test]
    fn pieces_are_cleaned_like_the_whole(
        parts in prop::collection::vec(prop_oneof!["[ab]{0,6}", Just("abababab".to_owned()), Just(SECRET.to_owned())], 0..12),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let redactor = knowing(&["abababab", SECRET]);
        let text = parts.concat();
        let whole = redactor.bytes(text.as_bytes()).into_owned();
        prop_assert_eq!(streamed(&redactor, text.as_bytes(), &cuts), whole);
    }

    #[test]
    fn no_form_of_a_secret_is_left(
        secret in "[!-~é ]{8,40}",
        before in "[a-z]{0,5}",
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let redactor = knowing(&[&secret]);
        let encoded = [
            secret.clone(),
            serde_json::to_string(&secret).unwrap(),
            url(&secret),
            hex::encode(&secret),
            hex::encode_upper(&secret),
        ];
        for form in encoded {
            let text = format!("{before}{form} tail");
            let clean = streamed(&redactor, text.as_bytes(), &cuts);
            let clean = String::from_utf8_lossy(&clean);
            prop_assert!(clean.contains(MASK), "{}", clean);
            prop_assert!(!clean.contains(form.trim_matches('"')), "{}", clean);
        }
    }

    #[test]
    fn other_text_is_left_alone(text in "[0-9A-Z \n]{0,200}", cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        let redactor = knowing(&["a-lower-case-secret"]);
        prop_assert_eq!(redactor.text(&text), text.as_str());
        prop_assert_eq!(streamed(&redactor, text.as_bytes(), &cuts), text.as_bytes());
    }
}
