//! What was measured and written down during the sample release.

use crate::sample::MINUTE;
use crate::sample::at;
use crate::sample::gap;
use crate::sample::hash;
use seaworthy_wire::*;

/// Repeatable noise between 0 and 1.
fn noise(step: i64) -> f64 {
    let word =
        (step as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (word >> 40) as f64 / f64::from(1_u32 << 24)
}

/// Two attempts: rc.1 for 22 minutes, rc.2 until the watch ended.
fn points(value: impl Fn(Millis, f64) -> f64) -> Vec<PointView> {
    let asleep = at(38, 4)..at(38, 52);
    let looked = (0..).map(|n| at(3, 0) + n * 3 * MINUTE).take_while(|t| *t <= at(80, 0));
    let live = looked.filter(|t| (*t <= at(3, 22) || *t >= at(26, 12)) && !asleep.contains(t));
    live.enumerate()
        .map(|(n, t)| match n % 700 {
            650 => PointView {
                at: t,
                value: None,
                invalid: Some("answered by another version".to_owned()),
                filled: false,
            },
            n => PointView { at: t, value: Some(value(t, noise(n as i64))), invalid: None, filled: false },
        })
        .collect()
}

fn gaps() -> Vec<GapView> {
    vec![
        gap(at(3, 21), at(26, 12), "no sample"),
        gap(at(38, 2), at(38, 54), "asleep"),
        gap(at(80, 0), at(103, 0), "no sample"),
    ]
}

pub(crate) fn errors() -> SeriesView {
    let broken = at(3, 12)..=at(3, 22);
    let value =
        move |t: Millis, noise: f64| if broken.contains(&t) { 2.1 + noise } else { 0.12 + 0.3 * noise };
    SeriesView {
        guardrail: "errors".to_owned(),
        source: "prober".to_owned(),
        unit: "%".to_owned(),
        limit: 1.0,
        points: points(value),
        gaps: gaps(),
        excesses: vec![ExcessView { from: at(3, 12), to: at(3, 17), fired: true }],
        from: at(3, 0),
        to: at(103, 0),
    }
}

pub(crate) fn latency() -> SeriesView {
    let value = |t: Millis, noise: f64| 148.0 + 60.0 * noise + if t > at(55, 20) { 22.0 } else { 0.0 };
    SeriesView {
        guardrail: "slow".to_owned(),
        source: "prober".to_owned(),
        unit: "ms".to_owned(),
        limit: 400.0,
        points: points(value),
        gaps: gaps(),
        excesses: Vec::new(),
        from: at(3, 0),
        to: at(103, 0),
    }
}

#[rustfmt::skip]
pub(crate) fn events() -> Vec<EventView> {
    let mara = "Mara Lindqvist";
    let told: &[(i64, i64, &str, &str, &str)] = &[
        (0, 0, mara, "release.opened", "Opened harbour-ferry 2.4.0 under Web service v3"),
        (0, 12, mara, "release.frozen", "Froze scope and policy (Web service v3)"),
        (1, 0, mara, "candidate.named", "Named rc.1, commit 3f1c9a70"),
        (1, 4, "engine", "check.finished", "Check passed: exit status 0 in 11 s"),
        (1, 9, "engine", "check.finished", "Check passed: exit status 0, 409 tests in 1 min 38 s"),
        (2, 30, "Lena Brandt", "attestation.made", "Attested as support: Support knows what changes (briefed the day shift)"),
        (2, 58, mara, "gate.passed", "Gates passed for deploy:production, 4 criteria"),
        (2, 58, "engine", "way_back.pinned", "The way back in production is web-2.3.1"),
        (2, 59, mara, "op.intended", "Placing web-rc.1 in production without traffic"),
        (2, 59, "engine", "op.outcome", "web-rc.1 is placed in production, without traffic"),
        (3, 0, mara, "op.intended", "Giving web-rc.1 5 % of production"),
        (3, 0, "engine", "op.outcome", "It took effect"),
        (3, 17, "engine", "guardrail.breached", "errors breached, rolling back: 2.6 % is over 1 % for 5 min, 412 requests"),
        (3, 17, "engine", "op.intended", "Rolling production back to web-2.3.1: errors breached"),
        (3, 18, "engine", "op.outcome", "Nobody knows whether it took effect: connection reset after 31 s"),
        (3, 19, "engine", "op.observed", "Looked: it took effect (all traffic on web-2.3.1)"),
        (3, 19, "engine", "notice.given", "Notified: harbour-ferry 2.4.0 was rolled back"),
        (3, 40, mara, "hold.set", "On hold: find out why rc.1 cannot reach the session store"),
        (24, 50, mara, "hold.lifted", "Hold lifted: the address of the session store was missing"),
        (25, 0, mara, "candidate.named", "Named rc.2, commit 9d7e41c0"),
        (25, 20, "engine", "check.finished", "Check passed: exit status 0, 412 tests in 1 min 41 s"),
        (26, 2, "Lena Brandt", "attestation.made", "Attested as support: Support knows what changes (briefed the evening shift)"),
        (26, 10, mara, "gate.passed", "Gates passed for deploy:production, 4 criteria"),
        (26, 12, mara, "op.intended", "Giving web-rc.2 5 % of production"),
        (26, 12, "engine", "op.outcome", "It took effect"),
        (30, 14, "engine", "stage.soaked", "Stage 1 soaked, 4 h observed"),
        (30, 20, mara, "op.intended", "Giving web-rc.2 25 % of production"),
        (30, 20, "engine", "op.outcome", "It took effect"),
        (38, 52, "engine", "gap.recorded", "Nobody looked for 48m (asleep)"),
        (55, 10, "engine", "stage.soaked", "Stage 2 soaked, 24 h observed"),
        (55, 20, mara, "op.intended", "Giving web-rc.2 100 % of production"),
        (55, 20, "engine", "op.outcome", "It took effect"),
        (79, 21, "engine", "watch.ended", "Watch first-day over, 24 h observed of 24 h"),
        (80, 0, mara, "release.closed", "Closed: two attempts, one rollback after 5 minutes"),
    ];
    let (mut call, mut back) = (0, false);
    told.iter().zip(1..).map(|((hours, minutes, actor, kind, text), seq)| {
        if *kind == "op.intended" {
            (call, back) = (call + 1, text.starts_with("Rolling"));
        }
        let of_call = kind.starts_with("op.");
        EventView {
            seq,
            at: at(*hours, *minutes),
            actor: (*actor).to_owned(),
            kind: (*kind).to_owned(),
            state: if text.contains("Nobody knows") { State::Unknown } else { State::Pass },
            text: (*text).to_owned(),
            release: None,
            release_name: None,
            call: of_call.then(|| format!("call-{call}")),
            back: of_call && back,
            hash: hash(seq * 10),
        }
    }).collect()
}
