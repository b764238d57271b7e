// Generated from src-tauri/wire by its tests. Do not edit.

export type Fault = { 
/**
 * What to branch on.
 */
code: Code, 
/**
 * A lower-case fragment.
 */
message: string, 
/**
 * What to do about it, when the message does not say.
 */
help: string | null, 
/**
 * The facts that are missing, for [`Code::NotReady`].
 */
missing: Array<MissingFact>, 
/**
 * What is wrong in a file and where; absent when no file was read.
 */
problems?: Array<Problem>, };

export type Code = "not_ready" | "bad_input" | "unknown" | "refused" | "named_before" | "cancelled" | "needs_approval" | "needs_passphrase" | "outside" | "integrity" | "rolled_back";

export type MissingFact = { 
/**
 * `gate/criterion`.
 */
name: string, 
/**
 * Sentence of the criterion.
 */
title: string, 
/**
 * Its state.
 */
state: State, 
/**
 * Why.
 */
reason: string, 
/**
 * The command that would help.
 */
act: string | null, };

export type Problem = { 
/**
 * `error`, or `warning` when the file can be used in spite of it.
 */
severity: string, 
/**
 * Kind of the problem; the kinds stand in `docs/formats/policy.md`.
 */
code: string, 
/**
 * Line, counted from 1.
 */
line: number, 
/**
 * First character on the line, counted from 1.
 */
column: number, 
/**
 * How many characters it is about; 0 where something is missing.
 */
length: number, 
/**
 * A lower-case fragment.
 */
message: string, 
/**
 * What to write instead.
 */
help: string | null, };

export type Push = { "push": "releases", 
/**
 * All of them, newest first.
 */
releases: Array<ReleaseCard>, } | { "push": "release", 
/**
 * The release.
 */
view: ReleaseView, } | { "push": "ledger", 
/**
 * How it is now.
 */
view: LedgerView, } | { "push": "sampled", 
/**
 * The release.
 */
release: string, 
/**
 * Time of the newest.
 */
at: number, } | { "push": "output", 
/**
 * The release.
 */
release: string, 
/**
 * The check.
 */
check: string, 
/**
 * Identity of the run.
 */
run: string, 
/**
 * Counts from 0 within the run; a hole means pushes were dropped and the log should be read.
 */
seq: number, 
/**
 * Decoded text; bytes that are not UTF-8 are replaced.
 */
text: string, 
/**
 * Whether it came from standard error.
 */
err: boolean, } | { "push": "practice", 
/**
 * All of it.
 */
view: PracticeView, } | { "push": "progress", 
/**
 * The release, once there is one.
 */
release: string | null, 
/**
 * One line.
 */
line: string, };

export type Request = { "do": "releases" } | { "do": "status", which: Which, } | { "do": "policy_check", folder: string, } | { "do": "open", folder: string, version: string, } | { "do": "freeze", which: Which, } | { "do": "candidate", which: Which, revision: string | null, again: boolean, } | { "do": "approvals", which: Which, } | { "do": "approve", which: Which, digests: Array<string>, } | { "do": "check", which: Which, names: Array<string>, } | { "do": "cancel_check", which: Which, name: string, } | { "do": "check_log", which: Which, name: string, } | { "do": "attest", which: Which, criterion: string, note: string, } | { "do": "preview", which: Which, step: Forward, } | { "do": "move", which: Which, step: Forward, expect: string, } | { "do": "preview_rollback", which: Which, } | { "do": "rollback", which: Which, reason: string, emergency: boolean, } | { "do": "hold", which: Which, reason: string, } | { "do": "lift", which: Which, reason: string, } | { "do": "reconcile", which: Which, saw: Saw | null, } | { "do": "series", which: Which, guardrail: string, window_ms: number | null, } | { "do": "seen", which: Which, } | { "do": "attention", change: AttentionChange | null, } | { "do": "try_notice" } | { "do": "close", which: Which, summary: string, } | { "do": "abandon", which: Which, reason: string, } | { "do": "log", which: Which | null, search: string | null, group: EventGroup | null, before: number | null, limit: number, } | { "do": "event", seq: number, } | { "do": "ledger", verify: boolean, } | { "do": "home" } | { "do": "report", which: Which, } | { "do": "bundle", which: Which, without_logs: boolean, } | { "do": "doctor" } | { "do": "connections", folder: string | null, stores: boolean, } | { "do": "preview_connection", change: ConnectionChange, } | { "do": "connect", order: ConnectOrder, } | { "do": "test_connection", name: string, } | { "do": "remove_connection", name: string, } | { "do": "key" } | { "do": "new_key", vault: boolean, reason: string | null, } | { "do": "unlock", passphrase: Secret, } | { "do": "accept_regression", reason: string, } | { "do": "practice", change: PracticeChange | null, } | { "do": "subscribe" };

