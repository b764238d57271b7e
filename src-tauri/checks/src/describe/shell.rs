//! Cuts a shell line into its simple commands, well enough to see which programs it names.
//!
//! Not a shell: nothing is expanded, and what stands in variables stays unknown. Seeing a command where there is none
//! only makes an approval ask for more.

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

/// The words of each simple command of `line`, in order.
pub(super) fn commands(line: &str) -> Vec<Vec<String>> {
    let mut cutting = Cutting::default();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (cutting.quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => cutting.quote = None,
            (Some('"') | None, '`') => cutting.backtick(),
            (Some('"') | None, '$') if chars.next_if_eq(&'(').is_some() => cutting.enter(')'),
            (None, '(') => cutting.enter(')'),
            (None, ')') => cutting.leave(')'),
            (None, ';' | '&' | '|' | '\n') => cutting.end_command(),
            (Some('"') | None, '\\') => match chars.next() {
                // A line continued on the next one.
                Some('\n') | None => {}
                Some(escaped) => cutting.push(escaped),
            },
            (Some(_), _) => cutting.push(c),
            (None, '\'' | '"') => {
                cutting.quote = Some(c);
                cutting.word.get_or_insert_default();
            }
            (None, '#') if cutting.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, ' ' | '\t' | '\r' | '<' | '>') => cutting.end_word(),
            (None, _) => cutting.push(c),
        }
    }
    cutting.end_command();
    cutting.commands
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
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
    quote: Option<char>,
    /// What ends each open substitution, and the quotes it stands in.
    open: Vec<(char, Option<char>)>,
}

impl Cutting {
    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
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
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let program =
            words.iter().position(|word| !is_assignment(word) && !PREFIXES.contains(&word.as_str()));
        if let Some(program) = program {
            self.commands.push(words[program..].to_vec());
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

    fn cut(line: &str) -> Vec<String> {
        commands(line).iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        assert_eq!(
            cut("npm ci && npm test; ./a.sh | tee log &"),
            ["npm|ci", "npm|test", "./a.sh", "tee|log"]
        );
        assert_eq!(cut("A=1 B='x y' env node \"my file.js\" # npm run x"), ["node|my file.js"]);
        assert_eq!(cut("if ! npm run lint\nthen exit 1; fi"), ["npm|run|lint", "exit|1", "fi"]);
        assert_eq!(
            cut("echo \"$(npm run \"a)\") b\" `npm run b`"),
            ["echo|", "npm|run|a)", " b", "npm|run|b"]
        );
        assert_eq!(cut("echo \"is `npm run c` it\" '$(d)'"), ["echo|is ", "npm|run|c", " it|$(d)"]);
        assert_eq!(cut("npm \\\n  run a\\ b 'c;d' \"\""), ["npm|run|a b|c;d|"]);
        assert_eq!(cut("(cd ui && npm t) > out"), ["cd|ui", "npm|t", "out"]);
        assert_eq!(cut("  # nothing\n"), Vec::<String>::new());
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
        fn any_line_is_survived(line in "[a-z$(){}'\"`\\\\;&|<># \n\t=]{0,40}") {
            for words in commands(&line) {
                prop_assert!(!words.is_empty());
            }
        }
    }
}
