use bolero::TypeGenerator;
use identity::domain::{
    import::{self, MAX_ROWS},
    user::Profile,
};

/// A file with a header that may be right, and any rows.
#[derive(Debug, TypeGenerator)]
struct File {
    header: u8,
    rows: Vec<Vec<u8>>,
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        const HEADERS: [&str; 5] = [
            "first_name,last_name,email,job_title\n",
            "email,last_name,first_name\r\n",
            "\u{feff}\"first_name\", last_name ,email\r",
            "first_name,email\n",
            "",
        ];
        let header = HEADERS[usize::from(self.header) % HEADERS.len()];
        // What makes a cell, a row or a good e-mail is frequent, so that some of them are good.
        const PARTS: [&str; 12] = [
            ",",
            "\n",
            "\r\n",
            "\"",
            "\"\"",
            "Ada",
            "Lovelace",
            "ada@example.com",
            " ",
            "é",
            "@",
            ",",
        ];
        let mut file = header.as_bytes().to_vec();
        for row in &self.rows {
            for byte in row {
                match PARTS.get(usize::from(*byte) % 16) {
                    Some(part) => file.extend_from_slice(part.as_bytes()),
                    None => file.push(*byte),
                }
            }
            file.push(b'\n');
        }
        file
    }
}

fn written(person: &Profile) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["first_name", "last_name", "email", "job_title"];
    writer.write_record(header).unwrap();
    let cells = [
        person.first_name.as_str(),
        person.last_name.as_str(),
        person.email.as_str(),
        person.job_title.as_str(),
    ];
    writer.write_record(cells).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_file_is_read_row_by_row() {
    bolero::check!().with_type::<File>().for_each(|file| {
        let Ok(rows) = import::read(&file.bytes()) else {
            return;
        };
        assert!(rows.len() <= MAX_ROWS);
        let lines = rows.iter().map(|row| row.line);
        assert!(lines.is_sorted_by(|one, next| one < next), "{rows:?}");
        for row in rows {
            assert!(row.line >= 2, "{row:?}");
            if let Ok(person) = row.person {
                let again = import::read(&written(&person)).unwrap();
                assert_eq!(again[0].person.as_ref(), Ok(&person));
            }
        }
    });
}
