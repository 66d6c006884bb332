//! The demo company: eight people, three numbers, a queue, a ring group and a
//! menu, made through the public API as any customer's would be.

use std::time::Duration;

use api::{
    directory::v1::{
        CreateExtensionRequest, CreateMenuRequest, CreateNumberRequest, CreateQueueRequest,
        CreateRingGroupRequest, Device, DeviceKind, Extension, Menu, MenuKey, Number, Queue,
        QueueMember, RingGroup, Target, extension_service_client::ExtensionServiceClient,
        menu_service_client::MenuServiceClient, number_service_client::NumberServiceClient,
        queue_service_client::QueueServiceClient, ring_group_service_client::RingGroupServiceClient,
        target::Kind,
    },
    identity::v1::{
        AcceptInvitationRequest, Account, CreateAccountRequest, Grant, GrantRoleRequest,
        InviteUserRequest, Role, User, access_service_client::AccessServiceClient,
        account_service_client::AccountServiceClient, user_service_client::UserServiceClient,
    },
};
use clock::Clock;
use mesh::Service;
use rpc::client::Tokens;

use crate::{
    answer::Doing as _,
    session::{Addresses, Session},
};

/// The shortest ringing the directory allows.
pub(crate) const RING: Duration = Duration::from_secs(5);
/// Rest after a call of the queue.
pub(crate) const WRAP_UP: Duration = Duration::from_secs(1);
/// How long a caller waits in the queue before the voicemail.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(4);
/// Answers within this count for the service level.
pub(crate) const SERVICE_LEVEL: Duration = Duration::from_secs(1);
/// Hang-ups before this do not count as abandoned.
pub(crate) const SHORT_ABANDON: Duration = Duration::from_secs(1);

/// The key of the menu that leads to the ring group.
pub(crate) const SALES_KEY: &str = "1";
/// The key of the menu that leads to the queue.
pub(crate) const SUPPORT_KEY: &str = "2";
/// The first of the keys that lead to the people of the queue, in order.
const FIRST_PERSON_KEY: usize = 3;

const NAME: &str = "Strowger & Daughters";
const PEOPLE: [(&str, &str, &str); 8] = [
    ("Ada", "Okafor", "Managing director"),
    ("Bruno", "Keller", "Office manager"),
    ("Carla", "Mendes", "Support"),
    ("Dmitri", "Volkov", "Support"),
    ("Elif", "Demir", "Support"),
    ("Felix", "Braun", "Sales"),
    ("Grace", "Lim", "Sales"),
    ("Hugo", "Martin", "Sales"),
];
/// Who of [`PEOPLE`] is in which team.
const SUPPORT: std::ops::Range<usize> = 2..5;
const SALES: std::ops::Range<usize> = 5..8;

/// What distinguishes one founding from another.
#[derive(Debug, Clone)]
pub(crate) struct Founding {
    /// The company's name.
    pub(crate) name: String,
    /// The part of the e-mail addresses behind the `@`.
    pub(crate) domain: String,
    /// Everybody's password.
    pub(crate) password: String,
    /// The last three digits of the main number; the other two follow it. All
    /// are of the block that German films use.
    pub(crate) block: u16,
}

/// A person of the company, signed in.
pub(crate) struct Person {
    pub(crate) first_name: &'static str,
    pub(crate) session: Session,
    pub(crate) extension_id: String,
    pub(crate) device_id: String,
}

/// A number of the company.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) number_id: String,
    pub(crate) e164: String,
}

/// The company as founded.
pub(crate) struct Company {
    pub(crate) people: Vec<Person>,
    pub(crate) queue_id: String,
    pub(crate) ring_group_id: String,
    pub(crate) main: Line,
    pub(crate) support: Line,
    pub(crate) sales: Line,
}

impl Company {
    /// The owner.
    pub(crate) fn owner(&self) -> &Session {
        &self.people[0].session
    }

    /// The person of an id.
    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.session.person == id)
    }

    /// What people call somebody; the id when it is nobody of ours.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.person(id).map_or(id, |person| person.first_name)
    }

    /// The people who answer the queue, by id.
    pub(crate) fn support_team(&self) -> impl Iterator<Item = &str> {
        self.people[SUPPORT].iter().map(|person| person.session.person.as_str())
    }

    /// The people who ring together for sales, by id.
    pub(crate) fn sales_team(&self) -> impl Iterator<Item = &str> {
        self.people[SALES].iter().map(|person| person.session.person.as_str())
    }

    /// The key of the menu that leads to a person of the queue.
    pub(crate) fn key_of(&self, id: &str) -> Option<String> {
        let place = self.support_team().position(|member| member == id)?;
        Some((FIRST_PERSON_KEY + place).to_string())
    }
}

