//! The handle by which rehearsals and tests hold a provider: everything that is not HTTP.

use crate::clock::Axis;
use crate::effect::By;
use crate::effect::Effect;
use crate::effect::Taken;
use crate::effect::What;
use crate::service;
use crate::service::Inner;
use crate::service::Limits;
use crate::service::Line;
use crate::service::Provider;
use crate::service::Stale;
use crate::setup::PartialJob;
use crate::setup::Setup;
use crate::show;
use crate::site::Affliction;
use crate::site::Sites;
use crate::trouble::Call;
use crate::trouble::Storm;
use crate::trouble::Trouble;
use crate::trouble::Troubles;
use crate::world::Ask;
use crate::world::Cause;
use crate::world::Refusal;
use crate::world::Rolling;
use crate::world::Source;
use crate::world::World;
use seaworthy_clock::Clock;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A running provider; it ends with this value, and its sites with it.
pub struct Practice {
    provider: Arc<Provider>,
    /// Addresses of production by project.
    productions: BTreeMap<String, String>,
    server: JoinHandle<()>,
}

/// What a third person does in the dashboard; done at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// Promotes a deployment.
    Promote(String),
    /// Rolls production back to a deployment.
    RollBack(String),
    /// Starts a rolling release of a deployment.
    Start(String),
    /// Approves the next stage of the rolling release.
    Approve,
    /// Completes the rolling release.
    Complete,
    /// Changes the stages, in percent; `None` switches rolling releases off.
    Stages(Option<Vec<f64>>),
    /// Switches automatic assignment of the production domains.
    AutoAssign(bool),
    /// Gives a domain to a deployment.
    Alias {
        /// The domain.
        name: String,
        /// The deployment.
        deployment: String,
    },
    /// Deletes a deployment that serves nobody.
    Delete(String),
    /// Pushes to the production branch; the build is ready at once.
    Push {
        /// The commit.
        commit: String,
    },
}

/// The provider does not allow it, in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// Status it would answer with.
    pub status: u16,
    /// Its words.
    pub message: String,
}

/// How a project stands, whoever asks and without moving anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Identifier of the project.
    pub project: String,
    /// Deployment that serves production, beside the canary if there is one.
    pub production: String,
    /// Who gets which share, in percent.
    pub shares: Vec<(String, f64)>,
    /// Where each production domain leads.
    pub domains: Vec<(String, String)>,
    /// Whether new production deployments take the domains.
    pub auto_assign: bool,
    /// Deployment that production was rolled back to.
    pub rolled_back_to: Option<String>,
    /// Every deployment that is not deleted with its address (host and port) and state, oldest first.
    pub deployments: Vec<(String, String, &'static str)>,
}

