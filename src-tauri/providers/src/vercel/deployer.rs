//! The project as a target of the engine.

use super::api::Api;
use super::api::Line;
use super::known::Known;
use super::orders;
use super::orders::Call;
use super::orders::Move;
use super::rolling;
use super::state;
use super::state::Look;
use super::trouble::Trouble;
use super::upload;
use super::wire::Deployment;
use super::wire::RollingRelease;
use seaworthy_domain::DeploymentId;
use seaworthy_domain::Share;
use seaworthy_domain::operation::Act;
use seaworthy_domain::operation::EffectClass;
use seaworthy_domain::operation::Preview;
use seaworthy_domain::operation::TargetState;
use seaworthy_domain::policy::VercelSource;
use seaworthy_domain::policy::VercelTarget;
use seaworthy_http::Answer;
use seaworthy_http::StatusCode;
use seaworthy_http::Url;
use seaworthy_ports::Deployer;
use seaworthy_ports::Order;
use seaworthy_ports::Patience;
use seaworthy_ports::Place;
use seaworthy_ports::ReadError;
use seaworthy_ports::Sent;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// How long a build is waited for; Vercel stops builds after this time.
const BUILD_MAX: Duration = Duration::from_secs(45 * 60);
/// How long traffic is waited for; Vercel's own client gives up after this time too.
const TRAFFIC_MAX: Duration = Duration::from_secs(3 * 60);

/// Deploys to one project at Vercel.
pub(crate) struct VercelDeployer {
    api: Api,
    folder: PathBuf,
    known: Known,
}

impl VercelDeployer {
    pub(crate) fn new(target: &VercelTarget, place: &Place, line: Line, known: Known) -> Self {
        Self { api: Api::new(line, target.clone()), folder: place.folder.clone(), known }
    }

    fn target(&self) -> &VercelTarget {
        &self.api.target
    }

    /// Under which ids are remembered: names of projects repeat between teams.
    fn home(&self) -> String {
        let VercelTarget { connection, project, .. } = self.target();
        format!("{connection}/{project}")
    }

    async fn look(&self) -> Result<Look, Trouble> {
        let look = Look::at(&self.api).await?;
        let names = look.names();
        self.known.learn(&self.home(), names.into_iter().map(|(id, name)| (name, id)));
        Ok(look)
    }

    /// Vercel's id of a deployment, as far as it is known without asking.
    fn id_of(&self, name: &DeploymentId) -> Option<String> {
        if name.0.starts_with("dpl_") {
            return Some(name.0.clone());
        }
        self.known.id_of(&self.home(), name)
    }

    async fn place(&self, order: &Order) -> Result<Sent, Sent> {
        let before = Trouble::before_mutation;
        let project = self.api.project().await.map_err(before)?;
        let config = self.api.rolling_config(&project).await.map_err(before)?;
        rolling::agree(self.target().rolling.as_deref(), config.as_ref()).map_err(Sent::Refused)?;
        let files = self.upload(order).await?;
        let name = project.name.as_deref().unwrap_or(&project.id);
        let answer = self.send_call(order, &orders::create(self.target(), name, order, files)).await?;
        // From here on it is created; what cannot be read is found by its mark.
        let made: Deployment = answer.json().map_err(|e| Trouble::from(e).of_mutation())?;
        let Some(id) = made.id() else {
            return Err(Sent::Unknown("Vercel created a deployment and did not say which".to_owned()));
        };
        self.known.learn(&self.home(), [(order.step.deployment.clone(), id.to_owned())]);
        Ok(Sent::Accepted { url: made.url.as_deref().and_then(state::address) })
    }

    async fn upload(&self, order: &Order) -> Result<Value, Sent> {
        let VercelSource::Upload(source) = &self.target().source else { return Ok(Value::Null) };
        let (folder, source) = (self.folder.clone(), source.clone());
        let files = tokio::task::spawn_blocking(move || upload::files(&folder, &source)).await;
        let files = files.map_err(|error| Sent::NotSent(format!("reading the files broke off: {error}")))?;
        let files = files.map_err(Sent::NotSent)?;
        // Stored files are no deployment: whatever becomes of them, nothing was placed.
        upload::send(&self.api, order.operation, &files)
            .await
            .map_err(|trouble| Sent::NotSent(format!("the upload did not finish: {trouble}")))?;
        Ok(files.iter().map(upload::File::listed).collect())
    }

