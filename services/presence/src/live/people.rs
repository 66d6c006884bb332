//! What people and their apps do, and what is due of them.

use std::{collections::HashMap, time::Duration};

use chrono::DateTime;
use ids::{AccountId, DeviceId, QueueId, UserId};
use live::{Call, Partition, Script};

use super::{
    Store,
    codes::Code,
    floor::{millis, traceparent},
    hash, script,
};
use crate::{
    domain::{Instant, Mode, Person, Source},
    error::Error,
};

/// A mode that somebody chooses for a person, from now on.
#[derive(Debug, Clone)]
pub struct ModeChange {
    /// What.
    pub mode: Mode,
    /// In which role.
    pub source: Source,
    /// Who chose, for the event and for colleagues.
    pub actor: UserId,
    /// When it ends by itself.
    pub until: Option<Instant>,
    /// Why; empty for no reason.
    pub note: String,
}

/// A mode for after the call and its rest; `None` takes an earlier wish back.
pub type Wish = Option<Mode>;

impl Store {
    /// A device is alive, and in use in the truncated network `used_in` unless that is empty.
    /// Returns when it counts as gone.
    pub async fn heartbeat(
        &self,
        account: AccountId,
        person: UserId,
        device: DeviceId,
        lease: Duration,
        used_in: &str,
    ) -> Result<Instant, Error> {
        let run = self
            .live
            .script(&script::HEARTBEAT)
            .key(&self.keys.person(account, person));
        let run = run
            .text(account)
            .text(person)
            .text(device)
            .arg(millis(lease));
        let expires: i64 = run.arg(traceparent()).arg(used_in).run().await?;
        DateTime::from_timestamp_millis(expires).ok_or(Error::Answer("heartbeat"))
    }

    /// Somebody chooses a person's mode.
    pub async fn set_mode(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        change: &ModeChange,
    ) -> Result<Person, Error> {
        let until = change
            .until
            .map(|until| until.timestamp_millis().to_string());
        let run = self
            .operation(&script::SET_MODE, account, "set_mode", request)
            .text(person)
            .arg(change.mode.code())
            .arg(change.source.code())
            .text(change.actor)
            .arg(until.unwrap_or_default())
            .arg(&change.note)
            .arg("0")
            .arg(traceparent());
        answered(person, run).await
    }

    /// A person chooses the mode for after their call.
    pub async fn queue_next_mode(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        wish: Wish,
    ) -> Result<Person, Error> {
        let run = self
            .operation(&script::SET_MODE, account, "queue_next_mode", request)
            .text(person)
            .arg(wish.map_or(0, Code::code))
            .arg(Source::Person.code())
            .text(person)
            .arg("")
            .arg("")
            .arg("1")
            .arg(traceparent());
        answered(person, run).await
    }

    /// A person ends their rest.
    pub async fn end_wrap_up(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
    ) -> Result<Person, Error> {
        let run = self.operation(&script::END_WRAP_UP, account, "end_wrap_up", request);
        answered(person, run.text(person).arg(traceparent())).await
    }

    /// A person who did not respond is back.
    pub async fn return_to_ready(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
    ) -> Result<Person, Error> {
        let run = self.operation(
            &script::RETURN_TO_READY,
            account,
            "return_to_ready",
            request,
        );
        answered(person, run.text(person).arg(traceparent())).await
    }

    /// A dynamic member joins (`true`) or leaves a queue.
    pub async fn log_in(
        &self,
        account: AccountId,
        request: &str,
        person: UserId,
        queue: QueueId,
        joins: bool,
    ) -> Result<Person, Error> {
        let verb = if joins { "log_in" } else { "log_out" };
        let run = self
            .operation(&script::LOG_IN, account, verb, request)
            .text(person)
            .text(queue);
        answered(person, run.arg(u8::from(joins)).arg(traceparent())).await
    }

    /// Ends what is due of a person. Returns whether there is such a person.
    pub async fn tick(&self, partition: Partition, person: UserId) -> Result<bool, Error> {
        let run = self
            .live
            .script(&script::TICK)
            .key(&self.keys.person_in(partition, person));
        Ok(run.text(person).run().await?)
    }

    /// A script with the memory of its answers and the account, as all of them begin.
    pub(crate) fn operation<'a>(
        &'a self,
        script: &'a Script,
        account: AccountId,
        verb: &str,
        name: &str,
    ) -> Call<'a> {
        let memory = self.keys.operation(account, verb, name);
        self.live
            .script(script)
            .key(&memory)
            .arg(self.memory_ms)
            .text(account)
    }
}

async fn answered(person: UserId, call: Call<'_>) -> Result<Person, Error> {
    let fields: HashMap<String, String> = call.run().await?;
    hash::decode(person, &fields)?.ok_or(Error::PersonUnknown)
}
