//! What commands print for us: the state of the target, and the address of a deployment.

use super::child::OUT_BYTES_MAX;
use super::child::Tail;
use rust_decimal::Decimal;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Live;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::visible;
use serde::Deserialize;
use serde::Deserializer;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use url::Url;

/// Deployments in one answer; a real target has a handful.
const DEPLOYMENTS_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `deployments`")]
struct Observed {
    deployments: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `id` and `share`")]
struct Row {
    id: String,
    #[serde(deserialize_with = "share")]
    share: Share,
    version: Option<String>,
    commit: Option<String>,
    url: Option<String>,
}

/// Reads the answer of `observe`. The error says what is wrong with it, to be read after "`observe`".
pub(super) fn parse(out: &Tail) -> Result<TargetState, String> {
    let bytes = out.whole().ok_or_else(|| format!("printed more than {OUT_BYTES_MAX} bytes"))?;
    if bytes.trim_ascii().is_empty() {
        return Err("printed nothing; print one JSON object with `deployments`".to_owned());
    }
    let observed = strict(bytes)?;
    if observed.deployments.len() > DEPLOYMENTS_MAX {
        return Err(format!("names more than {DEPLOYMENTS_MAX} deployments"));
    }
    let mut names = BTreeSet::new();
    let mut deployments = Vec::new();
    for row in observed.deployments {
        let live = row.live()?;
        if !names.insert(live.id.clone()) {
            return Err(format!("names deployment \"{}\" twice", visible(&live.id.0)));
        }
        deployments.push(live);
    }
    Ok(TargetState { deployments, ..TargetState::default() })
}

/// Fields by name only, each at most once, and none that we do not know.
fn strict(bytes: &[u8]) -> Result<Observed, String> {
    let observed = serde_json::from_slice(bytes).map_err(|error| {
        let why = visible(&error.to_string());
        if error.is_data() {
            return format!("printed JSON of another shape: {why}");
        }
        format!("did not print one JSON object and nothing else ({why}); with npm use `npm run --silent`")
    })?;
    // A derived reader also takes a list for an object, field by position.
    let shape: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let by_name = |row: &Value| row.is_object();
    if shape.is_object() && shape["deployments"].as_array().is_some_and(|rows| rows.iter().all(by_name)) {
        return Ok(observed);
    }
    Err("printed a list where an object with named fields belongs".to_owned())
}

impl Row {
    fn live(self) -> Result<Live, String> {
        if self.id.trim().is_empty() {
            return Err("names a deployment with an empty `id`".to_owned());
        }
        if self.url.as_deref().is_some_and(|url| address(url).is_none()) {
            return Err(format!("gives \"{}\" a `url` that is not an http address", visible(&self.id)));
        }
        Ok(Live {
            id: DeploymentId(self.id),
            share: self.share,
            version: self.version,
            commit: self.commit,
            url: self.url,
        })
    }
}

/// The address in the last line of `out`, when that line is a JSON object with a usable `url`.
pub(super) fn last_url(out: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        url: String,
    }
    let text = String::from_utf8_lossy(out);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    let answer: Answer = line.trim_start().starts_with('{').then(|| serde_json::from_str(line).ok())??;
    address(&answer.url).map(|_| answer.url)
}

fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// A share is a string of digits or a whole number: a JSON fraction is not exact in every tool that prints one.
fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
    struct Visitor;
    impl serde::de::Visitor<'_> for Visitor {
        type Value = Share;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a share from 0 to 100 as a whole number or as a string such as \"0.5\"")
        }
        fn visit_u64<E: serde::de::Error>(self, percent: u64) -> Result<Share, E> {
            Share::percent(percent.into()).map_err(|_| E::custom(outside(&percent.to_string())))
        }
        fn visit_i64<E: serde::de::Error>(self, percent: i64) -> Result<Share, E> {
            Share::percent(percent.into()).map_err(|_| E::custom(outside(&percent.to_string())))
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Share, E> {
            let plain =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
            let percent = plain.then(|| Decimal::from_str_exact(text).ok()).flatten();
            let percent = percent.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))?;
            Share::percent(percent).map_err(|_| E::custom(outside(text)))
        }
    }
    deserializer.deserialize_any(Visitor)
}

