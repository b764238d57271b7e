//! The page inside a bundle that says how to check it without this program.

use crate::key::PublicKey;

/// Plain text, lines up to 80 characters; the commands are run by a test.
pub(crate) fn text(key: &PublicKey) -> String {
    format!("{HEAD}{}{CHECKS}", key.to_pem())
}

const HEAD: &str = "\
This file is a ZIP archive without compression: one software release, as
recorded by Seaworthy. `seaworthy verify FILE` checks all of it. The steps below
check the signature and every digest with unzip, openssl, sha256sum and jq.

This page cannot vouch for itself. What the signature proves is that whoever
holds the key below made the bundle; whether that is your captain, ask them: the
head of the release is .predicate.head.hash in the manifest.

";

const CHECKS: &str = "
unzip -d bundle FILE; cd bundle
sed -n '/^-----BEGIN/,/^-----END/p' README.txt > ../key.pem
jq -r .payload manifest.dsse.json | base64 -d > ../payload
jq -r '.signatures[0].sig' manifest.dsse.json | base64 -d > ../signature
printf 'DSSEv1 28 application/vnd.in-toto+json %d ' \"$(wc -c < ../payload)\" \\
  | cat - ../payload > ../signed
openssl pkeyutl -verify -pubin -inkey ../key.pem -rawin -in ../signed \\
  -sigfile ../signature
jq -r '.predicate.members | to_entries[] | .value.sha256 + \"  \" + .key' \\
  ../payload | sha256sum --check

The events are in events.jsonl, one a line. The SHA-256 of a line, without its
line end, is what the next one names as rel_prev; that of the last line is the
head.
";
