//! `call_records`, `call_legs`, `call_waits`: a call as it happened.

mod read;

use std::collections::BTreeSet;

use ids::{AccountId, CallId};
use sea_orm::{ConnectionTrait, Value};

use super::{
    columns::{column, count, micros, number, or_epoch, or_nil},
    statement,
};
use crate::{
    domain::{leg::Leg, record::CallRecord, wait::Wait},
    error::Error,
};

pub use read::{Filter, find, page};

/// What is known of these calls, with their legs and waits.
pub(super) async fn load(
    db: &impl ConnectionTrait,
    calls: &BTreeSet<(AccountId, CallId)>,
) -> Result<Vec<CallRecord>, Error> {
    let keys: Vec<_> = calls.iter().copied().collect();
    let of_keys = |table: &str| {
        format!(
            "SELECT {table}.* FROM {table} JOIN unnest($1::uuid[], $2::uuid[]) AS key (account_id, call_id) \
             USING (account_id, call_id)"
        )
    };
    read::all(
        db,
        of_keys,
        [
            column(&keys, |key| key.0.uuid()),
            column(&keys, |key| key.1.uuid()),
        ],
    )
    .await
}

/// Writes the calls as they are now.
pub(super) async fn upsert(
    db: &impl ConnectionTrait,
    records: &[&CallRecord],
) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    db.execute_raw(statement(
        include_str!("sql/upsert_call_records.sql"),
        columns_of(records),
    ))
    .await?;
    upsert_legs(db, records).await?;
    upsert_waits(db, records).await
}

fn columns_of(records: &[&CallRecord]) -> [Value; 17] {
    [
        column(records, |row| row.account.uuid()),
        column(records, |row| row.call.uuid()),
        column(records, |row| count(row.progress.events)),
        column(records, |row| count(row.progress.sequence)),
        column(records, |row| row.progress.at),
        column(records, |row| number(row.outcome.into())),
        column(records, |row| row.from.clone()),
        column(records, |row| row.dialled.clone()),
        column(records, |row| or_nil(row.number.map(|id| id.uuid()))),
        column(records, |row| or_nil(row.person.map(|id| id.uuid()))),
        column(records, |row| row.via.as_str().to_owned()),
        column(records, |row| row.arrived),
        column(records, |row| or_epoch(row.answered)),
        column(records, |row| or_epoch(row.ended)),
        column(records, |row| micros(row.talked)),
        column(records, |row| micros(row.held)),
        column(records, |row| row.voicemail.clone()),
    ]
}

/// A part of a call with the call and its place in it.
type Part<'a, T> = (&'a CallRecord, i32, &'a T);

fn parts<'a, T>(
    records: &[&'a CallRecord],
    of: impl Fn(&'a CallRecord) -> &'a [T],
) -> Vec<Part<'a, T>> {
    let parts = records.iter().flat_map(|record| {
        (0..)
            .zip(of(record))
            .map(move |(at, part)| (*record, at, part))
    });
    parts.collect()
}

async fn upsert_legs(db: &impl ConnectionTrait, records: &[&CallRecord]) -> Result<(), Error> {
    let rows: Vec<Part<'_, Leg>> = parts(records, |record| &record.legs);
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |(call, ..)| call.account.uuid()),
        column(&rows, |(call, ..)| call.call.uuid()),
        column(&rows, |(_, position, _)| *position),
        column(&rows, |(.., leg)| leg.id.uuid()),
        column(&rows, |(.., leg)| or_nil(leg.person.map(|id| id.uuid()))),
        column(&rows, |(.., leg)| leg.via.as_str().to_owned()),
        column(&rows, |(.., leg)| leg.offered),
        column(&rows, |(.., leg)| or_epoch(leg.answered)),
        column(&rows, |(.., leg)| or_epoch(leg.ended)),
        column(&rows, |(.., leg)| number(leg.end.into())),
        column(&rows, |(.., leg)| micros(leg.rang)),
    ];
    db.execute_raw(statement(include_str!("sql/upsert_call_legs.sql"), values))
        .await?;
    Ok(())
}

async fn upsert_waits(db: &impl ConnectionTrait, records: &[&CallRecord]) -> Result<(), Error> {
    let rows: Vec<Part<'_, Wait>> = parts(records, |record| &record.waits);
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |(call, ..)| call.account.uuid()),
        column(&rows, |(call, ..)| call.call.uuid()),
        column(&rows, |(_, position, _)| *position),
        column(&rows, |(.., wait)| wait.queue.uuid()),
        column(&rows, |(.., wait)| wait.entered),
        column(&rows, |(.., wait)| micros(wait.service_level)),
        column(&rows, |(.., wait)| micros(wait.short_abandon)),
        column(&rows, |(.., wait)| or_epoch(wait.left)),
        column(&rows, |(.., wait)| number(wait.exit.into())),
        column(&rows, |(.., wait)| micros(wait.waited)),
    ];
    db.execute_raw(statement(include_str!("sql/upsert_call_waits.sql"), values))
        .await?;
    Ok(())
}
