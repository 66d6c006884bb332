//! One caller of the demo: does what callers and the phones they ring do, tells
//! it, and writes it into the ledger. How calls end stands in `ending`.

mod ending;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use api::routing::v1::{
    HangupCause, HoldCallRequest, OfferEnd, QueueExit, ResumeCallRequest, Ring,
    edge_command::Action,
};
use company::Desk;

use super::{
    ledger::{Moment, Offer, Played, Talk, Visit},
    office,
    stage::Stage,
};
use crate::answer::Doing as _;

/// No command takes longer than the longest wait, but for a busy machine.
const PATIENCE: Duration = office::MAX_WAIT.saturating_mul(3);
/// Time for a command that must not come.
const SILENCE: Duration = Duration::from_millis(150);

/// Somebody outside, on the line.
pub(crate) struct Caller {
    stage: Arc<Stage>,
    line: edge::Line,
    played: Played,
    /// When the last thing began that may have made a phone ring.
    cause: Moment,
}

impl Caller {
    /// `name` calls a number of the company.
    pub(crate) async fn dial(
        stage: &Arc<Stage>,
        name: &str,
        from: &str,
        number: &office::Line,
    ) -> anyhow::Result<Self> {
        let (arrived, line) = stage.measure(stage.edge.dial(from, &number.e164)).await;
        let line = line.with_context(|| format!("{name} cannot call {}", number.e164))?;
        let played = Played {
            call_id: line.call_id().to_owned(),
            from: from.to_owned(),
            dialled: number.e164.clone(),
            number_id: number.number_id.clone(),
            arrived,
            visits: Vec::new(),
            offers: Vec::new(),
            talk: None,
            voicemail: String::new(),
            end: None,
        };
        let line = line.with_patience(PATIENCE);
        let caller = Self {
            stage: stage.clone(),
            line,
            played,
            cause: arrived,
        };
        caller.tell(format_args!("{name} ({from}) calls {}", number.e164));
        Ok(caller)
    }

    /// What happens to this caller, for the reader.
    pub(crate) fn tell(&self, line: impl core::fmt::Display) {
        self.stage.story.tell(&self.played.call_id, line);
    }

    /// The caller is in the waiting line now, since what happened last.
    pub(crate) fn waits(&mut self, queue_id: &str) {
        self.played.visits.push(Visit {
            queue_id: queue_id.to_owned(),
            entered: self.cause,
            left: None,
        });
    }

    /// The menu asks, the caller presses a key.
    pub(crate) async fn press(&mut self, key: &str, meaning: &str) -> anyhow::Result<()> {
        let question = self.line.collect().await?;
        let (pressed, answer) = self.stage.measure(self.line.press(&question, key)).await;
        answer?;
        self.cause = pressed;
        self.tell(format_args!("presses {key} for {meaning}"));
        Ok(())
    }

    /// Waits until one phone rings, and says whose.
    pub(crate) async fn rings(&mut self) -> anyhow::Result<Ring> {
        let ring = self.line.ring().await?;
        let received = self.stage.now();
        self.line.ringing(&ring.leg_id).await?;
        self.played.offers.push(Offer {
            leg_id: ring.leg_id.clone(),
            person_id: ring.person_id.clone(),
            via_id: ring.via.clone(),
            made: Moment {
                earliest: self.cause.earliest,
                latest: received,
            },
            end: None,
        });
        self.tell(format_args!(
            "→ the phone of {} rings",
            self.stage.office.name(&ring.person_id)
        ));
        Ok(ring)
    }

    /// Waits until so many phones ring at once.
    pub(crate) async fn rings_all(&mut self, people: usize) -> anyhow::Result<Vec<Ring>> {
        let mut rings = Vec::new();
        while rings.len() < people {
            rings.push(self.rings().await?);
        }
        Ok(rings)
    }

    /// Fails if a person's phone has been told to ring for this caller.
    pub(crate) async fn never_rings(&mut self, person_id: &str) -> anyhow::Result<()> {
        // A command on its way would be here by then.
        while self.line.next(SILENCE).await.is_some() {}
        let rang = self.line.past().iter().any(|command| {
            matches!(&command.action, Some(Action::Ring(ring)) if ring.person_id == person_id)
        });
        let name = self.stage.office.name(person_id);
        ensure!(
            !rang,
            "{}: {name} is on a call, and yet their phone rang",
            self.played.call_id
        );
        Ok(())
    }

