//! Makes the machine ready: says everything that is missing at once, asks once, then installs.

pub(crate) mod app;
mod consent;
mod node;
mod packages;
mod stamp;
mod system;
pub(crate) mod ui;

use std::io::IsTerminal;

use crate::error::XtaskError;
use crate::place::Place;
use crate::setup::consent::Answer;
use crate::setup::system::System;
use crate::shell;

pub(crate) use crate::setup::node::version;

/// What the coming work needs from the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// The interface is installed or built, so Node.js is needed.
    pub(crate) interface: bool,
    /// The window is built, so the web view's libraries are needed.
    pub(crate) window: bool,
    /// Tests run, so their programs (a hidden display, a notification service) are needed.
    pub(crate) tests: bool,
}

/// Installs what is missing after one yes, and the interface's packages when their lock changed.
pub(crate) fn prepare(place: &Place, needs: Needs, yes: bool) -> Result<(), XtaskError> {
    let system = System::detect();
    let packages = packages::missing(&system, needs);
    let advice = node::missing();
    let node = advice.clone().filter(|_| needs.interface);
    if let Some(missing) = &packages {
        println!("Missing on this machine: {}", missing.names.join(" "));
        println!("System command:\n\n    {}\n", missing.command);
    }
    if let Some(advice) = node {
        return Err(XtaskError::NotReady(advice));
    }
    if let Some(missing) = packages {
        install(&missing, yes)?;
    }
    if needs.tests {
        judges(place, advice);
    }
    if needs.interface { ui::install(place) } else { Ok(()) }
}

/// Programs that judge the tests' own doubles. Without them those tests say that they were skipped.
fn judges(place: &Place, no_node: Option<String>) {
    let installed = match no_node {
        Some(advice) => Err(advice),
        None => node::install(&place.test_tools(), "the tests' judges").map_err(|error| error.to_string()),
    };
    if let Err(why) = installed {
        println!("The tests' judges are missing ({why}); what needs them is skipped");
    }
}

fn install(missing: &packages::Missing, yes: bool) -> Result<(), XtaskError> {
    if missing.steps.is_empty() {
        return Err(XtaskError::NotReady("run the system command above, then start again".into()));
    }
    let terminal = std::io::stdin().is_terminal();
    match consent::decide(yes, terminal, "Run it now? [y/N] ", consent::from_terminal) {
        Answer::Yes => {}
        Answer::No => return Err(XtaskError::NotReady("nothing was installed".into())),
        Answer::NobodyToAsk => {
            let advice = "nothing was installed: run the command above, or start again with --yes";
            return Err(XtaskError::NotReady(advice.into()));
        }
    }
    missing.steps.iter().try_for_each(shell::show)
}
