//! How people want to be told, and what was pressed on a notice.

use crate::engine::Engine;
use crate::fault;
use seaworthy_attention::Quiet;
use seaworthy_domain::Event;
use seaworthy_domain::ProjectId;
use seaworthy_domain::QuietHours;
use seaworthy_domain::ReleaseId;
use seaworthy_ports::Button;
use seaworthy_ports::Delivery;
use seaworthy_ports::Notice;
use seaworthy_ports::Press;
use seaworthy_wire::AttentionChange;
use seaworthy_wire::AttentionView;
use seaworthy_wire::Fault;
use seaworthy_wire::QuietChange;
use seaworthy_wire::QuietView;
use seaworthy_wire::Which;
use std::collections::BTreeSet;

/// Reason of a hold that is pressed on a notice.
const HELD_FROM_NOTICE: &str = "held from a notice";
const NO_NOTICES: &str = "a rehearsal shows none";

impl Engine {
    /// How people want to be told, after `change`.
    pub(crate) async fn attention(&self, change: Option<AttentionChange>) -> Result<AttentionView, Fault> {
        if let Some(change) = change {
            self.change_attention(&change)?;
        }
        let service = match &self.ports.notifier {
            None => Err(NO_NOTICES.to_owned()),
            Some(notifier) => notifier.service().await,
        };
        let wishes = self.core().wishes.clone();
        let quiet = wishes.quiet.map(|QuietHours { from, to, zone }| QuietView {
            from: from.format("%H:%M").to_string(),
            to: to.format("%H:%M").to_string(),
            zone,
        });
        let (service, problem) = match service {
            Ok(service) => (Some(service), None),
            Err(why) => (None, Some(why)),
        };
        Ok(AttentionView { quiet, names_hidden: wishes.names_hidden, service, problem })
    }

    fn change_attention(&self, change: &AttentionChange) -> Result<(), Fault> {
        let before = self.core().wishes.clone();
        let quiet = match &change.quiet {
            None => before.quiet.clone(),
            Some(QuietChange::Off) => None,
            Some(QuietChange::Hours { hours, zone }) => {
                Some(Quiet::read(hours, zone).map_err(|error| fault::bad_input(error.to_string()))?)
            }
        };
        let names_hidden = change.names_hidden.unwrap_or(before.names_hidden);
        if (&quiet, names_hidden) == (&before.quiet, before.names_hidden) {
            return Ok(());
        }
        let event = Event::NoticesSet { quiet, names_hidden };
        self.record_for_project(ProjectId(uuid::Uuid::nil()), &[event])
    }

    /// Shows a notice that is about nothing.
    pub(crate) async fn try_notice(&self) -> Result<(), Fault> {
        let Some(notifier) = &self.ports.notifier else { return Err(fault::refused(NO_NOTICES)) };
        let notice = Notice {
            slot: "trial".to_owned(),
            title: "Seaworthy can reach you".to_owned(),
            body: "This is a trial. Nothing happened.".to_owned(),
            urgent: false,
            holds: false,
        };
        match notifier.notify(notice).await {
            Delivery::Shown => Ok(()),
            Delivery::Undelivered(why) => Err(fault::outside(format!("no notice was shown: {why}"))),
        }
    }

    /// Does what a person pressed on a notice: holding and having seen it happen here. Answers with the release to
    /// show, where that was asked for: one, or none in particular.
    ///
    /// # Errors
    /// When the hold is refused.
    pub async fn press(&self, press: &Press) -> Result<Option<Option<ReleaseId>>, Fault> {
        let now = self.time.now().wall;
        let of = self.on_desktop.lock().await.get(&press.slot).cloned().unwrap_or_default();
        let releases: BTreeSet<ReleaseId> = of.iter().map(|key| key.release).collect();
        let one = releases.first().copied().filter(|_| releases.len() == 1);
        if press.button == Button::Hold {
            let Some(id) = one else { return Ok(None) };
            self.hold(&which(id), HELD_FROM_NOTICE)?;
        }
        for id in releases {
            self.seen(id, now).await;
        }
        Ok((press.button == Button::Open).then_some(one))
    }
}

fn which(id: ReleaseId) -> Which {
    Which { release: Some(id.to_string()), folder: None }
}
