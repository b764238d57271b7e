//! What can be made to go wrong.

use seaworthy_practice::Affliction;

/// What can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The release fails four requests of ten.
    ErrorRate,
    /// The release answers far too slowly.
    Latency,
    /// Only the old version answers, whoever is asked for.
    NoData,
    /// The program dies after the intent is written.
    Crash,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 4] = [Self::ErrorRate, Self::Latency, Self::NoData, Self::Crash];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorRate => "error-rate",
            Self::Latency => "latency",
            Self::NoData => "no-data",
            Self::Crash => "crash",
        }
    }

    /// What visitors notice of it.
    pub(crate) fn affliction(self) -> Option<Affliction> {
        match self {
            Self::ErrorRate => Some(Affliction::Errors),
            Self::Latency => Some(Affliction::Slow),
            Self::NoData => Some(Affliction::Absent),
            Self::Crash => None,
        }
    }
}

impl std::str::FromStr for Fault {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|f| f.name() == text)
            .ok_or_else(|| format!("there is no fault \"{text}\"; there are {}", known()))
    }
}
