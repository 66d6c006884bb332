/// The longest text that is kept of an event, in bytes. An index of Postgres takes 2704.
const LONGEST: usize = 512;

/// Text as it can be kept: what Postgres refuses or an index cannot hold would stop the follower
/// for ever. What is longer than any id, number, action or address is not what it claims to be.
pub(super) fn bounded(text: &str) -> String {
    let cut = (0..=LONGEST.min(text.len()))
        .rev()
        .find(|cut| text.is_char_boundary(*cut))
        .unwrap_or(0);
    text[..cut].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_refuses_is_replaced_or_cut() {
        assert_eq!(bounded("a\0b"), "a\u{fffd}b");
        assert_eq!(bounded(&"é".repeat(1 << 20)).len(), LONGEST);
        assert_eq!(bounded(&format!("a{}", "é".repeat(400))).len(), LONGEST - 1);
        assert_eq!(bounded(""), "");
    }
}