impl Practice {
    /// Starts a provider on a loopback port; must be called within a tokio runtime.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(clock: Arc<dyn Clock>, setup: Setup) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let sites = Sites::new(setup.seed);
        let (mut productions, mut hosts) = (BTreeMap::new(), Vec::new());
        for project in &setup.projects {
            productions.insert(project.name.clone(), sites.production(&project.name)?);
            hosts.push(sites.open().map_err(io::Error::other)?);
        }
        let mut axis = Axis::new(clock);
        let world = World::new(setup, axis.now(), hosts);
        let (troubles, limits) = (Troubles::default(), Limits::default());
        let inner = Inner { axis, world, troubles, limits, stale: None, revoked: false, taken: Vec::new() };
        // Of the system's randomness, never of the seed: whoever knows the seed must not know the bearer.
        let token = format!("practice_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let provider = Provider::new(inner, SecretString::from(token), address, sites);
        provider.sites.tie(&provider);
        let app = service::router(&provider);
        let app = app.into_make_service_with_connect_info::<service::Cord>();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(Line(listener), app).await {
                tracing::warn!(%error, "the practice provider ended");
            }
        });
        Ok(Self { provider, productions, server })
    }

    /// Origin of the interface, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.provider.address)
    }

    /// The one bearer it takes.
    #[must_use]
    pub fn token(&self) -> SecretString {
        self.provider.token.clone()
    }

    /// Identifier of the one team, which owns every project.
    #[must_use]
    pub fn team(&self) -> &'static str {
        show::account::TEAM_ID
    }

    /// Identifier of the user whom the bearer belongs to.
    #[must_use]
    pub fn user(&self) -> &'static str {
        show::account::USER_ID
    }

    /// Origin of a project's production for visitors, without a trailing slash; `None` for an unknown project.
    #[must_use]
    pub fn site(&self, project: &str) -> Option<String> {
        self.productions.get(project).map(|host| format!("http://{host}"))
    }

    /// Everything that changed, oldest first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.provider.inner().world.effects.clone()
    }

    /// Every call in the order in which they arrived, those that were lost on their way among them. The first ones, where
    /// there were more than are kept.
    #[must_use]
    pub fn calls(&self) -> Vec<Taken> {
        self.provider.inner().taken.clone()
    }

    /// Loses answers by chance from now on, until [`Practice::heal`].
    pub fn storm(&self, storm: Storm) {
        self.provider.inner().troubles.rage(Some(storm));
    }

    /// Makes the next call of this kind go wrong; several wait in line.
    pub fn trouble(&self, call: Call, trouble: Trouble) {
        self.provider.inner().troubles.add(call, trouble);
    }

    /// Ends all trouble that still waits, storms, stale reads and a revoked token.
    pub fn heal(&self) {
        let mut inner = self.provider.inner();
        inner.troubles.clear();
        inner.stale = None;
        inner.revoked = false;
        inner.world.next_build_fails = None;
        inner.world.next_job = None;
    }

    /// Lets every held call go on.
    pub fn release(&self) {
        self.provider.released.send_modify(|count| *count += 1);
    }

    /// Waits until a call was done whose answer never comes.
    pub async fn silenced(&self) {
        self.provider.silenced.notified().await;
    }

    /// After the next change, this many reads still answer as if it had not come.
    pub fn lag(&self, reads: u32) {
        self.provider.inner().stale = (reads > 0).then_some(Stale { reads, world: None });
    }

    /// Allows so many calls of this kind a minute.
    pub fn limit(&self, call: Call, total: u32) {
        self.provider.inner().limits.set(call, total);
    }

    /// Refuses the token from now on, or takes it again.
    pub fn revoke(&self, on: bool) {
        self.provider.inner().revoked = on;
    }

    /// Makes the build of the next new deployment fail.
    pub fn fail_next_build(&self, message: &str) {
        self.provider.inner().world.next_build_fails = Some(message.to_owned());
    }

    /// Makes the next promote or rollback move only some domains.
    pub fn spoil_next_job(&self, how: PartialJob) {
        self.provider.inner().world.next_job = Some(how);
    }

    /// Makes visitors of a deployment suffer; nothing in the list makes it healthy.
    pub fn afflict(&self, deployment: &str, afflictions: Vec<Affliction>) {
        self.provider.sites.afflict(deployment, afflictions);
    }

    /// How a project stands; `None` for an unknown one.
    #[must_use]
    pub fn standing(&self, project: &str) -> Option<Standing> {
        let inner = self.provider.inner();
        let found = inner.world.project(project).ok()?;
        let mut deployments: Vec<_> =
            inner.world.deployments.values().filter(|d| d.project == found.id).collect();
        deployments.sort_by_key(|d| d.created);
        let shown = deployments.iter().filter(|d| !d.deleted);
        let domains = found.aliases.iter().filter(|alias| alias.production);
        Some(Standing {
            project: found.id.clone(),
            production: found.production.clone(),
            shares: found.shares(),
            domains: domains.map(|alias| (alias.name.clone(), alias.deployment.clone())).collect(),
            auto_assign: found.auto_assign,
            rolled_back_to: found.rolled_back_to.clone(),
            deployments: shown.map(|d| (d.id.clone(), d.host.clone(), d.state.name())).collect(),
        })
    }

    /// A third person changes something.
    ///
    /// # Errors
    /// What the provider would tell them.
    pub fn drift(&self, project: &str, drift: Drift) -> Result<(), Refused> {
        let host = match drift {
            Drift::Push { .. } => self.provider.sites.open().unwrap_or_default(),
            _ => String::new(),
        };
        let world = &mut self.provider.inner().world;
        drifted(world, project, drift, host)
            .map_err(|refusal| Refused { status: refusal.status, message: refusal.message })
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn drifted(world: &mut World, project: &str, drift: Drift, host: String) -> Result<(), Refusal> {
    let cause = Cause { by: By::Somebody, operation: None };
    let found = world.project(project)?;
    let (id, name) = (found.id.clone(), found.name.clone());
    let canary = || found.active().map(|release| (release.stage, release.canary.clone()));
    match drift {
        Drift::Promote(to) => {
            world.promote(&id, &to, &cause)?;
            world.finish_job(&id);
        }
        Drift::RollBack(to) => {
            world.roll_back(&id, &to, Some("somebody was quicker".to_owned()), &cause)?;
            world.finish_job(&id);
        }
        Drift::Start(canary) => world.start(&id, &canary, &cause)?,
        Drift::Approve => {
            let (stage, canary) = canary().ok_or_else(|| Refusal::bad("no rolling release is under way"))?;
            #[expect(clippy::cast_precision_loss, reason = "at most ten stages")]
            world.approve(&id, (stage + 1) as f64, &canary, &cause)?;
        }
        Drift::Complete => {
            let (_, canary) = canary().ok_or_else(|| Refusal::bad("no rolling release is under way"))?;
            world.complete(&id, &canary, &cause)?;
        }
        Drift::Stages(stages) => {
            let stages = stages.map(|shares| shares.into_iter().map(|share| (share, None)).collect());
            let rolling = stages.map(|stages| Rolling::checked(stages, false)).transpose()?;
            world.configure(&id, rolling, &cause)?;
        }
        Drift::AutoAssign(on) => {
            world.project_mut(&id)?.auto_assign = on;
            world.record(What::Configured, &cause, &id, "");
        }
        Drift::Alias { name, deployment } => world.alias(&deployment, &name, &cause).map(drop)?,
        Drift::Delete(deployment) => {
            if !world.delete(&deployment, &cause) {
                return Err(Refusal::new(409, "conflict", format!("{deployment} serves production")));
            }
        }
        Drift::Push { commit } => {
            let git = serde_json::json!({
                "type": "github", "org": "practice", "repo": "harbor", "ref": "main", "sha": commit,
            });
            let ask = Ask {
                project: id,
                name,
                target: Some("production".to_owned()),
                auto_assign: None,
                source: Some(Source::Git(git)),
                redeploy_of: None,
                meta: BTreeMap::new(),
                inline: BTreeMap::new(),
                force_new: true,
            };
            let id = world.create(ask, || Ok(host), &cause)?;
            world.finish_build(&id);
        }
    }
    Ok(())
}
