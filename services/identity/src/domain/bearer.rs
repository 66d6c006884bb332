//! The texts that clients carry: refresh tokens, invitations, the secrets of keys.
//!
//! Opaque to clients, 256 random bits each. Ours begin with a prefix, so that secret scanners
//! find them, and carry the ids under which the digest is stored, so that a finder has the
//! tenant first. The ids are a signpost; only the random part is a proof.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ids::{AccountId, ChallengeId, InvitationId, PasswordResetId, ServiceKeyId, SessionId, UserId};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::session::Secret;

/// A refresh token, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The tenant.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// Which of the family.
    pub generation: u64,
    /// The proof.
    pub secret: Secret,
}

/// An invitation's token, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationToken {
    /// The tenant.
    pub account: AccountId,
    /// The invitation.
    pub invitation: InvitationId,
    /// The proof.
    pub secret: Secret,
}

/// The secret of a service key of an account, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret {
    /// The tenant.
    pub account: AccountId,
    /// The key.
    pub key: ServiceKeyId,
    /// The proof.
    pub secret: Secret,
}

/// The token of a sign-in that waits for its second factor, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeToken {
    /// The tenant.
    pub account: AccountId,
    /// The challenge.
    pub challenge: ChallengeId,
    /// The proof.
    pub secret: Secret,
}

/// The token of a mail that replaces a forgotten password, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct ResetToken {
    /// The tenant.
    pub account: AccountId,
    /// The reset.
    pub reset: PasswordResetId,
    /// The proof.
    pub secret: Secret,
}

/// What a device keeps to be known again, taken apart. The proof is a keyed print of the rest.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken {
    /// Whose device it is.
    pub user: UserId,
    /// Random, to tell devices apart.
    pub device: [u8; 16],
    /// The proof.
    pub print: [u8; 32],
}

const CHALLENGE_PREFIX: &str = "sct_";
const DEVICE_PREFIX: &str = "sdt_";
const REFRESH_PREFIX: &str = "srt_";
const RESET_PREFIX: &str = "spt_";
const INVITATION_PREFIX: &str = "sit_";
const KEY_PREFIX: &str = "ssk_";

impl RefreshToken {
    /// The text for the client.
    #[must_use]
    pub fn encode(&self) -> String {
        let generation = self.generation.to_be_bytes();
        join(
            REFRESH_PREFIX,
            &[
                self.account.uuid().as_bytes(),
                self.session.uuid().as_bytes(),
                &generation,
                &self.secret,
            ],
        )
    }

    /// The token behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(REFRESH_PREFIX, text, 72)?;
        Some(Self {
            account: AccountId::from_uuid(uuid_at(&bytes, 0)?),
            session: SessionId::from_uuid(uuid_at(&bytes, 16)?),
            generation: u64::from_be_bytes(array_at(&bytes, 32)?),
            secret: array_at(&bytes, 40)?,
        })
    }
}

impl InvitationToken {
    /// The text for the person.
    #[must_use]
    pub fn encode(&self) -> String {
        join(
            INVITATION_PREFIX,
            &[
                self.account.uuid().as_bytes(),
                self.invitation.uuid().as_bytes(),
                &self.secret,
            ],
        )
    }

    /// The token behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(INVITATION_PREFIX, text, 64)?;
        Some(Self {
            account: AccountId::from_uuid(uuid_at(&bytes, 0)?),
            invitation: InvitationId::from_uuid(uuid_at(&bytes, 16)?),
            secret: array_at(&bytes, 32)?,
        })
    }
}

impl KeySecret {
    /// The text for the application.
    #[must_use]
    pub fn encode(&self) -> String {
        join(
            KEY_PREFIX,
            &[
                self.account.uuid().as_bytes(),
                self.key.uuid().as_bytes(),
                &self.secret,
            ],
        )
    }

    /// The secret behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(KEY_PREFIX, text, 64)?;
        Some(Self {
            account: AccountId::from_uuid(uuid_at(&bytes, 0)?),
            key: ServiceKeyId::from_uuid(uuid_at(&bytes, 16)?),
            secret: array_at(&bytes, 32)?,
        })
    }
}

impl ChallengeToken {
    /// The text for the client.
    #[must_use]
    pub fn encode(&self) -> String {
        join(
            CHALLENGE_PREFIX,
            &[
                self.account.uuid().as_bytes(),
                self.challenge.uuid().as_bytes(),
                &self.secret,
            ],
        )
    }