export type Which = { 
/**
 * Identity or version; without it the newest open release of the project in `folder`, and for a hold or a rollback
 * the release that has production. A project that has none is refused, never answered for by another.
 */
release: string | null, 
/**
 * Folder that was worked in; without it, the whole workspace is looked through.
 */
folder: string | null, };

export type Forward = { "step": "deploy", environment: string, } | { "step": "advance" };

export type Saw = "applied" | "absent";

export type PracticeChange = { "set": "speed", times: number, } | { "set": "paused", on: boolean, } | { "set": "fault", name: string, on: boolean, };

export type Reply = { "reply": "releases", "data": Array<ReleaseCard> } | { "reply": "release", "data": ReleaseView } | { "reply": "policy_fine", "data": PolicySummary } | { "reply": "approvals", "data": Array<ApprovalView> } | { "reply": "preview", "data": StepPreview } | { "reply": "log", "data": CheckLog } | { "reply": "series", "data": SeriesView } | { "reply": "events", "data": EventPage } | { "reply": "event", "data": EventDetail } | { "reply": "ledger", "data": LedgerView } | { "reply": "home", "data": HomeView } | { "reply": "report", "data": ReportPage } | { "reply": "bundle", "data": BundleFile } | { "reply": "doctor", "data": DoctorView } | { "reply": "connections", "data": ConnectionsView } | { "reply": "connection", "data": ConnectionView } | { "reply": "key", "data": KeyView } | { "reply": "attention", "data": AttentionView } | { "reply": "practice", "data": PracticeView } | { "reply": "done" };

export type PolicySummary = { 
/**
 * Title and version.
 */
title: string, 
/**
 * SHA-256 of the file.
 */
digest: string, 
/**
 * Counts, in words: `3 gates`, `9 criteria`.
 */
contents: Array<string>, 
/**
 * What is allowed and probably not meant, as it would be printed.
 */
warnings: string | null, };

export type ApprovalView = { 
/**
 * `check lint` or `target web: deploy`.
 */
subject: string, 
/**
 * What an approval would cover.
 */
digest: string, 
/**
 * Exact text, control characters made visible.
 */
text: string, 
/**
 * Whether exactly this is approved.
 */
approved: boolean, 
/**
 * The text approved before, when it differs.
 */
before: string | null, 
/**
 * Why it cannot be approved.
 */
problem: string | null, 
/**
 * What to know before approving it.
 */
warning: string | null, };

export type StepPreview = { 
/**
 * Question, such as `Advance sample 1.1.0 to 25 %?`.
 */
title: string, 
/**
 * Label of the button that does it.
 */
action: string, 
/**
 * Id of the release that was looked at; send it back as `which.release`. Empty where the question is about none.
 */
release: string, 
/**
 * Position it starts from; send it back as `expect`.
 */
expect: string, 
/**
 * Consequences, one sentence each.
 */
consequences: Array<string>, 
/**
 * Exactly what will be sent, once.
 */
calls: Array<CallView>, 
/**
 * Each thing that was checked just now.
 */
checks: Array<CheckedLine>, };

export type CallView = { 
/**
 * Verb.
 */
method: string, 
/**
 * Address, path or program.
 */
target: string, 
/**
 * Lines.
 */
body: Array<string>, };

export type CheckedLine = { 
/**
 * Whether it is as it should be.
 */
state: State, 
/**
 * One sentence.
 */
text: string, };

export type CheckLog = { 
/**
 * The check.
 */
check: string, 
/**
 * Identity of the run.
 */
run: string, 
/**
 * Decoded text.
 */
text: string, 
/**
 * Bytes in the middle that were not kept.
 */
dropped_bytes: number, };

export type SeriesView = { 
/**
 * The guardrail.
 */
guardrail: string, 
/**
 * Who measures: `prober`, or the name of a connection.
 */
source: string, 
/**
 * Unit of every value: `%`, `ms`, or empty for counts.
 */
unit: string, 
/**
 * Limit of the rule.
 */
limit: number, 
/**
 * Samples, ascending; at most 2,000, lowest and highest of each slot kept.
 */
points: Array<PointView>, 
/**
 * Spans without observation.
 */
gaps: Array<GapView>, 
/**
 * Spans over the limit.
 */
excesses: Array<ExcessView>, 
/**
 * Left end of the time axis.
 */
from: number, 
/**
 * Right end of the time axis.
 */
to: number, };

