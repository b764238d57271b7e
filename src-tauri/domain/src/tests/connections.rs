//! Origins, and whose token a policy means.

use crate::account::Account;
use crate::account::Identity;
use crate::policy::Auth;
use crate::policy::Connection;
use crate::policy::Origin;
use crate::policy::OriginError;
use crate::policy::Service;
use proptest::prelude::*;

#[test]
fn an_origin_has_one_spelling() {
    for text in ["https://api.vercel.com", "https://[::1]:8443", "http://127.0.0.1:9090", "http://localhost"]
    {
        assert_eq!(Origin::parse(text).unwrap().as_str(), text);
    }
    let longer = |text: &str| Err(OriginError::Longer(text.to_owned()));
    assert_eq!(Origin::parse("https://api.vercel.com/"), longer("https://api.vercel.com"));
    assert_eq!(Origin::parse("https://API.vercel.com:443"), longer("https://api.vercel.com"));
    assert_eq!(Origin::parse("https://x.example?y=1#z"), longer("https://x.example"));
    assert_eq!(Origin::parse("https://b\u{fc}cher.example"), longer("https://xn--bcher-kva.example"));
}

#[test]
fn a_token_never_travels_in_the_open() {
    for text in
        ["http://api.vercel.com", "http://10.0.0.1", "http://127.0.0.1.example", "http://localhost.example"]
    {
        assert_eq!(Origin::parse(text), Err(OriginError::Plain), "{text}");
    }
    for text in ["api.vercel.com", "ftp://x.example", "https://", "file:///etc/passwd", "", "data:,x"] {
        assert_eq!(Origin::parse(text), Err(OriginError::NotAnAddress), "{text}");
    }
    assert_eq!(Origin::parse("https://me:pw@x.example"), Err(OriginError::Credentials));
}

proptest! {
    #[test]
    fn what_is_an_origin_is_read_back_the_same(text in "https?://\\PC{0,24}") {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(origin.as_str(), &text);
            prop_assert!(!text[8..].contains(['/', '@', '?', '#', ' ']));
        }
    }
}

fn account(id: &str, name: &str) -> Option<Account> {
    Some(Account { id: id.into(), name: name.into() })
}

#[test]
fn a_token_of_another_team_is_not_what_the_policy_means() {
    let origin = Origin::parse("https://api.vercel.com").unwrap();
    let vercel = |team: Option<&str>| Connection {
        service: Service::Vercel { team: team.map(str::to_owned) },
        origin: origin.clone(),
    };
    let acme = Identity { user: account("u1", "dana"), team: account("team_1", "acme") };
    let alone = Identity { user: account("u1", "dana"), team: None };
    assert!(vercel(Some("acme")).is_for(&acme) && vercel(Some("team_1")).is_for(&acme));
    assert!(vercel(None).is_for(&alone));
    assert!(!vercel(Some("other")).is_for(&acme) && !vercel(None).is_for(&acme));
    assert!(!vercel(Some("acme")).is_for(&alone));
    let basic = |user: &str| Connection {
        service: Service::Prometheus { auth: Auth::Basic { user: user.into() }, path: String::new() },
        origin: origin.clone(),
    };
    assert!(basic("dana").is_for(&alone) && !basic("root").is_for(&alone));
}

#[test]
fn an_owner_stays_the_same_under_another_name() {
    let before = Identity { user: account("u1", "dana"), team: account("team_1", "acme") };
    let renamed = Identity { user: account("u1", "dana-m"), team: account("team_1", "acme-inc") };
    let other = Identity { user: account("u2", "dana"), team: account("team_1", "acme") };
    assert!(before.same(&renamed) && !before.same(&other) && !before.same(&Identity::default()));
    assert_eq!(renamed.phrase(), "dana-m in acme-inc");
}
