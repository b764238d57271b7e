//! One question before the machine is changed.

use std::io::Write;

/// What a person said, or that there is nobody.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    NobodyToAsk,
}

/// `--yes` answers for everybody; without a terminal silence is a no.
pub(super) fn decide(
    yes: bool,
    terminal: bool,
    question: &str,
    ask: impl FnOnce(&str) -> Option<String>,
) -> Answer {
    if yes {
        return Answer::Yes;
    }
    if !terminal {
        return Answer::NobodyToAsk;
    }
    let said = ask(question).unwrap_or_default();
    if ["y", "yes"].contains(&said.trim().to_lowercase().as_str()) { Answer::Yes } else { Answer::No }
}

/// Asks on the terminal; `None` at its end.
pub(super) fn from_terminal(question: &str) -> Option<String> {
    print!("{question}");
    std::io::stdout().flush().ok()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::{Answer, decide};

    #[test]
    fn yes_is_never_asked() {
        assert_eq!(decide(true, false, "?", |_| panic!("asked")), Answer::Yes);
    }

    #[test]
    fn without_a_terminal_nobody_is_asked() {
        assert_eq!(decide(false, false, "?", |_| panic!("asked")), Answer::NobodyToAsk);
    }

    #[test]
    fn only_a_clear_yes_counts() {
        for (said, answer) in
            [("y\n", Answer::Yes), ("YES\n", Answer::Yes), ("\n", Answer::No), ("yo", Answer::No)]
        {
            assert_eq!(decide(false, true, "?", |_| Some(said.into())), answer, "{said:?}");
        }
        assert_eq!(decide(false, true, "?", |_| None), Answer::No);
    }
}