export type PointView = { 
/**
 * When.
 */
at: number, 
/**
 * Its value; absent when invalid.
 */
value: number | null, 
/**
 * Why it does not count.
 */
invalid: string | null, 
/**
 * Nobody looked then: it was fetched when a gap was over.
 */
filled: boolean, };

export type GapView = { 
/**
 * From.
 */
from: number, 
/**
 * To.
 */
to: number, 
/**
 * Cause in one word.
 */
cause: string, };

export type ExcessView = { 
/**
 * First sample over.
 */
from: number, 
/**
 * Last sample over.
 */
to: number, 
/**
 * Whether it lasted long enough to fire.
 */
fired: boolean, };

export type EventPage = { 
/**
 * The entries.
 */
events: Array<EventView>, 
/**
 * Pass as `before` for the next page.
 */
next: number | null, 
/**
 * Why the ledger cannot be relied on, as in [`ReleaseView::doubt`].
 */
doubt: string | null, };

export type EventView = { 
/**
 * Position in this device's chain.
 */
seq: number, 
/**
 * When.
 */
at: number, 
/**
 * Who.
 */
actor: string, 
/**
 * Kind.
 */
kind: string, 
/**
 * Glyph.
 */
state: State, 
/**
 * One sentence.
 */
text: string, 
/**
 * Release it belongs to.
 */
release: string | null, 
/**
 * Project and version of that release, as far as the engine knows it.
 */
release_name: string | null, 
/**
 * The call it is about, for what was sent and what came of it.
 */
call: string | null, 
/**
 * Whether it belongs to going back: such a call, or the hold that clears its way.
 */
back: boolean, 
/**
 * SHA-256 of its bytes.
 */
hash: string, };

export type EventGroup = "decisions" | "calls" | "evidence" | "gaps";

export type EventDetail = { 
/**
 * As in the list.
 */
event: EventView, 
/**
 * SHA-256 of the entry before it.
 */
previous: string | null, 
/**
 * The bytes that were hashed, as text that is laid out for reading.
 */
stored: string, };

export type LedgerView = { 
/**
 * pass when what was read back fits, pending before anything was, stale after a remark at the start, fail when
 * something does not fit.
 */
state: State, 
/**
 * Entries.
 */
events: number, 
/**
 * Entries whose chain was verified, counted from the first.
 */
verified: number, 
/**
 * When that was: at the start, or when somebody asked for it.
 */
verified_at: number, 
/**
 * SHA-256 of the newest entry.
 */
head: string | null, 
/**
 * What was looked at, and what does not fit.
 */
lines: Array<CheckedLine>, };

export type HomeView = { 
/**
 * Most urgent first, at most five.
 */
waiting: Array<WaitingView>, 
/**
 * How many things wait in all.
 */
waiting_total: number, 
/**
 * Open ones first, then newest first; of those that are over, the newest hundred.
 */
releases: Array<HomeRow>, 
/**
 * When this was computed, on the engine's clock.
 */
now: number, };

export type HomeRow = { 
/**
 * Name and state.
 */
card: ReleaseCard, 
/**
 * Title and version of its policy.
 */
policy: string, 
/**
 * Its phases, in order.
 */
phases: Array<PhaseMark>, 
/**
 * The four answers.
 */
bearing: Bearing, 
/**
 * The next thing to do.
 */
next: ActView | null, 
/**
 * What comes by itself, soonest first.
 */
timers: Array<TimerView>, 
/**
 * The watch over it, while it has production.
 */
lane: LaneView | null, };

export type PhaseMark = { 
/**
 * Title.
 */
title: string, 
/**
 * Worst of its gates.
 */
state: State, 
/**
 * It contains what the next step waits for.
 */
current: boolean, };

export type TimerView = { 
/**
 * When, if everything goes on as it does now.
 */
at: number, 
/**
 * fail for an automatic rollback, stale for a fact that becomes too old, pending for what then may end.
 */
state: State, 
/**
 * What, in a few words.
 */
text: string, };

export type LaneView = { 
/**
 * Since when it has traffic.
 */
from: number, 
/**
 * Until when somebody looked.
 */
to: number, 
/**
 * Spans between that nobody saw.
 */
gaps: Array<GapView>, };

