//! Fuzz targets: `make fuzz` runs each for a minute, the suite for a moment.

use std::panic::AssertUnwindSafe;

use super::claims::Claims;
use super::tests::{claims, world};

/// Bytes written over others: input near the real thing gets deeper than noise.
type Edits = Vec<(u16, u8)>;

fn edited(text: &str, edits: &Edits) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (at, byte) in edits {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *byte;
    }
    bytes
}

#[test]
fn only_the_text_that_was_signed_gets_in() {
    // What a broken-off round leaves behind in the cache of the verifier is no test of ours.
    let world = AssertUnwindSafe(world());
    let token = world.signer.sign(&claims()).unwrap();
    bolero::check!()
        .with_type::<(Edits, String)>()
        .for_each(|(edits, tail)| {
            let mut bytes = edited(&token, edits);
            bytes.extend_from_slice(tail.as_bytes());
            let Ok(text) = String::from_utf8(bytes) else {
                return;
            };
            let verdict = world.verifier.verify(&text);
            assert_eq!(verdict.is_ok(), text == token, "{text}");
        });
}

#[test]
fn claims_are_read_or_refused() {
    let good = serde_json::to_string(&claims()).unwrap();
    bolero::check!().with_type::<Edits>().for_each(|edits| {
        let Ok(read) = serde_json::from_slice::<Claims>(&edited(&good, edits)) else {
            return;
        };
        let is_person = matches!(read.kind, super::claims::Kind::Person);
        if let Ok(caller) = read.into_caller() {
            assert!(!is_person || caller.account.is_some());
        }
    });
}
