//! Who is in a queue or ring group, as directory tells in the trail: what a supervisor's numbers
//! about people go by.

use access::Covered;
use api::access::v1::ChangeEvent;
use ids::UserId;

/// A queue or ring group has these members from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The queue or ring group.
    pub of: Covered,
    /// Everybody in it; nobody once it is deleted.
    pub people: Vec<UserId>,
}

impl Membership {
    /// What a change says about members; `None` if it leaves them as they were.
    #[must_use]
    pub fn told_by(event: &ChangeEvent) -> Option<Self> {
        let of: Covered = event.subject_id.parse().ok()?;
        let field = match of {
            Covered::Queue(_) => "members",
            Covered::RingGroup(_) => "member_ids",
            Covered::Group(_) | Covered::Menu(_) => return None,
        };
        let change = event.changes.iter().find(|change| change.field == field)?;
        // `usr_… tier 1 static, usr_…`: what follows the person does not matter here.
        let members = change.after.split(", ");
        let people = members.filter_map(|member| member.split(' ').next()?.parse().ok());
        Some(Self {
            of,
            people: people.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use api::access::v1::FieldChange;
    use ids::{QueueId, RingGroupId};

    use super::*;

    fn told(subject: &str, field: &str, after: &str) -> Option<Vec<UserId>> {
        let event = ChangeEvent {
            subject_id: subject.to_owned(),
            changes: vec![FieldChange {
                field: field.to_owned(),
                after: after.to_owned(),
                ..FieldChange::default()
            }],
            ..ChangeEvent::default()
        };
        Membership::told_by(&event).map(|told| told.people)
    }

    #[test]
    fn members_are_read_as_directory_writes_them() {
        let (anna, ben) = (UserId::generate(), UserId::generate());
        let queue = QueueId::generate().to_string();
        let group = RingGroupId::generate().to_string();
        let in_queue = format!("{anna} tier 1 static, {ben} tier 2 dynamic");
        assert_eq!(told(&queue, "members", &in_queue), Some(vec![anna, ben]));
        let in_group = format!("{anna}, {ben}");
        assert_eq!(told(&group, "member_ids", &in_group), Some(vec![anna, ben]));
        assert_eq!(told(&queue, "members", ""), Some(vec![]));
        assert_eq!(told(&queue, "display_name", "Support"), None);
        assert_eq!(told(&anna.to_string(), "members", &in_queue), None);
    }
}