export type WaitingView = { 
/**
 * Identity of the release.
 */
release: string, 
/**
 * Project and version.
 */
name: string, 
/**
 * How urgent.
 */
state: State, 
/**
 * The same in two words: `May move`, `On hold`.
 */
word: string, 
/**
 * What it is about.
 */
title: string, 
/**
 * Why, or what follows.
 */
line: string, 
/**
 * What to do about it; without one, it is to be looked at.
 */
act: ActView | null, };

export type ReportPage = { 
/**
 * Suggested file name.
 */
file_name: string, 
/**
 * The page.
 */
html: string, 
/**
 * Why it cannot be relied on, as in [`ReleaseView::doubt`].
 */
doubt: string | null, };

export type DoctorView = { 
/**
 * Lines, in order.
 */
lines: Array<DoctorLine>, };

export type DoctorLine = { 
/**
 * What was looked at.
 */
what: string, 
/**
 * How it is.
 */
state: State, 
/**
 * In words.
 */
text: string, };

export type PracticeView = { 
/**
 * Practice seconds in a real second, as asked for.
 */
speed: number, 
/**
 * Practice seconds in a real second now; slower while a decision is due.
 */
running_at: number, 
/**
 * Speeds to choose from.
 */
speeds: Array<number>, 
/**
 * Practice time stands still.
 */
paused: boolean, 
/**
 * Faults that can be switched.
 */
faults: Array<FaultView>, 
/**
 * The seed that replays it.
 */
seed: string, };

export type FaultView = { 
/**
 * Name to switch it by.
 */
name: string, 
/**
 * Title.
 */
title: string, 
/**
 * What it does.
 */
line: string, 
/**
 * Whether it is on.
 */
on: boolean, };

export type State = "pass" | "fail" | "inconclusive" | "no_data" | "stale" | "waived" | "not_applicable" | "pending" | "running" | "unknown" | "hold" | "armed" | "not_armed" | "incident" | "differs";

export type AlsoView = { 
/**
 * Its identity.
 */
release: string, 
/**
 * Its version.
 */
version: string, 
/**
 * Glyph of what it has.
 */
state: State, 
/**
 * In words: `1.1.0 has 20 % of production`.
 */
text: string, };

export type ReleaseCard = { 
/**
 * Identity.
 */
id: string, 
/**
 * Project.
 */
project: string, 
/**
 * Version.
 */
version: string, 
/**
 * Glyph.
 */
state: State, 
/**
 * Lifecycle in words.
 */
lifecycle: string, 
/**
 * Whether it is over.
 */
over: boolean, 
/**
 * Time of its newest event.
 */
updated: number, };

export type ReleaseView = { 
/**
 * Name and place in life.
 */
head: ReleaseHead, 
/**
 * Four answers.
 */
bearing: Bearing, 
/**
 * Phases with gates and criteria.
 */
phases: Array<PhaseView>, 
/**
 * What would it take, in working order.
 */
acts: Array<ActView>, 
/**
 * Checks of the policy with their newest run.
 */
checks: Array<CheckView>, 
/**
 * The ladder, the watches and the way back.
 */
rollout: RolloutView, 
/**
 * What people were told and have not seen, and what they could not be told.
 */
notices: NoticesView, 
/**
 * Newest first, at most 20.
 */
recent: Array<HappenedView>, 
/**
 * Why nothing here can be relied on: the ledger does not verify, or lost its newest events.
 */
doubt: string | null, 
/**
 * Other releases of the project that have production, or may have it.
 */
also: Array<AlsoView>, 
/**
 * When this was computed, on the engine's clock (practice time in a rehearsal).
 */
now: number, };

export type ReleaseHead = { 
/**
 * Identity.
 */
id: string, 
/**
 * Project.
 */
project: string, 
/**
 * Version.
 */
version: string, 
/**
 * `rc.2`.
 */
candidate: string | null, 
/**
 * Whole commit.
 */
commit: string | null, 
/**
 * Title and version of the policy in force.
 */
policy: string, 
/**
 * When the scope was frozen.
 */
frozen: number | null, 
/**
 * Lifecycle in words.
 */
lifecycle: string, 
/**
 * Exact place on the way, such as `stage:1`; forward steps send it back.
 */
position: string, 
/**
 * The release is over.
 */
over: boolean, 
/**
 * All traffic went back and no newer candidate was named.
 */
rolled_back: boolean, 
/**
 * A hold in force: reason, by whom, since when.
 */
hold: HoldView | null, 
/**
 * Nothing here counts for production.
 */
rehearsal: boolean, };

export type HoldView = { 
/**
 * Why.
 */
reason: string, 
/**
 * Who or what.
 */
by: string, 
/**
 * Since.
 */
at: number, };