    async fn shift(&self, order: &Order, share: Share) -> Result<Sent, Sent> {
        let movement = orders::movement(self.target().rolling.as_deref(), share).map_err(Sent::Refused)?;
        let look = self.look().await.map_err(Trouble::before_mutation)?;
        let name = &order.step.deployment;
        let id =
            look.id_of(name).ok_or_else(|| Sent::Refused(format!("{name} is not at Vercel any more")))?;
        self.may(&look, &id, movement).await?;
        let call = orders::shift(&self.target().project, &id, movement);
        let answer = self.send_call(order, &call).await?;
        if movement == Move::Promote && answer.status == StatusCode::ACCEPTED {
            let why = "Vercel put it behind a rolling release that is under way; it follows by itself";
            return Err(Sent::Unknown(why.to_owned()));
        }
        accepted(&answer)
    }

    /// Refuses what would do something else than it says: a second promote completes a rolling release, and approving
    /// or completing is only right from the stage before.
    async fn may(&self, look: &Look, id: &str, movement: Move) -> Result<(), Sent> {
        let ladder = self.target().rolling.as_deref();
        if matches!(movement, Move::Promote | Move::Start) {
            if let Some(release) = look.active() {
                let canary = &release.canary_deployment.id;
                return Err(Sent::Refused(format!("a rolling release of {canary} is under way at Vercel")));
            }
            let config = self.api.rolling_config(&look.project).await.map_err(Trouble::before_mutation)?;
            return rolling::agree(ladder, config.as_ref()).map_err(Sent::Refused);
        }
        let release = look.active().filter(|release| release.canary_deployment.id == id);
        let release = release
            .ok_or_else(|| Sent::Refused(format!("no rolling release of {id} is under way at Vercel")))?;
        let ladder = ladder.unwrap_or_default();
        rolling::agree_under_way(ladder, release).map_err(Sent::Refused)?;
        let next = match movement {
            Move::Approve(index) => index,
            _ => u32::try_from(ladder.len().saturating_sub(1)).unwrap_or(u32::MAX),
        };
        from_the_stage_before(release, next)
    }

    async fn roll_back(&self, order: &Order, to: &DeploymentId, reason: &str) -> Result<Sent, Sent> {
        let id = match self.id_of(to) {
            Some(id) => id,
            None => {
                let look = self.look().await.map_err(Trouble::before_mutation)?;
                look.id_of(to).ok_or_else(|| Sent::Refused(format!("{to} is not at Vercel any more")))?
            }
        };
        accepted(&self.send_call(order, &orders::roll_back(&self.target().project, &id, reason)).await?)
    }

    async fn send_call(&self, order: &Order, call: &Call) -> Result<Answer, Sent> {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let query: Vec<(&str, &str)> = call.query.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.api.post(order.operation, &path, &query, &call.body).await.map_err(Trouble::of_mutation)
    }

    /// The call of an order, with a word in place of what only a look can tell.
    fn call(&self, order: &Order) -> Result<Call, String> {
        let target = self.target();
        let id = |name| self.id_of(name).unwrap_or_else(|| format!("<Vercel's id of {name}>"));
        Ok(match &order.step.act {
            Act::Place => {
                let files = Value::from("<every file, by its SHA-1 and size>");
                orders::create(target, "<the project's name>", order, files)
            }
            Act::SetShare { share, .. } => {
                let movement = orders::movement(target.rolling.as_deref(), *share)?;
                orders::shift(&target.project, &id(&order.step.deployment), movement)
            }
            Act::RollBack { to, reason } => orders::roll_back(&target.project, &id(to), reason),
        })
    }

    /// What a person should know before the call, line by line.
    fn consequences(&self, act: &Act) -> Vec<String> {
        let words: &[&str] = match act {
            Act::Place => &["staged: no domain of production leads to it"],
            Act::SetShare { share, .. } if *share == Share::FULL => {
                &["accepted before it is done; it is looked at until every domain of production follows"]
            }
            Act::SetShare { .. } => &[],
            Act::RollBack { .. } => &[
                "accepted before it is done; looked at until production is back and stays there",
                "environment variables and cron jobs go back with the build",
                "a rolling release under way stops",
                "Vercel stops assigning production domains by itself until a deployment is promoted",
                "on the Hobby plan only the deployment right before this one can be chosen",
            ],
        };
        words.iter().map(|line| format!("# {line}")).collect()
    }
}

