//! Everything that hangs on the master key: sealing what is stored, deriving what is not.
//!
//! One key in the configuration, one derived key per purpose (HKDF, RFC 5869), so that nothing
//! sealed for one purpose opens for another.

use std::fmt;

use ids::UserId;
use ring::{
    aead::{self, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf, hmac,
    rand::{SecureRandom, SystemRandom},
};
use zeroize::Zeroizing;

use crate::domain::{
    recovery::RecoveryCode,
    session::{Chain, Secret},
};

/// What a sealed text is for. It is bound to its purpose and to the id of its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys.
    SigningKey,
    /// Answers with secrets that a repeated request must get again.
    Replay,
    /// Secrets of authenticators, in force or offered.
    Totp,
}

/// Holds the derived keys. Never printed.
pub struct Vault {
    signing_keys: LessSafeKey,
    replays: LessSafeKey,
    totp: LessSafeKey,
    recovery: hmac::Key,
    refresh: hmac::Key,
    prints: hmac::Key,
    service_keys: hmac::Key,
    random: SystemRandom,
}

/// What can go wrong in here; the texts say nothing about keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The system gave no randomness.
    #[error("the system's random source failed")]
    Random,
    /// Sealed under another master key, for another owner, or damaged.
    #[error("a sealed value does not open with this master key")]
    Sealed,
}

impl Vault {
    /// The keys that follow from `master`.
    pub fn new(master: &[u8; 32]) -> Result<Self, VaultError> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"strowger identity");
        let root = salt.extract(master);
        Ok(Self {
            signing_keys: aead_key(&root, b"signing keys")?,
            replays: aead_key(&root, b"replays")?,
            totp: aead_key(&root, b"totp secrets")?,
            recovery: hmac_key(&root, b"recovery codes")?,
            refresh: hmac_key(&root, b"refresh tokens")?,
            prints: hmac_key(&root, b"request prints")?,
            service_keys: hmac_key(&root, b"service keys")?,
            random: SystemRandom::new(),
        })
    }

    /// A new 256-bit secret.
    pub fn secret(&self) -> Result<Secret, VaultError> {
        let mut secret = [0; 32];
        self.random
            .fill(&mut secret)
            .map_err(|_| VaultError::Random)?;
        Ok(secret)
    }

    /// `plain`, readable only here, for this purpose and this owner: AES-256-GCM with a random
    /// nonce in front.
    pub fn seal(&self, purpose: Purpose, owner: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; aead::NONCE_LEN];
        self.random
            .fill(&mut nonce)
            .map_err(|_| VaultError::Random)?;
        let mut sealed = plain.to_vec();
        let key = self.key(purpose);
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(owner),
            &mut sealed,
        )
        .map_err(|_| VaultError::Sealed)?;
        sealed.splice(0..0, nonce);
        Ok(sealed)
    }

    /// What was sealed.
    pub fn open(
        &self,
        purpose: Purpose,
        owner: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, body) = sealed
            .split_at_checked(aead::NONCE_LEN)
            .ok_or(VaultError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Sealed)?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = self
            .key(purpose)
            .open_in_place(nonce, Aad::from(owner), &mut body);
        let length = plain.map_err(|_| VaultError::Sealed)?.len();
        body.truncate(length);
        Ok(body)
    }

    /// A print by which a repeated request is recognised. Keyed, because requests carry
    /// passwords and a plain digest could be guessed at leisure.
    #[must_use]
    pub fn print(&self, request: &[u8]) -> [u8; 32] {
        mac(&self.prints, request)
    }

    /// What is stored of the secret of a service key. Keyed, so that a copy of the database
    /// cannot even tell whether a secret found elsewhere is one of ours.
    #[must_use]
    pub fn key_digest(&self, secret: &Secret) -> [u8; 32] {
        mac(&self.service_keys, secret)
    }

    /// What is stored in place of a recovery code of `owner`.
    #[must_use]
    pub fn recovery_digest(&self, owner: UserId, code: &RecoveryCode) -> [u8; 32] {
        let owned = Zeroizing::new([owner.uuid().as_bytes(), code.as_bytes()].concat());
        mac(&self.recovery, &owned)
    }

    fn key(&self, purpose: Purpose) -> &LessSafeKey {
        match purpose {
            Purpose::SigningKey => &self.signing_keys,
            Purpose::Replay => &self.replays,
            Purpose::Totp => &self.totp,
        }
    }
}

impl Chain for Vault {
    fn successor(&self, secret: &Secret) -> Secret {
        mac(&self.refresh, secret)
    }

    fn digest(&self, secret: &Secret) -> [u8; 32] {
        sha256(secret)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// SHA-256, for secrets that are long and random themselves.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

fn mac(key: &hmac::Key, bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(key, bytes).as_ref());
    out
}

fn aead_key(root: &hkdf::Prk, purpose: &[u8]) -> Result<LessSafeKey, VaultError> {
    let info = [purpose];
    let okm = root
        .expand(&info, &aead::AES_256_GCM)
        .map_err(|_| VaultError::Sealed)?;
    Ok(LessSafeKey::new(UnboundKey::from(okm)))
}

fn hmac_key(root: &hkdf::Prk, purpose: &[u8]) -> Result<hmac::Key, VaultError> {
    let info = [purpose];
    let okm = root
        .expand(&info, hmac::HMAC_SHA256)
        .map_err(|_| VaultError::Sealed)?;
    Ok(hmac::Key::from(okm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_here_for_this_purpose_and_owner() {
        let vault = Vault::new(&[1; 32]).unwrap();
        let sealed = vault.seal(Purpose::Replay, "acc_1", b"plain").unwrap();
        assert_eq!(
            *vault.open(Purpose::Replay, "acc_1", &sealed).unwrap(),
            b"plain"
        );
        let mut damaged = sealed.clone();
        damaged[14] ^= 1;
        let elsewhere = Vault::new(&[2; 32]).unwrap();
        for refused in [
            vault.open(Purpose::SigningKey, "acc_1", &sealed),
            vault.open(Purpose::Replay, "acc_2", &sealed),
            vault.open(Purpose::Replay, "acc_1", &damaged),
            vault.open(Purpose::Replay, "acc_1", &sealed[..5]),
            vault.open(Purpose::Replay, "acc_1", b""),
            elsewhere.open(Purpose::Replay, "acc_1", &sealed),
        ] {
            assert_eq!(refused.unwrap_err(), VaultError::Sealed);
        }
    }

    #[test]
    fn sealing_twice_looks_different() {
        let vault = Vault::new(&[1; 32]).unwrap();
        let seal = || vault.seal(Purpose::Replay, "x", b"plain").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn the_chain_depends_on_the_master_key() {
        let (one, other) = (Vault::new(&[1; 32]).unwrap(), Vault::new(&[2; 32]).unwrap());
        assert_eq!(
            one.successor(&[7; 32]),
            Vault::new(&[1; 32]).unwrap().successor(&[7; 32])
        );
        assert_ne!(one.successor(&[7; 32]), other.successor(&[7; 32]));
    }
}
