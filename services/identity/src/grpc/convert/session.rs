//! Sessions, tokens and keys.

use access::PublicKey;
use api::identity::v1 as wire;

use super::{timestamp, user};
use crate::{
    app::{
        auth::SignedIn,
        challenge::{Challenged, Verified},
        session::TokenPair,
        token::AccessToken,
    },
    domain::{recovery::RecoveryCode, session::Session, totp::Enrolment},
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

pub(in crate::grpc) fn signed_in(signed_in: SignedIn) -> wire::SignInResponse {
    wire::SignInResponse {
        account_id: signed_in.user.account.to_string(),
        user: Some(user::to_wire(&signed_in.user, &signed_in.roles)),
        session: Some(to_wire(&signed_in.session)),
        tokens: Some(pair(signed_in.tokens)),
        device_token: signed_in.device_token,
        challenge: None,
    }
}

pub(in crate::grpc) fn challenged(challenged: Challenged) -> wire::SignInResponse {
    let challenge = wire::FactorChallenge {
        challenge_token: challenged.token.to_string(),
        expire_time: timestamp(challenged.expires),
        enrolment: challenged.enrolment.as_ref().map(enrolment),
    };
    wire::SignInResponse {
        challenge: Some(challenge),
        ..wire::SignInResponse::default()
    }
}

pub(in crate::grpc) fn verified(verified: Verified) -> wire::VerifyFactorResponse {
    let signed_in = signed_in(verified.signed_in);
    wire::VerifyFactorResponse {
        account_id: signed_in.account_id,
        user: signed_in.user,
        session: signed_in.session,
        tokens: signed_in.tokens,
        device_token: signed_in.device_token,
        recovery_codes: recovery_codes(&verified.recovery_codes),
    }
}

pub(in crate::grpc) fn enrolment(enrolment: &Enrolment) -> wire::TotpEnrolment {
    wire::TotpEnrolment {
        otpauth_uri: enrolment.uri.to_string(),
        secret: enrolment.secret.to_string(),
    }
}

pub(in crate::grpc) fn recovery_codes(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::reveal).collect()
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
