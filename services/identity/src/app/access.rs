//! Roles: granting, revoking, and the question who may do what.

use ::store::{Transaction, page::Page};
use access::{Caller, Covered, MAX_COVERED, Permission, Role, roles};
use api::{
    access::v1::Audience,
    policy::{self, Policy},
};
use ids::{AccountId, RoleId, UserId};

use super::{App, audit::Change, caller::Person};
use crate::{
    domain::{
        grant::{Grant, Holding},
        role::{CustomGrant, MAX_ROLES},
        user::{InvalidTransition, UserState},
    },
    error::Error,
    store,
};

/// One row of the matrix: a method and the roles that hold its permission.
#[derive(Debug)]
pub struct Row {
    /// The method.
    pub policy: &'static Policy,
    /// From the widest role to the narrowest, each with how far it reaches.
    pub roles: Vec<(Role, roles::Span)>,
}

/// A role held by a person, of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyGrant {
    /// One of the six.
    BuiltIn(Grant),
    /// One of the company's own.
    Custom(CustomGrant),
}

impl AnyGrant {
    /// Where it stands in the list.
    fn place(&self) -> (UserId, String) {
        match self {
            Self::BuiltIn(grant) => (grant.user, grant.role.to_string()),
            Self::Custom(grant) => (grant.user, grant.role.to_string()),
        }
    }
}

/// Whether somebody may call a method.
#[derive(Debug, Default)]
pub struct Check {
    /// What it demands.
    pub permission: Permission,
    /// Why not; none if they may.
    pub refused: Option<String>,
    /// Which of the six roles would give it.
    pub roles: Vec<Role>,
    /// Which of the company's own.
    pub custom_roles: Vec<RoleId>,
}

impl App {
    /// Gives a person a role. Granting SUPERVISOR again replaces what it covers.
    pub async fn grant(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: Role,
        covers: &[Covered],
    ) -> Result<Grant, Error> {
        let (before, holding) = self.may_grant(tx, by, user, role).await?;
        let mut covers = covers.to_vec();
        covers.sort_unstable_by_key(ToString::to_string);
        covers.dedup();
        let replaced = before.as_ref().map_or(0, |grant| grant.covers.len());
        if holding.covered() - replaced + covers.len() > MAX_COVERED {
            return Err(Error::CoverageExhausted);
        }
        let granted = self.clock.now();
        let grant = Grant {
            user,
            role,
            covers,
            granted_by: by.origin.actor.clone(),
            granted,
        };
        store::grant::put(tx, by.account, &grant).await?;
        let narrower = |before: &Grant| before.covers.iter().any(|id| !grant.covers.contains(id));
        if before.as_ref().is_some_and(narrower) {
            self.revoke_user(tx, by.account, user).await?;
        }
        Change::new("role.granted", user)
            .field("role", held(before.as_ref()), role)
            .field(
                "group_ids",
                before.as_ref().map(list).unwrap_or_default(),
                list(&grant),
            )
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(grant)
    }

    /// Takes a role away. Whoever does not hold it loses nothing.
    pub async fn revoke(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: Role,
    ) -> Result<(), Error> {
        if let (Some(before), _) = self.may_grant(tx, by, user, role).await? {
            store::grant::delete(tx, by.account, user, role).await?;
            self.revoke_user(tx, by.account, user).await?;
            Change::new("role.revoked", user)
                .field("role", role, "")
                .field("group_ids", list(&before), "")
                .record(tx, by.account, &by.origin)
                .await?;
        }
        Ok(())
    }

    /// Checks the rules under the account's lock and counts the change as one of the person;
    /// the grant as it stands, and all of theirs.
    async fn may_grant(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: Role,
    ) -> Result<(Option<Grant>, Holding), Error> {
        store::account::lock(tx, by.account).await?;
        let mine = by.acting(tx, Permission::RolesGrant).await?;
        let target = store::user::find(tx, by.account, user)
            .await?
            .ok_or(Error::UserNotFound)?;
        let holding = store::grant::holding(tx, by.account, user).await?;
        mine.may_grant(role, &holding.roles())?;
        if target.state == UserState::Deactivated {
            return Err(InvalidTransition { from: target.state }.into());
        }
        store::user::update(tx, &target.touched(self.clock.now())).await?;
        let mut grants = holding.built_in.iter();
        let grant = grants.find(|grant| grant.role == role).cloned();
        Ok((grant, holding))
    }

