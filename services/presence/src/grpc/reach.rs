//! Whom a caller may see and change.

use access::{Caller, Permission, Reach};
use fault::Fault;
use ids::{AccountId, UserId};
use tonic::{Request, Status};

use crate::{
    Error,
    app::{App, Sight},
};

/// The person who calls, about themselves.
pub(super) fn own<T>(request: &Request<T>) -> Result<(AccountId, UserId), Status> {
    let caller = rpc::caller(request)?;
    Ok((caller.account_id()?, caller.user_id()?))
}

/// Whom the caller may see with this permission.
pub(super) fn sight(caller: &Caller, permission: Permission) -> Result<Sight, Fault> {
    Ok(match caller.reach(permission) {
        Reach::Account | Reach::Platform => Sight::Everybody,
        Reach::Groups(covers) => Sight::Covered(caller.user_id()?, covers),
        Reach::Own | Reach::None => Sight::Own(caller.user_id()?),
    })
}

/// Whom the caller may not see does not exist for them.
pub(super) async fn visible(
    app: &App,
    caller: &Caller,
    permission: Permission,
    person: UserId,
) -> Result<(), Fault> {
    let sight = sight(caller, permission)?;
    match app.sees(caller.account_id()?, &sight, person).await? {
        true => Ok(()),
        false => Err(Error::PersonUnknown.into()),
    }
}
