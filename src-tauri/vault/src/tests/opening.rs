//! Who gets a token, and for where.

use super::*;
use seaworthy_domain::account::Identity;
use seaworthy_domain::policy::Auth;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Credentials;
use seaworthy_ports::StoreError;
use secrecy::ExposeSecret;

async fn connected() -> (Fake, Tokens, Redactor, Connected) {
    let fake = Fake::start().await;
    let (tokens, redactor) = tokens(Place::Memory);
    let connected = tokens.connect(fake.order(TOKEN, StoreKind::Memory)).await.unwrap();
    tokens.know("w1", vec![connected.clone()]);
    (fake, tokens, redactor, connected)
}

#[tokio::test]
async fn a_token_is_kept_with_its_owner_and_opened_for_its_origin_alone() {
    let (fake, tokens, redactor, connected) = connected().await;
    assert_eq!(connected, earlier(&fake.origin, StoreKind::Memory));
    let credential = tokens.open("vercel", fake.origin.as_str()).await.unwrap();
    assert_eq!(credential.token.expose_secret(), TOKEN);
    assert_eq!(credential.identity.phrase(), "dana in acme");
    assert!(!format!("{credential:?}").contains(TOKEN));
    assert_eq!(redactor.text(&format!("x{TOKEN}y")), "x[secret]y");
    for other in ["https://api.vercel.com", "http://127.0.0.1", &format!("{}/", fake.origin), ""] {
        let error = tokens.open("vercel", other).await.unwrap_err();
        let CredentialError::OtherOrigin { pinned, asked, .. } = &error else { panic!("{error:?}") };
        assert_eq!((pinned.as_str(), asked.as_str()), (fake.origin.as_str(), other));
        assert!(error.to_string().contains("seaworthy connect vercel"));
    }
    let stranger = tokens.open("other", fake.origin.as_str()).await.unwrap_err();
    assert_eq!(stranger, CredentialError::NotConnected("other".into()));
}

#[tokio::test]
async fn nothing_is_open_before_the_ledger_knows_it() {
    let fake = Fake::start().await;
    let (tokens, _) = tokens(Place::Memory);
    tokens.connect(fake.order(TOKEN, StoreKind::Memory)).await.unwrap();
    let error = tokens.open("vercel", fake.origin.as_str()).await.unwrap_err();
    assert_eq!(error, CredentialError::NotConnected("vercel".into()));
}

#[tokio::test]
async fn a_service_that_answers_with_a_hundred_megabytes_tells_nobodys_name() {
    let body = || async { "x".repeat(100 * 1024 * 1024) };
    let app = Router::new().route("/v2/user", get(body));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (tokens, _) = tokens(Place::Memory);
    let fake = Fake { origin, seen: Seen::default(), owner: Arc::default() };
    let refused = tokens.connect(fake.order(TOKEN, StoreKind::Memory)).await.unwrap_err();
    assert!(refused.to_string().contains("body exceeds 8388608 bytes"), "{refused}");
}

#[tokio::test]
async fn the_owner_is_asked_once_and_again_after_a_refusal() {
    let (fake, tokens, _, _) = connected().await;
    assert_eq!(fake.asked("/v2/user"), 1);
    for _ in 0..3 {
        tokens.open("vercel", fake.origin.as_str()).await.unwrap();
    }
    assert_eq!(fake.asked("/v2/user"), 2);
    tokens.refused("vercel");
    tokens.open("vercel", fake.origin.as_str()).await.unwrap();
    assert_eq!(fake.asked("/v2/user"), 3);
    *fake.owner.lock().unwrap() = Some("mallory");
    tokens.open("vercel", fake.origin.as_str()).await.unwrap();
    tokens.refused("vercel");
    let error = tokens.open("vercel", fake.origin.as_str()).await.unwrap_err();
    let CredentialError::IdentityChanged { pinned, now, .. } = error else { panic!("{error:?}") };
    assert_eq!((pinned.as_str(), now.as_str()), ("dana in acme", "mallory in acme"));
}

