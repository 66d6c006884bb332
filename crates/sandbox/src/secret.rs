//! Passwords nobody has to remember.

use std::fmt::Write;

/// 128 random bits in hexadecimal, so it needs no escaping in a URL or file.
#[expect(
    clippy::disallowed_methods,
    reason = "the one source of passwords here, and no test cares which"
)]
pub(crate) fn random() -> String {
    let bytes: [u8; 16] = rand::random();
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