    /// A phone is picked up; the other phones of the call stop.
    pub(crate) async fn answer(&mut self, ring: &Ring) -> anyhow::Result<()> {
        let name = self.stage.office.name(&ring.person_id).to_owned();
        let (answered, connected) = self.stage.measure(self.line.answer(ring)).await;
        ensure!(
            connected?,
            "{}: {name} picked up and did not get the call",
            self.played.call_id
        );
        self.tell(format_args!("{name} answers"));
        let mut ringing = self
            .played
            .offers
            .iter()
            .filter(|offer| offer.end.is_none())
            .count();
        let mut stopped = Vec::new();
        while ringing > 1 {
            stopped.push(self.line.stop_ringing().await?.leg_id);
            ringing -= 1;
        }
        // The command may have come before the others were told to stop.
        if !self
            .line
            .past()
            .iter()
            .any(|command| matches!(command.action, Some(Action::Connect(_))))
        {
            self.line.connect().await?;
        }
        let all_stopped = self.stage.now();
        for offer in self
            .played
            .offers
            .iter_mut()
            .filter(|offer| offer.end.is_none())
        {
            let taken = Moment {
                earliest: answered.earliest,
                latest: all_stopped,
            };
            offer.end = Some(match offer.leg_id == ring.leg_id {
                true => (OfferEnd::Unspecified, answered),
                false => (OfferEnd::Taken, taken),
            });
        }
        if !stopped.is_empty() {
            let others = self
                .played
                .offers
                .iter()
                .filter(|offer| stopped.contains(&offer.leg_id));
            let others: Vec<_> = others
                .map(|offer| self.stage.office.name(&offer.person_id))
                .collect();
            self.tell(format_args!(
                "the others stop ringing: {}",
                others.join(", ")
            ));
        }
        self.leave_line(QueueExit::Answered, answered);
        self.played.talk = Some(Talk {
            leg_id: ring.leg_id.clone(),
            person_id: ring.person_id.clone(),
            via_id: ring.via.clone(),
            begun: answered,
            holds: Vec::new(),
            ended: None,
        });
        Ok(())
    }

    /// The phone that should ring is not there any more.
    pub(crate) async fn cannot_reach(&mut self, ring: &Ring) -> anyhow::Result<()> {
        let (missed, answer) = self
            .stage
            .measure(self.line.unreachable(&ring.leg_id))
            .await;
        answer?;
        self.end_offer(ring, OfferEnd::Unreachable, missed);
        self.cause = missed;
        let name = self.stage.office.name(&ring.person_id);
        self.tell(format_args!(
            "the phone of {name} cannot be reached, and the call goes on"
        ));
        Ok(())
    }

    /// The person presses decline.
    pub(crate) async fn decline(&mut self, ring: &Ring) -> anyhow::Result<()> {
        let declining = self.line.put_down(&ring.leg_id, HangupCause::Declined);
        let (declined, answer) = self.stage.measure(declining).await;
        answer?;
        self.end_offer(ring, OfferEnd::Declined, declined);
        self.cause = declined;
        self.tell(format_args!(
            "{} declines",
            self.stage.office.name(&ring.person_id)
        ));
        Ok(())
    }

    /// The person puts the caller on hold; returns when that was.
    pub(crate) async fn hold(&mut self) -> anyhow::Result<Moment> {
        let (desk, name) = self.desk_of_talker()?;
        let request = HoldCallRequest {
            request_id: company::request_id(),
            call_id: self.played.call_id.clone(),
        };
        let (held, answer) = self.stage.measure(desk.calls().hold_call(request)).await;
        answer.doing(&format!("put the caller of {name} on hold"))?;
        self.tell(format_args!("{name} puts the caller on hold"));
        Ok(held)
    }

    /// The person takes the caller back.
    pub(crate) async fn resume(&mut self, held: Moment) -> anyhow::Result<()> {
        let (desk, name) = self.desk_of_talker()?;
        let request = ResumeCallRequest {
            request_id: company::request_id(),
            call_id: self.played.call_id.clone(),
        };
        let (resumed, answer) = self.stage.measure(desk.calls().resume_call(request)).await;
        answer.doing(&format!("take the caller of {name} back"))?;
        if let Some(talk) = &mut self.played.talk {
            talk.holds.push(resumed.since(held));
        }
        self.tell(format_args!("{name} is back"));
        Ok(())
    }

    fn desk_of_talker(&self) -> anyhow::Result<(Desk, String)> {
        let Some(talk) = &self.played.talk else {
            bail!("nobody talks with this caller")
        };
        let person = self
            .stage
            .office
            .person(&talk.person_id)
            .context("a stranger talks")?;
        Ok((person.desk().clone(), person.name().to_owned()))
    }

    fn end_offer(&mut self, ring: &Ring, end: OfferEnd, at: Moment) {
        let offer = self
            .played
            .offers
            .iter_mut()
            .find(|offer| offer.leg_id == ring.leg_id);
        if let Some(offer) = offer {
            offer.end = Some((end, at));
        }
    }

    fn leave_line(&mut self, exit: QueueExit, at: Moment) {
        if let Some(visit) = self
            .played
            .visits
            .last_mut()
            .filter(|visit| visit.left.is_none())
        {
            visit.left = Some((exit, at));
        }
    }
}
