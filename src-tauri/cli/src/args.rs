//! What can be typed.

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap_complete::Shell;
use std::path::PathBuf;

/// Environment that a deploy goes to when none is named.
pub(crate) const PRODUCTION: &str = "production";

const EXIT_CODES: &str = "Exit codes: 0 done or ready, 1 not ready, 2 usage or bad input, 3 outcome unknown, \
    4 refused, 5 something outside failed, 6 integrity, 7 rolled back.";

/// Know that the release is seaworthy before you cast off.
#[derive(Debug, Parser)]
#[command(name = "seaworthy", version, max_term_width = 80, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Alone, `seaworthy` is `seaworthy status`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Print one JSON object a line, faults too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Neither colours nor a live display
    #[arg(long, global = true)]
    pub(crate) plain: bool,
    /// Folder of the project instead of the current one
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// Release by version or identity instead of the newest open one
    #[arg(long, global = true, value_name = "RELEASE")]
    pub(crate) release: Option<String>,
    /// Data directory
    #[arg(long, global = true, value_name = "DIR", env = "SEAWORTHY_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// Confirm without being asked
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// What is expected: the position a forward step must start from, or the words of a bundle
    #[arg(long, global = true, value_name = "STATE")]
    pub(crate) expect: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a starting policy, seaworthy.toml
    Init,
    /// Look at the policy
    #[command(subcommand)]
    Policy(Policy),
    /// Open a release of a version
    Open {
        /// Version that people will call it by
        version: String,
    },
    /// Where the release stands
    Status {
        /// Show the whole proof tree
        #[arg(long)]
        explain: bool,
        /// List all releases instead
        #[arg(long, conflicts_with = "explain")]
        all: bool,
    },
    /// Fix policy and scope
    Freeze,
    /// Name a candidate
    Candidate {
        /// Commit, tag or branch; without it what is checked out
        revision: Option<String>,
        /// Name a commit that is a candidate already
        #[arg(long)]
        again: bool,
    },
    /// Approve the exact commands that may run on this machine
    Approve {
        /// Names of checks or targets
        names: Vec<String>,
        /// Every command that waits
        #[arg(long, conflicts_with = "names")]
        all: bool,
    },
    /// Run checks; without names, those that the next step is missing
    Check {
        /// Names of checks
        names: Vec<String>,
        /// Run nothing; print the kept output of the newest run of each
        #[arg(long, requires = "names")]
        log: bool,
    },
    /// Record a statement of yours
    Attest {
        /// GATE/CRITERION
        criterion: String,
        /// Your words
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Place the candidate, without traffic
    Deploy {
        /// Environment
        #[arg(long = "env", value_name = "ENVIRONMENT", default_value = PRODUCTION)]
        environment: String,
        /// Stay and watch afterwards
        #[arg(long)]
        watch: bool,
    },
    /// Enter the next stage
    Advance {
        /// Stay and watch afterwards
        #[arg(long)]
        watch: bool,
    },
    /// Give all traffic back
    Rollback {
        /// Why
        #[arg(long)]
        reason: String,
        /// You cannot look: go back although an earlier rollback has no known outcome, which counts as without effect
        #[arg(long)]
        emergency: bool,
    },
    /// Stop forward motion, or allow it again
    Hold(Hold),
    /// Settle an operation without known outcome
    Reconcile {
        /// What you saw with your own eyes, when the target cannot say
        #[arg(long)]
        saw: Option<SawArg>,
    },
    /// The ladder, its guardrails and who is looking
    Stage,
    /// Stay, drive the rollout and say what happens, until the release is over
    Watch,
    /// End the release
    Close {
        /// What to remember of it
        #[arg(long, default_value = "")]
        summary: String,
    },
    /// Give the release up
    Abandon {
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// What happened, newest first
    Log {
        /// Words that must occur
        #[arg(long)]
        search: Option<String>,
        /// Most entries
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Write the release as one HTML page
    Report {
        /// File, or - for standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write the release as a signed file that others can check
    Bundle(Bundle),
    /// Show the release in a bundle that somebody sent; no ledger is touched
    View {
        /// The .seaworthy file
        file: PathBuf,
        /// Show what this piece of evidence says, such as a log, instead
        #[arg(long, value_name = "DIGEST")]
        evidence: Option<String>,
    },
    /// Check a bundle that somebody sent; no ledger is touched
    Verify {
        /// The .seaworthy file
        file: PathBuf,
        /// List every event too
        #[arg(long)]
        events: bool,
    },
    /// State of this installation
    Doctor {
        /// Go on with a ledger that lost its newest events
        #[arg(long, value_name = "REASON")]
        accept_regression: Option<String>,
    },
    /// How you are told what happens, and that you saw what you were told
    Notices(Notices),
    /// Connect a service; its token goes into the keychain and to that service alone
    Connect(Connect),
    /// The key that signs for this device
    Key(Key),
    /// Play a whole release on a practice target; nothing real is touched
    Rehearse {
        /// What shall go wrong
        #[arg(long)]
        fault: Option<FaultArg>,
        /// File for the report
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Completions for a shell
    Completions {
        /// Shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Check seaworthy.toml
    Check,
}

/// The token itself is never an argument.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("act").args(["list", "test", "rotate", "remove"]))]
pub(crate) struct Connect {
    /// Name of the connection, as in the policy
    #[arg(required_unless_present_any = ["list", "test"])]
    pub(crate) name: Option<String>,
    /// Show what is connected and what the policy asks for
    #[arg(long, conflicts_with = "name")]
    pub(crate) list: bool,
    /// Ask the service whether the token works; without a name, every one
    #[arg(long)]
    pub(crate) test: bool,
    /// Replace the token; origin and owner stay
    #[arg(long)]
    pub(crate) rotate: bool,
    /// Delete the token and forget the connection
    #[arg(long)]
    pub(crate) remove: bool,
    /// Read the token from standard input instead of asking
    #[arg(long, conflicts_with_all = ["list", "test", "remove"])]
    pub(crate) stdin: bool,
    /// Keep the token in a file under a passphrase instead of the keychain
    #[arg(long, conflicts_with_all = ["list", "test", "remove"])]
    pub(crate) vault: bool,
    /// Service, where no policy names it: vercel or prometheus
    #[arg(long, requires = "origin", conflicts_with = "act")]
    pub(crate) service: Option<String>,
    /// Where it answers: scheme, host and port
    #[arg(long, requires = "service", conflicts_with = "act")]
    pub(crate) origin: Option<String>,
    /// Team at Vercel, by id or slug
    #[arg(long, requires = "service")]
    pub(crate) team: Option<String>,
    /// User at Prometheus, for basic authentication
    #[arg(long, requires = "service")]
    pub(crate) user: Option<String>,
    /// What stands before /api/v1 at Prometheus
    #[arg(long, requires = "service")]
    pub(crate) path: Option<String>,
    /// The origin that the name is connected to now and is to give up
    #[arg(long, value_name = "ORIGIN", conflicts_with = "act")]
    pub(crate) instead_of: Option<String>,
    /// Allow plain http to this machine
    #[arg(long, conflicts_with = "act")]
    pub(crate) allow_loopback_http: bool,
}

/// What is written, and where.
#[derive(Debug, Args)]
pub(crate) struct Bundle {
    /// Release by version or identity instead of the newest open one
    #[arg(value_name = "RELEASE")]
    pub(crate) wanted: Option<String>,
    /// File or folder instead of a name of its own here
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Leave this out
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) without: Vec<LeftOut>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// What can be left out of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LeftOut {
    /// Output of checks
    Logs,
}

/// The secret half is never an argument and never shown.
#[derive(Debug, Args)]
pub(crate) struct Key {
    /// Make a key and bind it to this device
    #[arg(long)]
    pub(crate) new: bool,
    /// Keep it in a file under a passphrase instead of the keychain
    #[arg(long, requires = "new")]
    pub(crate) vault: bool,
    /// Why it replaces the key that is bound
    #[arg(long, requires = "new")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Notices {
    /// You saw what was told of the release; it is not said again
    #[arg(long)]
    pub(crate) seen: bool,
    /// Hours in which nothing is told that can wait, such as 22:00-07:00, or off
    #[arg(long, value_name = "HOURS", conflicts_with = "seen")]
    pub(crate) quiet: Option<String>,
    /// Whose clock the quiet hours go by, instead of this computer's
    #[arg(long, value_name = "ZONE", requires = "quiet")]
    pub(crate) zone: Option<String>,
    /// Whether notices name projects, releases and figures
    #[arg(long, conflicts_with = "seen")]
    pub(crate) names: Option<NamesArg>,
    /// Show a notice now
    #[arg(long, conflicts_with = "seen")]
    pub(crate) test: bool,
}

/// Whether notices name things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NamesArg {
    /// They do
    Shown,
    /// They do not: a locked screen tells nobody what you release
    Hidden,
}

#[derive(Debug, Args)]
pub(crate) struct Hold {
    /// Why
    #[arg(long, required_unless_present = "lift")]
    pub(crate) reason: Option<String>,
    /// Allow forward motion again
    #[arg(long)]
    pub(crate) lift: bool,
}

/// What the captain saw.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SawArg {
    /// It took effect
    Applied,
    /// It did not
    Absent,
}

/// What goes wrong in a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub enum FaultArg {
    /// The candidate answers with errors
    ErrorRate,
    /// The candidate answers late
    Latency,
    /// Nobody can measure it
    NoData,
    /// Seaworthy itself dies in the middle of an operation
    Crash,
}
