//! Changes within their transaction: each is checked and put on the record as it is made, and all
//! together are one next version of the plan.

use std::collections::HashMap;

use access::Permission;
use chrono::{DateTime, Utc};
use ids::{AccountId, ExtensionId, SplitId, UserId};
use sea_orm::Condition;
use store::Transaction;

use super::Ground;
use crate::{
    app::{
        audit,
        caller::{Intent, Origin, Sight},
    },
    domain::{
        account::Account,
        change::{Change, Fields, changes},
        link::{self, End},
        loops,
        phone::E164,
        resource::{Record, Resource},
    },
    error::Error,
    store::{
        account as accounts, extension, link as links, plan, resource,
        table::{self, Table},
    },
};

/// A notification of Postgres has less than 8000 bytes; a number takes 19.
const NUMBERS_TOLD_AT_ONCE: usize = 300;

/// Changes under way. The account is locked. They count once [`Edit::publish`] has told of them.
pub(in crate::app) struct Edit<'a> {
    tx: &'a Transaction,
    /// As it will be.
    pub(in crate::app) account: Account,
    permission: Permission,
    sight: Sight,
    origin: &'a Origin,
    now: DateTime<Utc>,
    part_of: Option<SplitId>,
    changed: bool,
    numbers: Vec<E164>,
}

