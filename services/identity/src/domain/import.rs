//! People from a CSV file.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::user::Profile;

/// The most rows of one file.
pub const MAX_ROWS: usize = 1000;
/// The largest file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// One row: where it begins, and the person or everything that is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The header is line 1.
    pub line: u32,
    /// The person, or a problem per column.
    pub person: Result<Profile, Vec<String>>,
}

/// A file that is no list of people at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Too large to read.
    #[error("must have at most {MAX_BYTES} bytes and {MAX_ROWS} rows")]
    Size,
    /// No header, or one that lacks a column.
    #[error("must begin with a header line that names {0}")]
    Header(&'static str),
    /// A column that nobody knows: likely a typing error, and then data would be lost.
    #[error("must have no columns but first_name, last_name, email and job_title, each once")]
    Columns,
}

const COLUMNS: [&str; 4] = ["first_name", "last_name", "email", "job_title"];

/// The rows of a file. Spaces around cells are the spreadsheet's, not the person's; quoting and
/// line ends are as in RFC 4180; a byte order mark is ignored.
pub fn read(file: &[u8]) -> Result<Vec<Row>, FileError> {
    if file.len() > MAX_BYTES {
        return Err(FileError::Size);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .trim(Trim::All)
        .from_reader(file);
    let header = reader.headers().map_err(|_| FileError::Columns)?.clone();
    let place = |column: &'static str| header.iter().position(|name| name == column);
    let required = |column: &'static str| place(column).ok_or(FileError::Header(column));
    let places = Places {
        first_name: required("first_name")?,
        last_name: required("last_name")?,
        email: required("email")?,
        job_title: place("job_title"),
    };
    let known = header.iter().filter(|name| COLUMNS.contains(name)).count();
    if known != header.len() || known != 3 + usize::from(places.job_title.is_some()) {
        return Err(FileError::Columns);
    }
    let mut lines = Lines::of(file);
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == MAX_ROWS {
            return Err(FileError::Size);
        }
        rows.push(match record {
            Ok(record) => Row {
                line: lines.at(record.position()),
                person: places.person(&record, header.len()),
            },
            Err(error) => Row {
                line: lines.at(error.position()),
                person: Err(vec!["must be text in UTF-8".to_owned()]),
            },
        });
    }
    Ok(rows)
}

/// Which column stands where.
struct Places {
    first_name: usize,
    last_name: usize,
    email: usize,
    job_title: Option<usize>,
}

impl Places {
    fn person(&self, record: &StringRecord, columns: usize) -> Result<Profile, Vec<String>> {
        let mut problems = Vec::new();
        if record.len() > columns {
            problems.push("must not have more cells than the header".to_owned());
        }
        let first_name = cell(&mut problems, "first_name", record.get(self.first_name));
        let last_name = cell(&mut problems, "last_name", record.get(self.last_name));
        let email = cell(&mut problems, "email", record.get(self.email));
        let job_title = cell(
            &mut problems,
            "job_title",
            self.job_title.and_then(|place| record.get(place)),
        );
        match (first_name, last_name, email, job_title, problems.is_empty()) {
            (Some(first_name), Some(last_name), Some(email), Some(job_title), true) => {
                Ok(Profile {
                    first_name,
                    last_name,
                    email,
                    job_title,
                })
            }
            _ => Err(problems),
        }
    }
}

fn cell<T>(problems: &mut Vec<String>, column: &str, text: Option<&str>) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let parsed = text.unwrap_or_default().parse();
    parsed
        .map_err(|error: T::Err| problems.push(format!("{column}: {error}")))
        .ok()
}

/// Counts lines as people do, forwards. The reader takes a lone carriage return for the end of a
/// row but not of a line, and has a row begin at the blank lines before it.
struct Lines<'a> {
    rest: &'a [u8],
    passed: u64,
    line: u32,
}

impl<'a> Lines<'a> {
    const fn of(file: &'a [u8]) -> Self {
        Self {
            rest: file,
            passed: 0,
            line: 1,
        }
    }

    /// The line on which the row at a position begins.
    fn at(&mut self, position: Option<&csv::Position>) -> u32 {
        let start = position.map_or(0, csv::Position::byte);
        while let [byte, rest @ ..] = self.rest
            && (self.passed < start || matches!(byte, b'\r' | b'\n'))
        {
            let is_end = match byte {
                b'\n' => true,
                b'\r' => rest.first() != Some(&b'\n'),
                _ => false,
            };
            self.line += u32::from(is_end);
            self.passed += 1;
            self.rest = rest;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_may_come_in_any_order_and_cells_may_be_quoted() {
        let file = "\u{feff}email, last_name ,first_name,job_title\r\nada@example.com,\"Love, lace\",Ada,\r\n\
                    bob@example.com,Builder,Bob,\"Says \"\"yes\"\"\"\r\n";
        let rows = read(file.as_bytes()).unwrap();
        let [ada, bob] = rows.as_slice() else {
            panic!("{rows:?}")
        };
        let (ada, bob) = (ada.person.as_ref().unwrap(), bob.person.as_ref().unwrap());
        assert_eq!(
            (ada.last_name.as_str(), ada.job_title.as_str()),
            ("Love, lace", "")
        );
        assert_eq!(bob.job_title.as_str(), "Says \"yes\"");
    }

    #[test]
    fn every_problem_of_a_row_is_named_and_the_others_are_read() {
        let file = "first_name,last_name,email\n,Nobody,nowhere\nAda,Lovelace,ada@example.com\nx\n";
        let rows = read(file.as_bytes()).unwrap();
        let problems = rows[0].person.as_ref().unwrap_err();
        assert!(
            problems[0].starts_with("first_name: ") && problems[1].starts_with("email: "),
            "{problems:?}"
        );
        assert_eq!(rows[0].line, 2);
        assert!(rows[1].person.is_ok());
        assert_eq!(rows[2].person.as_ref().unwrap_err().len(), 2);
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "first_name,last_name,email",
                "Ada,Lovelace,ada@example.com",
                "",
                "",
                "Bob,\"Buil",
                "der\",bob@example.com",
                "Cyd,Charisse,cyd@example.com",
            ];
            let rows = read(text.join(end).as_bytes()).unwrap();
            let read: Vec<u32> = rows.iter().map(|row| row.line).collect();
            assert_eq!(read, [2, 5, 7], "{end:?}");
        }
    }

    #[test]
    fn what_is_no_list_of_people_is_refused_as_a_whole() {
        let many = format!(
            "first_name,last_name,email\n{}",
            "a,b,c@example.com\n".repeat(MAX_ROWS + 1)
        );
        for (file, error) in [
            ("", FileError::Header("first_name")),
            ("first_name,email\n", FileError::Header("last_name")),
            ("first_name,last_name,email,salary\n", FileError::Columns),
            ("first_name,last_name,email,email\n", FileError::Columns),
            (many.as_str(), FileError::Size),
            (&" ".repeat(MAX_BYTES + 1), FileError::Size),
        ] {
            assert_eq!(read(file.as_bytes()), Err(error), "{file:.40}");
        }
        let latin1 = b"first_name,last_name,email\nJos\xe9,X,jose@example.com\n";
        assert!(read(latin1).unwrap()[0].person.is_err());
    }
}
