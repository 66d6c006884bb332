//! Sessions, tokens and keys.

use access::PublicKey;
use api::identity::v1 as wire;

use super::timestamp;
use crate::{
    app::{session::TokenPair, token::AccessToken},
    domain::session::Session,
};

pub(in crate::grpc) fn to_wire(session: &Session) -> wire::Session {
    wire::Session {
        session_id: session.id.to_string(),
        user_id: session.user.to_string(),
        client_label: session.label.to_string(),
        create_time: timestamp(session.created),
        refresh_time: timestamp(session.family.rotated),
        expire_time: timestamp(session.family.expires),
    }
}

pub(in crate::grpc) fn pair(pair: TokenPair) -> wire::Tokens {
    wire::Tokens {
        access_token: pair.access.text,
        access_expire_time: timestamp(pair.access.expires),
        refresh_token: pair.refresh.text,
        refresh_expire_time: timestamp(pair.refresh.expires),
    }
}

pub(in crate::grpc) fn access_only(token: AccessToken) -> wire::Tokens {
    wire::Tokens {
        access_token: token.text,
        access_expire_time: timestamp(token.expires),
        refresh_token: String::new(),
        refresh_expire_time: None,
    }
}

pub(in crate::grpc) fn key(key: &PublicKey) -> wire::SigningKey {
    wire::SigningKey {
        key_id: key.kid.clone(),
        public_key: key.bytes.to_vec().into(),
        retire_time: key.not_after.and_then(timestamp),
    }
}
