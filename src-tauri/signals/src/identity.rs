//! What the candidate calls itself.

use seaworthy_domain::policy::CandidateFacts;
use seaworthy_domain::policy::Identity;
use seaworthy_ports::Probing;

/// Fewest digits of a shortened commit; fewer are too easily somebody else's.
const COMMIT_DIGITS_MIN: usize = 7;

/// The identity that must answer.
pub(crate) struct Expected {
    identity: Identity,
    text: String,
}

impl Expected {
    pub(crate) fn of(probing: &Probing) -> Self {
        let identity = probing.probe.identity;
        let text = match identity {
            Identity::Commit => probing.commit.clone(),
            Identity::Version => probing.version.clone(),
            Identity::Deployment => probing.deployment.to_string(),
        };
        Self { identity, text }
    }

    /// By what is known of the candidate.
    pub(crate) fn among(identity: Identity, facts: &CandidateFacts) -> Self {
        let text = match identity {
            Identity::Commit => facts.commit.clone(),
            Identity::Version => facts.version.clone(),
            Identity::Deployment => facts.deployment.clone(),
        };
        Self { identity, text }
    }

    /// The identity as it is sent to the splitter.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `seen` names the candidate. A commit may be shortened, anything else must be the same.
    pub(crate) fn is(&self, seen: &str) -> bool {
        match self.identity {
            Identity::Commit => {
                let seen = seen.to_ascii_lowercase();
                seen.len() >= COMMIT_DIGITS_MIN && self.text.to_ascii_lowercase().starts_with(&seen)
            }
            Identity::Version | Identity::Deployment => seen == self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_commits_may_be_shortened() {
        let commit = Expected { identity: Identity::Commit, text: "9a3b77e01c5d2f64".into() };
        for seen in ["9a3b77e01c5d2f64", "9A3B77E", "9a3b77e01"] {
            assert!(commit.is(seen), "{seen}");
        }
        for seen in ["", "9a3b77", "9a3b77f", "9a3b77e01c5d2f640", "x9a3b77e"] {
            assert!(!commit.is(seen), "{seen}");
        }
        let version = Expected { identity: Identity::Version, text: "1.10.0".into() };
        assert!(version.is("1.10.0"));
        assert!(!version.is("1.10") && !version.is("v1.10.0") && !version.is("1.10.0 "));
    }

    proptest! {
        #[test]
        fn every_long_enough_beginning_is_the_commit(commit in "[0-9a-f]{40}", length in 0_usize..=40) {
            let expected = Expected { identity: Identity::Commit, text: commit.clone() };
            prop_assert_eq!(expected.is(&commit[..length]), length >= COMMIT_DIGITS_MIN);
        }
    }
}
