//! For whoever asks production something else: the way to the candidate, and whether it was the one that answered.

use crate::ask::Asking;
use crate::identity::Expected;
use crate::tally::Claim;
use seaworthy_domain::policy::VersionFrom;
use seaworthy_http::Answer;
use seaworthy_http::Client;
use seaworthy_http::header::HeaderMap;
use seaworthy_ports::Probing;

/// Knows one deployment by its answers, as the prober does.
pub struct Witness<'a> {
    asking: Asking<'a>,
    expected: Expected,
    version: &'a VersionFrom,
}

impl<'a> Witness<'a> {
    /// A witness for the deployment that `probing` names.
    ///
    /// # Errors
    /// What cannot be asked at all.
    pub fn of(client: &'a Client, probing: &'a Probing) -> Result<Self, String> {
        let expected = Expected::of(probing);
        let asking = Asking::new(client, probing, &expected)?;
        Ok(Self { asking, expected, version: &probing.probe.version })
    }

    /// Headers that lead a request to the deployment.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.asking.headers()
    }

    /// Whether the deployment gave `answer`; `None` is one whose headers are not known. A version document is asked
    /// for now, over the same route.
    ///
    /// # Errors
    /// Who answered instead, or why nobody can tell.
    pub async fn vouch(&self, answer: Option<&Answer>) -> Result<(), String> {
        let document = match self.version {
            VersionFrom::Header(_) => None,
            VersionFrom::Json { path, field } => Some(self.asking.document(path, field).await),
        };
        let claim = match (answer, document) {
            (Some(answer), document) => self.asking.claim(answer, document.as_ref()),
            (None, Some(document)) => document,
            (None, None) => Claim::Unnamed("the answer does not show its version".to_owned()),
        };
        match claim {
            Claim::Named(saw) if self.expected.is(&saw) => Ok(()),
            Claim::Named(saw) => Err(format!("{saw} answered, not {}", self.expected.text())),
            Claim::Unnamed(why) => Err(why),
        }
    }
}
