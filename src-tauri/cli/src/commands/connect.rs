//! Connecting services. A token comes from a prompt that shows nothing, or from standard input; never from an argument,
//! which other programs can read and the shell remembers.

use super::confirm;
use crate::args::Connect;
use crate::run::Ended;
use crate::run::Place;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::Code;
use seaworthy_wire::ConnectFrom;
use seaworthy_wire::ConnectOrder;
use seaworthy_wire::ConnectPlan;
use seaworthy_wire::ConnectionView;
use seaworthy_wire::ConnectionsView;
use seaworthy_wire::Fault;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use seaworthy_wire::Secret;
use seaworthy_wire::State;
use seaworthy_wire::VaultView;
use serde_json::json;

/// File of the vault in the data directory; its mere presence says that a passphrase may be needed.
const VAULT_FILE: &str = "vault.age";
/// A passphrase mistyped so often is not known.
const TRIES_MAX: u32 = 3;

pub(crate) async fn connect(session: &mut Session<'_>, place: &Place, typed: Connect) -> Ended {
    if typed.list {
        return list(session).await;
    }
    if typed.test {
        return test(session, typed.name).await;
    }
    let name = typed.name.clone().ok_or_else(|| {
        Fault::new(Code::BadInput, "say which connection").with_help("`seaworthy connect --list` names them")
    })?;
    if typed.remove {
        return remove(session, place, name).await;
    }
    make(session, place, name, typed).await
}

async fn list(session: &mut Session<'_>) -> Ended {
    let view = connections(session).await?;
    let text = crate::render::connections(&view, session.out.when(None), session.out.paint);
    session.out.say(&text);
    session.out.record("connections", None, None, &view);
    Ok(None)
}

/// One, or each that is connected. What does not work is an answer; the first decides the exit status.
async fn test(session: &mut Session<'_>, name: Option<String>) -> Ended {
    let view = connections(session).await?;
    unlock_if_needed(session, &view).await?;
    let connected = view.connections.into_iter().filter(|one| one.connected.is_some()).map(|one| one.name);
    let names: Vec<String> = name.map_or_else(|| connected.collect(), |name| vec![name]);
    let mut ended = None;
    for name in names {
        match session.ask(Request::TestConnection { name: name.clone() }).await {
            Ok(Reply::Connection(view)) => show(session, &view),
            Ok(other) => return Err(unexpected(&other)),
            Err(fault) => {
                ended = ended.or(Some(fault.code));
                let text = format!("{name}: {}", fault.message);
                session.out.warn(&Fault { message: text, ..fault.clone() });
                session.out.record("fault", None, Some(fault.code), &fault);
            }
        }
    }
    Ok(ended)
}

async fn remove(session: &mut Session<'_>, place: &Place, name: String) -> Ended {
    let question = format!("Delete the token of {name} and forget the connection?");
    agreed(session, place, &question, "--yes").await?;
    let view = connections(session).await?;
    unlock_if_needed(session, &view).await?;
    match session.ask(Request::RemoveConnection { name: name.clone() }).await? {
        Reply::Done => {
            session.out.say(&format!("{name} is no longer connected, and its token is deleted.\n"));
            session.out.record("connection_removed", None, None, &json!({ "name": name }));
            Ok(None)
        }
        other => Err(unexpected(&other)),
    }
}

async fn make(session: &mut Session<'_>, place: &Place, name: String, typed: Connect) -> Ended {
    let view = connections(session).await?;
    let known = view.connections.iter().find(|known| known.name == name);
    let instead_of = match known.filter(|known| known.connected.is_some() && !typed.rotate) {
        Some(known) => anew(session, place, known, &typed).await?,
        None => typed.instead_of.clone(),
    };
    let from = if typed.rotate {
        ConnectFrom::Pinned
    } else {
        match (typed.service, typed.origin) {
            (Some(service), Some(origin)) => {
                let (team, user, path) = (typed.team, typed.user, typed.path);
                ConnectFrom::Typed { service, origin, team, user, path }
            }
            _ => ConnectFrom::Policy { folder: place.folder.to_string_lossy().into_owned() },
        }
    };
    let in_vault = known.is_some_and(|known| known.store.as_deref() == Some("vault"));
    if typed.vault || (typed.rotate && in_vault) {
        unlock(session, view.vault).await?;
    }
    let token = if typed.stdin {
        session.out.console.answers.piped().await
    } else {
        prompt(session, &format!("Token for {name} (it is not shown): "), "pipe it in with --stdin").await?
    };
    let token = token.ok_or_else(|| Fault::new(Code::BadInput, "no token came; nothing was done"))?;
    let allow_loopback_http = typed.allow_loopback_http;
    let plan = ConnectPlan { name, from, vault: typed.vault, instead_of, allow_loopback_http };
    let order = ConnectOrder { plan, token };
    match session.ask(Request::Connect { order: Box::new(order) }).await? {
        Reply::Connection(view) => {
            show(session, &view);
            Ok(None)
        }
        other => Err(unexpected(&other)),
    }
}

