//! One event's effect, within its transaction. The account is locked.

use chrono::{DateTime, Utc};
use ids::{AccountId, ExtensionId, UserId};
use sea_orm::Condition;
use store::Transaction;

use super::notice::Heir;
use crate::{
    app::{audit, caller::Origin, edit::Edit},
    domain::{
        absence::{Absence, Handed, Standing, hand_over, move_on},
        change::Change,
        number::Number,
        queue::Queue,
        resource::Record,
        ring_group::RingGroup,
        target::{Place, Target},
    },
    error::Error,
    store::{
        absence as absences, extension,
        table::{self, Table},
    },
};

pub(super) struct Work<'a> {
    pub(super) tx: &'a Transaction,
    pub(super) account: AccountId,
    pub(super) origin: &'a Origin,
    pub(super) now: DateTime<Utc>,
}

impl Work<'_> {
    /// Not to be reached until resumed. Numbers that the heir cannot take stay: callers go where
    /// they go when nobody answers.
    pub(super) async fn suspend(&self, person: UserId, heir: Heir) -> Result<(), Error> {
        if absences::find(self.tx, self.account, person)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let mut handed = Vec::new();
        if let (Some(extension), Some(heir)) = (self.extension(person).await?, heir) {
            let to = Target::Place(heir);
            handed = self.hand_over(person, extension, &to, None).await?;
        }
        let absence = self.absent(person, Standing::Suspended, handed);
        absences::put(self.tx, self.account, &absence).await?;
        self.told(person, "suspended", None, Some(Standing::Suspended))
            .await
    }

    /// As before. What was handed over comes back, unless somebody has led it elsewhere since.
    pub(super) async fn resume(&self, person: UserId) -> Result<(), Error> {
        let Some(absence) = absences::find(self.tx, self.account, person).await? else {
            return Ok(());
        };
        self.move_on(&absence.handed, "returned", Target::clone)
            .await?;
        absences::end(self.tx, self.account, person).await?;
        self.told(person, "resumed", Some(absence.standing), None)
            .await
    }

    /// Gone for good: in no queue and no ring group, and no number leads there. Numbers that the
    /// heir cannot take lead nowhere, which callers hear and the dead ends show.
    pub(super) async fn leave(&self, person: UserId, heir: Heir) -> Result<(), Error> {
        let before = absences::find(self.tx, self.account, person).await?;
        let standing = before.as_ref().map(|absence| absence.standing);
        if standing == Some(Standing::Left) {
            return Ok(());
        }
        let extension = self.extension(person).await?;
        // Nobody takes over from themselves.
        let heir = heir.filter(|heir| extension.map(Place::Extension) != Some(*heir));
        if let (Some(before), Some(heir)) = (&before, heir) {
            let on = |_: &_| Target::Place(heir);
            self.move_on(&before.handed, "handed_over", on).await?;
        }
        if let Some(extension) = extension {
            let to = heir.map_or(Target::Unassigned, Target::Place);
            let nowhere = Some(&Target::Unassigned);
            self.hand_over(person, extension, &to, nowhere).await?;
            self.take_out(person).await?;
        }
        let absence = self.absent(person, Standing::Left, Vec::new());
        absences::put(self.tx, self.account, &absence).await?;
        self.told(person, "vacated", standing, Some(Standing::Left))
            .await
    }

    /// Whether the company's calls are taken. That it was identity's wish is in the trail already.
    pub(super) async fn suspend_account(&self, suspended: bool) -> Result<(), Error> {
        let mut edit = self.edit().await?;
        if edit.account.suspended == suspended {
            return Ok(());
        }
        edit.account.suspended = suspended;
        edit.advance().await
    }

    pub(super) async fn edit(&self) -> Result<Edit<'_>, Error> {
        Edit::follow(self.tx, self.account, self.origin, self.now).await
    }

    fn absent(&self, person: UserId, standing: Standing, handed: Vec<Handed>) -> Absence {
        Absence {
            person,
            standing,
            since: self.now,
            handed,
        }
    }

    async fn extension(&self, person: UserId) -> Result<Option<ExtensionId>, Error> {
        let found = extension::of_people(self.tx, self.account, &[person]).await?;
        Ok(found.get(&person).copied())
    }

    async fn leading_to<R: Table>(&self, person: UserId) -> Result<Vec<Record<R>>, Error> {
        let only = extension::concerns::<R>(self.account, person);
        table::list::<R>(self.tx, self.account, None, None, only).await
    }

    /// Leads the person's numbers to `to`, or else to `otherwise`. Returns those that went to
    /// `to`.
    async fn hand_over(
        &self,
        person: UserId,
        extension: ExtensionId,
        to: &Target,
        otherwise: Option<&Target>,
    ) -> Result<Vec<Handed>, Error> {
        let mut all = Vec::new();
        for number in self.leading_to::<Number>(person).await? {
            let Some((value, handed)) = hand_over(&number, extension, to) else {
                continue;
            };
            if self.attempt(&number, "handed_over", &value).await? {
                all.push(handed);
            } else if let Some((value, _)) =
                otherwise.and_then(|target| hand_over(&number, extension, target))
            {
                self.attempt(&number, "handed_over", &value).await?;
            }
        }
        Ok(all)
    }

    /// Leads what was handed over elsewhere.
    async fn move_on(
        &self,
        handed: &[Handed],
        verb: &str,
        new: impl Fn(&Target) -> Target,
    ) -> Result<(), Error> {
        for one in handed {
            let all = Condition::all();
            // Deleted since: nothing is left to lead anywhere.
            let found = table::find::<Number>(self.tx, self.account, one.number, all).await?;
            if let Some(number) = found {
                let value = move_on(&number.value, one, &new);
                self.attempt(&number, verb, &value).await?;
            }
        }
        Ok(())
    }

    /// Out of every queue and every ring group.
    async fn take_out(&self, person: UserId) -> Result<(), Error> {
        for queue in self.leading_to::<Queue>(person).await? {
            let mut without = queue.value.clone();
            without.members.retain(|member| member.person != person);
            self.attempt(&queue, "updated", &without).await?;
        }
        for group in self.leading_to::<RingGroup>(person).await? {
            let mut without = group.value.clone();
            without.members.retain(|member| *member != person);
            self.attempt(&group, "updated", &without).await?;
        }
        Ok(())
    }

    /// Puts it on the record of the person's extension, and makes it the next version of the plan.
    async fn told(
        &self,
        person: UserId,
        verb: &str,
        before: Option<Standing>,
        after: Option<Standing>,
    ) -> Result<(), Error> {
        if let Some(extension) = self.extension(person).await? {
            let name = |standing: Option<Standing>| standing.map_or("", Standing::name).to_owned();
            let change = Change {
                field: "absence",
                before: name(before),
                after: name(after),
            };
            let action = format!("extension.{verb}");
            let entry = audit::Entry::done(&action, vec![change]);
            audit::record(self.tx, self.account, self.origin, extension, entry).await?;
        }
        self.edit().await?.advance().await
    }
}
