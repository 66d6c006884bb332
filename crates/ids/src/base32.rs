//! Crockford's base32 in lower case, as TypeIDs use it: 128 bits in 26 characters.

use crate::Cause;

/// Characters of an id after its prefix and `_`.
pub(crate) const DIGITS: usize = 26;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The value of every byte, or `NONE` for those outside the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const NONE: u8 = u8::MAX;

/// The 26 characters of these bits, most significant first.
pub(crate) fn encode(mut bits: u128) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    digits
}

/// The bits of `<prefix>_<26 characters>`.
pub(crate) fn parse(prefix: &str, text: &str) -> Result<u128, Cause> {
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(Cause::Prefix)?
        .as_bytes();
    if digits.len() != DIGITS {
        return Err(Cause::Length);
    }
    let mut bits = 0_u128;
    for (place, byte) in digits.iter().enumerate() {
        let value = VALUES[*byte as usize];
        if value == NONE {
            return Err(Cause::Character);
        }
        // 26 characters carry 130 bits: the first may use only three of its five.
        if place == 0 && value > 7 {
            return Err(Cause::Range);
        }
        bits = bits << 5 | u128::from(value);
    }
    Ok(bits)
}