/// A name that is connected already: the person sees both origins before another one takes its place.
async fn anew(
    session: &mut Session<'_>,
    place: &Place,
    known: &ConnectionView,
    typed: &Connect,
) -> Result<Option<String>, Fault> {
    let ConnectionView { name, origin, identity, text, .. } = known;
    let identity = identity.as_deref().unwrap_or("nobody");
    let becomes = match &typed.origin {
        Some(wanted) if wanted != origin => format!("this names {wanted}"),
        None if known.state == State::Differs => text.clone(),
        // The same place: only whose the token is may change, and the answer will say it.
        _ => return Ok(typed.instead_of.clone()),
    };
    if typed.instead_of.as_ref() == Some(origin) {
        return Ok(typed.instead_of.clone());
    }
    session.out.note(&format!("{name} is connected to {origin} as {identity}; {becomes}.\n"));
    let help = format!("--instead-of {origin}");
    let strict = Place { yes: false, ..place.clone() };
    agreed(session, &strict, &format!("Give up {origin} for {name}?"), &help).await?;
    Ok(Some(origin.clone()))
}

fn show(session: &mut Session<'_>, view: &ConnectionView) {
    let text = crate::render::connection(view, session.out.when(None), session.out.paint);
    session.out.say(&text);
    session.out.record("connection", None, None, view);
}

async fn connections(session: &mut Session<'_>) -> Result<ConnectionsView, Fault> {
    let folder = session.which.folder.clone();
    match session.ask(Request::Connections { folder, stores: false }).await? {
        Reply::Connections(view) => Ok(view),
        other => Err(unexpected(&other)),
    }
}

async fn agreed(session: &mut Session<'_>, place: &Place, question: &str, help: &str) -> Result<(), Fault> {
    if place.yes {
        return Ok(());
    }
    if session.out.console.can_ask {
        return confirm(session.out, question).await;
    }
    let fault = Fault::new(Code::Refused, "this needs a person at a terminal, or their word for it");
    Err(fault.with_help(format!("add {help}")))
}

/// Before something that may open a token: asks for the passphrase where tokens are kept under one.
pub(crate) async fn unlock_vault(session: &mut Session<'_>, place: &Place) -> Result<(), Fault> {
    if !place.home.join(VAULT_FILE).exists() {
        return Ok(());
    }
    let view = connections(session).await?;
    unlock_if_needed(session, &view).await
}

/// Asks; where the engine needs the passphrase of the vault for it and a person is there, asks them and once more.
pub(crate) async fn with_passphrase(session: &mut Session<'_>, request: Request) -> Result<Reply, Fault> {
    match session.ask(request.clone()).await {
        Err(fault) if fault.code == Code::NeedsPassphrase && session.out.console.can_ask => {
            let vault = connections(session).await?.vault;
            unlock(session, vault).await?;
            session.ask(request).await
        }
        answer => answer,
    }
}

async fn unlock_if_needed(session: &mut Session<'_>, view: &ConnectionsView) -> Result<(), Fault> {
    let kept = view.connections.iter().any(|one| one.store.as_deref() == Some("vault"));
    if kept && view.vault == VaultView::Locked && session.out.console.can_ask {
        return unlock(session, view.vault).await;
    }
    Ok(())
}

async fn unlock(session: &mut Session<'_>, vault: VaultView) -> Result<(), Fault> {
    let help = "name a file in SEAWORTHY_VAULT_PASSPHRASE_FILE";
    let none = || Fault::new(Code::Refused, "no passphrase came; nothing was done");
    if vault == VaultView::Open {
        return Ok(());
    }
    let making = vault == VaultView::NotMade;
    let question = if making { "New passphrase of the vault: " } else { "Passphrase of the vault: " };
    for tried in 1..=TRIES_MAX {
        let passphrase = prompt(session, question, help).await?.ok_or_else(none)?;
        if making && prompt(session, "The same again: ", help).await?.ok_or_else(none)? != passphrase {
            session.out.note("The two differ.\n");
            continue;
        }
        match session.ask(Request::Unlock { passphrase }).await {
            Ok(_) => return Ok(()),
            Err(fault) if tried == TRIES_MAX => return Err(fault),
            Err(fault) => session.out.warn(&fault),
        }
    }
    Err(none())
}

/// A secret from a person, without showing it.
async fn prompt(session: &mut Session<'_>, question: &str, help: &str) -> Result<Option<Secret>, Fault> {
    if !session.out.console.can_ask {
        let fault = Fault::new(Code::Refused, "a secret is asked for at a terminal only");
        return Err(fault.with_help(help));
    }
    session.out.note(question);
    let console = &mut session.out.console;
    let secret = tokio::select! {
        secret = console.answers.secret() => secret,
        Some(()) = console.interrupts.recv() => None,
    };
    session.out.note("\n");
    Ok(secret)
}
