//! A person's hash, read back. The fields are described in `lua/prelude/person.lua`.

use std::{collections::HashMap, str::FromStr};

use chrono::DateTime;
use ids::UserId;

use super::codes::Code;
use crate::domain::{Choice, Instant, Lock, Membership, Offer, Person, Token, WrapUp};

/// A field of a person's hash that no script of ours has written like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field {0:?} of a person is missing or wrong")]
pub struct Corrupt(pub String);

type Fields = HashMap<String, String>;

/// The person in a hash; `None` for an empty one, which is nobody.
pub(crate) fn decode(id: UserId, fields: &Fields) -> Result<Option<Person>, Corrupt> {
    if fields.is_empty() {
        return Ok(None);
    }
    let mut person = Person {
        id,
        version: required(fields, "version")?,
        state: word(fields, "state")?,
        state_time: instant(fields, "state_time")?,
        choice: Choice {
            mode: word(fields, "mode")?,
            source: word(fields, "mode_source")?,
            actor: fields.get("mode_actor").cloned(),
            until: optional(fields, "mode_until", instant)?,
            note: fields.get("mode_note").cloned(),
        },
        next_mode: optional(fields, "next_mode", word)?,
        devices: Default::default(),
        known_devices: listed(fields, "known_devices", ' ')?,
        lock: optional(fields, "lock_call", lock)?,
        offers: Default::default(),
        wrap_up: optional(fields, "wrap_until", wrap_up)?,
        misses: optional(fields, "misses", required)?.unwrap_or(0),
        not_responding: fields.contains_key("not_responding"),
        last_call_end: optional(fields, "last_call_end", instant)?,
        last_offered: optional(fields, "last_offered", instant)?,
        calls_today: optional(fields, "calls_today", required)?.unwrap_or(0),
        memberships: memberships(fields)?,
        logins: Default::default(),
        turns: Default::default(),
        suspended: fields.contains_key("suspended"),
        gone: fields.contains_key("gone"),
    };
    for (field, value) in fields {
        let Some((kind, name)) = field.split_once(':') else {
            continue;
        };
        let corrupt = || Corrupt(field.clone());
        match kind {
            "device" => {
                let lease = millis(value).ok_or_else(corrupt)?;
                person
                    .devices
                    .insert(name.parse().map_err(|_| corrupt())?, lease);
            }
            "offer" => {
                let offer = offer(value).ok_or_else(corrupt)?;
                person
                    .offers
                    .insert(name.parse().map_err(|_| corrupt())?, offer);
            }
            "login" => {
                person.logins.insert(name.parse().map_err(|_| corrupt())?);
            }
            "turn" => {
                let turn = value.parse().map_err(|_| corrupt())?;
                person
                    .turns
                    .insert(name.parse().map_err(|_| corrupt())?, turn);
            }
            _ => return Err(corrupt()),
        }
    }
    Ok(Some(person))
}

/// `'<que> <tier> <dynamic> <strategy> <order>;'`, as the scripts read it.
pub(crate) fn encode_memberships(memberships: &[Membership]) -> String {
    let mut text = String::new();
    for place in memberships {
        let Membership {
            queue,
            tier,
            dynamic,
            strategy,
            order,
        } = place;
        let (dynamic, strategy) = (u8::from(*dynamic), strategy.code());
        text.push_str(&format!("{queue} {tier} {dynamic} {strategy} {order};"));
    }
    text
}

fn memberships(fields: &Fields) -> Result<Vec<Membership>, Corrupt> {
    let text = fields.get("queues").map_or("", String::as_str);
    let place = |entry: &str| {
        let mut parts = entry.split(' ');
        Some(Membership {
            queue: parts.next()?.parse().ok()?,
            tier: parts.next()?.parse().ok()?,
            dynamic: parts.next()? == "1",
            strategy: Code::from_code(parts.next()?)?,
            order: parts.next()?.parse().ok()?,
        })
    };
    let entries = text.split_terminator(';').map(place);
    entries
        .collect::<Option<_>>()
        .ok_or_else(|| Corrupt("queues".to_owned()))
}

fn lock(fields: &Fields, _: &str) -> Result<Lock, Corrupt> {
    Ok(Lock {
        call: required(fields, "lock_call")?,
        leg: optional(fields, "lock_leg", required)?,
        phase: word(fields, "lock_phase")?,
        token: Token {
            epoch: required(fields, "lock_epoch")?,
            fence: required(fields, "lock_fence")?,
        },
        since: instant(fields, "lock_time")?,
        expires: instant(fields, "lock_expire")?,
    })
}

fn wrap_up(fields: &Fields, _: &str) -> Result<WrapUp, Corrupt> {
    Ok(WrapUp {
        until: instant(fields, "wrap_until")?,
        call: required(fields, "wrap_call")?,
        queue: optional(fields, "wrap_queue", required)?,
    })
}

fn offer(text: &str) -> Option<Offer> {
    let mut parts = text.split(' ');
    let token = Token {
        epoch: parts.next()?.parse().ok()?,
        fence: parts.next()?.parse().ok()?,
    };
    Some(Offer {
        token,
        expires: millis(parts.next()?)?,
    })
}

fn millis(text: &str) -> Option<Instant> {
    DateTime::from_timestamp_millis(text.parse().ok()?)
}

fn instant(fields: &Fields, name: &str) -> Result<Instant, Corrupt> {
    fields
        .get(name)
        .and_then(|text| millis(text))
        .ok_or_else(|| Corrupt(name.to_owned()))
}

fn word<T: Code>(fields: &Fields, name: &str) -> Result<T, Corrupt> {
    fields
        .get(name)
        .and_then(|text| T::from_code(text))
        .ok_or_else(|| Corrupt(name.to_owned()))
}

fn required<T: FromStr>(fields: &Fields, name: &str) -> Result<T, Corrupt> {
    fields
        .get(name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Corrupt(name.to_owned()))
}

fn optional<T>(
    fields: &Fields,
    name: &str,
    read: impl Fn(&Fields, &str) -> Result<T, Corrupt>,
) -> Result<Option<T>, Corrupt> {
    fields
        .contains_key(name)
        .then(|| read(fields, name))
        .transpose()
}

fn listed<T: FromStr>(fields: &Fields, name: &str, separator: char) -> Result<Vec<T>, Corrupt> {
    let text = fields.get(name).map_or("", String::as_str);
    let entries = text
        .split_terminator(separator)
        .map(|entry| entry.parse().ok());
    entries
        .collect::<Option<_>>()
        .ok_or_else(|| Corrupt(name.to_owned()))
}
