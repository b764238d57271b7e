//! Everything that is written: words for people, or one JSON object a line.

use crate::render::Paint;
use crate::render::When;
use crate::world::Console;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Millis;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::io;
use std::io::Write;

/// The code of a line that tells of no fault.
const DONE: &str = "done";

/// One line of `--json`; scripts rely on these names.
#[derive(Serialize)]
struct Line<'a, T> {
    schema: String,
    ok: bool,
    code: Value,
    release: Option<&'a str>,
    data: &'a T,
}

/// Where answers go and how they are written.
pub(crate) struct Output {
    pub(crate) console: Console,
    pub(crate) json: bool,
    pub(crate) paint: Paint,
    paint_err: Paint,
    /// Nobody reads any more.
    closed: bool,
    /// Lines of the block that is redrawn in place.
    block_lines: usize,
}

impl Output {
    pub(crate) fn new(mut console: Console, json: bool, plain: bool) -> Self {
        console.live = console.live.filter(|_| !json && !plain);
        console.can_ask &= !json;
        let paint = Paint { colour: console.colour && !json && !plain };
        let paint_err = Paint { colour: console.colour_err && !plain };
        Self { console, json, paint, paint_err, closed: false, block_lines: 0 }
    }

    /// The reader went away, such as `head` behind a pipe.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn when(&self, now: Option<Millis>) -> When {
        When { zone: self.console.zone, now }
    }

    /// Name of the clock that the person goes by.
    pub(crate) fn zone(&self) -> String {
        self.console.zone.name().to_owned()
    }

    /// Words on standard output; silent with `--json`.
    pub(crate) fn say(&mut self, text: &str) {
        if !self.json {
            let erase = self.erase();
            self.write(&format!("{erase}{text}"));
        }
    }

    /// An answer that is for a program either way, such as a page or a script.
    pub(crate) fn raw(&mut self, text: &str) {
        self.write(text);
    }

    /// Words beside the answer, on standard error; silent with `--json`.
    pub(crate) fn note(&mut self, text: &str) {
        if self.json {
            return;
        }
        let erase = self.erase();
        self.write(&erase);
        // Standard error is the last resort; there is nowhere left to report its failure.
        drop(write!(self.console.err, "{text}").and_then(|()| self.console.err.flush()));
    }

    /// One line of JSON; silent without `--json`.
    pub(crate) fn record<T: Serialize>(
        &mut self,
        kind: &str,
        release: Option<&str>,
        code: Option<Code>,
        data: &T,
    ) {
        if self.json {
            let line = Line {
                schema: format!("seaworthy/{kind}/1"),
                ok: code.is_none(),
                code: code.map_or_else(|| json!(DONE), |code| json!(code)),
                release,
                data,
            };
            // A wire value has no key that JSON cannot write; if one ever had, the line says that it is missing.
            let line = serde_json::to_string(&line)
                .unwrap_or_else(|error| json!({ "error": error.to_string() }).to_string());
            self.write(&format!("{line}\n"));
        }
    }

    /// Replaces the block at the end of the screen.
    pub(crate) fn show_block(&mut self, text: &str) {
        if let Some(rows) = self.console.live {
            // A line that has scrolled away cannot be drawn over.
            let room = usize::from(rows).saturating_sub(1);
            let block: String = text.lines().take(room).map(|line| format!("{line}\n")).collect();
            let erase = self.erase();
            self.write(&format!("{erase}{block}"));
            self.block_lines = block.lines().count();
        }
    }

    /// The block becomes ordinary text.
    pub(crate) fn keep_block(&mut self) {
        self.block_lines = 0;
    }

    /// A fault that ends the command.
    pub(crate) fn fault(&mut self, release: Option<&str>, fault: &Fault) {
        self.record("fault", release, Some(fault.code), fault);
        let text = crate::render::fault(fault, self.paint_err);
        self.keep_block();
        self.note(&text);
    }

    /// A fault beside which the command goes on.
    pub(crate) fn warn(&mut self, fault: &Fault) {
        let text = crate::render::fault(fault, self.paint_err);
        self.note(&text);
    }

    fn erase(&mut self) -> String {
        match std::mem::take(&mut self.block_lines) {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\x1b[J"),
        }
    }

    fn write(&mut self, text: &str) {
        if self.closed || text.is_empty() {
            return;
        }
        let written = self.console.out.write_all(text.as_bytes()).and_then(|()| self.console.out.flush());
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => {
                self.closed = true;
                drop(writeln!(self.console.err, "seaworthy: cannot write to standard output: {error}"));
            }
        }
    }
}
