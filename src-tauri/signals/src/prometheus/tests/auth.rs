//! Whom the token reaches, and in which shape.

use super::*;
use seaworthy_domain::account::Account;

fn with(auth: Auth, base: &str) -> Metric {
    let mut metric = metric(base, QUERY);
    if let Source::Prometheus(asked) = &mut metric.source {
        asked.service.auth = auth;
    }
    metric
}

fn keys(origin: &str, user: Option<&str>) -> Arc<Keys> {
    let user = user.map(|name| Account { id: name.to_owned(), name: name.to_owned() });
    Arc::new(Keys { origin: origin.to_owned(), owner: Owner { user, team: None }, ..Keys::default() })
}

/// A server that wants one header.
async fn wanting(header: &'static str) -> String {
    serve(move |_, head| match head.contains(header) {
        true => figure_or_age(head, says("0")),
        false => json(401, "{}"),
    })
    .await
}

#[tokio::test]
async fn bearer_and_basic_are_sent_and_nothing_without_being_asked_for() {
    let bearer = wanting("authorization: Bearer s3cr3t\r\n").await;
    let source = prometheus(&keys(&bearer, None));
    assert_eq!(source.measure(&asking(vec![with(Auth::Bearer, &bearer)], now())).await[0].why, None);
    // release:s3cr3t
    let basic = wanting("authorization: Basic cmVsZWFzZTpzM2NyM3Q=\r\n").await;
    let auth = || Auth::Basic { user: "release".into() };
    let source = prometheus(&keys(&basic, Some("release")));
    assert_eq!(source.measure(&asking(vec![with(auth(), &basic)], now())).await[0].why, None);
    let open = serve(|_, head| match head.contains("authorization") {
        true => None,
        false => figure_or_age(head, says("0")),
    })
    .await;
    let keys = keys(&open, None);
    let source = prometheus(&keys);
    assert_eq!(source.measure(&asking(vec![with(Auth::None, &open)], now())).await[0].why, None);
    assert_eq!(keys.opened.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_token_of_another_origin_or_owner_is_never_sent() {
    let base = serve(|_, _| panic!("nothing must be sent")).await;
    let elsewhere = prometheus(&keys("https://metrics.example", None));
    let measured = elsewhere.measure(&asking(vec![with(Auth::Bearer, &base)], now())).await.remove(0);
    assert!(measured.why.unwrap().contains("was connected for https://metrics.example"));
    let others = prometheus(&keys(&base, Some("somebody")));
    let basic = Auth::Basic { user: "release".into() };
    let measured = others.measure(&asking(vec![with(basic, &base)], now())).await.remove(0);
    assert!(measured.why.unwrap().contains("connected for somebody"));
}

#[tokio::test]
async fn a_refused_token_is_told_and_not_tried_again_for_a_minute() {
    for status in [401, 403] {
        let served = Arc::new(AtomicUsize::new(0));
        let seen = served.clone();
        let base = serve(move |_, _| {
            seen.fetch_add(1, Ordering::SeqCst);
            json(status, "{}")
        })
        .await;
        let keys = keys(&base, None);
        let source = prometheus(&keys);
        for (seconds, asked) in [(0, 1), (15, 1), (59, 1), (60, 2)] {
            let at = now() + TimeDelta::seconds(seconds);
            let measured = source.measure(&asking(vec![with(Auth::Bearer, &base)], at)).await.remove(0);
            let why = measured.why.unwrap();
            assert!(why.contains("refuses the token of metrics") && !why.contains("s3cr3t"), "{why}");
            assert_eq!(served.load(Ordering::SeqCst), asked);
        }
        assert_eq!(keys.refused.load(Ordering::Relaxed), 2);
    }
}
