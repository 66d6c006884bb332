//! Whom a caller may see and change.

use access::{Caller, Permission, Reach};
use fault::Fault;
use ids::{AccountId, UserId};
use tonic::{Request, Status};

use crate::Error;

/// The person who calls, about themselves.
pub(super) fn own<T>(request: &Request<T>) -> Result<(AccountId, UserId), Status> {
    let caller = rpc::caller(request)?;
    Ok((caller.account_id()?, caller.user_id()?))
}

/// The only person whom the caller reaches; `None` when they reach everybody of the account.
///
/// Groups are not in the plan that presence has, so a reach of groups is a reach of oneself here.
pub(super) fn only(caller: &Caller, permission: Permission) -> Option<Result<UserId, Fault>> {
    match caller.reach(permission) {
        Reach::Account | Reach::Platform => None,
        Reach::Own | Reach::Groups(_) | Reach::None => Some(caller.user_id()),
    }
}

/// Whom the caller may not see does not exist for them.
pub(super) fn visible(
    caller: &Caller,
    permission: Permission,
    person: UserId,
) -> Result<(), Fault> {
    match only(caller, permission).transpose()? {
        Some(only) if only != person => Err(Error::PersonUnknown.into()),
        _ => Ok(()),
    }
}
