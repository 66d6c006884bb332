//! Fuzz targets: `make fuzz` runs each for a minute, the suite for a moment.

use bolero::TypeGenerator;

use super::{
    bearer::{ChallengeToken, DeviceToken, InvitationToken, KeySecret, RefreshToken, ResetToken},
    import::{self, MAX_ROWS},
    user::Profile,
};

/// A token as clients send it: a prefix of ours or none, and anything after it.
#[derive(Debug, TypeGenerator)]
struct Sent {
    prefix: u8,
    /// Six bits a character, so that most of it is Base64.
    sixes: Vec<u8>,
    tail: String,
}

impl Sent {
    fn text(&self) -> String {
        const PREFIXES: [&str; 7] = ["srt_", "sit_", "ssk_", "sct_", "spt_", "sdt_", ""];
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let prefix = PREFIXES[usize::from(self.prefix) % PREFIXES.len()];
        let sixes = self.sixes.iter().cycle().take(match self.sixes.len() {
            0 => 0,
            length => [86, 96, length][length % 3],
        });
        let sixes = sixes.map(|six| char::from(ALPHABET[usize::from(*six) % 64]));
        format!("{prefix}{}{}", sixes.collect::<String>(), self.tail)
    }
}

#[test]
fn every_token_has_one_spelling() {
    bolero::check!().with_type::<Sent>().for_each(|sent| {
        let text = sent.text();
        let again = [
            RefreshToken::decode(&text).map(|token| token.encode()),
            InvitationToken::decode(&text).map(|token| token.encode()),
            KeySecret::decode(&text).map(|token| token.encode()),
            ChallengeToken::decode(&text).map(|token| token.encode()),
            ResetToken::decode(&text).map(|token| token.encode()),
            DeviceToken::decode(&text).map(|token| token.encode()),
        ];
        let read: Vec<_> = again.into_iter().flatten().collect();
        assert!(read.len() <= 1, "a token of two kinds: {text}");
        assert!(read.iter().all(|again| *again == text), "{text}");
    });
}

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
fn a_file_of_people_is_read_row_by_row() {
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