fn outside(share: &str) -> String {
    format!("the share {share} lies outside 0 to 100")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<TargetState, String> {
        let mut out = Tail::new(OUT_BYTES_MAX);
        out.push(text.as_bytes());
        parse(&out)
    }

    #[test]
    fn a_whole_answer_reads() {
        let state = read(
            r#" {"deployments":[{"id":"a","share":"0.5","version":"1.2.0","commit":"abc","url":"https://a.test"},
                {"id":"b","share":99,"version":null}]}
            "#,
        )
        .unwrap();
        let shares: Vec<String> = state.deployments.iter().map(|d| format!("{} {}", d.id, d.share)).collect();
        assert_eq!(shares, ["a 0.5%", "b 99%"]);
        assert_eq!(state.deployments[0].url.as_deref(), Some("https://a.test"));
        assert_eq!(state.deployments[1].version, None);
        assert_eq!(read(r#"{"deployments":[]}"#), Ok(TargetState::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let row = |fields: &str| format!(r#"{{"deployments":[{{{fields}}}]}}"#);
        let cases = [
            String::new(),
            "hello".into(),
            "[]".into(),
            "{}".into(),
            r#"[[{"id":"a","share":1}]]"#.into(),
            r#"{"deployments":[["a",1,null,null,null]]}"#.into(),
            row(r#""id":"a""#),
            row(r#""share":1"#),
            row(r#""id":"","share":1"#),
            row(r#""id":"a","share":101"#),
            row(r#""id":"a","share":-1"#),
            row(r#""id":"a","share":"100.1""#),
            row(r#""id":"a","share":0.5"#),
            row(r#""id":"a","share":"5%""#),
            row(r#""id":"a","share":"1e1""#),
            row(r#""id":"a","share":NaN"#),
            row(r#""id":"a","share":1e400"#),
            row(r#""id":"a","share":1,"share":2"#),
            row(r#""id":"a","id":"b","share":2"#),
            row(r#""id":"a","share":1,"shares":2"#),
            row(r#""id":"a","share":1,"url":"javascript:alert(1)""#),
            row(r#""id":"a","share":1},{"id":"a","share":2"#),
            format!("> app@1.0.0 observe\n{}", row(r#""id":"a","share":1"#)),
            format!("{}\ndone", row(r#""id":"a","share":1"#)),
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        ];
        let said: Vec<String> = cases.iter().map(|case| read(case).unwrap_err()).collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn an_answer_beyond_the_limit_is_no_answer() {
        let error = read(&format!("{}{{\"deployments\":[]}}", " ".repeat(OUT_BYTES_MAX))).unwrap_err();
        assert_eq!(error, "printed more than 1048576 bytes");
    }

    #[test]
    fn an_address_is_taken_from_the_last_line_only() {
        assert_eq!(
            last_url(b"building\n{\"url\":\"http://x.test:81\"}\n\n").as_deref(),
            Some("http://x.test:81")
        );
        for none in [
            &b"{\"url\":\"http://x.test\"}\nDone."[..],
            b"{\"url\":\"file:///etc/passwd\"}",
            b"{\"url\":1}",
            b"{\"url\":\"http://a\",\"url\":\"http://b\"}",
            b"",
            b"\xff\xfe",
        ] {
            assert_eq!(last_url(none), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer_or_an_error(text in any::<Vec<u8>>()) {
            let mut out = Tail::new(64);
            out.push(&text);
            let _either = parse(&out);
            let _either = last_url(&text);
        }

        #[test]
        fn the_tail_is_the_end(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut tail = Tail::new(32);
            pieces.iter().for_each(|piece| tail.push(piece));
            let whole = pieces.concat();
            prop_assert_eq!(tail.bytes(), &whole[whole.len().saturating_sub(32)..]);
            prop_assert_eq!(tail.whole().is_some(), whole.len() <= 32);
        }
    }
}