export type Bearing = { 
/**
 * May I move?
 */
may_move: Answer, 
/**
 * What blocks me?
 */
blocks: Answer, 
/**
 * In production.
 */
production: Answer, 
/**
 * What happened?
 */
happened: Answer, };

export type Answer = { 
/**
 * Glyph and tint, where it is a verdict.
 */
state: State | null, 
/**
 * The answer.
 */
answer: string, 
/**
 * One line.
 */
line: string, };

export type PhaseView = { 
/**
 * Name in the policy.
 */
id: string, 
/**
 * Title.
 */
title: string, 
/**
 * Worst of its gates.
 */
state: State, 
/**
 * Criteria that hold.
 */
holding: number, 
/**
 * All criteria.
 */
total: number, 
/**
 * Gates.
 */
gates: Array<GateView>, 
/**
 * It contains what the next step waits for.
 */
current: boolean, };

export type GateView = { 
/**
 * Name in the policy.
 */
id: string, 
/**
 * Title.
 */
title: string, 
/**
 * Accountable role.
 */
owner: string, 
/**
 * What it guards, in words: `deploy to production`.
 */
guards: string | null, 
/**
 * Worst of its criteria.
 */
state: State, 
/**
 * When it was passed.
 */
passed: number | null, 
/**
 * Criteria.
 */
criteria: Array<CriterionView>, };

export type CriterionView = { 
/**
 * `gate/criterion`.
 */
name: string, 
/**
 * Sentence, or the rule.
 */
title: string, 
/**
 * Draw `title` in the fixed-width face.
 */
mono: boolean, 
/**
 * State.
 */
state: State, 
/**
 * Why, one sentence.
 */
reason: string, 
/**
 * What it rests on.
 */
source: string, 
/**
 * SHA-256 of the kept evidence.
 */
evidence: string | null, 
/**
 * When the fact was seen.
 */
seen: number | null, 
/**
 * When it stops counting by age.
 */
fresh_until: number | null, 
/**
 * Shown as it was at passage.
 */
at_passage: boolean, 
/**
 * Its check, where it has one.
 */
check: string | null, 
/**
 * It waits for a person's statement.
 */
attest: boolean, };

export type ActView = { 
/**
 * State of the fact it would change.
 */
state: State, 
/**
 * What to do.
 */
title: string, 
/**
 * Why, or what follows.
 */
line: string, 
/**
 * The command that does it.
 */
command: string | null, 
/**
 * What pressing its button asks for.
 */
kind: ActKind, };

export type ActKind = { "act": "run_check", check: string, } | { "act": "attest", criterion: string, } | { "act": "approve" } | { "act": "freeze" } | { "act": "candidate" } | { "act": "deploy", environment: string, } | { "act": "advance" } | { "act": "lift" } | { "act": "reconcile" } | { "act": "close" } | { "act": "wait" };

export type CheckView = { 
/**
 * Name.
 */
name: string, 
/**
 * Title.
 */
title: string, 
/**
 * The command or address.
 */
what: string, 
/**
 * State of the newest run.
 */
state: State, 
/**
 * One sentence.
 */
summary: string, 
/**
 * Candidate it ran on.
 */
candidate: string | null, 
/**
 * Identity of the newest run.
 */
run: string | null, 
/**
 * When it started.
 */
started: number | null, 
/**
 * How long it took.
 */
took_ms: number | null, 
/**
 * Whether this command was approved on this machine as it was when last read; whether it still is the same is asked
 * when it runs. `None` when nothing needs approval.
 */
approved: boolean | null, };

export type RolloutView = { 
/**
 * Stages, smallest share first.
 */
stages: Array<StageView>, 
/**
 * Guardrails.
 */
guardrails: Array<GuardrailView>, 
/**
 * Metrics of the policy as they were last measured, by name; empty before anybody looked.
 */
metrics: Array<MetricView>, 
/**
 * Watches.
 */
watches: Array<WatchView>, 
/**
 * Whether anybody is looking.
 */
armed: ArmedView, 
/**
 * Where traffic would go back to.
 */
way_back: WayBackView, 
/**
 * The operation that is open or unknown.
 */
operation: OperationView | null, 
/**
 * What is asked of the captain now.
 */
decision: DecisionView, };

export type StageView = { 
/**
 * Counted from 1.
 */
number: number, 
/**
 * Name.
 */
name: string, 
/**
 * Number before the percent sign.
 */
share: string, 
/**
 * pending, running (soaking), pass (done) …
 */
state: State, 
/**
 * `Soaking`, `Deciding`, `Done`, `Pending`.
 */
word: string, 
/**
 * `41 h 20 m of 48 h observed`.
 */
line: string, 
/**
 * Observed time of its soak.
 */
observed: ObservedView | null, 
/**
 * When it was entered.
 */
entered: number | null, };

