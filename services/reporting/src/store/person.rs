//! `people`: how far each person's presence is folded, and the state that is open.
//! `group_people`: who is in a queue or ring group.

use std::collections::{BTreeMap, BTreeSet};

use access::{Covered, Covers};
use api::presence::v1::State;
use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{ConnectionTrait, FromQueryResult, prelude::Uuid};

use super::{
    Unreadable,
    columns::{column, count, number},
    statement,
};
use crate::{
    domain::{
        audit::Change, fold::Origin, membership::Membership, person::Person, sequence::Progress,
    },
    error::Error,
};

/// What is known of these people.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    people: &BTreeSet<(AccountId, UserId)>,
) -> Result<Vec<Person>, Error> {
    let keys: Vec<_> = people.iter().copied().collect();
    let known = "SELECT people.* FROM people JOIN unnest($1::uuid[], $2::uuid[]) AS key (account_id, person_id) \
                 USING (account_id, person_id)";
    let values = [
        column(&keys, |key| key.0.uuid()),
        column(&keys, |key| key.1.uuid()),
    ];
    let rows = Row::find_by_statement(statement(known, values))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok(row.read()?)).collect()
}

/// Writes the people as they are now.
pub(super) async fn upsert(db: &impl ConnectionTrait, people: &[&Person]) -> Result<(), Error> {
    if people.is_empty() {
        return Ok(());
    }
    let values = [
        column(people, |row| row.account.uuid()),
        column(people, |row| row.person.uuid()),
        column(people, |row| count(row.progress.events)),
        column(people, |row| count(row.progress.sequence)),
        column(people, |row| row.progress.at),
        column(people, |row| number(row.state.into())),
    ];
    db.execute_raw(statement(include_str!("sql/upsert_people.sql"), values))
        .await?;
    Ok(())
}

/// Everybody who is in one of these queues or ring groups.
pub async fn covered(
    db: &impl ConnectionTrait,
    account: AccountId,
    covers: &Covers,
) -> Result<BTreeSet<UserId>, Error> {
    let of_groups =
        "SELECT DISTINCT person_id FROM group_people WHERE account_id = $1 AND group_id = ANY ($2)";
    let values = [
        account.uuid().into(),
        column(covers.as_slice(), Covered::uuid),
    ];
    let rows = db.query_all_raw(statement(of_groups, values)).await?;
    rows.iter()
        .map(|row| Ok(UserId::from_uuid(row.try_get("", "person_id")?)))
        .collect()
}

/// Keeps who is in which queue or ring group, as far as these changes say.
pub(super) async fn enroll(
    db: &impl ConnectionTrait,
    changes: &[(Change, Origin)],
) -> Result<(), Error> {
    let told = changes
        .iter()
        .filter_map(|(change, origin)| Some((origin.account, change.members.as_ref()?)));
    // The last word about each is the one that counts.
    let last: BTreeMap<(AccountId, Covered), &Membership> = told
        .map(|(account, told)| ((account, told.of), told))
        .collect();
    for ((account, of), told) in last {
        let delete = "DELETE FROM group_people WHERE account_id = $1 AND group_id = $2";
        let values = [account.uuid().into(), of.uuid().into()];
        db.execute_raw(statement(delete, values)).await?;
        let insert = "INSERT INTO group_people (account_id, group_id, person_id) \
                      SELECT DISTINCT $1::uuid, $2::uuid, person FROM unnest($3::uuid[]) AS person";
        let people = column(&told.people, |person| person.uuid());
        let values = [account.uuid().into(), of.uuid().into(), people];
        db.execute_raw(statement(insert, values)).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    account_id: Uuid,
    person_id: Uuid,
    events: i64,
    sequence: i64,
    folded_at: DateTime<Utc>,
    state: i16,
}

impl Row {
    fn read(self) -> Result<Person, Unreadable> {
        let unreadable = |column| Unreadable::new("people", column);
        Ok(Person {
            account: AccountId::from_uuid(self.account_id),
            person: UserId::from_uuid(self.person_id),
            progress: Progress {
                events: u64::try_from(self.events).map_err(|_| unreadable("events"))?,
                sequence: u64::try_from(self.sequence).map_err(|_| unreadable("sequence"))?,
                at: self.folded_at,
            },
            state: State::try_from(i32::from(self.state)).map_err(|_| unreadable("state"))?,
        })
    }
}
