//! What was probably meant: near misses of words and units.

/// Longer words are not compared: the cost grows with the square and nobody mistypes a unit that long.
const MAX_WORD: usize = 32;

/// Ways people write units of time that are not the one spelling understood here.
const TIME_ALIASES: [(&str, &[&str]); 7] = [
    ("us", &["µs", "μs", "usec", "micros", "microseconds"]),
    ("ms", &["msec", "msecs", "millis", "millisecond", "milliseconds"]),
    ("s", &["sec", "secs", "second", "seconds"]),
    ("m", &["min", "mins", "minute", "minutes"]),
    ("h", &["hr", "hrs", "hour", "hours"]),
    ("d", &["day", "days"]),
    ("w", &["wk", "week", "weeks"]),
];

const OTHER_ALIASES: [(&str, &[&str]); 6] = [
    ("%", &["percent", "pct", "percentage"]),
    ("ratio", &["share", "fraction"]),
    ("B", &["byte", "bytes", "octets"]),
    ("KB", &["kilobyte", "kilobytes", "k"]),
    ("MB", &["megabyte", "megabytes"]),
    ("GB", &["gigabyte", "gigabytes"]),
];

fn alias(aliases: &[(&'static str, &[&str])], word: &str) -> Option<&'static str> {
    let folded = word.to_lowercase();
    aliases
        .iter()
        .find(|(unit, names)| unit.to_lowercase() == folded || names.contains(&folded.as_str()))
        .map(|(unit, _)| *unit)
}

/// The unit of a period that `word` stands for.
pub(crate) fn time_unit(word: &str) -> Option<&'static str> {
    alias(&TIME_ALIASES[1..], word)
}

/// The unit of a quantity that `word` stands for, or that it nearly spells.
pub(crate) fn unit(word: &str, known: &[&'static str]) -> Option<&'static str> {
    alias(&TIME_ALIASES, word)
        .filter(|unit| known.contains(unit))
        .or_else(|| alias(&OTHER_ALIASES, word))
        .or_else(|| known.iter().copied().find(|name| name.eq_ignore_ascii_case(word)))
        .or_else(|| nearest(word, known.iter().copied().filter(|name| name.len() > 2)))
}

/// The nearest of `known` within two edits (one for words under five letters), the first of equals.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > MAX_WORD {
        return None;
    }
    let allowed = if word.chars().count() < 5 { 1 } else { 2 };
    known
        .map(|name| (distance(&word.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(edits, name)| *edits <= allowed && *edits < name.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Edits between two words, a swap of neighbours counting as one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["requests", "error_rate", "over"];
        assert_eq!(nearest("reqeusts", words.into_iter()), Some("requests"));
        assert_eq!(nearest("eror_rate", words.into_iter()), Some("error_rate"));
        assert_eq!(nearest("ovre", words.into_iter()), Some("over"));
        assert_eq!(nearest("latency", words.into_iter()), None);
    }

    #[test]
    fn a_unit_is_never_replaced_by_the_same_unit_in_disguise() {
        assert_eq!(time_unit("Minutes"), Some("m"));
        assert_eq!(unit("kB", &["KB", "MB"]), Some("KB"));
        assert_eq!(unit("pct", &["%"]), Some("%"));
        assert_eq!(unit("parsec", &["ratio"]), None);
    }
}
