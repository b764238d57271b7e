//! Home, the ledger and the settings in the real window, in both themes.

use fantoccini::key::Key;
use seaworthy_testkit::{Cli, Plan, Sample};
use serde_json::{Value, json};

use super::screen::Screen;

/// Theme of the page, asked for as soon as there is one.
const THEME: &str = "return document.documentElement.dataset.theme;";
/// Entries of the ledger as the status bar says them.
const COUNTED: &str = "return Number(/([\\d,]+) events/.exec(document.querySelector('footer')?.innerText ?? '')\
    ?.[1].replace(',', '') ?? 0);";

/// Pictures of the page in the theme that is on it, and what axe finds.
async fn look(screen: &Screen, name: &str) {
    let theme = screen.page.execute(THEME, Vec::new()).await.expect("a script runs");
    screen.keep(&format!("{name}-{}", theme.as_str().expect("a theme"))).await;
    assert_eq!(screen.axe().await, Vec::<String>::new(), "{name} in {theme}");
}

/// Chooses an appearance in the settings by keyboard.
async fn choose(screen: &Screen, steps: usize, theme: &str) {
    screen.chord(Key::Control, ',').await;
    screen.shows("Appearance").await;
    screen.tab_to("[aria-label=Appearance] [role=radio]").await;
    for _ in 0..steps {
        screen.press(&[Key::Right]).await;
    }
    let wanted = "return document.documentElement.dataset.theme === arguments[0];";
    screen.wait(theme, wanted, vec![json!(theme)]).await;
    screen.press(&[Key::Escape]).await;
    screen.lacks("[role=dialog]").await;
}

#[tokio::test]
async fn home_and_the_ledger_are_read_by_keyboard_in_both_themes() {
    let screen = Screen::open(&[]).await;
    screen.shows("Rehearse a release").await;
    look(&screen, "first-run").await;

    let sample = Sample::new(&Plan::fast());
    let cli = Cli::new(sample.project(), &screen.data());
    cli.run(&["open", "1.1.0"]).ok(0);
    screen.shows("What blocks it?").await;
    screen.shows("Waiting for you").await;
    let counted = screen.wait("the ledger's line", COUNTED, Vec::new()).await;
    look(&screen, "home").await;

    screen.write("gl").await;
    screen.shows("release.opened").await;
    screen.shows("As stored").await;
    look(&screen, "ledger").await;
    cli.run(&["hold", "--reason", "Support is flooded"]).ok(0);
    screen.shows("hold.set").await;
    let more =
        "const counted = (() => { COUNTED })(); return counted > arguments[0];".replace("COUNTED", COUNTED);
    screen.wait("a line that follows", &more, vec![counted]).await;
    screen.write("v").await;
    screen.shows("Ledger verified").await;
    finds(&screen).await;

    choose(&screen, 2, "dark").await;
    look(&screen, "ledger").await;
    screen.write("gh").await;
    screen.shows("What blocks it?").await;
    look(&screen, "home").await;
    screen.page.refresh().await.expect("the page loads again");
    assert_eq!(screen.page.execute(THEME, Vec::new()).await.expect("a script runs"), json!("dark"));
    screen.shows("Support is flooded").await;
    returns(&screen).await;
}

/// Searches by keyboard: the words of one entry leave that one.
async fn finds(screen: &Screen) {
    const ONE: &str = "return document.querySelectorAll('tbody tr[data-key]').length === 1;";
    screen.write("/").await;
    screen.has_focus("input[type=search]").await;
    screen.write("flooded").await;
    screen.wait("one entry", ONE, Vec::new()).await;
    screen.press(&[Key::Escape]).await;
    screen.shows("release.opened").await;
    screen.press(&[Key::Escape]).await;
    screen.wait("the field is left", "return document.activeElement === document.body;", Vec::new()).await;
}

/// Goes into a release by its digit, and back through the history.
async fn returns(screen: &Screen) {
    const AT: &str = "return location.hash.startsWith(arguments[0]);";
    let at = |place: &str| vec![Value::from(place)];
    screen.write("1").await;
    screen.wait("the release", AT, at("#/release/")).await;
    screen.press(&[Key::Alt, Key::Left]).await;
    screen.wait("Home again", AT, at("#/home")).await;
    screen.press(&[Key::Alt, Key::Right]).await;
    screen.wait("the release again", AT, at("#/release/")).await;
}
