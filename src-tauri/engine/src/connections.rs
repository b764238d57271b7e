//! What the ledger says of connections.

use chrono::DateTime;
use chrono::Utc;
use seaworthy_domain::Event;
use seaworthy_domain::account::Connected;
use seaworthy_domain::account::Trouble;
use std::collections::BTreeMap;

/// One connection that was made and not removed.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) connected: Connected,
    /// When it was made or its token replaced, and by whom.
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: String,
    /// When somebody last asked whether it works, and what did not.
    pub(crate) tested: Option<Tested>,
    /// When that last did not.
    pub(crate) failed: Option<DateTime<Utc>>,
}

/// Somebody asked whether a connection works.
#[derive(Clone, Debug)]
pub(crate) struct Tested {
    pub(crate) at: DateTime<Utc>,
    pub(crate) problem: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// Takes in an event, if it is about a connection.
pub(crate) fn take_in(
    connections: &mut BTreeMap<String, Connection>,
    event: &Event,
    actor: &str,
    at: DateTime<Utc>,
) {
    match event {
        Event::ConnectionMade { name, service, origin, identity, store } => {
            let connected = Connected {
                name: name.clone(),
                service: service.clone(),
                origin: origin.clone(),
                identity: identity.clone(),
                store: *store,
            };
            let made = Connection { connected, at, by: actor.to_owned(), tested: None, failed: None };
            connections.insert(name.clone(), made);
        }
        Event::ConnectionRotated { name, store } => {
            if let Some(known) = connections.get_mut(name) {
                known.connected.store = *store;
                (known.at, known.by) = (at, actor.to_owned());
                (known.tested, known.failed) = (None, None);
            }
        }
        Event::ConnectionRemoved { name } => {
            connections.remove(name);
        }
        Event::ConnectionTested { name, problem, trouble } => {
            if let Some(known) = connections.get_mut(name) {
                known.failed = problem.as_ref().map(|_| at).or(known.failed);
                known.tested = Some(Tested { at, problem: problem.clone(), trouble: *trouble });
            }
        }
        _ => {}
    }
}
