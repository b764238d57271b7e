//! The name that was probably meant.

/// Longer words are not compared: the cost grows with the square, and names are shorter.
const MAX_WORD: usize = 64;
/// More known names than this are not listed: a list that long helps nobody.
const MAX_LISTED: usize = 8;

/// The nearest of `known`, the first of equals; nothing where every name is too far away to be a slip.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    all_nearest(word, known).first().copied()
}

fn all_nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    if word.len() > MAX_WORD {
        return Vec::new();
    }
    let folded = fold(word);
    let allowed = match folded.chars().count() {
        0..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|name| (strsim::osa_distance(&folded, &fold(name)), name))
        .filter(|(edits, name)| *edits <= allowed && *edits < name.chars().count())
        .collect();
    let least = near.iter().map(|(edits, _)| *edits).min();
    near.into_iter().filter(|(edits, _)| Some(*edits) == least).map(|(_, name)| name).collect()
}

/// Spellings that differ only in case or in the hyphen are the same slip.
fn fold(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// "write `x`", or the names there are, or what to do when there is none.
pub(crate) fn help(word: &str, known: &[&str], otherwise: impl FnOnce() -> String) -> String {
    match all_nearest(word, known.iter().copied()).as_slice() {
        [] if known.is_empty() || known.len() > MAX_LISTED => otherwise(),
        [] => format!("use {}", listed(known)),
        [meant] => format!("write `{meant}`"),
        several => format!("use {}", listed(several)),
    }
}

/// `a`, `b` or `c`.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
