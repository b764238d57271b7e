//! The windows. No page may leave the app's own origin or open windows.

use std::sync::Arc;

use seaworthy_wire::{Push, ReleaseCard};
use tauri::ipc::Channel;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Builder, Context, Manager, RunEvent, Runtime, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, Window, WindowEvent, Wry,
};
use uuid::Uuid;

use crate::confirm::LABEL;
use crate::desk::{Desk, Ground};
use crate::{asked_for, commands, leaving, lookout, pump};

/// Label of the window with the engine's commands, as the configuration and the capabilities name it.
pub(crate) const MAIN: &str = "main";
/// Page of the confirming windows.
const CONFIRM_PAGE: &str = "confirm.html";
/// Size of a confirming window and the smallest it may become.
const CONFIRM_SIZE: (f64, f64) = (680.0, 620.0);
const CONFIRM_SIZE_MIN: (f64, f64) = (480.0, 360.0);
/// Configuration table of the updater: its public key and endpoint.
const UPDATER: &str = "updater";
/// Runs before the page's own scripts.
const LANGUAGE: &str = include_str!("language.js");

/// Runs the window until it is closed.
pub(crate) fn run(context: Context<Wry>, desk: Arc<Desk>, wanted: Option<Uuid>) -> tauri::Result<()> {
    let single = tauri_plugin_single_instance::init(|app, arguments, _folder| {
        later(app, asked_for(&arguments).map(|id| id.to_string()));
    });
    let app = furnish(Builder::default().plugin(single), desk)
        .setup(move |app| {
            let on = app.handle().clone();
            app.state::<Arc<Desk>>().on_show(Box::new(move |release| later(&on, release)));
            open(app.handle(), wanted)?;
            lookout::start(app.handle());
            Ok(())
        })
        .build(context)?;
    app.run(|app, event| {
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                let desk = Arc::clone(&app.state::<Arc<Desk>>());
                leaving::quit(&app, &desk).await;
            });
        }
    });
    Ok(())
}

/// Everything but the screen: state, commands, and what closing means.
pub(crate) fn furnish<R: Runtime>(builder: Builder<R>, desk: Arc<Desk>) -> Builder<R> {
    builder.manage(desk).invoke_handler(commands::handler()).on_window_event(on_event)
}

/// Opens the main window, on a release where one is wanted.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, wanted: Option<Uuid>) -> tauri::Result<()> {
    // No signing key exists yet, so nothing is configured and no update is ever looked for.
    if app.config().plugins.0.contains_key(UPDATER) {
        app.plugin(tauri_plugin_updater::Builder::new().build())?;
    }
    let windows = &app.config().app.windows;
    let main = windows.iter().find(|window| window.label == MAIN).ok_or(tauri::Error::WindowNotFound)?;
    let mut builder = confined(WebviewWindowBuilder::from_config(app, main)?);
    if let Some(release) = wanted {
        // Only where the page has no place of its own yet: it may be loaded again.
        let place = place_of(release);
        builder = builder
            .initialization_script(format!("if (location.hash.length < 2) location.hash = '{place}';"));
    }
    builder.build()?;
    Ok(())
}

/// Shows the window, on a release of the workspace where one is named.
pub(crate) async fn show<R: Runtime>(app: &AppHandle<R>, release: Option<String>) {
    let desk = Arc::clone(&app.state::<Arc<Desk>>());
    focus(app);
    let Some(release) = release.and_then(|release| release.parse().ok()) else { return };
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let mut script = format!("location.hash = '{}';", place_of(release));
    if desk.ground().await == Ground::Rehearsal {
        desk.leave_rehearsal().await;
        script.push_str("location.reload();");
    }
    if let Err(error) = window.eval(script) {
        tracing::warn!(%error, "the window did not go to the release");
    }
}

fn later<R: Runtime>(app: &AppHandle<R>, release: Option<String>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move { show(&app, release).await });
}

/// Where the page shows the rollout of a release. An identity has no character that a script would read.
fn place_of(release: Uuid) -> String {
    format!("#/release/{release}/rollout")
}

/// Opens the window of a question, over the main one.
pub(crate) fn open_confirm<R: Runtime>(app: &AppHandle<R>, label: &str) -> tauri::Result<()> {
    let page = WebviewUrl::App(CONFIRM_PAGE.into());
    let mut builder = confined(WebviewWindowBuilder::new(app, label, page))
        .title("Confirm — Seaworthy")
        .inner_size(CONFIRM_SIZE.0, CONFIRM_SIZE.1)
        .min_inner_size(CONFIRM_SIZE_MIN.0, CONFIRM_SIZE_MIN.1)
        .minimizable(false)
        .maximizable(false)
        .focused(true);
    let main = app.get_webview_window(MAIN);
    builder = match main.as_ref().and_then(over) {
        Some((x, y)) => builder.position(x, y),
        None => builder.center(),
    };
    // The windowless runtime of the tests has no parents.
    if !cfg!(test)
        && let Some(main) = main.filter(|main| main.is_visible().unwrap_or(false))
    {
        builder = builder.parent(&main)?;
    }
    builder.build()?;
    Ok(())
}

