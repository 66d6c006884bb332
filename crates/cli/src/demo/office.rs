//! The demo company: an owner, eight people, three numbers, a queue, a ring
//! group and a menu, made through the public API as any customer's would be.

use std::time::Duration;

use api::{
    directory::v1::{Menu, MenuKey, Queue, RingGroup, Target, target::Kind},
    identity::v1::Role,
};
use company::{Company, Desk, Member, Platform, queue_members, ring_members};

/// The shortest ringing the directory allows.
pub(crate) const RING: Duration = Duration::from_secs(5);
/// Rest after a call of the queue.
pub(crate) const WRAP_UP: Duration = Duration::from_secs(1);
/// How long a caller waits in the queue before the voicemail.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(4);
/// Answers within this count for the service level.
pub(crate) const SERVICE_LEVEL: Duration = Duration::from_secs(2);
/// Hang-ups before this do not count as abandoned.
pub(crate) const SHORT_ABANDON: Duration = Duration::from_secs(1);

/// The key of the menu that leads to the ring group.
pub(crate) const SALES_KEY: &str = "1";
/// The key of the menu that leads to the queue.
pub(crate) const SUPPORT_KEY: &str = "2";
/// The first of the keys that lead to the people of the queue, in order.
const FIRST_PERSON_KEY: usize = 3;

const NAME: &str = "Strowger & Daughters";
const PEOPLE: [(&str, &str); 8] = [
    ("Ada", "Okafor"),
    ("Bruno", "Keller"),
    ("Carla", "Mendes"),
    ("Dmitri", "Volkov"),
    ("Elif", "Demir"),
    ("Felix", "Braun"),
    ("Grace", "Lim"),
    ("Hugo", "Martin"),
];
/// Who of [`PEOPLE`] does what.
const TECHNICIAN: usize = 1;
const SUPPORT: std::ops::Range<usize> = 2..5;
const SUPERVISOR: usize = 4;
const SALES: std::ops::Range<usize> = 5..8;

/// The company as founded, everybody signed in.
#[derive(Debug)]
pub(crate) struct Office {
    company: Company,
    pub(crate) people: Vec<Member>,
    pub(crate) queue_id: String,
    pub(crate) ring_group_id: String,
    /// Leads to the menu.
    pub(crate) main: Line,
    /// Leads to the queue.
    pub(crate) support: Line,
    /// Leads to the ring group.
    pub(crate) sales: Line,
}

/// A number of the company.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) number_id: String,
    pub(crate) e164: String,
}

impl Office {
    /// Founds the company.
    ///
    /// # Errors
    ///
    /// What a service answered, and to what.
    pub(crate) async fn open(platform: &Platform) -> anyhow::Result<Self> {
        let company = platform.found(NAME).await?;
        let mut people = Vec::new();
        for (first_name, last_name) in PEOPLE {
            people.push(company.hire(first_name, last_name).await?);
        }
        let queue = company.queue(support(&people)).await?;
        let group = RingGroup {
            display_name: "sales".to_owned(),
            member_ids: ring_members(&people[SALES].iter().collect::<Vec<_>>()),
            ring_timeout: RING.try_into().ok(),
            ..RingGroup::default()
        };
        let group = company.ring_group(group).await?;
        let (queue_id, ring_group_id) = (queue.queue_id, group.ring_group_id);
        let menu = company
            .menu(reception(&people, &queue_id, &ring_group_id))
            .await?;
        company
            .grant(&people[TECHNICIAN], Role::Technical, &[])
            .await?;
        company
            .grant(&people[SUPERVISOR], Role::Supervisor, &[&queue_id])
            .await?;
        let line = async |target| {
            let number = company.number(target).await?;
            anyhow::Ok(Line {
                number_id: number.number_id,
                e164: number.e164,
            })
        };
        Ok(Self {
            main: line(Kind::MenuId(menu.menu_id)).await?,
            support: line(Kind::QueueId(queue_id.clone())).await?,
            sales: line(Kind::RingGroupId(ring_group_id.clone())).await?,
            company,
            people,
            queue_id,
            ring_group_id,
        })
    }

    /// `acc_…`.
    pub(crate) fn account_id(&self) -> &str {
        self.company.account_id()
    }

    /// The login of the owner.
    pub(crate) fn owner_email(&self) -> &str {
        self.company.owner().email()
    }

    /// Everything, as the owner sees it.
    pub(crate) fn desk(&self) -> &Desk {
        self.company.owner().desk()
    }

    /// The person of an id.
    pub(crate) fn person(&self, id: &str) -> Option<&Member> {
        self.people.iter().find(|person| person.user_id() == id)
    }

    /// What people call somebody; the id when it is nobody of ours.
    pub(crate) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.person(id).map_or(id, Member::name)
    }

    /// The people who answer the queue.
    pub(crate) fn support_team(&self) -> &[Member] {
        &self.people[SUPPORT]
    }

    /// The people who ring together for sales.
    pub(crate) fn sales_team(&self) -> &[Member] {
        &self.people[SALES]
    }

    /// The key of the menu that leads to a person of the queue.
    pub(crate) fn key_of(&self, id: &str) -> Option<String> {
        let place = self
            .support_team()
            .iter()
            .position(|member| member.user_id() == id)?;
        Some((FIRST_PERSON_KEY + place).to_string())
    }
}

fn support(people: &[Member]) -> Queue {
    Queue {
        display_name: "support".to_owned(),
        members: queue_members(&people[SUPPORT].iter().collect::<Vec<_>>()),
        ring_timeout: RING.try_into().ok(),
        wrap_up: WRAP_UP.try_into().ok(),
        max_wait: MAX_WAIT.try_into().ok(),
        service_level_threshold: SERVICE_LEVEL.try_into().ok(),
        short_abandon_threshold: SHORT_ABANDON.try_into().ok(),
        ..Queue::default()
    }
}

fn reception(people: &[Member], queue_id: &str, ring_group_id: &str) -> Menu {
    let key = |key: &str, label: &str, target| MenuKey {
        key: key.to_owned(),
        label: label.to_owned(),
        target: Some(Target { kind: Some(target) }),
    };
    let mut keys = vec![
        key(
            SALES_KEY,
            "Sales",
            Kind::RingGroupId(ring_group_id.to_owned()),
        ),
        key(SUPPORT_KEY, "Support", Kind::QueueId(queue_id.to_owned())),
    ];
    keys.extend(people[SUPPORT].iter().enumerate().map(|(place, person)| {
        let extension = Kind::ExtensionId(person.extension_id().to_owned());
        key(
            &(FIRST_PERSON_KEY + place).to_string(),
            person.name(),
            extension,
        )
    }));
    Menu {
        display_name: "reception".to_owned(),
        prompt: "welcome".to_owned(),
        keys,
        ..Menu::default()
    }
}
