//! How calls end: somebody hangs up, gives up, or speaks to a machine.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use api::routing::v1::{CallOutcome, HangupCause, OfferEnd, QueueExit};

use super::Caller;
use crate::demo::{ledger::Moment, office};

impl Caller {
    /// The person ends the conversation.
    pub(crate) async fn person_hangs_up(mut self) -> anyhow::Result<()> {
        let talk = self
            .played
            .talk
            .clone()
            .context("nobody talks with this caller")?;
        let putting_down = self.line.put_down(&talk.leg_id, HangupCause::Normal);
        let (ended, answer) = self.stage.measure(putting_down).await;
        answer?;
        self.line.hung_up().await?;
        self.tell(format_args!(
            "{} hangs up",
            self.stage.office.name(&talk.person_id)
        ));
        self.end(CallOutcome::Answered, ended);
        Ok(())
    }

    /// The caller ends the conversation.
    pub(crate) async fn hangs_up(mut self) -> anyhow::Result<()> {
        let (ended, answer) = self.stage.measure(self.line.hang_up()).await;
        answer?;
        self.line.hung_up().await?;
        self.tell("the caller hangs up");
        self.end(CallOutcome::Answered, ended);
        Ok(())
    }

    /// The caller has waited enough; a phone that rings for them stops.
    pub(crate) async fn gives_up(mut self) -> anyhow::Result<()> {
        let (ended, answer) = self.stage.measure(self.line.hang_up()).await;
        answer?;
        if self.played.offers.iter().any(|offer| offer.end.is_none()) {
            self.line.stop_ringing().await?;
        }
        let withdrawn = Moment {
            earliest: ended.earliest,
            latest: self.stage.now(),
        };
        for offer in self
            .played
            .offers
            .iter_mut()
            .filter(|offer| offer.end.is_none())
        {
            offer.end = Some((OfferEnd::Withdrawn, withdrawn));
        }
        self.tell("the caller gives up");
        self.leave_line(QueueExit::Abandoned, ended);
        self.end(CallOutcome::Abandoned, ended);
        Ok(())
    }

    /// The caller is sent to a voicemail: by the menu or a phone, or because the
    /// wait was too long.
    pub(crate) async fn reaches_voicemail(&mut self, owner: &str) -> anyhow::Result<()> {
        let voicemail = self.line.voicemail().await?;
        ensure!(
            voicemail.owner_id == owner,
            "{}: the voicemail is of {}, not of {owner}",
            self.played.call_id,
            voicemail.owner_id
        );
        let earliest = self.cause.earliest + office::MAX_WAIT;
        let reached = Moment {
            earliest,
            latest: self.stage.now(),
        };
        self.leave_line(QueueExit::TooLong, reached);
        self.tell("the voicemail answers");
        Ok(())
    }

    /// The caller leaves a message and hangs up.
    pub(crate) async fn leaves_message(mut self, length: Duration) -> anyhow::Result<()> {
        let location = format!("demo://voicemail/{}", self.played.call_id);
        let (ended, answer) = self
            .stage
            .measure(self.line.recorded(&location, length))
            .await;
        answer?;
        self.line.hung_up().await?;
        self.played.voicemail = location;
        self.tell("the caller has left a message");
        self.end(CallOutcome::Voicemail, ended);
        Ok(())
    }

    fn end(&mut self, outcome: CallOutcome, at: Moment) {
        if let Some(talk) = &mut self.played.talk {
            talk.ended = Some(at);
        }
        self.played.end = Some((outcome, at));
        self.stage.enter(self.played.clone());
    }
}
