//! People.

use api::identity::v1 as wire;
use fault::At;

use super::{Mask, etag, grant, masked, timestamp};
use crate::{
    app::user::ProfileEdit,
    domain::{
        grant::Roles,
        user::{Profile, User, UserState},
    },
};

const EDITABLE: [&str; 4] = ["first_name", "last_name", "email", "job_title"];

pub(in crate::grpc) fn to_wire(user: &User, roles: &Roles) -> wire::User {
    wire::User {
        user_id: user.id.to_string(),
        first_name: user.first_name.to_string(),
        last_name: user.last_name.to_string(),
        email: user.email.to_string(),
        job_title: user.job_title.to_string(),
        state: state_to_wire(user.state).into(),
        roles: roles
            .as_slice()
            .iter()
            .map(|role| grant::role_to_wire(*role).into())
            .collect(),
        create_time: timestamp(user.created),
        update_time: timestamp(user.updated),
        etag: user.etag(),
    }
}

/// What is known about somebody new.
pub(in crate::grpc) fn profile(at: &mut At<'_>, user: Option<wire::User>) -> Option<Profile> {
    let user = at.required("user", user)?;
    let mut at = at.at("user");
    let first_name = at.parse("first_name", &user.first_name);
    let last_name = at.parse("last_name", &user.last_name);
    let email = at.parse("email", &user.email);
    let job_title = at.parse("job_title", &user.job_title);
    Some(Profile {
        first_name: first_name?,
        last_name: last_name?,
        email: email?,
        job_title: job_title?,
    })
}

/// Whom to edit, from which etag, and what the mask names.
pub(in crate::grpc) fn edit(
    at: &mut At<'_>,
    user: Option<wire::User>,
    mask: Option<&prost_types::FieldMask>,
) -> Option<(ids::UserId, String, ProfileEdit)> {
    let mask = Mask::read(at, mask, &EDITABLE);
    let user = at.required("user", user)?;
    let mut at = at.at("user");
    let id = at.parse("user_id", &user.user_id);
    let etag = etag(&mut at, user.etag);
    let mask = mask?;
    let first_name = masked(&mut at, &mask, "first_name", &user.first_name);
    let last_name = masked(&mut at, &mask, "last_name", &user.last_name);
    let email = masked(&mut at, &mask, "email", &user.email);
    let job_title = masked(&mut at, &mask, "job_title", &user.job_title);
    let edit = ProfileEdit {
        first_name: first_name?,
        last_name: last_name?,
        email: email?,
        job_title: job_title?,
    };
    Some((id?, etag?, edit))
}

/// The state to filter by; none for all.
pub(in crate::grpc) fn state_filter(at: &mut At<'_>, state: i32) -> Option<Option<UserState>> {
    match wire::UserState::try_from(state) {
        Ok(wire::UserState::Unspecified) => Some(None),
        Ok(wire::UserState::Invited) => Some(Some(UserState::Invited)),
        Ok(wire::UserState::Active) => Some(Some(UserState::Active)),
        Ok(wire::UserState::Suspended) => Some(Some(UserState::Suspended)),
        Ok(wire::UserState::Deactivated) => Some(Some(UserState::Deactivated)),
        Err(_) => {
            at.field("state", "must be a state, or unspecified for all");
            None
        }
    }
}

fn state_to_wire(state: UserState) -> wire::UserState {
    match state {
        UserState::Invited => wire::UserState::Invited,
        UserState::Active => wire::UserState::Active,
        UserState::Suspended => wire::UserState::Suspended,
        UserState::Deactivated => wire::UserState::Deactivated,
    }
}
