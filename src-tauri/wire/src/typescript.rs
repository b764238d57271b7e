//! TypeScript of the wire. Writing and checking are the same test: it fails when the committed files differ and, with
//! `SEAWORTHY_WRITE_WIRE=1`, writes them.

use crate::*;
use std::fmt::Write as _;
use ts_rs::Config;
use ts_rs::TS;

macro_rules! declare {
    ($text:expr, $config:expr; $($name:ty),+ $(,)?) => {
        $( let _ = writeln!($text, "\nexport {}", <$name as TS>::decl(&$config)); )+
    };
}

fn config() -> Config {
    Config::default().with_large_int("number")
}

fn declarations() -> String {
    let config = config();
    let mut text = String::from("// Generated from src-tauri/wire by its tests. Do not edit.\n");
    declare!(
        text, config;
        Fault,
        Code,
        MissingFact,
        Problem,
        Push,
        Request,
        Which,
        Forward,
        Saw,
        PracticeChange,
        Reply,
        PolicySummary,
        ApprovalView,
        StepPreview,
        CallView,
        CheckedLine,
        CheckLog,
        SeriesView,
        PointView,
        GapView,
        ExcessView,
        EventPage,
        EventView,
        EventGroup,
        EventDetail,
        LedgerView,
        HomeView,
        HomeRow,
        PhaseMark,
        TimerView,
        LaneView,
        WaitingView,
        ReportPage,
        DoctorView,
        DoctorLine,
        PracticeView,
        FaultView,
    );
    releases(&config, &mut text);
    rest(&config, &mut text);
    text
}

fn releases(config: &Config, text: &mut String) {
    declare!(
        text, *config;
        State,
        AlsoView,
        ReleaseCard,
        ReleaseView,
        ReleaseHead,
        HoldView,
        Bearing,
        Answer,
        PhaseView,
        GateView,
        CriterionView,
        ActView,
        ActKind,
        CheckView,
        RolloutView,
        StageView,
        ObservedView,
        GuardrailView,
        MetricView,
        OverView,
        WatchView,
        ArmedView,
        WayBackView,
        OperationView,
        DecisionView,
        HappenedView,
    );
}

fn rest(config: &Config, text: &mut String) {
    declare!(
        text, *config;
        NoticesView,
        NoticeView,
        UnheardView,
        AttentionView,
        QuietView,
        AttentionChange,
        QuietChange,
    );
    declare!(
        text, *config;
        Secret, ConnectOrder, ConnectPlan, ConnectFrom, ConnectionChange,
        ConnectionsView, ConnectionView, WantedView, StoreView, Stand, VaultView, KeyView,
    );
    declare!(text, *config; BundleView, Standing, EvidencePiece, EvidenceText, PersonView, BundleFile);
}

#[test]
fn committed_typescript_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/wire/wire.ts");
    let wanted = declarations();
    if std::env::var_os("SEAWORTHY_WRITE_WIRE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, wanted,
        "run `SEAWORTHY_WRITE_WIRE=1 cargo test -p seaworthy-wire` and commit the result"
    );
}
