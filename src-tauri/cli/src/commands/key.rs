//! The key of this device.

use super::connect::with_passphrase;
use crate::args::Key;
use crate::run::Ended;
use crate::session::Session;
use crate::session::unexpected;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;

pub(crate) async fn key(session: &mut Session<'_>, typed: Key) -> Ended {
    let request = match typed.new {
        true => Request::NewKey { vault: typed.vault, reason: typed.reason },
        false => Request::Key,
    };
    match with_passphrase(session, request).await? {
        Reply::Key(view) => {
            let text = crate::render::key(&view, session.out.when(None), session.out.paint);
            session.out.say(&text);
            session.out.record("key", None, None, &view);
            Ok(None)
        }
        other => Err(unexpected(&other)),
    }
}
