//! `sharing_findings`, and the signals behind them in `sharing_signals`.

mod signal;

use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};
use sea_orm::{
    ActiveValue::Set, Condition, ExprTrait as _, QueryOrder as _, QuerySelect as _,
    entity::prelude::*, sea_query::OnConflict,
};

use super::{Unreadable, read};
use crate::{
    domain::sharing::{Dismissal, Finding, FindingState},
    error::Error,
};

pub use signal::{add, forget as forget_signals, noticed};

const TABLE: &str = "sharing_findings";

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sharing_findings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    state: String,
    opened_at: DateTimeUtc,
    signalled_at: DateTimeUtc,
    settled_at: Option<DateTimeUtc>,
    dismissed_by: Option<String>,
    dismissed_at: Option<DateTimeUtc>,
    dismissed_until: Option<DateTimeUtc>,
    dismissed_reason: Option<String>,
    dismissed_score: Option<i16>,
    reported: bool,
}

/// None that queries need.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The finding about somebody.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<Finding>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Finding::try_from).transpose()?)
}

/// The same, with everybody else who would change it kept waiting.
pub async fn lock(
    db: &impl ConnectionTrait,
    account: AccountId,
    user: UserId,
) -> Result<Option<Finding>, Error> {
    let row = Entity::find_by_id((account.uuid(), user.uuid()))
        .lock_exclusive()
        .one(db)
        .await?;
    Ok(row.map(Finding::try_from).transpose()?)
}

/// Up to `limit` findings after the place, the one with the latest signal first.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    state: Option<FindingState>,
    after: Option<&(DateTime<Utc>, UserId)>,
    limit: u64,
) -> Result<Vec<Finding>, Error> {
    let mut query = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Condition::all().add_option(state.map(|state| Column::State.eq(state.name()))));
    if let Some((at, user)) = after {
        let same_time = Column::SignalledAt
            .eq(*at)
            .and(Column::UserId.gt(user.uuid()));
        query = query.filter(Column::SignalledAt.lt(*at).or(same_time));
    }
    let rows = query
        .order_by_desc(Column::SignalledAt)
        .order_by_asc(Column::UserId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(Finding::try_from)
        .collect::<Result<_, _>>()?)
}

/// A finding about somebody of whom there was none; whether nobody else was faster.
pub async fn insert(db: &impl ConnectionTrait, finding: &Finding) -> Result<bool, Error> {
    let unless_there = OnConflict::columns([Column::AccountId, Column::UserId])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(ActiveModel::from(finding))
        .on_conflict(unless_there)
        .exec_without_returning(db)
        .await?;
    Ok(inserted > 0)
}

/// The finding as it is now. It must have been locked.
pub async fn update(db: &impl ConnectionTrait, finding: &Finding) -> Result<(), Error> {
    Entity::update(ActiveModel::from(finding)).exec(db).await?;
    Ok(())
}

/// Forgets findings of all accounts without a signal since `before`; how many. To be asked
/// outside every account, as [`forget_signals`].
pub async fn forget(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::SignalledAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl TryFrom<Model> for Finding {
    type Error = Unreadable;

    fn try_from(row: Model) -> Result<Self, Unreadable> {
        let state = FindingState::named(&row.state);
        let dismissal = match (
            row.dismissed_by,
            row.dismissed_at,
            row.dismissed_until,
            row.dismissed_reason,
            row.dismissed_score,
        ) {
            (Some(by), Some(at), Some(until), Some(reason), Some(score)) => Some(Dismissal {
                by,
                at,
                until,
                reason: read(TABLE, "dismissed_reason", &reason)?,
                score: u8::try_from(score)
                    .map_err(|why| Unreadable::new(TABLE, "dismissed_score", why))?,
            }),
            _ => None,
        };
        Ok(Self {
            account: AccountId::from_uuid(row.account_id),
            user: UserId::from_uuid(row.user_id),
            state: state.ok_or_else(|| Unreadable::new(TABLE, "state", "unknown"))?,
            opened: row.opened_at,
            signalled: row.signalled_at,
            settled: row.settled_at,
            dismissal,
            reported: row.reported,
        })
    }
}

impl From<&Finding> for ActiveModel {
    fn from(finding: &Finding) -> Self {
        let dismissal = finding.dismissal.as_ref();
        Self {
            account_id: Set(finding.account.uuid()),
            user_id: Set(finding.user.uuid()),
            state: Set(finding.state.name().to_owned()),
            opened_at: Set(finding.opened),
            signalled_at: Set(finding.signalled),
            settled_at: Set(finding.settled),
            dismissed_by: Set(dismissal.map(|dismissal| dismissal.by.clone())),
            dismissed_at: Set(dismissal.map(|dismissal| dismissal.at)),
            dismissed_until: Set(dismissal.map(|dismissal| dismissal.until)),
            dismissed_reason: Set(dismissal.map(|dismissal| dismissal.reason.to_string())),
            dismissed_score: Set(dismissal.map(|dismissal| i16::from(dismissal.score))),
            reported: Set(finding.reported),
        }
    }
}
