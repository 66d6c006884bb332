//! Accounts.

use access::roles::{ROLES, Role};
use api::identity::v1 as wire;
use chrono_tz::Tz;
use fault::At;

use super::{Mask, etag, grant, masked, timestamp};
use crate::{
    app::account::SettingsEdit,
    domain::{
        account::{Account, AccountState, Country, Settings},
        factor::FactorPolicy,
        seats::SeatUsage,
        sharing,
    },
};

const EDITABLE: [&str; 6] = [
    "display_name",
    "time_zone",
    "country_code",
    "seats",
    "second_factor_roles",
    "sharing_policy",
];

pub(in crate::grpc) fn to_wire(account: &Account) -> wire::Account {
    let state = match account.state {
        AccountState::Active => wire::AccountState::Active,
        AccountState::Suspended => wire::AccountState::Suspended,
    };
    wire::Account {
        account_id: account.id.to_string(),
        display_name: account.settings.display_name.to_string(),
        time_zone: account.settings.time_zone.name().to_owned(),
        country_code: account.settings.country.to_string(),
        seats: account.settings.seats,
        state: state.into(),
        owner_id: account.owner.to_string(),
        create_time: timestamp(account.created),
        update_time: timestamp(account.updated),
        etag: account.etag(),
        second_factor_roles: account
            .settings
            .second_factor
            .as_slice()
            .iter()
            .map(|role| grant::role_to_wire(*role).into())
            .collect(),
        sharing_policy: super::sharing::policy_to_wire(account.settings.sharing).into(),
    }
}

/// The settings of a new account; time zone and country have defaults.
pub(in crate::grpc) fn settings(
    at: &mut At<'_>,
    account: Option<wire::Account>,
) -> Option<Settings> {
    let account = at.required("account", account)?;
    let mut at = at.at("account");
    let display_name = at.parse("display_name", &account.display_name);
    let time_zone = time_zone(&mut at, or(&account.time_zone, "Etc/UTC"));
    let country = at.parse("country_code", or(&account.country_code, "US"));
    let seats = seats(&mut at, account.seats);
    let second_factor = second_factor(&mut at, &account.second_factor_roles);
    let sharing = match account.sharing_policy {
        0 => Some(sharing::Policy::default()),
        chosen => super::sharing::policy(&mut at, chosen),
    };
    Some(Settings {
        display_name: display_name?,
        time_zone: time_zone?,
        country: country?,
        seats: seats?,
        second_factor: second_factor?,
        sharing: sharing?,
    })
}

/// The etag of the account and the settings that the mask names.
pub(in crate::grpc) fn edit(
    at: &mut At<'_>,
    account: Option<wire::Account>,
    mask: Option<&prost_types::FieldMask>,
) -> Option<(String, SettingsEdit)> {
    let mask = Mask::read(at, mask, &EDITABLE);
    let account = at.required("account", account)?;
    let mut at = at.at("account");
    let etag = etag(&mut at, account.etag);
    let mask = mask?;
    let display_name = masked(&mut at, &mask, "display_name", &account.display_name);
    let time_zone = match mask.has("time_zone") {
        true => time_zone(&mut at, &account.time_zone).map(Some),
        false => Some(None),
    };
    let country = masked::<Country>(&mut at, &mask, "country_code", &account.country_code);
    let seats = match mask.has("seats") {
        true => seats(&mut at, account.seats).map(Some),
        false => Some(None),
    };
    let second_factor = match mask.has("second_factor_roles") {
        true => second_factor(&mut at, &account.second_factor_roles).map(Some),
        false => Some(None),
    };
    let sharing = match mask.has("sharing_policy") {
        true => super::sharing::policy(&mut at, account.sharing_policy).map(Some),
        false => Some(None),
    };
    let edit = SettingsEdit {
        display_name: display_name?,
        time_zone: time_zone?,
        country: country?,
        seats: seats?,
        second_factor: second_factor?,
        sharing: sharing?,
    };
    Some((etag?, edit))
}

pub(in crate::grpc) fn usage(usage: SeatUsage) -> wire::SeatUsage {
    wire::SeatUsage {
        seats: usage.seats,
        used: usage.used,
    }
}

fn time_zone(at: &mut At<'_>, name: &str) -> Option<Tz> {
    at.accept(
        "time_zone",
        name.parse()
            .map_err(|_| "must be an IANA time zone such as Europe/Berlin"),
    )
}

fn seats(at: &mut At<'_>, seats: u32) -> Option<u32> {
    let fits = (1..=SeatUsage::MAX).contains(&seats);
    at.must(
        fits,
        "seats",
        format_args!("must be 1 to {}", SeatUsage::MAX),
    )
    .then_some(seats)
}

fn second_factor(at: &mut At<'_>, roles: &[i32]) -> Option<FactorPolicy> {
    const FIELD: &str = "second_factor_roles";
    let most = ROLES.len();
    let few = at.must(
        roles.len() <= most,
        FIELD,
        format_args!("must be at most {most}"),
    );
    let mut known = Vec::new();
    for (index, role) in roles.iter().take(most).enumerate() {
        let role = grant::known_role(*role);
        if role.is_none() {
            at.index(FIELD, index).here("must be a role");
        }
        known.push(role);
    }
    let known: Option<Vec<Role>> = known.into_iter().collect();
    Some(FactorPolicy::new(&known.filter(|_| few)?))
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}
