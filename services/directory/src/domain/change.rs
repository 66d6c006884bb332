//! What a change changed, for the audit trail.

/// The settings of a resource as text: `(field, value)`, in the order of the proto.
pub type Fields = Vec<(&'static str, String)>;

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path of the field, as in update masks.
    pub field: &'static str,
    /// Empty when there was none.
    pub before: String,
    /// Empty when there is none.
    pub after: String,
}

impl Change {
    /// Something to be known beside what changed.
    pub(crate) fn named(field: &'static str, what: impl ToString) -> Self {
        Self {
            field,
            before: String::new(),
            after: what.to_string(),
        }
    }
}

/// The fields that differ. An empty side stands for "did not exist".
#[must_use]
pub fn changes(before: &Fields, after: &Fields) -> Vec<Change> {
    let value = |fields: &Fields, name| {
        fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let reference = if after.is_empty() { before } else { after };
    reference
        .iter()
        .map(|(field, _)| Change {
            field,
            before: value(before, *field),
            after: value(after, *field),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// A list in one line.
pub(crate) fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Milliseconds as people write them: `20s`, `1.5s`.
pub(crate) fn lasting(length: std::time::Duration) -> String {
    format!("{length:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let before = vec![
            ("display_name", "Support".to_owned()),
            ("ring_timeout", "15s".to_owned()),
        ];
        let after = vec![
            ("display_name", "Support".to_owned()),
            ("ring_timeout", "20s".to_owned()),
        ];
        let change = Change {
            field: "ring_timeout",
            before: "15s".to_owned(),
            after: "20s".to_owned(),
        };
        assert_eq!(changes(&before, &after), [change]);
        assert_eq!(changes(&Vec::new(), &after).len(), 2);
        assert_eq!(changes(&before, &Vec::new())[0].before, "Support");
        assert!(changes(&after, &after).is_empty());
    }
}
