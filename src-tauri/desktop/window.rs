//! Opens the main window. The page may not leave the app's own origin and may not open windows.

use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Context, Manager, Url, WebviewWindowBuilder, Wry};

/// Label of the window with the engine's commands, as the configuration and the capabilities name it.
const MAIN: &str = "main";
/// Configuration table of the updater: its public key and endpoint.
const UPDATER: &str = "updater";
/// Runs before the page's own scripts.
const LANGUAGE: &str = include_str!("language.js");

/// Runs the window until it is closed.
pub(crate) fn run(context: Context<Wry>) -> tauri::Result<()> {
    tauri::Builder::default()
        // Arguments of a second start are untrusted: it only brings this window to the front.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| focus(app)))
        .setup(|app| Ok(open(app)?))
        .run(context)
}

fn open(app: &mut App) -> tauri::Result<()> {
    // No signing key exists yet, so nothing is configured and no update is ever looked for.
    if app.config().plugins.0.contains_key(UPDATER) {
        app.handle().plugin(tauri_plugin_updater::Builder::new().build())?;
    }
    let windows = &app.config().app.windows;
    let main = windows.iter().find(|window| window.label == MAIN).ok_or(tauri::Error::WindowNotFound)?;
    WebviewWindowBuilder::from_config(app.handle(), main)?
        .initialization_script(LANGUAGE)
        .on_navigation(is_own_page)
        .on_new_window(|_url, _features| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

fn focus(app: &AppHandle) {
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
    use super::is_own_page;

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
