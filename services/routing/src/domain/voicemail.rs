//! Voicemails and announcements: the caller speaks or listens, then it is over.

use core::time::Duration;

use super::{CommandAction, Event, Outcome, Rejected, State, decide::Step};

/// The longest recording.
const MAX_LENGTH: Duration = Duration::from_secs(180);
/// For the greeting.
const GREETING_ALLOWANCE: Duration = Duration::from_secs(60);

impl Step<'_> {
    pub(super) fn enter_voicemail(&mut self, owner: String) {
        self.call.state = State::InVoicemail {
            owner: owner.clone(),
            until: self.now + MAX_LENGTH + GREETING_ALLOWANCE,
        };
        self.events.push(Event::Voicemail {
            owner: owner.clone(),
        });
        self.command(CommandAction::RecordVoicemail {
            leg: self.call.caller,
            owner,
            max_length: MAX_LENGTH,
        });
    }

    /// The recording is kept somewhere; the call may be over already.
    pub(super) fn recorded(&mut self, location: String, length_ms: u64) -> Result<(), Rejected> {
        let over = self.call.is_ended();
        let owner = match &mut self.call.state {
            State::InVoicemail { owner, .. } => owner.clone(),
            State::Ended { voicemail, .. } => voicemail.take().ok_or(Rejected::Redundant)?,
            _ => return Err(Rejected::Conflict("not in a voicemail")),
        };
        let length = Duration::from_millis(length_ms);
        self.events.push(Event::Recorded {
            owner,
            location,
            length,
        });
        if !over {
            self.finish(Outcome::Voicemail, None);
            // Said: a second report of the same recording changes nothing.
            if let State::Ended { voicemail, .. } = &mut self.call.state {
                *voicemail = None;
            }
        }
        Ok(())
    }

    pub(super) fn voicemail_over(&mut self) {
        self.finish(Outcome::Voicemail, None);
    }

    /// The announcement is over, and with it the call.
    pub(super) fn played(&mut self) -> Result<(), Rejected> {
        let State::Announcing { outcome, .. } = self.call.state else {
            return Err(Rejected::Redundant);
        };
        self.finish(outcome, None);
        Ok(())
    }
}
