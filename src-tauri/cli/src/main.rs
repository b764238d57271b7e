//! The `seaworthy` command line on the real machine.

use async_trait::async_trait;
use seaworthy_boot::PracticeFault;
use seaworthy_cli::FaultArg;
use seaworthy_cli::Rehearsal;
use seaworthy_cli::Rehearsed;
use seaworthy_cli::World;
use seaworthy_control::Handler;
use seaworthy_control::Role;
use seaworthy_wire::BundleView;
use seaworthy_wire::Code;
use seaworthy_wire::EvidenceText;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::mpsc;

fn main() -> ExitCode {
    seaworthy_cli::start(&Machine)
}

struct Machine;

#[async_trait]
impl World for Machine {
    fn home(&self) -> Result<PathBuf, Fault> {
        seaworthy_boot::home()
    }

    async fn engine(&self, home: &Path, role: Role) -> Result<Arc<dyn Handler>, Fault> {
        // Only with the lock held: two processes must not turn the same log over.
        seaworthy_boot::start_logs(home);
        let home = home.to_owned();
        // Verifying the ledger reads all of it.
        apart(move || seaworthy_boot::open(&home, role)).await
    }

    async fn init(&self, folder: &Path) -> Result<PathBuf, Fault> {
        let folder = folder.to_owned();
        apart(move || seaworthy_boot::init(&folder)).await
    }

    async fn verify(&self, file: &Path, expected: Option<String>) -> Result<BundleView, Fault> {
        let file = file.to_owned();
        apart(move || seaworthy_boot::read_bundle(&file, expected.as_deref())).await
    }

    async fn evidence(
        &self,
        file: &Path,
        digest: &str,
        expected: Option<String>,
    ) -> Result<EvidenceText, Fault> {
        let (file, digest) = (file.to_owned(), digest.to_owned());
        apart(move || seaworthy_boot::read_bundle_evidence(&file, &digest, expected.as_deref())).await
    }

    async fn rehearse(&self, plan: Rehearsal, pushes: mpsc::Sender<Push>) -> Result<Rehearsed, Fault> {
        let Rehearsal { home, fault, out } = plan;
        let fault = fault.map(|fault| match fault {
            FaultArg::ErrorRate => PracticeFault::ErrorRate,
            FaultArg::Latency => PracticeFault::Latency,
            FaultArg::NoData => PracticeFault::NoData,
            FaultArg::Crash => PracticeFault::Crash,
        });
        let say = move |line| {
            // A terminal that stands still loses lines of a story that the report tells again.
            drop(pushes.try_send(Push::Progress { release: None, line }));
        };
        let played = seaworthy_boot::play(&home, fault, out, say).await?;
        Ok(Rehearsed { view: Box::new(played.view), report: played.report })
    }
}

/// Runs what waits for the disk on a thread of its own.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let broke = |error| Fault::new(Code::Outside, format!("Seaworthy broke off: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(broke)?
}