impl<'a> Edit<'a> {
    /// Locks the account. `known` is what identity says of it.
    pub(in crate::app) async fn begin(
        tx: &'a Transaction,
        known: &Account,
        intent: &'a Intent,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        Ok(Self {
            tx,
            account: locked(tx, known).await?,
            permission: intent.permission,
            sight: intent.sight.clone(),
            origin: &intent.origin,
            now,
            part_of: None,
            changed: false,
            numbers: Vec::new(),
        })
    }

    /// A change that nobody asks for here: an event entails it.
    pub(in crate::app) async fn follow(
        tx: &'a Transaction,
        account: AccountId,
        origin: &'a Origin,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let account = accounts::lock(tx, account).await?;
        Ok(Self {
            tx,
            account: account.ok_or(Error::AccountNotFound)?,
            permission: Permission::Unspecified,
            sight: Sight::Everything,
            origin,
            now,
            part_of: None,
            changed: false,
            numbers: Vec::new(),
        })
    }

    /// Has the record of every change name the split that it is part of.
    pub(in crate::app) fn part_of(self, split: SplitId) -> Self {
        Self {
            part_of: Some(split),
            ..self
        }
    }

    /// Creates a resource under an id that nothing has.
    pub(in crate::app) async fn create<R: Table>(
        &mut self,
        id: R::Id,
        draft: &impl Fn(&Ground<'_, R>) -> Result<R, Error>,
    ) -> Result<Record<R>, Error> {
        let value = draft(&Ground {
            id,
            account: &self.account,
            current: None,
        })?;
        if !self.may_change(&value) {
            return Err(Error::PermissionMissing(self.permission));
        }
        let record = Record::new(id, value, self.now);
        R::guard(self.tx, self.account.id, &record).await?;
        table::insert(self.tx, self.account.id, &record).await?;
        self.connect(&record).await?;
        self.note(&record, "created", &Fields::new(), &record.value.fields())
            .await?;
        Ok(record)
    }

    pub(in crate::app) async fn update<R: Table>(
        &mut self,
        id: R::Id,
        etag: Option<&str>,
        verb: &str,
        draft: &impl Fn(&Ground<'_, R>) -> Result<R, Error>,
    ) -> Result<Record<R>, Error> {
        let current = self.current::<R>(id, etag).await?;
        let value = draft(&Ground {
            id,
            account: &self.account,
            current: Some(&current),
        })?;
        if value == current.value {
            return Ok(current);
        }
        let record = current.edit(value, self.now);
        R::guard(self.tx, self.account.id, &record).await?;
        table::update(self.tx, self.account.id, &record).await?;
        self.connect(&record).await?;
        self.note(
            &record,
            verb,
            &current.value.fields(),
            &record.value.fields(),
        )
        .await?;
        Ok(record)
    }

    pub(super) async fn delete<R: Table>(&mut self, id: R::Id, etag: &str) -> Result<(), Error> {
        let current = self.current::<R>(id, Some(etag)).await?;
        if let Some(user) = links::user_of(self.tx, self.account.id, id.into()).await? {
            return Err(Error::InUse(user));
        }
        table::delete::<R>(self.tx, self.account.id, id).await?;
        self.note(&current, "deleted", &current.value.fields(), &Fields::new())
            .await
    }

    /// Makes the account as it is now the next version of its plan, with the changes or without.
    pub(in crate::app) async fn advance(mut self) -> Result<(), Error> {
        self.changed = true;
        self.publish().await
    }

    /// Makes the changes, if there are any, the next version of the plan.
    pub(in crate::app) async fn publish(self) -> Result<(), Error> {
        if !self.changed {
            return Ok(());
        }
        let version = accounts::advance(self.tx, &self.account).await?;
        if self.numbers.is_empty() {
            return plan::announce(self.tx, self.account.id, version, &[]).await;
        }
        for some in self.numbers.chunks(NUMBERS_TOLD_AT_ONCE) {
            plan::announce(self.tx, self.account.id, version, some).await?;
        }
        Ok(())
    }

    async fn current<R: Table>(&self, id: R::Id, etag: Option<&str>) -> Result<Record<R>, Error> {
        let found = table::find::<R>(self.tx, self.account.id, id, Condition::all()).await?;
        let current = found
            .filter(|found| self.may_change(&found.value))
            .ok_or(Error::NotFound(R::KIND))?;
        match etag {
            Some(etag) if etag != current.etag() => Err(Error::EtagMismatch),
            _ => Ok(current),
        }
    }

    fn may_change<R: Resource>(&self, value: &R) -> bool {
        match &self.sight {
            Sight::Everything => true,
            Sight::Of(person) | Sight::Covering(person, _) => value.owner() == Some(*person),
            Sight::Nothing => false,
        }
    }

    /// Keeps what a resource mentions, if all of it exists and no call can go in a circle.
    async fn connect<R: Table>(&self, record: &Record<R>) -> Result<(), Error> {
        let extensions = self.extensions_of(record).await?;
        let mentioned = link::links(record, &extensions);
        self.check_ends::<R>(&mentioned).await?;
        links::replace(self.tx, self.account.id, record.key(), &mentioned).await?;
        let transfers = links::transfers(self.tx, self.account.id).await?;
        match loops::through(record.key(), &transfers) {
            Some(circle) => Err(Error::RoutingLoop(circle)),
            None => Ok(()),
        }
    }

    async fn extensions_of<R: Table>(
        &self,
        record: &Record<R>,
    ) -> Result<HashMap<UserId, ExtensionId>, Error> {
        let members = record.value.members();
        if members.is_empty() {
            return Ok(HashMap::new());
        }
        let people: Vec<_> = members.iter().map(|(_, person)| *person).collect();
        let found = extension::of_people(self.tx, self.account.id, &people).await?;
        match members
            .into_iter()
            .find(|(_, person)| !found.contains_key(person))
        {
            Some((field, person)) => Err(Error::PersonWithoutExtension {
                field: full_path::<R>(&field),
                person,
            }),
            None => Ok(found),
        }
    }

    async fn check_ends<R: Table>(&self, mentioned: &[link::Link]) -> Result<(), Error> {
        let ends = mentioned.iter().filter_map(|link| match &link.end {
            End::Resource(key) => Some((&link.field, *key)),
            End::Number(_) => None,
        });
        let keys: Vec<_> = ends.clone().map(|(_, key)| key).collect();
        let existing = resource::existing(self.tx, self.account.id, &keys).await?;
        let mut missing = ends.filter(|(_, key)| !existing.contains(key));
        match missing.next() {
            Some((field, target)) => Err(Error::TargetNotFound {
                field: full_path::<R>(field),
                target,
            }),
            None => Ok(()),
        }
    }

    /// Puts the change on the record.
    async fn note<R: Table>(
        &mut self,
        record: &Record<R>,
        verb: &str,
        before: &Fields,
        after: &Fields,
    ) -> Result<(), Error> {
        let action = format!("{}.{verb}", R::KIND.name());
        let operation = self.part_of.map(|split| Change::named("split_id", split));
        let changes = changes(before, after).into_iter().chain(operation);
        let entry = audit::Entry::done(&action, changes.collect());
        audit::record(self.tx, self.account.id, self.origin, record.id, entry).await?;
        self.changed = true;
        self.numbers.extend(record.value.dialled().cloned());
        Ok(())
    }
}

/// `queue.members[2].person_id`
fn full_path<R: Resource>(field: &str) -> String {
    format!("{}.{field}", R::KIND.name())
}

/// The account, its row locked until the transaction ends, with the settings that are `known` if
/// they are newer. They are kept with the change: a plan's settings belong to its version.
async fn locked(tx: &Transaction, known: &Account) -> Result<Account, Error> {
    let account = match accounts::lock(tx, known.id).await? {
        Some(account) => account,
        None => {
            accounts::open(tx, known).await?;
            let opened = accounts::lock(tx, known.id).await?;
            opened.ok_or(Error::AccountNotFound)?
        }
    };
    if account.checked >= known.checked {
        return Ok(account);
    }
    Ok(Account {
        plan_version: account.plan_version,
        suspended: account.suspended,
        ..known.clone()
    })
}
