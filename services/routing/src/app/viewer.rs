//! Whose eyes see which calls and lines.

use std::{collections::BTreeSet, sync::Arc};

use access::{Caller, Covers, Permission, Reach};
use ids::{AccountId, QueueId, UserId};

use super::App;
use crate::{
    domain::{Call, Plan},
    error::Error,
    peers::plans::PlanError,
};

/// Whose eyes see a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// The tenant; another one's calls do not exist.
    pub(crate) account: AccountId,
    /// What they see of it.
    sight: Sight,
}

/// What somebody sees of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sight {
    /// Everything.
    Everything,
    /// Calls that they are part of.
    Own(UserId),
    /// These too.
    Supervised(UserId, Arc<Supervised>),
}

/// What a supervisor sees beside their own.
#[derive(Debug, PartialEq, Eq)]
struct Supervised {
    covers: Covers,
    /// Who is in the queues and ring groups among them now.
    people: BTreeSet<UserId>,
}

impl Viewer {
    /// Somebody who sees everything.
    #[cfg(test)]
    pub(crate) const fn whole(account: AccountId) -> Self {
        let sight = Sight::Everything;
        Self { account, sight }
    }

    /// Somebody who sees only calls that they are part of.
    pub(crate) fn own(account: AccountId, person: UserId) -> Self {
        let sight = Sight::Own(person);
        Self { account, sight }
    }

    pub(super) fn sees(&self, call: &Call) -> bool {
        call.account == self.account
            && match &self.sight {
                Sight::Everything => true,
                Sight::Own(person) => call.concerns(*person),
                Sight::Supervised(person, supervised) => {
                    call.concerns(*person) || supervised.has(call)
                }
            }
    }

    /// The person, if they do not see everything.
    pub(crate) fn person(&self) -> Option<UserId> {
        match self.sight {
            Sight::Everything => None,
            Sight::Own(person) | Sight::Supervised(person, _) => Some(person),
        }
    }
}

impl Supervised {
    fn new(covers: Covers, plan: &Plan) -> Self {
        let queues = covers.queues().filter_map(|id| plan.queues.get(&id));
        let groups = covers
            .ring_groups()
            .filter_map(|id| plan.ring_groups.get(&id));
        let members = queues.flat_map(|queue| &queue.members);
        let people = members.chain(groups.flat_map(|group| &group.members));
        let people = people.copied().collect();
        Self { covers, people }
    }

    fn has(&self, call: &Call) -> bool {
        call.passed(&self.covers) || self.people.iter().any(|person| call.concerns(*person))
    }
}

impl App {
    /// What the caller of a method may see of calls.
    pub(crate) async fn viewer(
        &self,
        caller: &Caller,
        permission: Permission,
    ) -> Result<Viewer, tonic::Status> {
        let account = caller.account_id()?;
        let sight = match caller.reach(permission) {
            Reach::Account | Reach::Platform => Sight::Everything,
            Reach::Own | Reach::None => Sight::Own(caller.user_id()?),
            Reach::Groups(covers) => {
                let own = caller.user_id()?;
                match self.plans.of_account(account).await {
                    Ok(plan) => Sight::Supervised(own, Arc::new(Supervised::new(covers, &plan))),
                    // Nothing was ever set up there, so there is nothing to supervise.
                    Err(PlanError::Unknown) => Sight::Own(own),
                    Err(error) => return Err(Error::Plan(error).into()),
                }
            }
        };
        Ok(Viewer { account, sight })
    }

    /// Whether the caller may see the line of a queue in this plan: one that they supervise, or
    /// that they serve.
    pub(super) fn sees_line(caller: &Caller, plan: &Plan, queue: QueueId) -> bool {
        let Some(line) = plan.queues.get(&queue) else {
            return false;
        };
        let serves = || {
            caller
                .user_id()
                .is_ok_and(|own| line.members.contains(&own))
        };
        match caller.reach(Permission::WaitingLinesRead) {
            Reach::Account | Reach::Platform => true,
            Reach::Groups(covers) => covers.has(queue) || serves(),
            Reach::Own => serves(),
            Reach::None => false,
        }
    }
}
