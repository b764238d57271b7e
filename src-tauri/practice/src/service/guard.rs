//! Who may ask: this address, this bearer, this team.

use super::Asked;
use super::Inner;
use super::Provider;
use crate::trouble::Call;
use crate::world::Refusal;
use axum::http::header::AUTHORIZATION;
use axum::http::header::HOST;
use secrecy::ExposeSecret;

/// Refuses whoever may not ask at all.
pub(crate) fn admit(provider: &Provider, inner: &Inner, asked: &Asked) -> Result<(), Refusal> {
    let header = |name| asked.parts.headers.get(name).and_then(|value| value.to_str().ok());
    let port = provider.address.port();
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    // A page in a browser can be made to ask loopback under a name of its own.
    if !header(HOST).is_some_and(|host| own.iter().any(|own| own == host)) {
        return Err(Refusal::new(421, "misdirected_request", "this host is not served here"));
    }
    let bearer = header(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if inner.revoked || bearer != Some(provider.token.expose_secret()) {
        return Err(Refusal::new(403, "forbidden", "Not authorized"));
    }
    Ok(())
}

/// The team must be named; without it the call goes to the personal account, which owns nothing.
pub(crate) fn team(call: Call, asked: &super::ask::Query) -> Result<(), Refusal> {
    use crate::show::account::TEAM_ID;
    use crate::show::account::TEAM_SLUG;
    match (asked.get("teamId"), asked.get("slug")) {
        (Some(id), _) if id == TEAM_ID => Ok(()),
        (None, Some(slug)) if slug == TEAM_SLUG => Ok(()),
        (None, None) if call.changes() => {
            Err(Refusal::new(403, "forbidden", "You don't have permission to do this"))
        }
        (None, None) => Err(Refusal::not_found("resource")),
        _ => Err(Refusal::new(403, "forbidden", "Not authorized to access the team")),
    }
}
