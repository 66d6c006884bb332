use api::access::v1::{Audience, ErrorReason, Permission, Scope};
use api::policy::Policy;
use fault::Fault;

use crate::caller::{Caller, Reach, Subject};

/// Decides whether `caller` may call the method at all. Pure; what is not
/// allowed by the policy is denied.
///
/// It says nothing about *which* data: the handler narrows its query by
/// [`Caller::reach`].
///
/// # Errors
/// `UNAUTHENTICATED` without a caller, else `PERMISSION_DENIED`, with the
/// missing permission or audience and the method in the metadata.
pub fn authorize(policy: &Policy, caller: Option<&Caller>) -> Result<(), Fault> {
    if policy.is_open() {
        return Ok(());
    }
    let caller = caller.ok_or_else(crate::token_missing)?;
    let audience = audience(caller.subject);
    if !policy.admits(audience) {
        return Err(mismatch(
            policy,
            audience,
            "this method is not for this kind of caller",
        ));
    }
    // A key of the platform belongs to no account, so a method that takes the
    // tenant from the token would have none; and the other way round, nobody
    // inside an account may name another one.
    if caller.is_platform() != (policy.scope() == Scope::Platform) {
        return Err(mismatch(
            policy,
            audience,
            "this method is for the other side of the tenant boundary",
        ));
    }
    match policy.permission() {
        // Declared for nobody in particular is a mistake, not an invitation.
        Permission::Unspecified => Err(Fault::denied(
            ErrorReason::PolicyMissing,
            "this method does not say who may call it",
        )
        .with("method", policy.path)),
        permission if caller.reach(permission) == Reach::None => {
            let name = crate::permission::name(permission);
            Err(Fault::denied(
                ErrorReason::PermissionMissing,
                format!("the permission {name} is missing"),
            )
            .with("permission", name)
            .with("method", policy.path))
        }
        _ => Ok(()),
    }
}

fn audience(subject: Subject) -> Audience {
    match subject {
        Subject::User(_) => Audience::Person,
        Subject::Service(_) => Audience::Service,
        Subject::Edge(_) => Audience::Edge,
    }
}

fn mismatch(policy: &Policy, audience: Audience, message: &'static str) -> Fault {
    let name = audience.as_str_name();
    Fault::denied(ErrorReason::AudienceMismatch, message)
        .with("audience", name.strip_prefix("AUDIENCE_").unwrap_or(name))
        .with("method", policy.path)
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