#[tokio::test]
async fn a_connection_that_is_gone_or_made_anew_opens_nothing_old() {
    let (fake, tokens, _, connected) = connected().await;
    tokens.open("vercel", fake.origin.as_str()).await.unwrap();
    let elsewhere = Origin::parse("https://elsewhere.example").unwrap();
    tokens.know("w1", vec![Connected { origin: elsewhere.clone(), ..connected.clone() }]);
    // The entry itself carries its origin, so that a changed record opens nothing either.
    let error = tokens.open("vercel", elsewhere.as_str()).await.unwrap_err();
    assert!(matches!(error, CredentialError::Store(StoreError::Damaged { .. })), "{error:?}");
    tokens.know("w1", Vec::new());
    assert!(tokens.open("vercel", fake.origin.as_str()).await.is_err());
    tokens.know("w1", vec![connected.clone()]);
    tokens.discard(&connected).await.unwrap();
    tokens.discard(&connected).await.unwrap();
    let error = tokens.open("vercel", fake.origin.as_str()).await.unwrap_err();
    assert_eq!(error, StoreError::Missing("vercel".into()).into());
}

#[tokio::test]
async fn what_the_service_does_not_take_is_not_kept() {
    let fake = Fake::start().await;
    let (tokens, _) = tokens(Place::Memory);
    let connect = |order| tokens.connect(order);
    let error = connect(fake.order("vcp_nobody-0123456789", StoreKind::Memory)).await.unwrap_err();
    assert!(matches!(error, CredentialError::Refused { status: 403, .. }), "{error:?}");
    assert!(error.to_string().contains("--rotate"));
    let error = connect(fake.order("vcp_12", StoreKind::Memory)).await.unwrap_err();
    assert_eq!(error, CredentialError::Unfit("it is shorter than 8 bytes"));
    let mut order = fake.order(TOKEN, StoreKind::Memory);
    order.service = Service::Vercel { team: Some("stranger".into()) };
    let error = connect(order).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the token of dana does not reach the team stranger; it reaches first, acme"
    );
    let mut order = fake.order(OTHER, StoreKind::Memory);
    order.owner = Some(earlier(&fake.origin, StoreKind::Memory).identity);
    assert!(matches!(connect(order).await.unwrap_err(), CredentialError::IdentityChanged { .. }));
    let error = connect(fake.order(TOKEN, StoreKind::Keychain)).await.unwrap_err();
    assert!(matches!(error, CredentialError::Store(StoreError::Failed(_))), "{error:?}");
    tokens.know("w1", vec![earlier(&fake.origin, StoreKind::Memory)]);
    assert!(matches!(tokens.test("vercel").await, Err(CredentialError::Store(StoreError::Missing(_)))));
}

#[tokio::test]
async fn prometheus_is_asked_in_its_own_way() {
    let fake = Fake::start().await;
    let (tokens, redactor) = tokens(Place::Memory);
    let mut order = fake.order("prom pass word", StoreKind::Memory);
    order.service =
        Service::Prometheus { auth: Auth::Basic { user: "release".into() }, path: "/prom".into() };
    let connected = tokens.connect(order).await.unwrap();
    assert_eq!(connected.identity.user.unwrap().id, "release");
    let sent = fake.seen.lock().unwrap()[0].1.clone();
    assert_eq!(sent, "Basic cmVsZWFzZTpwcm9tIHBhc3Mgd29yZA==");
    assert!(!redactor.text(&sent).contains("wcm9tIHBhc3Mgd29yZ"));
    let mut order = fake.order("prom-bearer", StoreKind::Memory);
    order.service = Service::Prometheus { auth: Auth::Bearer, path: String::new() };
    let error = tokens.connect(order).await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    let mut order = fake.order("prom-bearer", StoreKind::Memory);
    order.service = Service::Prometheus { auth: Auth::Bearer, path: "/prom".into() };
    assert_eq!(tokens.connect(order).await.unwrap().identity, Identity::default());
}

#[tokio::test]
async fn nobody_is_told_a_token_by_a_service_that_cannot_be_reached() {
    let (tokens, _) = tokens(Place::Memory);
    let fake = Fake::start().await;
    let mut order = fake.order(TOKEN, StoreKind::Memory);
    order.origin = Origin::parse("http://127.0.0.1:1").unwrap();
    let error = tokens.connect(order).await.unwrap_err();
    assert!(matches!(error, CredentialError::Unreachable { .. }) && !error.to_string().contains(TOKEN));
}
