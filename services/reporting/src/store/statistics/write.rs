//! What a fold counted, added to what is there.

use sea_orm::ConnectionTrait;

use super::super::{
    columns::{column, count, micros, number},
    statement,
};
use crate::{domain::statistics::Rollup, error::Error};

/// Adds a batch to the sums.
pub(in crate::store) async fn add(db: &impl ConnectionTrait, rollup: &Rollup) -> Result<(), Error> {
    people(db, rollup).await?;
    queues(db, rollup).await?;
    states(db, rollup).await?;
    days(db, rollup).await
}

async fn people(db: &impl ConnectionTrait, rollup: &Rollup) -> Result<(), Error> {
    let rows: Vec<_> = rollup.people.iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |((account, ..), _)| account.uuid()),
        column(&rows, |((_, person, _), _)| person.uuid()),
        column(&rows, |((.., quarter), _)| quarter.start()),
        column(&rows, |(_, counts)| count(counts.answered)),
        column(&rows, |(_, counts)| count(counts.missed)),
        column(&rows, |(_, counts)| count(counts.declined)),
        column(&rows, |(_, counts)| count(counts.withdrawn)),
        column(&rows, |(_, counts)| micros(counts.rang)),
        column(&rows, |(_, counts)| micros(counts.talk)),
        column(&rows, |(_, counts)| micros(counts.hold)),
        column(&rows, |(_, counts)| micros(counts.wrap_up)),
    ];
    db.execute_raw(statement(
        include_str!("../sql/add_person_quarters.sql"),
        values,
    ))
    .await?;
    Ok(())
}

async fn queues(db: &impl ConnectionTrait, rollup: &Rollup) -> Result<(), Error> {
    let rows: Vec<_> = rollup.queues.iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |((account, ..), _)| account.uuid()),
        column(&rows, |((_, queue, _), _)| queue.uuid()),
        column(&rows, |((.., quarter), _)| quarter.start()),
        column(&rows, |(_, counts)| count(counts.answered)),
        column(&rows, |(_, counts)| count(counts.missed)),
        column(&rows, |(_, counts)| count(counts.abandoned)),
        column(&rows, |(_, counts)| count(counts.short_abandoned)),
        column(&rows, |(_, counts)| count(counts.in_threshold)),
        column(&rows, |(_, counts)| micros(counts.answered_wait)),
        column(&rows, |(_, counts)| micros(counts.wait)),
        column(&rows, |(_, counts)| micros(counts.longest)),
        column(&rows, |(_, counts)| micros(counts.talk)),
        column(&rows, |(_, counts)| micros(counts.hold)),
        column(&rows, |(_, counts)| micros(counts.wrap_up)),
    ];
    db.execute_raw(statement(
        include_str!("../sql/add_queue_quarters.sql"),
        values,
    ))
    .await?;
    Ok(())
}

async fn states(db: &impl ConnectionTrait, rollup: &Rollup) -> Result<(), Error> {
    let rows: Vec<_> = rollup.states.iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |((account, ..), _)| account.uuid()),
        column(&rows, |((_, person, ..), _)| person.uuid()),
        column(&rows, |((.., quarter, _), _)| quarter.start()),
        column(&rows, |((.., state), _)| number((*state).into())),
        column(&rows, |(_, time)| micros(**time)),
    ];
    db.execute_raw(statement(
        include_str!("../sql/add_state_quarters.sql"),
        values,
    ))
    .await?;
    Ok(())
}

async fn days(db: &impl ConnectionTrait, rollup: &Rollup) -> Result<(), Error> {
    let rows: Vec<_> = rollup.days.iter().collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = [
        column(&rows, |(account, ..)| account.uuid()),
        column(&rows, |(_, person, ..)| person.uuid()),
        column(&rows, |(_, _, day, _)| *day),
        column(&rows, |(.., state)| number((*state).into())),
    ];
    db.execute_raw(statement(include_str!("../sql/add_state_days.sql"), values))
        .await?;
    Ok(())
}
