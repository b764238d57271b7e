//! Problems of connections.

use super::broken;
use super::changed;
use super::parsed;
use seaworthy_domain::policy::Auth;
use seaworthy_domain::policy::Service;

/// One test for each line: its name, what is replaced, and by what.
macro_rules! broken {
    ($($name:ident: $from:expr => $to:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(broken($from, $to));
        }
    )*};
}

const ORIGIN: &str = "\"https://api.vercel.com\"";

broken! {
    unknown_service: "service = \"vercel\"" => "service = \"vercle\"";
    service_of_nobody: "service = \"vercel\"\n" => "";
    origin_of_nothing: "origin = \"https://api.vercel.com\"\n" => "";
    origin_with_a_path: ORIGIN => "\"https://api.vercel.com/v2\"";
    origin_with_a_usual_port: ORIGIN => "\"https://API.vercel.com:443\"";
    origin_in_the_open: ORIGIN => "\"http://api.vercel.com\"";
    origin_of_another_scheme: ORIGIN => "\"ftp://api.vercel.com\"";
    origin_with_a_password: ORIGIN => "\"https://me:secret@api.vercel.com\"";
    team_of_the_other_service: "auth = \"basic\"" => "auth = \"basic\"\nteam = \"acme\"";
    team_in_words: "team = \"harbour\"" => "team = \"The Harbour\"";
    auth_unknown: "auth = \"basic\"" => "auth = \"digest\"";
    user_without_basic: "auth = \"basic\"" => "auth = \"bearer\"";
    basic_without_user: "user = \"release\"\n" => "";
    user_with_a_colon: "user = \"release\"" => "user = \"release:secret\"";
    path_with_a_query: "path = \"/prometheus/\"" => "path = \"/prometheus?x=1\"";
}

#[test]
fn a_token_in_a_policy_is_refused_and_not_repeated() {
    let text = broken("team = \"harbour\"", "token = \"vcp_verysecret\"");
    assert!(!text.contains("verysecret"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn connections_are_read() {
    let connections = parsed(&changed("team = \"harbour\"\n", "")).policy.connections;
    assert_eq!(connections["vercel"].service, Service::Vercel { team: None });
    assert_eq!(connections["vercel"].origin.as_str(), "https://api.vercel.com");
    let basic = Auth::Basic { user: "release".into() };
    assert_eq!(
        connections["metrics"].service,
        Service::Prometheus { auth: basic, path: "/prometheus".into() }
    );
    assert!(connections.values().all(|connection| connection.needs_token()));
}
