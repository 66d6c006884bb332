use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::claims::{Claims, TYPE};
use super::keys::PublicKey;
use super::provider;

/// Why a key or a token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// Not a PKCS#8 document with an Ed25519 key.
    #[error("not an Ed25519 key in PKCS#8: {0}")]
    Key(String),
    /// The system gave no randomness.
    #[error("the system's random source failed")]
    Random,
    /// The claims could not be signed.
    #[error("the token could not be signed")]
    Token(#[from] jsonwebtoken::errors::Error),
}

/// Signs access tokens with one key. Only identity, and tests, have one.
#[derive(Clone)]
pub struct Signer {
    header: Header,
    key: EncodingKey,
    public: PublicKey,
}

impl Signer {
    /// A signer from a stored key.
    ///
    /// # Errors
    /// [`SigningError::Key`] if `pkcs8` is not an Ed25519 key.
    pub fn from_pkcs8(kid: impl Into<String>, pkcs8: &[u8]) -> Result<Self, SigningError> {
        provider::install();
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8)
            .map_err(|error| SigningError::Key(error.to_string()))?;
        let bytes = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| SigningError::Key("its public key is not 32 bytes".into()))?;
        let kid = kid.into();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.into());
        header.kid = Some(kid.clone());
        Ok(Self {
            header,
            key: EncodingKey::from_ed_der(pkcs8),
            public: PublicKey {
                kid,
                bytes,
                not_after: None,
            },
        })
    }

    /// A new key: the signer, and the PKCS#8 document to store.
    ///
    /// # Errors
    /// [`SigningError::Random`] if the system has no randomness.
    pub fn generate(kid: impl Into<String>) -> Result<(Self, Vec<u8>), SigningError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| SigningError::Random)?;
        let signer = Self::from_pkcs8(kid, document.as_ref())?;
        Ok((signer, document.as_ref().to_vec()))
    }

    /// What verifies this signer's tokens.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// The token for `claims`, exactly as given.
    ///
    /// # Errors
    /// [`SigningError::Token`] if they cannot be encoded.
    pub fn sign(&self, claims: &Claims) -> Result<String, SigningError> {
        Ok(encode(&self.header, claims, &self.key)?)
    }

    /// Properly signed claims of a shape that [`Claims`] cannot have.
    #[cfg(test)]
    pub(super) fn sign_any(&self, claims: &impl serde::Serialize) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the private key.
        f.debug_struct("Signer")
            .field("kid", &self.public.kid)
            .finish_non_exhaustive()
    }
}
