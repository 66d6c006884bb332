//! Every way in which identity fails, and what each looks like on the wire.

use std::time::Duration;

use ::live::LiveError;
use ::store::{StoreError, replay::ReplayError};
use access::{MAX_COVERED, Permission, SigningError, permission};
use api::{
    access::v1::ErrorReason as Shared,
    identity::v1::{ErrorReason as Reason, ImportUsersResponse},
};
use chrono::SecondsFormat;
use fault::Fault;
use sea_orm::DbErr;
use totp_rs::TotpError;

use crate::{
    app::{hashing::HashingError, session::Elsewhere, vault::VaultError},
    domain::{
        account::InvalidAccountTransition,
        challenge::ChallengeInvalid,
        grant::Forbidden,
        invitation::InvitationInvalid,
        password::Unacceptable,
        reset::ResetInvalid,
        role::{MAX_HELD, MAX_ROLES},
        seats::SeatsExhausted,
        service_key::{BeyondGiver, KeyOver, MAX_IN_USE},
        sharing::{FindingState, InvalidDismissal},
        user::InvalidTransition,
    },
    store::Unreadable,
};

/// What stops a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Unknown, wrong or not allowed to sign in; one for all.
    #[error("e-mail and password do not fit")]
    Credentials,
    /// Somebody would reset their own second factor.
    #[error("must be somebody else")]
    OwnFactor,
    /// Somebody signed in does not know their own password.
    #[error("this is not the current password")]
    CurrentPassword,
    /// Too many attempts.
    #[error("too many attempts")]
    Throttled(Duration),
    /// The refresh token is of no live session.
    #[error("the refresh token is unknown or expired, or its session has ended")]
    RefreshRejected,
    /// The refresh token was used before.
    #[error("the refresh token was used twice; the session has ended")]
    RefreshReused,
    /// No such service key.
    #[error("the service key is unknown or expired")]
    ServiceKey,
    /// Not in this account.
    #[error("there is no such service key in this account")]
    KeyNotFound,
    /// As many as can be are in use.
    #[error("the account has {MAX_IN_USE} service keys in use; revoke one first")]
    KeysExhausted,
    /// Not in this account.
    #[error("there is no such role in this account")]
    RoleNotFound,
    /// Somebody has it.
    #[error("{0} people have this role; take it from them, or force it")]
    RoleInUse(usize),
    /// As many as can be.
    #[error("the account has {MAX_ROLES} roles of its own; delete one first")]
    RolesExhausted,
    /// As many as one person can hold.
    #[error("a person holds at most {MAX_HELD} of the account's own roles")]
    HeldExhausted,
    /// More than travels in a token.
    #[error(
        "the roles of a person cover at most {MAX_COVERED} things; give them the whole account, with a role of its own"
    )]
    CoverageExhausted,
    /// Nothing in the role is bound to things.
    #[error("group_ids must be empty: nothing in this role is bound to them")]
    CoversNothing,
    /// Revoked or expired.
    #[error(transparent)]
    KeyOver(#[from] KeyOver),
    /// More than the giver holds.
    #[error(transparent)]
    KeyBeyond(#[from] BeyondGiver),
    /// The caller's own standing has changed since their token was made.
    #[error("the caller may no longer act")]
    CallerGone,
    /// The caller's grants have changed since their token was made.
    #[error("the permission is missing")]
    PermissionMissing(Permission),
    /// No seat left.
    #[error(transparent)]
    Seats(#[from] SeatsExhausted),
    /// Somebody has this address.
    #[error("somebody has this e-mail address")]
    EmailTaken,
    /// Not in this account.
    #[error("there is no such account here")]
    AccountNotFound,
    /// Not in this account.
    #[error("there is no such person in this account")]
    UserNotFound,
    /// Not in this state.
    #[error(transparent)]
    UserState(#[from] InvalidTransition),
    /// Not in this state.
    #[error(transparent)]
    AccountState(#[from] InvalidAccountTransition),
    /// The account allows one session, and there is another.
    #[error("there is another session; take it over to sign in here")]
    SessionElsewhere(Elsewhere),
    /// Not of this person.
    #[error("there is no such session")]
    SessionNotFound,
    /// Nothing was found about such a person.
    #[error("there is no finding about such a person in this account")]
    FindingNotFound,
    /// Not in this state.
    #[error(transparent)]
    FindingState(#[from] InvalidDismissal),
    /// Unknown, used or expired.
    #[error(transparent)]
    Invitation(#[from] InvitationInvalid),
    /// Unknown, used or expired.
    #[error(transparent)]
    Challenge(#[from] ChallengeInvalid),
    /// Wrong, or used before.
    #[error("the code is wrong or was used before")]
    Factor,
    /// Nothing to confirm, to disable or to recover.
    #[error("there is no second factor, or no enrolment to confirm")]
    FactorMissing,
    /// The account's policy.
    #[error("a role of yours demands a second factor")]
    FactorRequired,
    /// Unknown, used or expired.
    #[error(transparent)]
    Reset(#[from] ResetInvalid),
    /// A new password that is not good enough.
    #[error("{field} {why}")]
    Password {
        /// Where in the request it stands.
        field: &'static str,
        /// Why.
        why: Unacceptable,
    },
    /// The rules of escalation.
    #[error(transparent)]
    Grant(#[from] Forbidden),
    /// The account would lose its owner.
    #[error("an account keeps its owner; transfer the ownership first")]
    OwnerRequired,
    /// Somebody else was faster.
    #[error("the etag is not the current one")]
    EtagMismatch,
    /// A dry run, which leaves nothing behind.
    #[error("a dry run was rolled back")]
    DryRun(Box<ImportUsersResponse>),
    /// The method asked about does not exist.
    #[error("there is no such method")]
    MethodUnknown,
    /// No signing key yet: the database was never reached.
    #[error("there is no signing key yet")]
    NoSigningKey,
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A repeated request.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Redis.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// A row that says what the domain never wrote.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The password hash.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The master key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A stored secret that no authenticator can have.
    #[error("a stored secret is not one of an authenticator")]
    Authenticator(#[from] TotpError),
    /// An access token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        StoreError::from(error).into()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Credentials | Error::CurrentPassword => {
                Self::unauthenticated(Reason::CredentialsRejected, text)
            }
            Error::Throttled(wait) => {
                Self::exhausted(Reason::AttemptsThrottled, text).retry_after(wait)
            }
            Error::RefreshRejected => Self::unauthenticated(Reason::RefreshRejected, text),
            Error::RefreshReused => Self::unauthenticated(Reason::RefreshReused, text),
            Error::ServiceKey => Self::unauthenticated(Reason::ServiceKeyRejected, text),
            Error::KeyNotFound => Self::not_found(Reason::ServiceKeyNotFound, text),
            Error::KeysExhausted => Self::failed_precondition(Reason::ServiceKeysExhausted, text)
                .with("limit", MAX_IN_USE),
            Error::RoleNotFound => Self::not_found(Reason::RoleNotFound, text),
            Error::RoleInUse(holders) => {
                Self::failed_precondition(Reason::RoleInUse, text).with("holders", holders)
            }
            Error::RolesExhausted => {
                Self::failed_precondition(Reason::RolesExhausted, text).with("limit", MAX_ROLES)
            }
            Error::HeldExhausted => {
                Self::failed_precondition(Reason::RolesExhausted, text).with("limit", MAX_HELD)
            }
            Error::CoverageExhausted => Self::failed_precondition(Reason::CoverageExhausted, text)
                .with("limit", MAX_COVERED),
            Error::CoversNothing => Self::field(
                Shared::FieldsInvalid,
                "grant.group_ids",
                "must be empty: nothing in this role is bound to them",
            ),
            Error::KeyOver(KeyOver) => {
                Self::failed_precondition(Reason::ServiceKeyStateConflict, text)
            }
            Error::KeyBeyond(BeyondGiver(permission)) => Self::denied(Reason::GrantForbidden, text)
                .with("permission", permission::name(permission)),
            Error::CallerGone => Self::unauthenticated(Shared::TokenInvalid, text),
            Error::PermissionMissing(permission) => {
                let name = permission::name(permission);
                Self::denied(
                    Shared::PermissionMissing,
                    format!("the permission {name} is missing"),
                )
                .with("permission", name)
            }
            Error::Seats(SeatsExhausted(usage)) => {
                Self::failed_precondition(Reason::SeatsExhausted, text)
                    .with("seats", usage.seats)
                    .with("used", usage.used)
            }
            Error::EmailTaken => Self::already_exists(Reason::EmailTaken, text),
            Error::AccountNotFound => Self::not_found(Reason::AccountNotFound, text),
            Error::UserNotFound => Self::not_found(Reason::UserNotFound, text),
            Error::UserState(refused) => Self::failed_precondition(Reason::UserStateConflict, text)
                .with("state", refused.from.name()),
            Error::AccountState(refused) => {
                Self::failed_precondition(Reason::AccountStateConflict, text)
                    .with("state", refused.from.name())
            }
            Error::SessionNotFound => Self::not_found(Reason::SessionNotFound, text),
            Error::SessionElsewhere(Elsewhere {
                sessions,
                last_active,
            }) => Self::failed_precondition(Reason::SessionElsewhere, text)
                .with("sessions", sessions)
                .with(
                    "last_active",
                    last_active.to_rfc3339_opts(SecondsFormat::Secs, true),
                ),
            Error::FindingNotFound => Self::not_found(Reason::SharingFindingNotFound, text),
            Error::FindingState(InvalidDismissal) => {
                Self::failed_precondition(Reason::SharingFindingStateConflict, text)
                    .with("state", FindingState::Dismissed.name())
            }
            Error::Invitation(InvitationInvalid) => {
                Self::not_found(Reason::InvitationInvalid, text)
            }
            Error::Challenge(ChallengeInvalid) => {
                Self::unauthenticated(Reason::ChallengeInvalid, text)
            }
            Error::OwnFactor => Self::field(Shared::FieldsInvalid, "user_id", text),
            Error::Factor => Self::unauthenticated(Reason::FactorRejected, text),
            Error::FactorMissing => Self::failed_precondition(Reason::FactorMissing, text),
            Error::FactorRequired => Self::failed_precondition(Reason::FactorRequired, text),
            Error::Reset(ResetInvalid) => Self::not_found(Reason::ResetInvalid, text),
            Error::Password { field, why } => Self::field(Reason::PasswordUnacceptable, field, why),
            Error::Grant(forbidden) => {
                let fault = Self::denied(Reason::GrantForbidden, text);
                match (forbidden.role(), forbidden.permission()) {
                    (Some(role), _) => fault.with("role", role),
                    (None, Some(beyond)) => fault.with("permission", permission::name(beyond)),
                    (None, None) => fault,
                }
            }
            Error::OwnerRequired => Self::failed_precondition(Reason::OwnerRequired, text),
            Error::EtagMismatch => Self::aborted(Shared::EtagMismatch, text),
            Error::MethodUnknown => Self::field(
                Shared::FieldsInvalid,
                "method",
                "must be the path of a method",
            ),
            Error::NoSigningKey => Self::lost("postgres", error),
            Error::Store(error) => error.into(),
            Error::Replay(error) => error.into(),
            Error::Live(error) => error.into(),
            Error::Hashing(HashingError::Overloaded) => {
                Self::exhausted(Shared::Overloaded, text).retry_after(Duration::from_secs(1))
            }
            Error::DryRun(_)
            | Error::Unreadable(_)
            | Error::Hashing(_)
            | Error::Vault(_)
            | Error::Authenticator(_)
            | Error::Signing(_) => Self::internal(error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}
