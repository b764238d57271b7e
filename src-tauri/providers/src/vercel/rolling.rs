//! Rolling releases: whether Vercel means by them what the policy means.

use super::wire::RollingConfig;
use super::wire::RollingRelease;
use super::wire::Stage;
use seaworthy_domain::Share;

/// What it would take to agree, for the end of a refusal.
const AGREE: &str = "make them equal in the project's settings or in the policy";

/// Refuses a project whose rolling releases are not the policy's ladder: other shares, or stages that end by themselves.
pub(super) fn agree(wanted: Option<&[Share]>, config: Option<&RollingConfig>) -> Result<(), String> {
    let (wanted, config) = match (wanted, config) {
        (None, None) => return Ok(()),
        (None, Some(config)) => {
            return Err(format!(
                "the project has rolling releases ({}) and the policy says `rolling = false`; a promote would \
                 start one, so {AGREE}",
                shares(config.stages.as_deref().unwrap_or_default())
            ));
        }
        (Some(wanted), None) => {
            return Err(format!(
                "the policy's stages are {} and the project has no rolling releases; {AGREE}",
                listed(wanted)
            ));
        }
        (Some(wanted), Some(config)) => (wanted, config),
    };
    let stages = config.stages.as_deref().unwrap_or_default();
    by_hand(config.advancement_type.as_deref(), stages)?;
    same(wanted, stages)
}

/// Refuses a release under way that is not the policy's ladder.
pub(super) fn agree_under_way(wanted: &[Share], release: &RollingRelease) -> Result<(), String> {
    let stages = release.stages.as_deref().unwrap_or_default();
    by_hand(release.advancement_type.as_deref(), stages)?;
    same(wanted, stages)
}

fn same(wanted: &[Share], stages: &[Stage]) -> Result<(), String> {
    let theirs: Option<Vec<Share>> = stages.iter().map(Stage::share).collect();
    if theirs.as_deref() == Some(wanted) {
        return Ok(());
    }
    Err(format!(
        "the policy's stages are {} and the project's are {}; {AGREE}",
        listed(wanted),
        shares(stages)
    ))
}

/// Stages that end by themselves would move traffic without a gate, a soak or a person.
fn by_hand(advancement: Option<&str>, stages: &[Stage]) -> Result<(), String> {
    let last = stages.len().saturating_sub(1);
    let alone = |stage: &Stage| match stage.require_approval {
        Some(approved) => !approved,
        None => stage.duration.is_some(),
    };
    let automatic = advancement == Some("automatic")
        || stages.iter().take(last).any(|stage| alone(stage) || stage.linear_shift == Some(true));
    if automatic {
        return Err(
            "the project's rolling releases advance by themselves, past every gate of the policy; set them \
                    to manual approval"
                .to_owned(),
        );
    }
    Ok(())
}

fn shares(stages: &[Stage]) -> String {
    if stages.is_empty() {
        return "none".to_owned();
    }
    let shares: Vec<_> =
        stages.iter().map(|stage| stage.share().map_or("?".to_owned(), |share| share.to_string())).collect();
    shares.join(", ")
}

fn listed(shares: &[Share]) -> String {
    let shares: Vec<_> = shares.iter().map(Share::to_string).collect();
    shares.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ladder(shares: &[&str]) -> Vec<Share> {
        shares.iter().map(|share| share.parse().unwrap()).collect()
    }

    fn config(json: serde_json::Value) -> RollingConfig {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_the_same_ladder_by_hand_agrees() {
        let manual = config(json!({ "advancementType": "manual-approval", "target": "production",
            "stages": [{ "targetPercentage": 5 }, { "targetPercentage": 25.0 }, { "targetPercentage": 1e2 }] }));
        let wanted = ladder(&["5%", "25%", "100%"]);
        assert_eq!(agree(Some(&wanted), Some(&manual)), Ok(()));
        assert_eq!(agree(None, None), Ok(()));
        let approved = config(json!({ "stages": [
            { "targetPercentage": 5, "requireApproval": true, "duration": 10 },
            { "targetPercentage": 25, "requireApproval": true }, { "targetPercentage": 100 }] }));
        assert_eq!(agree(Some(&wanted), Some(&approved)), Ok(()));
        let said = |wanted: Option<&[Share]>, config| agree(wanted, config).unwrap_err();
        let other = ladder(&["10%", "100%"]);
        let automatic = config(json!({ "advancementType": "automatic", "stages": [] }));
        let timed =
            config(json!({ "stages": [{ "targetPercentage": 5, "duration": 10 }, { "targetPercentage": 25 },
            { "targetPercentage": 100 }] }));
        let shifting = config(
            json!({ "stages": [{ "targetPercentage": 5, "requireApproval": true, "linearShift": true },
            { "targetPercentage": 100 }] }),
        );
        insta::assert_snapshot!(
            [
                said(None, Some(&manual)),
                said(Some(&wanted), None),
                said(Some(&other), Some(&manual)),
                said(Some(&wanted), Some(&automatic)),
                said(Some(&wanted), Some(&timed)),
                said(Some(&wanted), Some(&shifting)),
                said(Some(&wanted), Some(&config(json!({ "stages": null })))),
                said(Some(&wanted), Some(&config(json!({ "stages": [{ "targetPercentage": 500 }] })))),
            ]
            .join("\n")
        );
    }
}
