use std::{fmt::Display, str::FromStr};

use crate::{Fault, Reason};

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its full path in proto names: `queue.members[2].user_id`.
    pub field: String,
    /// What it must be, for the person who fixes the client.
    pub description: String,
}

/// Collects everything that is wrong with a request, so that the client hears it all at once.
///
/// ```
/// # use fault::{ReasonCode, Violations};
/// # const INVALID: ReasonCode = ReasonCode::new("directory.strowger.dev", "INVALID_FIELD");
/// let mut violations = Violations::new();
/// let mut request = violations.root();
/// request.must(false, "request_id", "must not be empty");
/// let mut queue = request.at("queue");
/// queue.must(true, "display_name", "must not be empty");
/// for (index, user) in ["7", "x"].iter().enumerate() {
///     let _: Option<u8> = queue.index("members", index).parse("user_id", user);
/// }
/// let fault = violations.check(INVALID).unwrap_err();
/// let fields: Vec<_> = fault.violations().iter().map(|wrong| wrong.field.as_str()).collect();
/// assert_eq!(fields, ["request_id", "queue.members[1].user_id"]);
/// ```
#[derive(Debug, Default)]
pub struct Violations {
    list: Vec<Violation>,
    unlisted: usize,
}

/// The most violations that one answer lists: they travel in a header, whose size is limited.
const MAX_LISTED: usize = 20;

impl Violations {
    /// Nothing wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The request itself: where its fields are checked from.
    pub fn root(&mut self) -> At<'_> {
        At {
            all: self,
            path: String::new(),
        }
    }

    /// True while nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// An `INVALID_ARGUMENT` fault if anything is wrong.
    pub fn check(self, reason: impl Reason) -> Result<(), Fault> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Fault::invalid(reason, self))
        }
    }

    /// What a conversion made of the request, unless it reported a violation.
    ///
    /// A conversion that gives up (`None`) must have said why; that it did not is our defect.
    pub fn finish<T>(self, reason: impl Reason, made: Option<T>) -> Result<T, Fault> {
        self.check(reason)?;
        made.ok_or_else(|| Fault::internal("a conversion gave up without a violation"))
    }

    pub(crate) fn summary(&self) -> String {
        match (self.list.as_slice(), self.unlisted) {
            ([], _) => "invalid request".to_owned(),
            ([only], 0) => format!("{}: {}", only.field, only.description),
            ([first, rest @ ..], unlisted) => format!(
                "{}: {} (and {} more)",
                first.field,
                first.description,
                rest.len() + unlisted
            ),
        }
    }

    pub(crate) fn into_list(self) -> Vec<Violation> {
        self.list
    }

    fn add(&mut self, field: String, description: String) {
        if self.list.len() < MAX_LISTED {
            self.list.push(Violation { field, description });
        } else {
            self.unlisted += 1;
        }
    }
}

/// A message somewhere in the request. What is reported here carries its full path.
#[derive(Debug)]
pub struct At<'a> {
    all: &'a mut Violations,
    path: String,
}

impl At<'_> {
    /// The message in a field of this one.
    pub fn at(&mut self, field: &str) -> At<'_> {
        At {
            path: self.path_of(field),
            all: self.all,
        }
    }

    /// One message in a repeated field of this one.
    pub fn index(&mut self, field: &str, index: usize) -> At<'_> {
        At {
            path: format!("{}[{index}]", self.path_of(field)),
            all: self.all,
        }
    }

    /// One message in a map field of this one. `key` must be machine-made or checked already.
    pub fn key(&mut self, field: &str, key: &str) -> At<'_> {
        At {
            path: format!("{}[{key:?}]", self.path_of(field)),
            all: self.all,
        }
    }

    /// Reports a field of this message. Descriptions say what it must be and never repeat the
    /// value, which may be secret, long or hostile.
    pub fn field(&mut self, field: &str, description: impl Display) {
        self.all.add(self.path_of(field), description.to_string());
    }

    /// Reports this message itself; for elements of repeated scalar fields too.
    pub fn here(&mut self, description: impl Display) {
        self.all.add(self.path.clone(), description.to_string());
    }

    /// Reports the field unless `holds`; returns `holds`.
    pub fn must(&mut self, holds: bool, field: &str, description: impl Display) -> bool {
        if !holds {
            self.field(field, description);
        }
        holds
    }

    /// The value of a field that must be set; `None` has been reported.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.field(field, "must be set");
        }
        value
    }

    /// The parsed text of a field, such as an id; `None` has been reported with the parser's
    /// own words.
    pub fn parse<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.accept(field, text.parse())
    }

    /// The value of a conversion; `None` has been reported with the error's own words.
    pub fn accept<T>(&mut self, field: &str, converted: Result<T, impl Display>) -> Option<T> {
        converted.map_err(|error| self.field(field, error)).ok()
    }

    fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReasonCode;

    const INVALID: ReasonCode = ReasonCode::new("test.strowger.dev", "INVALID_FIELD");

    #[test]
    fn paths_nest() {
        let mut violations = Violations::new();
        let mut root = violations.root();
        root.at("menu")
            .index("options", 3)
            .at("target")
            .field("queue_id", "must be set");
        root.index("tags", 1).here("must be short");
        root.at("a").key("labels", "x").here("no");
        let fields: Vec<_> = violations
            .list
            .iter()
            .map(|wrong| wrong.field.as_str())
            .collect();
        assert_eq!(
            fields,
            [
                "menu.options[3].target.queue_id",
                "tags[1]",
                "a.labels[\"x\"]"
            ]
        );
    }

    #[test]
    fn nothing_wrong_is_no_fault() {
        assert_eq!(Violations::new().finish(INVALID, Some(7)).unwrap(), 7);
        assert_eq!(
            Violations::new()
                .finish(INVALID, None::<u8>)
                .unwrap_err()
                .code(),
            crate::Code::Internal
        );
    }

    #[test]
    fn an_answer_lists_a_bounded_number() {
        let mut violations = Violations::new();
        for index in 0..100_000 {
            violations
                .root()
                .index("members", index)
                .here("must be set");
        }
        let fault = violations.check(INVALID).unwrap_err();
        assert_eq!(fault.violations().len(), MAX_LISTED);
        assert_eq!(fault.message(), "members[0]: must be set (and 99999 more)");
    }
}
