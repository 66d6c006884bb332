//! `EdgeCommand`, as it waits in the edge's stream. Its id is its place there, so it is filled
//! in when it is read.

use api::routing::v1::{self as proto, edge_command::Action};
use prost::Message;

use super::time::{duration, timestamp};
use crate::{
    domain::{Call, Command, CommandAction, HangupCause},
    live::edge::CommandId,
};

/// The bytes of one command, but for its id.
pub(crate) fn encode(call: &Call, command: &Command, traceparent: &str) -> Vec<u8> {
    let command = proto::EdgeCommand {
        command_id: String::new(),
        call_id: call.id.to_string(),
        epoch: command.token.map_or(0, |token| token.epoch),
        fence: command.token.map_or(0, |token| token.fence),
        time: Some(timestamp(call.touched)),
        traceparent: traceparent.to_owned(),
        action: Some(action(&command.action)),
    };
    command.encode_to_vec()
}

/// The command with its id.
pub(crate) fn decode(
    id: CommandId,
    bytes: &[u8],
) -> Result<proto::EdgeCommand, prost::DecodeError> {
    let mut command = proto::EdgeCommand::decode(bytes)?;
    command.command_id = id.to_string();
    Ok(command)
}

fn action(action: &CommandAction) -> Action {
    match action {
        CommandAction::Ring {
            leg,
            person,
            devices,
            external,
            from,
            via,
            timeout,
        } => Action::Ring(proto::Ring {
            leg_id: leg.to_string(),
            person_id: person.map_or_else(String::new, |person| person.to_string()),
            device_ids: devices.iter().map(ToString::to_string).collect(),
            external_number: external.clone(),
            from: from.clone(),
            via: via.clone(),
            timeout: Some(duration(*timeout)),
        }),
        CommandAction::StopRinging { leg } => Action::StopRinging(proto::StopRinging {
            leg_id: leg.to_string(),
        }),
        CommandAction::Play {
            leg,
            prompt,
            repeat,
        } => Action::Play(proto::Play {
            leg_id: leg.to_string(),
            prompt: prompt.clone(),
            repeat: *repeat,
        }),
        CommandAction::Collect {
            leg,
            collect,
            prompt,
            timeout,
        } => {
            Action::Collect(proto::Collect {
                leg_id: leg.to_string(),
                collect_id: collect.to_string(),
                prompt: prompt.clone(),
                // A menu's keys are one digit long.
                max_digits: 1,
                timeout: Some(duration(*timeout)),
            })
        }
        CommandAction::Connect { leg, other } => Action::Connect(proto::Connect {
            leg_id: leg.to_string(),
            other_leg_id: other.to_string(),
        }),
        CommandAction::Hold { leg } => Action::Hold(proto::Hold {
            leg_id: leg.to_string(),
        }),
        CommandAction::Unhold { leg } => Action::Unhold(proto::Unhold {
            leg_id: leg.to_string(),
        }),
        CommandAction::RecordVoicemail {
            leg,
            owner,
            max_length,
        } => Action::RecordVoicemail(proto::RecordVoicemail {
            leg_id: leg.to_string(),
            owner_id: owner.clone(),
            max_length: Some(duration(*max_length)),
        }),
        CommandAction::HangUp { leg, cause } => Action::HangUp(proto::HangUp {
            leg_id: leg.to_string(),
            cause: hangup_cause(*cause).into(),
        }),
    }
}

fn hangup_cause(cause: HangupCause) -> proto::HangupCause {
    match cause {
        HangupCause::Normal => proto::HangupCause::Normal,
        HangupCause::Declined => proto::HangupCause::Declined,
        HangupCause::Busy => proto::HangupCause::Busy,
        HangupCause::Failed => proto::HangupCause::Failed,
    }
}

impl From<proto::HangupCause> for HangupCause {
    fn from(cause: proto::HangupCause) -> Self {
        match cause {
            proto::HangupCause::Unspecified | proto::HangupCause::Normal => Self::Normal,
            proto::HangupCause::Declined => Self::Declined,
            proto::HangupCause::Busy => Self::Busy,
            proto::HangupCause::Failed => Self::Failed,
        }
    }
}