export type ObservedView = { 
/**
 * Start of the span.
 */
from: number, 
/**
 * Observed milliseconds.
 */
observed_ms: number, 
/**
 * Needed milliseconds.
 */
needed_ms: number, 
/**
 * Milliseconds in gaps.
 */
lost_ms: number, 
/**
 * Observed part of the calendar time, `98.2%`.
 */
coverage: string, 
/**
 * Needed part.
 */
needed_coverage: string, 
/**
 * Gaps within it.
 */
gaps: Array<GapView>, };

export type GuardrailView = { 
/**
 * Name.
 */
name: string, 
/**
 * The rule as written.
 */
rule: string, 
/**
 * `roll back`, `hold`, `notify`.
 */
then: string, 
/**
 * pass (quiet), fail (over or fired), no_data, inconclusive, pending.
 */
state: State, 
/**
 * One sentence.
 */
line: string, 
/**
 * Over its limit, not yet long enough: how long, of how long.
 */
over: OverView | null, 
/**
 * Newest value in words: `0.21 %`.
 */
value: string | null, 
/**
 * When it was measured.
 */
seen: number | null, 
/**
 * Who measures it: `prober`, or the name of a connection.
 */
source: string, };

export type MetricView = { 
/**
 * Name in rules.
 */
name: string, 
/**
 * Who measures it: `prober`, or the name of a connection.
 */
source: string, 
/**
 * pass (fresh), stale, no_data.
 */
state: State, 
/**
 * Newest value that counts, in words with its unit: `0.21 %`.
 */
value: string | null, 
/**
 * When that was measured.
 */
seen: number | null, 
/**
 * Why the newest sample does not count; empty where it does.
 */
line: string, };

export type OverView = { 
/**
 * First sample over the limit.
 */
since: number, 
/**
 * Milliseconds so far.
 */
for_ms: number, 
/**
 * Milliseconds at which it fires.
 */
of_ms: number, };

export type WatchView = { 
/**
 * Name.
 */
name: string, 
/**
 * State.
 */
state: State, 
/**
 * One sentence.
 */
line: string, 
/**
 * Observed time, once begun.
 */
observed: ObservedView | null, };

export type ArmedView = { 
/**
 * armed, not_armed, fail (one over its limit), pending (nothing to arm).
 */
state: State, 
/**
 * `Armed 2 of 2, reacts within 75 s`.
 */
text: string, 
/**
 * Each precondition.
 */
lines: Array<CheckedLine>, };

export type WayBackView = { 
/**
 * pass when proven, no_data when not looked yet, fail when there is none.
 */
state: State, 
/**
 * In words.
 */
line: string, 
/**
 * When it was proven.
 */
seen: number | null, };

export type OperationView = { 
/**
 * Identity.
 */
id: string, 
/**
 * In words.
 */
what: string, 
/**
 * running or unknown.
 */
state: State, 
/**
 * One sentence.
 */
line: string, 
/**
 * When it was intended.
 */
at: number, };

export type DecisionView = { 
/**
 * Title of the panel: `Decide: Canary`.
 */
title: string, 
/**
 * pass when the next step is open, fail on a breach, pending when only time is missing.
 */
state: State, 
/**
 * One sentence.
 */
line: string, 
/**
 * Label of the forward step: `Advance to 25 %`.
 */
forward: string | null, 
/**
 * The forward step it stands for.
 */
step: Forward | null, 
/**
 * Whether pressing it would be refused.
 */
refusing: boolean, 
/**
 * When an automatic rollback is due if samples stay over the limit.
 */
rollback_due: number | null, };

export type HappenedView = { 
/**
 * Position in this device's chain.
 */
seq: number, 
/**
 * When.
 */
at: number, 
/**
 * Glyph.
 */
state: State, 
/**
 * One sentence.
 */
text: string, 
/**
 * Who.
 */
actor: string, };

export type NoticesView = { 
/**
 * What needs somebody and was not seen, most recent last.
 */
open: Array<NoticeView>, 
/**
 * What nobody could be told, newest first, at most 20. It stays after the release is over.
 */
unheard: Array<UnheardView>, };

export type NoticeView = { 
/**
 * One line.
 */
title: string, 
/**
 * One or two sentences.
 */
body: string, 
/**
 * When it was last said; absent before the first time.
 */
said: number | null, 
/**
 * How often.
 */
times: number, };

