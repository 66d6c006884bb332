//! One caller's line, and the phones that ring for it.

use std::{sync::Arc, time::Duration};

use api::routing::v1::{
    Collect, Connect, EdgeCommand, HangUp, HangupCause, Play, RecordVoicemail, ReportAnswerRequest,
    ReportDigitsRequest, ReportHangupRequest, ReportPlayedRequest, ReportRecordingRequest,
    ReportRingingRequest, ReportUnreachableRequest, Ring, StopRinging, edge_command::Action,
    edge_service_client::EdgeServiceClient,
};
use rpc::client::Peer;
use tokio::{sync::mpsc, time::timeout};

use crate::{EdgeError, switchboard::Switchboard};

const PATIENCE: Duration = Duration::from_secs(10);

/// A caller on the line. Dropping it forgets the line without hanging up.
#[derive(Debug)]
pub struct Line {
    call_id: String,
    leg_id: String,
    client: EdgeServiceClient<Peer>,
    commands: mpsc::UnboundedReceiver<EdgeCommand>,
    switchboard: Arc<Switchboard>,
    patience: Duration,
    past: Vec<EdgeCommand>,
}

macro_rules! wait_for {
    ($($(#[$doc:meta])* $method:ident => $variant:ident;)*) => {
        $(
            $(#[$doc])*
            ///
            /// Commands that come before it are kept in [`Line::past`].
            ///
            /// # Errors
            ///
            /// [`EdgeError::Silence`] when it does not come in time.
            pub async fn $method(&mut self) -> Result<$variant, EdgeError> {
                self.wait(stringify!($variant), |action| match action {
                    Action::$variant(inner) => Some(inner.clone()),
                    _ => None,
                })
                .await
            }
        )*
    };
}

impl Line {
    pub(crate) fn new(
        call_id: String,
        leg_id: String,
        client: EdgeServiceClient<Peer>,
        commands: mpsc::UnboundedReceiver<EdgeCommand>,
        switchboard: Arc<Switchboard>,
    ) -> Self {
        Self {
            call_id,
            leg_id,
            client,
            commands,
            switchboard,
            patience: PATIENCE,
            past: Vec::new(),
        }
    }

    /// How long to wait for a command; 10 s at first.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// `call_…`.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The caller's leg, `leg_…`.
    pub fn leg_id(&self) -> &str {
        &self.leg_id
    }

    /// Every command so far, in order.
    pub fn past(&self) -> &[EdgeCommand] {
        &self.past
    }

    wait_for! {
        /// Waits until a phone has to ring.
        ring => Ring;
        /// Waits until a phone has to stop ringing.
        stop_ringing => StopRinging;
        /// Waits until two legs are connected.
        connect => Connect;
        /// Waits for a prompt with a question.
        collect => Collect;
        /// Waits for a prompt.
        play => Play;
        /// Waits for the voicemail.
        voicemail => RecordVoicemail;
        /// Waits until a leg is hung up.
        hung_up => HangUp;
    }

    /// The next command, whatever it is; `None` when none comes in time.
    pub async fn next(&mut self, within: Duration) -> Option<EdgeCommand> {
        let command = timeout(within, self.commands.recv()).await.ok().flatten()?;
        self.past.push(command.clone());
        Some(command)
    }

    /// A phone has begun to ring.
    ///
    /// # Errors
    ///
    /// What routing answers; likewise below.
    pub async fn ringing(&mut self, leg_id: &str) -> Result<(), EdgeError> {
        let request = ReportRingingRequest {
            call_id: self.call_id.clone(),
            leg_id: leg_id.to_owned(),
        };
        self.client.report_ringing(request).await?;
        Ok(())
    }

    /// A phone has been picked up; says whether it has the call.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn answer(&self, ring: &Ring) -> Result<bool, EdgeError> {
        let request = ReportAnswerRequest {
            call_id: self.call_id.clone(),
            leg_id: ring.leg_id.clone(),
            device_id: ring.device_ids.first().cloned().unwrap_or_default(),
        };
        let connected = self
            .client
            .clone()
            .report_answer(request)
            .await?
            .into_inner()
            .connected;
        if !connected {
            self.switchboard.drop_leg(&self.call_id, &ring.leg_id);
        }
        Ok(connected)
    }

    /// A phone does not want the call, or its talk is over.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn put_down(&mut self, leg_id: &str, cause: HangupCause) -> Result<(), EdgeError> {
        self.switchboard.drop_leg(&self.call_id, leg_id);
        let request = ReportHangupRequest {
            call_id: self.call_id.clone(),
            leg_id: leg_id.to_owned(),
            cause: cause.into(),
        };
        self.client.report_hangup(request).await?;
        Ok(())
    }

    /// No phone of a leg could be reached.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn unreachable(&mut self, leg_id: &str) -> Result<(), EdgeError> {
        self.switchboard.drop_leg(&self.call_id, leg_id);
        let request = ReportUnreachableRequest {
            call_id: self.call_id.clone(),
            leg_id: leg_id.to_owned(),
        };
        self.client.report_unreachable(request).await?;
        Ok(())
    }

    /// The caller presses keys.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn press(&mut self, question: &Collect, digits: &str) -> Result<(), EdgeError> {
        let request = ReportDigitsRequest {
            call_id: self.call_id.clone(),
            collect_id: question.collect_id.clone(),
            digits: digits.to_owned(),
        };
        self.client.report_digits(request).await?;
        Ok(())
    }

    /// The last prompt has been played to its end.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn played(&mut self) -> Result<(), EdgeError> {
        let is_play = |command: &&EdgeCommand| matches!(command.action, Some(Action::Play(_)));
        let command_id = self
            .past
            .iter()
            .rev()
            .find(is_play)
            .map(|command| command.command_id.clone())
            .unwrap_or_default();
        let request = ReportPlayedRequest {
            call_id: self.call_id.clone(),
            command_id,
        };
        self.client.report_played(request).await?;
        Ok(())
    }

    /// The caller has left a voicemail.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn recorded(&mut self, location: &str, length: Duration) -> Result<(), EdgeError> {
        let request = ReportRecordingRequest {
            call_id: self.call_id.clone(),
            location: location.to_owned(),
            length: length.try_into().ok(),
        };
        self.client.report_recording(request).await?;
        Ok(())
    }

    /// The caller hangs up.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn hang_up(&mut self) -> Result<(), EdgeError> {
        let leg = self.leg_id.clone();
        self.put_down(&leg, HangupCause::Normal).await
    }

    async fn wait<T>(
        &mut self,
        wanted: &'static str,
        pick: impl Fn(&Action) -> Option<T>,
    ) -> Result<T, EdgeError> {
        let since = self.past.len();
        let found = timeout(self.patience, async {
            loop {
                // The sender lives in the switchboard as long as this line.
                let command = self.commands.recv().await?;
                self.past.push(command.clone());
                if let Some(found) = command.action.as_ref().and_then(&pick) {
                    return Some(found);
                }
            }
        })
        .await
        .ok()
        .flatten();
        found.ok_or_else(|| EdgeError::Silence {
            call: self.call_id.clone(),
            wanted,
            within: self.patience,
            instead: self.past[since..]
                .iter()
                .map(|command| format!("{:?}", command.action))
                .collect(),
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.switchboard.unplug(&self.call_id);
    }
}
