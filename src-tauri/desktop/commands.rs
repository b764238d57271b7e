//! What pages may ask for. Each command hands over to one function; which window may call which is in the access list.
#![expect(clippy::needless_pass_by_value, reason = "the arguments are made for each message and given away")]

use std::sync::Arc;

use seaworthy_wire::{ConnectPlan, Fault, Push, Reply, Request, Secret, Which};
use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::confirm::{Answer, Question};
use crate::desk::{Desk, Ground};
use crate::{asking, report, window};

type Shared<'a> = State<'a, Arc<Desk>>;

#[tauri::command]
async fn call(desk: Shared<'_>, request: Request) -> Result<Reply, Fault> {
    desk.call(request).await
}

#[tauri::command]
async fn ask<R: Runtime>(app: AppHandle<R>, desk: Shared<'_>, request: Request) -> Result<Reply, Fault> {
    asking::ask(&app, &desk, request).await
}

#[tauri::command]
async fn connect<R: Runtime>(app: AppHandle<R>, desk: Shared<'_>, plan: ConnectPlan) -> Result<Reply, Fault> {
    asking::connect(&app, &desk, plan).await
}

#[tauri::command]
async fn unlock<R: Runtime>(app: AppHandle<R>, desk: Shared<'_>) -> Result<Reply, Fault> {
    asking::unlock(&app, &desk).await
}

#[tauri::command]
fn subscribe<R: Runtime>(app: AppHandle<R>, desk: Shared<'_>, channel: Channel<Vec<Push>>) {
    window::listen(&app, &desk, channel);
}

#[tauri::command]
fn unsubscribe(desk: Shared<'_>) {
    desk.listen(None);
}

#[tauri::command]
async fn ground(desk: Shared<'_>) -> Result<Ground, Fault> {
    Ok(desk.ground().await)
}

#[tauri::command]
async fn begin_rehearsal(desk: Shared<'_>) -> Result<(), Fault> {
    desk.begin_rehearsal().await
}

#[tauri::command]
async fn leave_rehearsal(desk: Shared<'_>) -> Result<(), Fault> {
    desk.leave_rehearsal().await;
    Ok(())
}

#[tauri::command]
async fn keep_report(desk: Shared<'_>, which: Which) -> Result<String, Fault> {
    report::keep(&desk, which).await
}

#[tauri::command]
fn confirm_pending<R: Runtime>(own: WebviewWindow<R>, desk: Shared<'_>) -> Result<Question, Fault> {
    desk.confirm.pending(own.label())
}

#[tauri::command]
fn confirm_answer<R: Runtime>(
    own: WebviewWindow<R>,
    desk: Shared<'_>,
    nonce: &str,
    yes: bool,
    ticked: Vec<String>,
    secret: Option<Secret>,
) -> Result<(), Fault> {
    let answer = if yes { Answer::Yes { ticked, secret } } else { Answer::No };
    desk.confirm.answer(own.label(), nonce, answer)
}

macro_rules! register {
    ($($name:ident),+ $(,)?) => {
        /// Names of all commands, for the comparison with the access list.
        #[cfg(test)]
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),+];

        /// Serves all commands.
        pub(crate) fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),+]
        }
    };
}

register!(
    call,
    ask,
    connect,
    unlock,
    subscribe,
    unsubscribe,
    ground,
    begin_rehearsal,
    leave_rehearsal,
    keep_report,
    confirm_pending,
    confirm_answer,
);
