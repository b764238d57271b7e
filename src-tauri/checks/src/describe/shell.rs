//! Cuts a shell line into its simple commands, well enough to see which programs it names.
//!
//! Not a shell: nothing is expanded, and what stands in variables stays unknown. Seeing a command where there is none
//! only makes an approval ask for more.

use std::ops::Range;
use std::path::Path;

/// Words before the program that only change how it is run.
const PREFIXES: [&str; 18] = [
    "exec",
    "env",
    "command",
    "time",
    "nohup",
    "nice",
    "sudo",
    "if",
    "then",
    "else",
    "elif",
    "while",
    "until",
    "do",
    "!",
    "{",
    "cross-env",
    "dotenv",
];

/// Beginnings of what this module cannot follow well enough to put another word in its place.
const UNCLEAR: [&str; 5] = ["`", "$(", "<<", "case ", "\\\n"];

/// A word of a command and where it stands.
pub(super) struct Word {
    /// Without its quotes.
    pub(super) text: String,
    /// With its quotes, in the line.
    pub(super) at: Range<usize>,
}

/// Whether every word of `line` stands where [`cut`] says, so that another may take its place.
pub(super) fn is_clear(line: &str) -> bool {
    !UNCLEAR.iter().any(|unclear| line.contains(unclear))
}

/// The words of each simple command of `line`, in order.
pub(super) fn commands(line: &str) -> Vec<Vec<String>> {
    let texts = |words: Vec<Word>| words.into_iter().map(|word| word.text).collect();
    cut(line).into_iter().map(texts).collect()
}

/// The same with the place of each word.
pub(super) fn cut(line: &str) -> Vec<Vec<Word>> {
    let mut cutting = Cutting::default();
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        cutting.at = at;
        match (cutting.quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => cutting.quote = None,
            (Some('"') | None, '`') => cutting.backtick(),
            (Some('"') | None, '$') if chars.next_if(|(_, c)| *c == '(').is_some() => cutting.enter(')'),
            (None, '(') => cutting.enter(')'),
            (None, ')') => cutting.leave(')'),
            (None, ';' | '&' | '|' | '\n') => cutting.end_command(),
            (Some('"') | None, '\\') => match chars.next() {
                // A line continued on the next one.
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => cutting.push(escaped),
            },
            (Some(_), _) => cutting.push(c),
            (None, '\'' | '"') => {
                cutting.quote = Some(c);
                cutting.begin_word();
            }
            (None, '#') if cutting.word.is_none() => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            (None, ' ' | '\t' | '\r' | '<' | '>') => cutting.end_word(),
            (None, _) => cutting.push(c),
        }
    }
    cutting.at = line.len();
    cutting.end_command();
    cutting.commands
}

/// The words of a line that is one command and nothing else.
pub(super) fn only_command(line: &str) -> Option<Vec<String>> {
    let mut commands = cut(line);
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:".contains(c);
    let whole = commands.first()?.first()?.at.start == 0 && line.chars().all(plain);
    let words = commands.pop()?;
    (whole && commands.is_empty()).then(|| words.into_iter().map(|word| word.text).collect())
}

/// The line that `sh -c LINE` and its relatives run.
pub(super) fn inline(words: &[String]) -> Option<&str> {
    let program = Path::new(words.first()?).file_name()?.to_str()?;
    let shells = ["sh", "bash", "dash", "zsh", "ksh"];
    let options = words.iter().skip(1).take_while(|word| word.starts_with('-'));
    let option = options.clone().position(|word| word.ends_with('c'))? + 1;
    shells.contains(&program).then(|| words.get(option + 1).map(String::as_str))?
}

#[derive(Default)]
struct Cutting {
    commands: Vec<Vec<Word>>,
    words: Vec<Word>,
    word: Option<String>,
    /// Where the word begins.
    from: usize,
    /// Where the reader stands.
    at: usize,
    quote: Option<char>,
    /// What ends each open substitution, and the quotes it stands in.
    open: Vec<(char, Option<char>)>,
}

impl Cutting {
    fn begin_word(&mut self) -> &mut String {
        if self.word.is_none() {
            self.from = self.at;
        }
        self.word.get_or_insert_default()
    }

    fn push(&mut self, c: char) {
        self.begin_word().push(c);
    }

    fn enter(&mut self, end: char) {
        self.end_command();
        self.open.push((end, self.quote.take()));
    }

    fn leave(&mut self, end: char) {
        self.end_command();
        if let Some((_, quote)) = self.open.pop_if(|(open, _)| *open == end) {
            self.quote = quote;
        }
    }

    fn backtick(&mut self) {
        match self.open.last() {
            Some(('`', _)) => self.leave('`'),
            _ => self.enter('`'),
        }
    }

    fn end_word(&mut self) {
        let at = self.from..self.at;
        self.words.extend(self.word.take().map(|text| Word { text, at }));
    }

    fn end_command(&mut self) {
        self.end_word();
        let mut words = std::mem::take(&mut self.words);
        let program = words
            .iter()
            .position(|word| !is_assignment(&word.text) && !PREFIXES.contains(&word.text.as_str()));
        if let Some(program) = program {
            self.commands.push(words.split_off(program));
        }
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(line: &str) -> Vec<String> {
        commands(line).iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        assert_eq!(
            found("npm ci && npm test; ./a.sh | tee log &"),
            ["npm|ci", "npm|test", "./a.sh", "tee|log"]
        );
        assert_eq!(found("A=1 B='x y' env node \"my file.js\" # npm run x"), ["node|my file.js"]);
        assert_eq!(found("if ! npm run lint\nthen exit 1; fi"), ["npm|run|lint", "exit|1", "fi"]);
        assert_eq!(
            found("echo \"$(npm run \"a)\") b\" `npm run b`"),
            ["echo|", "npm|run|a)", " b", "npm|run|b"]
        );
        assert_eq!(found("echo \"is `npm run c` it\" '$(d)'"), ["echo|is ", "npm|run|c", " it|$(d)"]);
        assert_eq!(found("npm \\\n  run a\\ b 'c;d' \"\""), ["npm|run|a b|c;d|"]);
        assert_eq!(found("(cd ui && npm t) > out"), ["cd|ui", "npm|t", "out"]);
        assert_eq!(found("  # nothing\n"), Vec::<String>::new());
    }

    #[test]
    fn lines_within_lines_are_found() {
        let inner = |line: &str| inline(&commands(line)[0]).map(str::to_owned);
        assert_eq!(inner("/bin/bash -ec 'npm test'").as_deref(), Some("npm test"));
        assert_eq!(inner("sh ops/deploy.sh -c x"), None);
        assert_eq!(inner("sh deploy.sh"), None);
        assert_eq!(inner("gcc -c x.c"), None);
    }

    proptest! {
        #[test]
        fn a_word_stands_where_it_is_said_to(words in prop::collection::vec("[a-z./]{1,6}|'[a-z ]{1,4}'|\"[a-z ]{1,4}\"", 1..8)) {
            let line = words.join(" ");
            for word in cut(&line).iter().flatten() {
                prop_assert_eq!(&word.text, &line[word.at.clone()].replace(['\'', '"'], ""));
            }
        }

        #[test]
        fn any_line_is_survived(line in "[a-z$(){}'\"`\\\\;&|<># \n\t=]{0,40}") {
            for words in commands(&line) {
                prop_assert!(!words.is_empty());
            }
        }
    }
}