/// Founds the company and signs everybody in.
///
/// # Errors
///
/// What a service answered, and to what.
pub(crate) async fn found(
    addresses: &Addresses,
    bootstrap_key: &str,
    founding: &Founding,
) -> anyhow::Result<Company> {
    let sessions = hire(addresses, bootstrap_key, founding).await?;
    install(sessions, founding).await
}

/// Makes the account and its people; the first of them owns it.
async fn hire(
    addresses: &Addresses,
    bootstrap_key: &str,
    founding: &Founding,
) -> anyhow::Result<Vec<Session>> {
    let open = addresses.peer(Service::Identity, None)?;
    let key = Tokens::exchange(open.clone(), bootstrap_key.into(), Clock::system());
    let platform = addresses.peer(Service::Identity, Some(key))?;
    let [(first_name, last_name, _), ..] = PEOPLE;
    let account = CreateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            display_name: founding.name.clone(),
            time_zone: "Europe/Berlin".to_owned(),
            country_code: "DE".to_owned(),
            seats: u32::try_from(PEOPLE.len())?,
            ..Account::default()
        }),
        owner_first_name: first_name.to_owned(),
        owner_last_name: last_name.to_owned(),
        owner_email: founding.email(first_name),
        owner_password: String::new(),
    };
    let created = AccountServiceClient::new(platform).create_account(account).await;
    let invitation = created.doing("create the company")?.owner_invitation_token;
    let mut users = UserServiceClient::new(open);
    let owner = async |users: &mut UserServiceClient<_>, invitation_token| {
        let accept =
            AcceptInvitationRequest { invitation_token, password: founding.password.clone() };
        users.accept_invitation(accept).await.doing("accept an invitation")
    };
    owner(&mut users, invitation).await?;
    let mut sessions = vec![founding.sign_in(addresses, first_name).await?];
    let mut inviting = UserServiceClient::new(sessions[0].peer(Service::Identity)?);
    for (first_name, last_name, job_title) in PEOPLE.into_iter().skip(1) {
        let invite = InviteUserRequest {
            request_id: request_id(),
            user: Some(User {
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
                email: founding.email(first_name),
                job_title: job_title.to_owned(),
                ..User::default()
            }),
        };
        let invited = inviting.invite_user(invite).await.doing(&format!("invite {first_name}"))?;
        owner(&mut users, invited.invitation_token).await?;
        sessions.push(founding.sign_in(addresses, first_name).await?);
    }
    Ok(sessions)
}

/// Makes extensions, the queue, the ring group, the menu and the numbers.
async fn install(sessions: Vec<Session>, founding: &Founding) -> anyhow::Result<Company> {
    let directory = sessions[0].peer(Service::Directory)?;
    let mut extensions = ExtensionServiceClient::new(directory.clone());
    let mut people = Vec::new();
    for ((first_name, last_name, _), (place, session)) in
        PEOPLE.into_iter().zip(sessions.into_iter().enumerate())
    {
        let extension = Extension {
            person_id: session.person.clone(),
            short_number: (101 + place).to_string(),
            display_name: format!("{first_name} {last_name}"),
            devices: vec![Device {
                kind: DeviceKind::App.into(),
                label: format!("{first_name}'s phone"),
                ..Device::default()
            }],
            ring_timeout: duration(RING),
            ..Extension::default()
        };
        let request = CreateExtensionRequest { request_id: request_id(), extension: Some(extension) };
        let made = extensions.create_extension(request).await;
        let made = made.doing(&format!("give {first_name} an extension"))?;
        let device_id = made.devices.first().map(|device| device.device_id.clone());
        people.push(Person {
            first_name,
            session,
            extension_id: made.extension_id,
            device_id: device_id.unwrap_or_default(),
        });
    }
    let queue = Queue {
        display_name: "support".to_owned(),
        members: people[SUPPORT].iter().map(member).collect(),
        ring_timeout: duration(RING),
        wrap_up: duration(WRAP_UP),
        max_wait: duration(MAX_WAIT),
        service_level_threshold: duration(SERVICE_LEVEL),
        short_abandon_threshold: duration(SHORT_ABANDON),
        ..Queue::default()
    };
    let request = CreateQueueRequest { request_id: request_id(), queue: Some(queue) };
    let queue = QueueServiceClient::new(directory.clone()).create_queue(request).await;
    let queue_id = queue.doing("create the queue")?.queue_id;
    let group = RingGroup {
        display_name: "sales".to_owned(),
        member_ids: people[SALES].iter().map(|person| person.session.person.clone()).collect(),
        ring_timeout: duration(RING),
        ..RingGroup::default()
    };
    let request = CreateRingGroupRequest { request_id: request_id(), ring_group: Some(group) };
    let group = RingGroupServiceClient::new(directory.clone()).create_ring_group(request).await;
    let ring_group_id = group.doing("create the ring group")?.ring_group_id;
    supervise(&people, &queue_id).await?;

    let mut keys = vec![
        key(SALES_KEY, "Sales", Kind::RingGroupId(ring_group_id.clone())),
        key(SUPPORT_KEY, "Support", Kind::QueueId(queue_id.clone())),
    ];
    keys.extend(people[SUPPORT].iter().enumerate().map(|(place, person)| {
        let digit = (FIRST_PERSON_KEY + place).to_string();
        key(&digit, person.first_name, Kind::ExtensionId(person.extension_id.clone()))
    }));
    let menu = Menu {
        display_name: "reception".to_owned(),
        prompt: "welcome".to_owned(),
        keys,
        ..Menu::default()
    };
    let request = CreateMenuRequest { request_id: request_id(), menu: Some(menu) };
    let menu = MenuServiceClient::new(directory.clone()).create_menu(request).await;
    let menu_id = menu.doing("create the menu")?.menu_id;

    let mut numbers = NumberServiceClient::new(directory);
    let mut lines = Vec::new();
    for (place, (label, target)) in (0..).zip([
        ("main", Kind::MenuId(menu_id)),
        ("support", Kind::QueueId(queue_id.clone())),
        ("sales", Kind::RingGroupId(ring_group_id.clone())),
    ]) {
        let number = Number {
            e164: format!("+49 30 23125 {:03}", (founding.block + place) % 1000),
            label: label.to_owned(),
            target: Some(Target { kind: Some(target) }),
            ..Number::default()
        };
        let request = CreateNumberRequest { request_id: request_id(), number: Some(number) };
        let made = numbers.create_number(request).await.doing(&format!("create the {label} number"))?;
        lines.push(Line { number_id: made.number_id, e164: made.e164 });
    }
    let [main, support, sales] = lines
        .try_into()
        .map_err(|_| anyhow::anyhow!("the directory lost a number on the way"))?;
    Ok(Company { people, queue_id, ring_group_id, main, support, sales })
}

