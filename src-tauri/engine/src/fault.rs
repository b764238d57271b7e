//! From what went wrong to what a door shows.

use crate::view::state_of;
use seaworthy_domain::Refusal;
use seaworthy_evidence::EvidenceError;
use seaworthy_ledger::LedgerError;
use seaworthy_policy::Diagnostic;
use seaworthy_policy::Diagnostics;
use seaworthy_policy::Severity;
use seaworthy_ports::CredentialError;
use seaworthy_ports::KeyError;
use seaworthy_ports::RepositoryError;
use seaworthy_ports::StoreError;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::MissingFact;
use seaworthy_wire::Problem;

pub(crate) fn integrity(message: impl Into<String>) -> Fault {
    Fault::new(Code::Integrity, message)
}

pub(crate) fn refused(message: impl Into<String>) -> Fault {
    Fault::new(Code::Refused, message)
}

pub(crate) fn bad_input(message: impl Into<String>) -> Fault {
    Fault::new(Code::BadInput, message)
}

pub(crate) fn outside(message: impl Into<String>) -> Fault {
    Fault::new(Code::Outside, message)
}

pub(crate) fn refusal(refusal: &Refusal) -> Fault {
    let code = match refusal {
        Refusal::NotReady { .. } | Refusal::StillSoaking { .. } => Code::NotReady,
        Refusal::Unsettled { .. } => Code::Unknown,
        Refusal::Unnamed { .. } => Code::BadInput,
        Refusal::WrongState { .. }
        | Refusal::OnHold { .. }
        | Refusal::MustGoBack { .. }
        | Refusal::NotHeld
        | Refusal::NoTraffic { .. }
        | Refusal::NotThere { .. }
        | Refusal::NoWayBack { .. }
        | Refusal::NoAddress { .. }
        | Refusal::Occupied { .. } => Code::Refused,
    };
    let mut fault = Fault::new(code, refusal.to_string());
    if let Refusal::NotReady { missing, .. } = refusal {
        fault.missing = missing
            .iter()
            .map(|m| MissingFact {
                name: format!("{}/{}", m.gate, m.criterion),
                title: m.title.clone(),
                state: state_of(m.state),
                reason: m.reason.clone(),
                act: m.act.clone(),
            })
            .collect();
    }
    fault
}

pub(crate) fn ledger(error: &LedgerError) -> Fault {
    let code = match error {
        LedgerError::Damaged(_) | LedgerError::Regressed(_) | LedgerError::Missing { .. } => Code::Integrity,
        LedgerError::Refused(_) => Code::BadInput,
        LedgerError::InUse
        | LedgerError::ReadOnly { .. }
        | LedgerError::NewerFormat { .. }
        | LedgerError::NotALedger { .. }
        | LedgerError::Linked { .. }
        | LedgerError::NetworkDrive { .. }
        | LedgerError::MigrationDiffers { .. } => Code::Refused,
        _ => Code::Outside,
    };
    let source = std::error::Error::source(error).map_or(String::new(), |source| format!(" ({source})"));
    Fault::new(code, format!("{error}{source}"))
}

pub(crate) fn evidence(error: &EvidenceError) -> Fault {
    let code = match error {
        EvidenceError::Missing { .. } | EvidenceError::Corrupt { .. } => Code::Integrity,
        _ => Code::Outside,
    };
    Fault::new(code, error.to_string())
}

pub(crate) fn repository(error: &RepositoryError) -> Fault {
    let code = match error {
        RepositoryError::NoSuchRevision(_) | RepositoryError::NotARepository(_) => Code::BadInput,
        RepositoryError::NoCommit => Code::Refused,
        RepositoryError::Failed(_) => Code::Outside,
    };
    Fault::new(code, error.to_string())
}

pub(crate) fn policy(diagnostics: &Diagnostics) -> Fault {
    let mut fault = Fault::new(Code::BadInput, diagnostics.to_string().trim_end().to_owned());
    fault.problems = problems(diagnostics);
    fault
}

/// The same for programs.
pub(crate) fn problems(diagnostics: &Diagnostics) -> Vec<Problem> {
    let one = |problem: &Diagnostic| Problem {
        severity: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
        .to_owned(),
        code: problem.code.as_str().to_owned(),
        line: problem.line,
        column: problem.column,
        length: problem.length,
        message: problem.message.clone(),
        help: problem.help.clone(),
    };
    diagnostics.problems.iter().map(one).collect()
}

pub(crate) fn credential(error: &CredentialError) -> Fault {
    let code = match error {
        CredentialError::Store(error) => return store(error),
        CredentialError::Unfit(_) | CredentialError::NoSuchTeam { .. } => Code::BadInput,
        CredentialError::NotConnected(_)
        | CredentialError::OtherOrigin { .. }
        | CredentialError::IdentityChanged { .. } => Code::Refused,
        CredentialError::Refused { .. } | CredentialError::Unreachable { .. } => Code::Outside,
    };
    Fault::new(code, error.to_string())
}

pub(crate) fn store(error: &StoreError) -> Fault {
    let code = match error {
        StoreError::NeedsPassphrase => Code::NeedsPassphrase,
        StoreError::WrongPassphrase => Code::BadInput,
        StoreError::Ambiguous { .. } | StoreError::Missing(_) => Code::Refused,
        _ => Code::Outside,
    };
    Fault::new(code, error.to_string())
}

pub(crate) fn key(error: &KeyError) -> Fault {
    match error {
        KeyError::Store(error) => store(error),
        KeyError::Lost(_) | KeyError::Foreign { .. } => Fault::new(Code::Refused, error.to_string()),
        KeyError::Absent(_) => Fault::new(Code::Outside, error.to_string()),
    }
}