    /// The token behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(CHALLENGE_PREFIX, text, 64)?;
        Some(Self {
            account: AccountId::from_uuid(uuid_at(&bytes, 0)?),
            challenge: ChallengeId::from_uuid(uuid_at(&bytes, 16)?),
            secret: array_at(&bytes, 32)?,
        })
    }
}

impl ResetToken {
    /// The text for the mail.
    #[must_use]
    pub fn encode(&self) -> String {
        join(
            RESET_PREFIX,
            &[
                self.account.uuid().as_bytes(),
                self.reset.uuid().as_bytes(),
                &self.secret,
            ],
        )
    }

    /// The token behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(RESET_PREFIX, text, 64)?;
        Some(Self {
            account: AccountId::from_uuid(uuid_at(&bytes, 0)?),
            reset: PasswordResetId::from_uuid(uuid_at(&bytes, 16)?),
            secret: array_at(&bytes, 32)?,
        })
    }
}

impl DeviceToken {
    /// What the proof is a print of.
    #[must_use]
    pub fn printed(user: UserId, device: &[u8; 16]) -> Vec<u8> {
        [b"device".as_slice(), user.uuid().as_bytes(), device].concat()
    }

    /// The text for the device.
    #[must_use]
    pub fn encode(&self) -> String {
        join(
            DEVICE_PREFIX,
            &[self.user.uuid().as_bytes(), &self.device, &self.print],
        )
    }

    /// The token behind a text; `None` if it cannot be one of ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = split(DEVICE_PREFIX, text, 64)?;
        Some(Self {
            user: UserId::from_uuid(uuid_at(&bytes, 0)?),
            device: array_at(&bytes, 16)?,
            print: array_at(&bytes, 32)?,
        })
    }
}

fn join(prefix: &str, parts: &[&[u8]]) -> String {
    let bytes = Zeroizing::new(parts.concat());
    let mut text = prefix.to_owned();
    BASE64.encode_string(&*bytes, &mut text);
    text
}

fn split(prefix: &str, text: &str, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(prefix)?;
    // The exact length first: a megabyte is not decoded to find out that it does not fit.
    if encoded.len() != (length * 4).div_ceil(3) {
        return None;
    }
    BASE64.decode(encoded).ok().map(Zeroizing::new)
}

fn array_at<const LEN: usize>(bytes: &[u8], at: usize) -> Option<[u8; LEN]> {
    bytes.get(at..at + LEN)?.try_into().ok()
}

fn uuid_at(bytes: &[u8], at: usize) -> Option<Uuid> {
    array_at(bytes, at).map(Uuid::from_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refresh() -> RefreshToken {
        let (account, session) = (AccountId::generate(), SessionId::generate());
        RefreshToken {
            account,
            session,
            generation: 7,
            secret: [9; 32],
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_near_it() {
        let text = refresh().encode();
        assert!(RefreshToken::decode(&text).is_some());
        assert!(InvitationToken::decode(&text).is_none());
        let (head, _) = text.split_at(text.len() - 1);
        for bad in [
            "",
            "srt_",
            head,
            &format!("{text}A"),
            &text.to_uppercase(),
            &text.replace("srt_", "sit_"),
        ] {
            assert!(RefreshToken::decode(bad).is_none(), "{bad}");
        }
        assert!(RefreshToken::decode(&"x".repeat(1 << 20)).is_none());
    }

    proptest! {
        #[test]
        fn round_trip(account: u128, id: u128, generation: u64, secret: [u8; 32]) {
            let account = AccountId::from_uuid(Uuid::from_u128(account));
            let session = SessionId::from_uuid(Uuid::from_u128(id));
            let token = RefreshToken { account, session, generation, secret };
            prop_assert!(RefreshToken::decode(&token.encode()).unwrap() == token);
            let invitation = InvitationId::from_uuid(Uuid::from_u128(id));
            let token = InvitationToken { account, invitation, secret };
            prop_assert!(InvitationToken::decode(&token.encode()).unwrap() == token);
            let challenge = ChallengeId::from_uuid(Uuid::from_u128(id));
            let token = ChallengeToken { account, challenge, secret };
            prop_assert!(ChallengeToken::decode(&token.encode()).unwrap() == token);
            let reset = PasswordResetId::from_uuid(Uuid::from_u128(id));
            let token = ResetToken { account, reset, secret };
            prop_assert!(ResetToken::decode(&token.encode()).unwrap() == token);
        }
    }
}
