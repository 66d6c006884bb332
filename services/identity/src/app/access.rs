//! Roles: granting, revoking, and the question who may do what.

use ::store::{Transaction, page::Page};
use access::{Caller, Permission, Role, roles};
use api::policy::{self, Policy};
use ids::{AccountId, UserId};

use super::{App, audit::Change, caller::Person};
use crate::{
    domain::{
        grant::{Covered, Grant},
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
        let before = self.may_grant(tx, by, user, role).await?;
        let mut covers = covers.to_vec();
        covers.sort_unstable_by_key(ToString::to_string);
        covers.dedup();
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
        if let Some(before) = self.may_grant(tx, by, user, role).await? {
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
    /// the grant as it stands.
    async fn may_grant(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        role: Role,
    ) -> Result<Option<Grant>, Error> {
        store::account::lock(tx, by.account).await?;
        let mine = by.acting(tx, Permission::RolesGrant).await?;
        let target = store::user::find(tx, by.account, user)
            .await?
            .ok_or(Error::UserNotFound)?;
        mine.may_grant(role, &store::grant::roles(tx, by.account, user).await?)?;
        if target.state == UserState::Deactivated {
            return Err(InvalidTransition { from: target.state }.into());
        }
        store::user::update(tx, &target.touched(self.clock.now())).await?;
        let grants = store::grant::of_user(tx, by.account, user).await?;
        Ok(grants.into_iter().find(|grant| grant.role == role))
    }

    /// A page of grants, and the token of the next; all grants of one person.
    pub async fn grants(
        &self,
        account: AccountId,
        user: Option<UserId>,
        page: &Page<(UserId, String)>,
    ) -> Result<(Vec<Grant>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let grants = match user {
                    Some(user) => store::grant::of_user(&tx, account, user).await?,
                    None => store::grant::page(&tx, account, page.after(), page.fetch()).await?,
                };
                Ok(match user {
                    // At most one a role: always a whole page.
                    Some(_) => (grants, String::new()),
                    None => page.cut(grants, |grant| (grant.user, grant.role.to_string())),
                })
            })
            .await
    }

    /// Whether `caller` may call `method`; what it demands, and why not.
    pub fn check_access(
        &self,
        caller: &Caller,
        method: &str,
    ) -> Result<(Permission, Option<String>), Error> {
        let policy = policy::lookup(method).ok_or(Error::MethodUnknown)?;
        let refused = access::authorize(policy, Some(caller)).err();
        Ok((
            policy.permission(),
            refused.map(|fault| fault.message().to_owned()),
        ))
    }

    /// Every method of the mesh and the roles that may call it.
    #[must_use]
    pub fn access_matrix() -> Vec<Row> {
        let rows = policy::TABLE.iter().map(|policy| {
            let people = policy.admits(api::access::v1::Audience::Person);
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