export type UnheardView = { 
/**
 * One line.
 */
title: string, 
/**
 * Why not.
 */
why: string, 
/**
 * When it was last tried.
 */
at: number, };

export type AttentionView = { 
/**
 * Hours in which nothing is told that can wait.
 */
quiet: QuietView | null, 
/**
 * Notices name no project, release or figure.
 */
names_hidden: boolean, 
/**
 * The service that shows notices; absent where `problem` says why none would be shown.
 */
service: string | null, 
/**
 * Why no notice would be shown now.
 */
problem: string | null, };

export type QuietView = { 
/**
 * `22:00`.
 */
from: string, 
/**
 * `07:00`.
 */
to: string, 
/**
 * Whose clock: `Europe/Berlin`.
 */
zone: string, };

export type AttentionChange = { 
/**
 * New quiet hours, or none.
 */
quiet: QuietChange | null, 
/**
 * Whether notices hide names.
 */
names_hidden: boolean | null, };

export type QuietChange = { "set": "off" } | { "set": "hours", hours: string, zone: string, };

export type Secret = string;

export type ConnectOrder = { 
/**
 * Everything but the token.
 */
plan: ConnectPlan, 
/**
 * The token.
 */
token: Secret, };

export type ConnectPlan = { 
/**
 * Name of the connection.
 */
name: string, 
/**
 * Where it is described.
 */
from: ConnectFrom, 
/**
 * Keep it in the passphrase vault instead of the keychain.
 */
vault: boolean, 
/**
 * The origin the name is connected for now, as the person saw it, when another one shall take its place.
 */
instead_of: string | null, 
/**
 * Plain http to this machine is meant.
 */
allow_loopback_http: boolean, };

export type ConnectFrom = { "from": "policy", 
/**
 * Folder of the project.
 */
folder: string, } | { "from": "typed", 
/**
 * `vercel` or `prometheus`.
 */
service: string, 
/**
 * Scheme, host and port.
 */
origin: string, 
/**
 * Team at Vercel.
 */
team: string | null, 
/**
 * User for basic authentication at Prometheus; bearer without it.
 */
user: string | null, 
/**
 * What stands before `/api/v1` at Prometheus.
 */
path: string | null, } | { "from": "pinned" };

export type ConnectionChange = { "change": "connect", 
/**
 * Which, and from what.
 */
plan: ConnectPlan, } | { "change": "remove", 
/**
 * Name of the connection.
 */
name: string, } | { "change": "unlock" };

export type ConnectionsView = { 
/**
 * By name.
 */
connections: Array<ConnectionView>, 
/**
 * How the passphrase vault stands.
 */
vault: VaultView, 
/**
 * The places that keep tokens, where the request wanted them asked.
 */
stores: Array<StoreView>, };

export type ConnectionView = { 
/**
 * Name.
 */
name: string, 
/**
 * `vercel` or `prometheus`.
 */
service: string, 
/**
 * The only place its token is sent to; where nothing is connected, the one the policy names.
 */
origin: string, 
/**
 * How it stands.
 */
stand: Stand, 
/**
 * The same as a glyph.
 */
state: State, 
/**
 * The same in words, with what to do.
 */
text: string, 
/**
 * Whose the token is, in words.
 */
identity: string | null, 
/**
 * Person or machine the token belongs to.
 */
user: string | null, 
/**
 * Team the connection is used in.
 */
team: string | null, 
/**
 * `keychain`, `vault` or `memory`.
 */
store: string | null, 
/**
 * When it was connected, or its token replaced.
 */
connected: number | null, 
/**
 * By whom.
 */
by: string | null, 
/**
 * When somebody last asked whether it works.
 */
tested: number | null, 
/**
 * When such a question was last answered with something that does not work, since it was connected.
 */
failed: number | null, 
/**
 * Policies that ask for it.
 */
wanted: Array<WantedView>, };

export type WantedView = { 
/**
 * Project and version of the open release, or the project alone.
 */
by: string, 
/**
 * Folder whose policy describes it as it is wanted here.
 */
folder: string | null, 
/**
 * Origin by that policy.
 */
origin: string, 
/**
 * Whether the connection is the one that is meant.
 */
met: boolean, };

export type StoreView = { 
/**
 * `keychain`, `vault` or `memory`.
 */
store: string, 
/**
 * How it stands.
 */
stand: Stand, 
/**
 * The same as a glyph.
 */
state: State, 
/**
 * In words, with what to do.
 */
text: string, };

