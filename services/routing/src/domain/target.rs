//! Going on to a target. Every way into a queue, group, menu or voicemail leads
//! through here, and each costs a hop.

use core::time::Duration;

use super::{CommandAction, Event, Outcome, State, Target, decide::Step};

/// How many targets a call may try.
const HOPS: u32 = 20;
/// The longest announcement.
const ANNOUNCEMENT_LIMIT: Duration = Duration::from_secs(60);
/// Played where the plan leads nowhere.
const NOT_IN_SERVICE: &str = "not-in-service";
/// Played when the hops are used up.
const CANNOT_CONNECT: &str = "cannot-connect";

impl Step<'_> {
    /// Sends the call to a target, for a reason that the timeline shows.
    pub(super) fn enter(&mut self, target: &Target, reason: &'static str) {
        self.call.hops += 1;
        if self.call.hops > HOPS {
            self.explain(format!("{HOPS} targets were tried: the chain ends"));
            self.announce(CANNOT_CONNECT, Outcome::Failed);
            return;
        }
        if self.plan.suspended {
            self.explain("the account is suspended: no call is taken");
            self.announce(CANNOT_CONNECT, Outcome::Rejected);
            return;
        }
        let name = target.name();
        self.explain(match name.as_str() {
            "" => format!("{reason}: leads nowhere"),
            name => format!("{reason}: leads to {name}"),
        });
        self.events.push(Event::Targeted {
            target: name,
            reason,
        });
        match target {
            Target::Extension(id) => self.enter_extension(*id),
            Target::RingGroup(id) => self.enter_ring_group(*id),
            Target::Queue(id) => self.enter_queue(*id),
            Target::Menu(id) => self.enter_menu(*id),
            Target::Voicemail(owner) => self.enter_voicemail(owner.clone()),
            Target::External(number) => self.ring_outside(number.clone()),
            Target::Announcement(prompt) => self.announce(prompt, Outcome::Rejected),
            Target::Unassigned => self.announce(NOT_IN_SERVICE, Outcome::Rejected),
        }
    }

    fn announce(&mut self, prompt: &str, outcome: Outcome) {
        self.call.state = State::Announcing {
            until: self.now + ANNOUNCEMENT_LIMIT,
            outcome,
        };
        self.command(CommandAction::Play {
            leg: self.call.caller,
            prompt: prompt.to_owned(),
            repeat: false,
        });
    }
}