/// The second person keeps the phone system, the fifth watches over the queue.
async fn supervise(people: &[Person], queue_id: &str) -> anyhow::Result<()> {
    let mut access = AccessServiceClient::new(people[0].session.peer(Service::Identity)?);
    let technical = (&people[1], Role::Technical, Vec::new());
    let supervisor = (&people[4], Role::Supervisor, vec![queue_id.to_owned()]);
    for (person, role, group_ids) in [technical, supervisor] {
        let grant = Grant {
            user_id: person.session.person.clone(),
            role: role.into(),
            group_ids,
            ..Grant::default()
        };
        let request = GrantRoleRequest { request_id: request_id(), grant: Some(grant) };
        access.grant_role(request).await.doing(&format!("make {} {role:?}", person.first_name))?;
    }
    Ok(())
}

impl Founding {
    /// With the same name and numbers every time.
    pub(crate) fn in_an_empty_mesh() -> Self {
        Self {
            name: NAME.to_owned(),
            domain: "strowger.example".to_owned(),
            password: random_password(),
            block: 100,
        }
    }

    /// With addresses and numbers that no other company is likely to have.
    pub(crate) fn unlike_any_other() -> Self {
        let mark = random_bits();
        Self {
            name: NAME.to_owned(),
            domain: format!("strowger-{:06x}.example", mark >> 40),
            password: random_password(),
            block: u16::try_from(mark % 1000).unwrap_or_default(),
        }
    }

    pub(crate) fn email(&self, first_name: &str) -> String {
        format!("{}@{}", first_name.to_lowercase(), self.domain)
    }

    /// The login of the owner.
    pub(crate) fn owner_email(&self) -> String {
        let [(first_name, ..), ..] = PEOPLE;
        self.email(first_name)
    }

    async fn sign_in(&self, addresses: &Addresses, first_name: &str) -> anyhow::Result<Session> {
        Session::sign_in(addresses, &self.email(first_name), &self.password).await
    }
}

fn member(person: &Person) -> QueueMember {
    QueueMember { person_id: person.session.person.clone(), ..QueueMember::default() }
}

fn key(key: &str, label: &str, target: Kind) -> MenuKey {
    let target = Some(Target { kind: Some(target) });
    MenuKey { key: key.to_owned(), label: label.to_owned(), target }
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    duration.try_into().ok()
}

/// Nobody has to remember it.
fn random_password() -> String {
    format!("{:016x}{:016x}", random_bits(), random_bits())
}

#[expect(clippy::disallowed_methods, reason = "names and passwords of a demo; no decision rests on them")]
fn random_bits() -> u64 {
    rand::random()
}

/// New for every request: each is sent once and repeated by the peer alone.
fn request_id() -> String {
    ids::EventId::generate().to_string()
}
