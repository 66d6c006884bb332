//! Which command belongs to which line, and which legs live.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use api::routing::v1::{EdgeCommand, HangUp, LiveLeg, edge_command::Action};
use tokio::sync::mpsc;

#[derive(Debug, Default)]
pub(crate) struct Switchboard {
    state: Mutex<State>,
    stale: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    lines: HashMap<String, Plug>,
    legs: HashSet<(String, String)>,
}

/// A command may come before the answer that names its call: then it waits.
#[derive(Debug)]
struct Plug {
    commands: mpsc::UnboundedSender<EdgeCommand>,
    early: Option<mpsc::UnboundedReceiver<EdgeCommand>>,
}

impl Switchboard {
    /// The commands for a call, from the first.
    pub(crate) fn plug(&self, call: &str) -> mpsc::UnboundedReceiver<EdgeCommand> {
        let mut state = self.state();
        if let Some(early) = state.lines.get_mut(call).and_then(|plug| plug.early.take()) {
            return early;
        }
        let (commands, receiver) = mpsc::unbounded_channel();
        state.lines.insert(
            call.to_owned(),
            Plug {
                commands,
                early: None,
            },
        );
        receiver
    }

    pub(crate) fn unplug(&self, call: &str) {
        let mut state = self.state();
        state.lines.remove(call);
        state.legs.retain(|(other, _)| other != call);
    }

    pub(crate) fn deliver(&self, command: EdgeCommand) {
        let mut state = self.state();
        match &command.action {
            Some(Action::Ring(ring)) => {
                state
                    .legs
                    .insert((command.call_id.clone(), ring.leg_id.clone()));
            }
            Some(Action::HangUp(HangUp { leg_id, .. })) => {
                state
                    .legs
                    .remove(&(command.call_id.clone(), leg_id.clone()));
            }
            Some(Action::StopRinging(stop)) => {
                state
                    .legs
                    .remove(&(command.call_id.clone(), stop.leg_id.clone()));
            }
            _ => {}
        }
        let plug = state
            .lines
            .entry(command.call_id.clone())
            .or_insert_with(|| {
                let (commands, receiver) = mpsc::unbounded_channel();
                Plug {
                    commands,
                    early: Some(receiver),
                }
            });
        // A line that was put down wants no more commands.
        let _ = plug.commands.send(command);
    }

    pub(crate) fn lift(&self, call: &str, leg: &str) {
        self.state().legs.insert((call.to_owned(), leg.to_owned()));
    }

    pub(crate) fn drop_leg(&self, call: &str, leg: &str) {
        self.state().legs.remove(&(call.to_owned(), leg.to_owned()));
    }

    /// The mesh does not know the leg any more.
    pub(crate) fn hang_up(&self, call: &str, leg: &str) {
        let action = Action::HangUp(HangUp {
            leg_id: leg.to_owned(),
            cause: 0,
        });
        self.deliver(EdgeCommand {
            call_id: call.to_owned(),
            action: Some(action),
            ..EdgeCommand::default()
        });
    }

    pub(crate) fn legs(&self) -> Vec<LiveLeg> {
        let live = |(call, leg): &(String, String)| LiveLeg {
            call_id: call.clone(),
            leg_id: leg.clone(),
        };
        self.state().legs.iter().map(live).collect()
    }

    pub(crate) fn count_stale(&self) {
        self.stale.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stale(&self) -> u64 {
        self.stale.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
