//! Service keys.

use api::{access::v1::Permission, identity::v1 as wire};
use chrono::{DateTime, TimeDelta, Utc};
use fault::At;
use prost_types::{Duration, Timestamp};

use super::timestamp;
use crate::{
    app::service_key::NewKey,
    domain::{
        network::Network,
        service_key::{
            DEFAULT_LIFE, DEFAULT_OVERLAP, InvalidScopes, MAX_LIFE, MAX_NETWORKS, MAX_OVERLAP,
            Scopes, ServiceKey,
        },
    },
};

/// More than there are permissions.
const MAX_PERMISSIONS: usize = 64;

pub(in crate::grpc) fn to_wire(key: &ServiceKey) -> wire::ServiceKey {
    let last = key.last_use.as_ref();
    wire::ServiceKey {
        key_id: key.id.to_string(),
        display_name: key.name.to_string(),
        permissions: key
            .scopes
            .as_slice()
            .iter()
            .map(|it| (*it).into())
            .collect(),
        networks: key.networks.iter().map(ToString::to_string).collect(),
        expire_time: timestamp(key.expires),
        created_by: key.created_by.clone(),
        create_time: timestamp(key.created),
        rotate_time: timestamp(key.rotated),
        former_expire_time: key.former.and_then(|(_, until)| timestamp(until)),
        revoke_time: key.revoked.and_then(timestamp),
        last_use_time: last.and_then(|last| timestamp(last.at)),
        last_use_network: last.map(|last| last.network.clone()).unwrap_or_default(),
    }
}

/// A key that somebody wants.
pub(in crate::grpc) fn new(
    at: &mut At<'_>,
    key: Option<wire::ServiceKey>,
    now: DateTime<Utc>,
) -> Option<NewKey> {
    let key = at.required("service_key", key)?;
    let mut at = at.at("service_key");
    let name = at.parse("display_name", &key.display_name);
    let scopes = scopes(&mut at, &key.permissions);
    let networks = networks(&mut at, &key.networks);
    let expires = expires(&mut at, key.expire_time, now);
    Some(NewKey {
        name: name?,
        scopes: scopes?,
        networks: networks?,
        expires: expires?.unwrap_or(now + DEFAULT_LIFE),
    })
}

fn scopes(at: &mut At<'_>, numbers: &[i32]) -> Option<Scopes> {
    let few = at.must(
        numbers.len() <= MAX_PERMISSIONS,
        "permissions",
        format_args!("must be at most {MAX_PERMISSIONS}"),
    );
    if !few {
        return None;
    }
    let mut permissions = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        let known = Permission::try_from(*number).ok();
        let known = known.filter(|permission| *permission != Permission::Unspecified);
        if known.is_none() {
            at.index("permissions", index).here("must be a permission");
        }
        permissions.push(known);
    }
    let permissions: Vec<Permission> = permissions.into_iter().collect::<Option<_>>()?;
    match Scopes::new(permissions.iter().copied()) {
        Ok(scopes) => Some(scopes),
        Err(problem @ InvalidScopes::Empty) => {
            at.field("permissions", problem);
            None
        }
        Err(problem @ InvalidScopes::NotForKeys(_)) => {
            for (index, permission) in permissions.into_iter().enumerate() {
                if problem == InvalidScopes::NotForKeys(permission) {
                    at.index("permissions", index).here(problem);
                }
            }
            None
        }
    }
}

fn networks(at: &mut At<'_>, texts: &[String]) -> Option<Vec<Network>> {
    let few = at.must(
        texts.len() <= MAX_NETWORKS,
        "networks",
        format_args!("must be at most {MAX_NETWORKS}"),
    );
    if !few {
        return None;
    }
    let mut networks = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let network = text.parse::<Network>();
        let network = network.map_err(|problem| at.index("networks", index).here(problem));
        networks.push(network.ok());
    }
    networks.into_iter().collect()
}

/// When a key is to end; `Some(None)` when the client leaves it to us.
pub(in crate::grpc) fn expires(
    at: &mut At<'_>,
    time: Option<Timestamp>,
    now: DateTime<Utc>,
) -> Option<Option<DateTime<Utc>>> {
    let Some(time) = time else { return Some(None) };
    let nanos = u32::try_from(time.nanos).ok();
    let time = nanos.and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos));
    let time = time.filter(|time| now < *time && *time <= now + MAX_LIFE);
    let days = MAX_LIFE.num_days();
    at.must(
        time.is_some(),
        "expire_time",
        format_args!("must be in the future, at most {days} days ahead"),
    );
    time.map(Some)
}

/// How long the secret in use stays good.
pub(in crate::grpc) fn overlap(at: &mut At<'_>, overlap: Option<Duration>) -> Option<TimeDelta> {
    let Some(overlap) = overlap else {
        return Some(DEFAULT_OVERLAP);
    };
    let nanos = u32::try_from(overlap.nanos).ok();
    let overlap = nanos.and_then(|nanos| TimeDelta::new(overlap.seconds, nanos));
    let overlap = overlap.filter(|it| (TimeDelta::zero()..=MAX_OVERLAP).contains(it));
    let days = MAX_OVERLAP.num_days();
    at.must(
        overlap.is_some(),
        "overlap",
        format_args!("must be 0 to {days} days"),
    );
    overlap
}