export type Stand = "fine" | "none" | "token_free" | "other_origin" | "other_owner" | "refused" | "unreachable" | "locked" | "passphrase" | "absent" | "slow" | "ambiguous" | "missing" | "failed";

export type VaultView = "not_made" | "locked" | "open";

export type KeyView = { 
/**
 * pass while it can be used, pending before there is one, `not_armed` while its store does not give it.
 */
state: State, 
/**
 * One sentence.
 */
text: string, 
/**
 * The public half, 64 hexadecimal digits.
 */
key: string | null, 
/**
 * Counts the keys of this device; 0 before the first.
 */
number: number, 
/**
 * Where the secret half is kept.
 */
store: string | null, 
/**
 * When it was bound.
 */
bound: number | null, 
/**
 * By whom.
 */
by: string | null, };

export type BundleView = { 
/**
 * Whether it is the one that was expected.
 */
standing: Standing, 
/**
 * Identity of the release.
 */
release: string, 
/**
 * Name of the project.
 */
project: string, 
/**
 * Version.
 */
version: string, 
/**
 * Glyph of the release as it stood.
 */
state: State, 
/**
 * Where the release stood.
 */
lifecycle: string, 
/**
 * Nothing in it happened to production.
 */
rehearsal: boolean, 
/**
 * Title and version of the policy in force.
 */
policy: string, 
/**
 * `rc.2`, the newest.
 */
candidate: string | null, 
/**
 * Commit of the newest candidate.
 */
commit: string | null, 
/**
 * A hold in force: reason, by whom, since when.
 */
hold: HoldView | null, 
/**
 * Who says that it is theirs; nobody here vouches for it.
 */
person: string, 
/**
 * Their device.
 */
device: string, 
/**
 * Its key.
 */
key: string, 
/**
 * Hash of the newest event.
 */
head: string, 
/**
 * Eight words for signer and head, to be compared aloud.
 */
words: string, 
/**
 * When the bundle was made, by the maker's clock.
 */
made_at: number, 
/**
 * What its maker left out on purpose.
 */
left_out: Array<string>, 
/**
 * Evidence that its events name, in their order, whether or not it is in the file.
 */
evidence: Array<EvidencePiece>, 
/**
 * Gates as they stood when the bundle was made, from the policy in the file.
 */
phases: Array<PhaseView>, 
/**
 * Why there are no gates to show.
 */
unread: string | null, 
/**
 * Everybody who is named as having done something, in order of appearance.
 */
people: Array<PersonView>, 
/**
 * Every event, oldest first.
 */
events: Array<EventView>, 
/**
 * What nobody learns from the file, one sentence each. Shown wherever the rest is shown.
 */
not_proved: Array<string>, };

export type Standing = "expected" | "unknown" | "other";

export type EvidencePiece = { 
/**
 * SHA-256 of its bytes.
 */
digest: string, 
/**
 * What it is, in one word or two: `log`, `policy`, `pinned command`.
 */
kind: string, 
/**
 * What it is about.
 */
about: string, 
/**
 * Number of the entry that names it first.
 */
seq: number, 
/**
 * Whether it is in the file.
 */
here: boolean, 
/**
 * Its size, where it is.
 */
bytes: number | null, };

export type EvidenceText = { 
/**
 * Whether the bundle is the one that was expected.
 */
standing: Standing, 
/**
 * SHA-256 of the bytes.
 */
digest: string, 
/**
 * The beginning of it: bytes that are no text replaced, characters that hide or steer written out.
 */
text: string, 
/**
 * Size of the whole piece.
 */
bytes: number, 
/**
 * Bytes at its end that are not in `text`.
 */
dropped_bytes: number, };

export type PersonView = { 
/**
 * As their device named them.
 */
name: string, 
/**
 * Roles they stated something in.
 */
roles: Array<string>, 
/**
 * Entries of theirs.
 */
events: number, 
/**
 * The first of them.
 */
from: number, 
/**
 * The last.
 */
to: number, };

export type BundleFile = { 
/**
 * Where it lies: in the data directory until somebody moves it.
 */
file: string, 
/**
 * Name for it elsewhere.
 */
name: string, 
/**
 * Bytes.
 */
bytes: number, 
/**
 * Identity of the release.
 */
release: string, 
/**
 * Hash of the newest event.
 */
head: string, 
/**
 * Eight words for signer and head, to be told on another way.
 */
words: string, 
/**
 * What leaves this machine with it, one line each.
 */
contents: Array<string>, 
/**
 * What was left out on purpose.
 */
left_out: Array<string>, 
/**
 * What to know about it.
 */
notes: Array<string>, };
