//! Connecting, testing, replacing and removing, as the ledger and people see them.

use super::harbor::Harbor;
use super::harbor::which;
use seaworthy_domain::account::StoreKind;
use seaworthy_ports::CredentialError;
use seaworthy_ports::Lock;
use seaworthy_ports::StoreError;
use seaworthy_wire::Code;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectOrder;
use seaworthy_wire::ConnectPlan;
use seaworthy_wire::ConnectionChange;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Secret;
use seaworthy_wire::Stand;
use seaworthy_wire::StepPreview;

const TOKEN: &str = "vcp_canary_0123456789";
const CONNECTION: &str = "[connections.cloud]\nservice = \"vercel\"\norigin = \"https://api.vercel.com\"\nteam = \"acme\"\n\n[probe]";

/// A project whose policy asks for a token.
fn asking() -> Harbor {
    Harbor::edited("[probe]", CONNECTION)
}

fn plan(harbor: &Harbor) -> ConnectPlan {
    ConnectPlan {
        name: "cloud".into(),
        from: ConnectFrom::Policy { folder: harbor.project().to_string_lossy().into_owned() },
        vault: false,
        instead_of: None,
        allow_loopback_http: false,
    }
}

fn rotation(harbor: &Harbor) -> ConnectPlan {
    ConnectPlan { from: ConnectFrom::Pinned, ..plan(harbor) }
}

async fn connect(harbor: &Harbor, plan: ConnectPlan) -> Result<ConnectionView, Fault> {
    let order = ConnectOrder { plan, token: Secret::new(TOKEN.into()) };
    match harbor.reply(Request::Connect { order: Box::new(order) }).await? {
        Reply::Connection(view) => Ok(view),
        other => panic!("no connection: {other:?}"),
    }
}

async fn connections(harbor: &Harbor) -> ConnectionsView {
    match harbor.reply(Request::Connections { folder: None, stores: true }).await.unwrap() {
        Reply::Connections(view) => view,
        other => panic!("no connections: {other:?}"),
    }
}