    /// A page of grants, and the token of the next; all grants of one person.
    pub async fn grants(
        &self,
        account: AccountId,
        user: Option<UserId>,
        page: &Page<(UserId, String)>,
    ) -> Result<(Vec<AnyGrant>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                if let Some(user) = user {
                    // A handful at most: always a whole page.
                    let holding = store::grant::holding(&tx, account, user).await?;
                    let built_in = holding.built_in.into_iter().map(AnyGrant::BuiltIn);
                    let custom = holding.custom.into_iter();
                    let custom = custom.map(|(grant, _)| AnyGrant::Custom(grant));
                    return Ok((built_in.chain(custom).collect(), String::new()));
                }
                // Of each person first the six by name, then the company's own by id. Names are
                // in capitals and ids are not, so a cursor says by itself which it is.
                let after = page.after();
                let custom_role = after.and_then(|(_, role)| role.parse::<RoleId>().ok());
                let built_in_after = after.map(|(user, role)| match custom_role {
                    Some(_) => (*user, store::grant::LAST.to_owned()),
                    None => (*user, role.clone()),
                });
                let custom_after = after.map(|(user, _)| (*user, custom_role));
                let limit = page.fetch();
                let built_in =
                    store::grant::page(&tx, account, built_in_after.as_ref(), limit).await?;
                let custom = store::custom_grant::page(&tx, account, custom_after, limit).await?;
                let built_in = built_in.into_iter().map(AnyGrant::BuiltIn);
                let custom = custom.into_iter().map(AnyGrant::Custom);
                let mut all: Vec<AnyGrant> = built_in.chain(custom).collect();
                all.sort_by_key(AnyGrant::place);
                all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                Ok(page.cut(all, AnyGrant::place))
            })
            .await
    }

    /// Whether `caller` may call `method`; what it demands, and if not, why not and who could.
    pub async fn check_access(&self, caller: &Caller, method: &str) -> Result<Check, Error> {
        let policy = policy::lookup(method).ok_or(Error::MethodUnknown)?;
        let permission = policy.permission();
        let Err(refused) = access::authorize(policy, Some(caller)) else {
            return Ok(Check {
                permission,
                ..Check::default()
            });
        };
        let mut check = Check {
            permission,
            refused: Some(refused.message().to_owned()),
            ..Check::default()
        };
        let account = caller.account.filter(|_| caller.user_id().is_ok());
        if let Some(account) = account.filter(|_| policy.admits(Audience::Person)) {
            check.roles = roles::ROLES.to_vec();
            check
                .roles
                .retain(|role| roles::span(*role, permission).is_some());
            let all = self.store.tenant_transaction(account, async |tx| {
                store::custom_role::page(&tx, account, None, MAX_ROLES).await
            });
            let all = all.await?.into_iter();
            let giving = all.filter(|role| role.reaches.span(permission).is_some());
            check.custom_roles = giving.map(|role| role.id).collect();
        }
        Ok(check)
    }

    /// Every method of the mesh and the roles that may call it.
    #[must_use]
    pub fn access_matrix() -> Vec<Row> {
        let rows = policy::TABLE.iter().map(|policy| {
            let people = policy.admits(Audience::Person);
            let holders = roles::ROLES.into_iter().filter(|_| people);
            let spans =
                holders.filter_map(|role| Some((role, roles::span(role, policy.permission())?)));
            Row {
                policy,
                roles: spans.collect(),
            }
        });
        rows.collect()
    }
}

fn held(grant: Option<&Grant>) -> &'static str {
    grant.map_or("", |grant| grant.role.as_str())
}

fn list(grant: &Grant) -> String {
    let ids: Vec<String> = grant.covers.iter().map(ToString::to_string).collect();
    ids.join(" ")
}