/// Vercel accepts with JSON or with nothing at all; a page comes from somebody in between, who may have kept the call.
fn accepted(answer: &Answer) -> Result<Sent, Sent> {
    if answer.body.is_empty() || answer.is_json() {
        return Ok(Sent::Accepted { url: None });
    }
    Err(Sent::Unknown(
        "the answer is a page and not Vercel's; somebody in between may have kept the call".to_owned(),
    ))
}

/// The release must stand right before the stage it is to enter.
fn from_the_stage_before(release: &RollingRelease, next: u32) -> Result<(), Sent> {
    let index = release.active_stage.as_ref().and_then(|stage| stage.index);
    if index.is_some_and(|index| index + 1 == next) {
        return Ok(());
    }
    let stands = index.map_or("at no stage".to_owned(), |index| format!("at stage {}", index + 1));
    Err(Sent::Refused(format!(
        "the rolling release stands {stands} at Vercel, and stage {} was to follow",
        next + 1
    )))
}

#[async_trait::async_trait]
impl Deployer for VercelDeployer {
    fn preview(&self, order: &Order) -> Preview {
        let target = &self.target().at.origin;
        let call = match self.call(order) {
            Ok(call) => call,
            Err(why) => {
                return Preview { method: "nothing".to_owned(), target: target.to_string(), body: vec![why] };
            }
        };
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let query: Vec<(&str, &str)> = call.query.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let target = self.api.url(&path, &query).map_or_else(|e| e.to_string(), |url| readable(&url));
        let mut body = Vec::new();
        if let (Act::Place, VercelSource::Upload(folder)) = (&order.step.act, &self.target().source) {
            body.push(format!("# after POST /v2/files for each file of {}", folder.display()));
        }
        body.extend(serde_json::to_string_pretty(&call.body).unwrap_or_default().lines().map(str::to_owned));
        body.extend(self.consequences(&order.step.act));
        Preview { method: "POST".to_owned(), target, body }
    }

    fn effect(&self, order: &Order) -> EffectClass {
        let movement = orders::share_of(&order.step.act)
            .and_then(|share| orders::movement(self.target().rolling.as_deref(), share).ok());
        match (&order.step.act, movement) {
            // Its mark finds it again.
            (Act::Place, _) => EffectClass::Reconcilable,
            // Going back to where production is already is refused as a conflict.
            (Act::RollBack { .. }, _) => EffectClass::Idempotent,
            (Act::SetShare { .. }, Some(Move::Approve(_))) => EffectClass::CompareAndSet,
            // A second start or promote may complete what the first began; the state shows whether there was a first.
            (Act::SetShare { .. }, _) => EffectClass::Reconcilable,
        }
    }

    fn patience(&self, act: &Act) -> Patience {
        let pauses = self.api.pauses();
        let (pause, max) = match act {
            Act::Place => (pauses.build, BUILD_MAX),
            Act::SetShare { .. } | Act::RollBack { .. } => (pauses.traffic, TRAFFIC_MAX),
        };
        let looks = max.as_millis() / pause.as_millis().max(1) + 1;
        Patience { looks: u32::try_from(looks).unwrap_or(u32::MAX), pause, quiet: pauses.quiet }
    }

    async fn acquaint(&self) {
        if let Err(trouble) = self.look().await {
            tracing::info!(%trouble, "Vercel could not be asked for its names");
        }
    }

    async fn read(&self) -> Result<TargetState, ReadError> {
        let look = self.look().await?;
        Ok(look.state(&self.api).await?)
    }

    async fn send(&self, order: &Order) -> Sent {
        let sent = match &order.step.act {
            Act::Place => self.place(order).await,
            Act::SetShare { share, .. } => self.shift(order, *share).await,
            Act::RollBack { to, reason } => self.roll_back(order, to, reason).await,
        };
        sent.unwrap_or_else(|other| other)
    }
}

/// An address as people read it: what was escaped only for travelling is not.
fn readable(url: &Url) -> String {
    let (before, query) = url.as_str().split_once('?').unwrap_or((url.as_str(), ""));
    let before = before.replace("%3C", "<").replace("%3E", ">").replace("%20", " ").replace("%27", "'");
    if query.is_empty() { before } else { format!("{before}?{query}") }
}