async fn one(harbor: &Harbor) -> ConnectionView {
    let mut all = connections(harbor).await.connections;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

async fn preview(harbor: &Harbor, change: ConnectionChange) -> Result<StepPreview, Fault> {
    match harbor.reply(Request::PreviewConnection { change: Box::new(change) }).await? {
        Reply::Preview(preview) => Ok(preview),
        other => panic!("no preview: {other:?}"),
    }
}

async fn test(harbor: &Harbor) -> Result<Reply, Fault> {
    harbor.reply(Request::TestConnection { name: "cloud".into() }).await
}

async fn open_release(harbor: &Harbor) {
    let folder = harbor.project().to_string_lossy().into_owned();
    harbor.get(Request::Open { folder, version: "1.0.0".into() }).await;
}

#[tokio::test]
async fn what_a_policy_asks_for_is_listed_connected_and_remembered() {
    let mut harbor = asking();
    open_release(&harbor).await;
    let before = one(&harbor).await;
    assert_eq!((before.stand, before.origin.as_str()), (Stand::None, "https://api.vercel.com"));
    assert_eq!(before.wanted[0].by, "harbor 1.0.0");
    assert!(before.wanted[0].folder.is_some() && !before.wanted[0].met);

    let made = connect(&harbor, plan(&harbor)).await.unwrap();
    assert_eq!(
        (made.stand, made.user.as_deref(), made.team.as_deref()),
        (Stand::Fine, Some("dana"), Some("acme"))
    );
    assert_eq!((made.store.as_deref(), made.tested, made.wanted[0].met), (Some("keychain"), None, true));
    harbor.reopen(chrono::TimeDelta::hours(1));
    assert_eq!(one(&harbor).await, made, "the ledger knows it after a start");
    assert_eq!(harbor.keeper.kept().known.len(), 1, "and the vault is told");
}

#[tokio::test]
async fn a_token_is_in_no_answer_and_in_no_event() {
    let harbor = asking();
    let made = connect(&harbor, plan(&harbor)).await.unwrap();
    let events = harbor.engine().ledger.events(0, 100).unwrap();
    let written: Vec<_> =
        events.iter().map(|stored| serde_json::to_string(&stored.event.body).unwrap()).collect();
    assert!(written.iter().any(|body| body.contains("api.vercel.com")), "{written:?}");
    let shown = format!("{made:?} {:?} {}", connections(&harbor).await, written.join(" "));
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn another_origin_is_refused_until_it_is_connected_again() {
    let harbor = asking();
    connect(&harbor, plan(&harbor)).await.unwrap();
    let file = harbor.project().join("seaworthy.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("api.vercel.com", "api.vercel.example");
    std::fs::write(&file, text).unwrap();

    let folder = harbor.project().to_string_lossy().into_owned();
    let fault = harbor.ask(Request::Open { folder, version: "1.0.0".into() }).await.unwrap_err();
    assert!(fault.code == Code::Refused && fault.message.contains("api.vercel.example"), "{fault}");
    let fault = connect(&harbor, plan(&harbor)).await.unwrap_err();
    assert!(fault.help.is_some_and(|help| help.ends_with("--instead-of https://api.vercel.com")));

    let seen = ConnectPlan { instead_of: Some("https://api.vercel.com".into()), ..plan(&harbor) };
    let shown = preview(&harbor, ConnectionChange::Connect { plan: seen.clone() }).await.unwrap();
    assert!(
        shown.consequences.iter().any(|line| line.contains("gives up https://api.vercel.com")),
        "{shown:?}"
    );
    let made = connect(&harbor, seen).await.unwrap();
    assert_eq!((made.origin.as_str(), made.stand), ("https://api.vercel.example", Stand::Fine));
    open_release(&harbor).await;
}

#[tokio::test]
async fn an_open_release_shows_that_its_policy_names_another_origin() {
    let harbor = asking();
    open_release(&harbor).await;
    let typed = ConnectFrom::Typed {
        service: "vercel".into(),
        origin: "https://api.vercel.example".into(),
        team: Some("acme".into()),
        user: None,
        path: None,
    };
    connect(&harbor, ConnectPlan { from: typed, ..plan(&harbor) }).await.unwrap();
    let view = one(&harbor).await;
    assert_eq!(view.stand, Stand::OtherOrigin, "{view:?}");
    assert!(!view.wanted[0].met && view.wanted[0].origin == "https://api.vercel.com");
}

#[tokio::test]
async fn a_new_token_must_be_of_the_same_owner() {
    let harbor = asking();
    connect(&harbor, plan(&harbor)).await.unwrap();
    harbor.keeper.kept().owner = "mallory";
    let fault = connect(&harbor, rotation(&harbor)).await.unwrap_err();
    assert!(fault.message.contains("mallory"), "{fault}");
    assert_eq!(harbor.kinds("connection.rotated"), 0);

    harbor.keeper.kept().owner = "dana";
    let shown = preview(&harbor, ConnectionChange::Connect { plan: rotation(&harbor) }).await.unwrap();
    assert!(shown.consequences.iter().any(|line| line.contains("dana in acme")), "{shown:?}");
    connect(&harbor, rotation(&harbor)).await.unwrap();
    assert_eq!(harbor.kinds("connection.rotated"), 1);
    assert_eq!(harbor.keeper.kept().tokens.len(), 1);
}

#[tokio::test]
async fn the_vault_is_only_ever_chosen_and_stays_chosen() {
    let harbor = asking();
    let in_vault = ConnectPlan { vault: true, ..plan(&harbor) };
    let fault = preview(&harbor, ConnectionChange::Connect { plan: in_vault.clone() }).await.unwrap_err();
    assert_eq!(fault.code, Code::NeedsPassphrase);
    let made = preview(&harbor, ConnectionChange::Unlock).await.unwrap();
    assert_eq!(made.title, "Make a vault?");
    harbor.reply(Request::Unlock { passphrase: Secret::new("correct horse battery".into()) }).await.unwrap();
    assert!(preview(&harbor, ConnectionChange::Unlock).await.is_err(), "it is open");

    let made = connect(&harbor, in_vault).await.unwrap();
    assert_eq!(made.store.as_deref(), Some("vault"));
    connect(&harbor, rotation(&harbor)).await.unwrap();
    assert_eq!(
        harbor.keeper.kept().known[0].store,
        StoreKind::Vault,
        "a new token goes where the old one was"
    );
    harbor.keeper.kept().lock = Lock::Locked;
    assert_eq!(one(&harbor).await.stand, Stand::Passphrase);
    connect(&harbor, plan(&harbor)).await.unwrap();
    let tokens: Vec<_> = harbor.keeper.kept().tokens.keys().cloned().collect();
    assert_eq!(tokens, ["cloud in keychain of dana in acme"], "the one given up is deleted");
}

#[tokio::test]
async fn each_trouble_stands_as_what_it_is() {
    let harbor = asking();
    connect(&harbor, plan(&harbor)).await.unwrap();
    let store = CredentialError::Store;
    let refused = CredentialError::Refused {
        connection: "cloud".into(),
        origin: "https://api.vercel.com".into(),
        status: 401,
    };
    let unreachable =
        CredentialError::Unreachable { origin: "https://api.vercel.com".into(), why: "timed out".into() };
    let ambiguous = StoreError::Ambiguous { connection: "cloud".into(), count: 2 };
    for (trouble, stand) in [
        (refused, Stand::Refused),
        (unreachable, Stand::Unreachable),
        (store(StoreError::Locked), Stand::Locked),
        (store(StoreError::Absent("no bus".into())), Stand::Absent),
        (store(StoreError::Slow(10)), Stand::Slow),
        (store(ambiguous), Stand::Ambiguous),
        (store(StoreError::Missing("cloud".into())), Stand::Missing),
    ] {
        harbor.keeper.kept().trouble = Some(trouble.clone());
        let fault = test(&harbor).await.unwrap_err();
        assert_eq!(fault.message, trouble.to_string());
        let view = one(&harbor).await;
        assert_eq!((view.stand, view.text), (stand, trouble.to_string()));
        assert!(view.failed.is_some() && view.failed == view.tested);
    }
    harbor.clock.advance(chrono::TimeDelta::hours(1));
    test(&harbor).await.unwrap();
    let view = one(&harbor).await;
    assert!(view.stand == Stand::Fine && view.failed < view.tested, "{view:?}");
}

#[tokio::test]
async fn a_missing_passphrase_is_asked_for_and_not_recorded() {
    let harbor = asking();
    connect(&harbor, plan(&harbor)).await.unwrap();
    harbor.keeper.kept().trouble = Some(CredentialError::Store(StoreError::NeedsPassphrase));
    assert_eq!(test(&harbor).await.unwrap_err().code, Code::NeedsPassphrase);
    assert_eq!(harbor.kinds("connection.tested"), 0);
}

#[tokio::test]
async fn removing_says_what_hangs_on_it_and_forgets_only_what_is_deleted() {
    let harbor = asking();
    open_release(&harbor).await;
    connect(&harbor, plan(&harbor)).await.unwrap();
    let shown = preview(&harbor, ConnectionChange::Remove { name: "cloud".into() }).await.unwrap();
    assert!(shown.consequences.iter().any(|line| line.starts_with("harbor 1.0.0 asks for it")), "{shown:?}");
    assert!(preview(&harbor, ConnectionChange::Remove { name: "other".into() }).await.is_err());

    let remove = || harbor.reply(Request::RemoveConnection { name: "cloud".into() });
    harbor.keeper.kept().trouble = Some(CredentialError::Store(StoreError::Locked));
    remove().await.unwrap_err();
    assert_eq!(one(&harbor).await.stand, Stand::Fine, "its token is still there");
    remove().await.unwrap();
    assert_eq!(one(&harbor).await.stand, Stand::None);
    assert!(harbor.keeper.kept().tokens.is_empty() && harbor.keeper.kept().known.is_empty());
}

#[tokio::test]
async fn nobody_types_a_token_for_a_keychain_that_does_not_answer() {
    let harbor = asking();
    harbor.keeper.kept().keychain = Some(StoreError::Slow(10));
    let fault = preview(&harbor, ConnectionChange::Connect { plan: plan(&harbor) }).await.unwrap_err();
    assert!(fault.message.contains("did not answer"), "{fault}");
    assert_eq!(connections(&harbor).await.stores[0].stand, Stand::Slow);
    harbor.keeper.kept().keychain = None;
    let shown = preview(&harbor, ConnectionChange::Connect { plan: plan(&harbor) }).await.unwrap();
    assert_eq!(shown.calls[0].target, "https://api.vercel.com/whose");
    assert_eq!(shown.checks[0].text, "The keychain answers: Secret Service");
}

#[tokio::test]
async fn what_was_never_described_or_cannot_be_is_refused() {
    let harbor = asking();
    for (name, from) in
        [("-x", ConnectFrom::Pinned), ("cloud", ConnectFrom::Pinned), ("elsewhere", plan(&harbor).from)]
    {
        let plan = ConnectPlan { name: name.into(), from, ..plan(&harbor) };
        assert!(connect(&harbor, plan).await.is_err(), "{name}");
    }
    let typed = |service: &str, origin: &str| ConnectFrom::Typed {
        service: service.into(),
        origin: origin.into(),
        team: None,
        user: None,
        path: None,
    };
    for from in [typed("heroku", "https://x.example"), typed("vercel", "http://127.0.0.1:9")] {
        assert!(connect(&harbor, ConnectPlan { from, ..plan(&harbor) }).await.is_err());
    }
    let loopback = ConnectPlan {
        from: typed("vercel", "http://127.0.0.1:9"),
        allow_loopback_http: true,
        ..plan(&harbor)
    };
    let shown = preview(&harbor, ConnectionChange::Connect { plan: loopback }).await.unwrap();
    assert!(shown.consequences.iter().any(|line| line.contains("plain http")), "{shown:?}");
    assert!(harbor.ask(Request::Status { which: which() }).await.is_err(), "nothing was opened on the way");
}