/// Where a confirming window sits in the middle of `main`, in logical pixels.
fn over<R: Runtime>(main: &WebviewWindow<R>) -> Option<(f64, f64)> {
    let scale = main.scale_factor().ok()?;
    let at = main.outer_position().ok()?.to_logical::<f64>(scale);
    let size = main.outer_size().ok()?.to_logical::<f64>(scale);
    let middle = |from: f64, whole: f64, part: f64| (from + (whole - part) / 2.0).max(0.0);
    Some((middle(at.x, size.width, CONFIRM_SIZE.0), middle(at.y, size.height, CONFIRM_SIZE.1)))
}

fn confined<R: Runtime>(
    builder: WebviewWindowBuilder<'_, R, AppHandle<R>>,
) -> WebviewWindowBuilder<'_, R, AppHandle<R>> {
    builder
        .initialization_script(LANGUAGE)
        .on_navigation(is_own_page)
        .on_new_window(|_url, _features| NewWindowResponse::Deny)
}

fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } if window.label() == MAIN => {
            api.prevent_close();
            leaving::close(window.app_handle());
        }
        WindowEvent::Destroyed if window.label().starts_with(LABEL) => {
            window.state::<Arc<Desk>>().confirm.closed(window.label());
        }
        _ => {}
    }
}

/// Tells the page what happens, and the title which release it is about.
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>, desk: &Arc<Desk>, channel: Channel<Vec<Push>>) {
    let (app, shared) = (app.clone(), Arc::clone(desk));
    let pumping = tauri::async_runtime::spawn(async move {
        let seen = Arc::clone(&shared);
        let tell = |batch: Vec<Push>| {
            for push in &batch {
                seen.confirm.saw(push);
                if let Push::Releases { releases } = push {
                    entitle(&app, &seen, releases.clone());
                }
            }
            channel.send(batch).is_ok()
        };
        pump::run(shared, tell).await;
    });
    desk.listen(Some(pumping));
}

fn entitle<R: Runtime>(app: &AppHandle<R>, desk: &Arc<Desk>, releases: Vec<ReleaseCard>) {
    let (app, desk) = (app.clone(), Arc::clone(desk));
    tauri::async_runtime::spawn(async move {
        let title = title(desk.ground().await, &releases);
        if let Some(window) = app.get_webview_window(MAIN) {
            // A window without a title bar works the same.
            let _ = window.set_title(&title);
        }
    });
}

fn title(ground: Ground, releases: &[ReleaseCard]) -> String {
    let newest = releases.iter().find(|card| !card.over);
    match (ground, newest) {
        (Ground::Rehearsal, _) => "Rehearsal — Seaworthy".to_owned(),
        (Ground::Workspace, Some(card)) => format!("{} {} — Seaworthy", card.project, card.version),
        (Ground::Workspace, None) => "Seaworthy".to_owned(),
    }
}

/// Hides the main window.
pub(crate) fn hide<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(MAIN) {
        // A window that cannot be hidden stays open, which is no loss.
        let _ = window.hide();
    }
}

/// Brings the main window to the front.
pub(crate) fn focus<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    // A window manager may refuse the focus; the running window stays as it is then.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

/// Whether `url` is the bundled page. Windows and Android serve it over a local http name.
fn is_own_page(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => url.port().is_none(),
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows) && url.port().is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ground, is_own_page, title};
    use seaworthy_wire::{ReleaseCard, State};

    fn card(version: &str, over: bool) -> ReleaseCard {
        let (id, project, lifecycle) = (version.to_owned(), "sample".to_owned(), String::new());
        let version = version.to_owned();
        ReleaseCard { id, project, version, state: State::Pass, lifecycle, over, updated: 0 }
    }

    #[test]
    fn the_title_names_the_release_and_never_hides_a_rehearsal() {
        let releases = [card("1.2.0", true), card("1.1.0", false)];
        assert_eq!(title(Ground::Workspace, &releases), "sample 1.1.0 — Seaworthy");
        assert_eq!(title(Ground::Workspace, &releases[..1]), "Seaworthy");
        assert_eq!(title(Ground::Rehearsal, &releases), "Rehearsal — Seaworthy");
    }

    fn allowed(text: &str) -> bool {
        is_own_page(&text.parse().expect("a URL"))
    }

    #[test]
    fn only_the_bundled_page_is_reached() {
        assert!(allowed("tauri://localhost/"));
        assert!(allowed("tauri://localhost/rollout#now"));
        for outside in [
            "https://example.org/",
            "http://localhost/",
            "tauri://elsewhere/",
            "tauri://localhost:8080/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!allowed(outside), "{outside}");
        }
    }
}
