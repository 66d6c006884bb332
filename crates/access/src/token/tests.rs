use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock;
use ids::{AccountId, UserId};
use serde_json::{Value, json};

use super::claims::{AUDIENCE, Claims, ISSUER, Kind};
use super::keys::KeySet;
use super::rejected::Rejected;
use super::sign::Signer;
use super::verify::Verifier;
use crate::caller::Subject;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn claims() -> Claims {
    Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: UserId::generate().to_string(),
        acc: Some(AccountId::generate()),
        sid: None,
        kind: Kind::Person,
        roles: vec!["USER".into(), "WIZARD".into()],
        perms: vec!["QUEUES_MANAGE".into(), "MAGIC".into()],
        own: vec![],
        covers: vec![],
        limited: vec![],
        tp: None,
        generations: crate::revocation::Generations::default(),
        iat: noon().timestamp(),
        nbf: None,
        exp: (noon() + TimeDelta::minutes(5)).timestamp(),
        jti: "1".into(),
    }
}

struct World {
    signer: Signer,
    clock: clock::Manual,
    verifier: Verifier,
}

fn world() -> World {
    let (signer, _) = Signer::generate("k1").unwrap();
    let clock = Clock::manual(noon());
    let verifier = Verifier::new(clock.clock(), KeySet::new([signer.public_key()]));
    World {
        signer,
        clock,
        verifier,
    }
}

/// A token with any header and claims, signed as the header pretends.
fn forge(world: &World, header: Value, claims: Value) -> String {
    let good = world.signer.sign(&self::claims()).unwrap();
    let signature = good.rsplit('.').next().unwrap();
    format!(
        "{}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string()),
    )
}

/// A token with these claims, properly signed.
fn signed(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::to_value(claims()).unwrap();
    change(&mut value);
    world.signer.sign_any(&value)
}

#[test]
fn a_good_token_becomes_its_caller() {
    let world = world();
    let claims = claims();
    let token = world.signer.sign(&claims).unwrap();
    for _ in 0..2 {
        let caller = world.verifier.verify(&token).unwrap();
        assert_eq!(caller.account, claims.acc);
        assert_eq!(caller.subject, Subject::User(claims.sub.parse().unwrap()));
        assert_eq!(caller.grants.roles, [crate::Role::User]);
        assert_eq!(caller.grants.permissions, [crate::Permission::QueuesManage]);
    }
}

#[test]
fn the_algorithm_is_not_the_tokens_choice() {
    let world = world();
    let body = serde_json::to_value(claims()).unwrap();
    for alg in ["none", "HS256", "RS256", "ES256"] {
        let token = forge(
            &world,
            json!({"alg": alg, "typ": "at+jwt", "kid": "k1"}),
            body.clone(),
        );
        assert!(
            matches!(
                world.verifier.verify(&token),
                Err(Rejected::Malformed | Rejected::Header)
            ),
            "{alg}"
        );
    }
}

/// The classic: an HMAC made with the *public* key.
#[test]
fn hs256_with_the_public_key_is_refused() {
    let world = world();
    let header =
        URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": "at+jwt", "kid": "k1"}).to_string());
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims()).unwrap());
    let message = format!("{header}.{body}");
    let public = world.signer.public_key().bytes;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public);
    let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes()));
    assert_eq!(
        world.verifier.verify(&format!("{message}.{tag}")),
        Err(Rejected::Header)
    );
}

#[test]
fn headers_that_are_not_ours() {
    let world = world();
    let body = serde_json::to_value(claims()).unwrap();
    let cases = [
        (
            json!({"alg": "EdDSA", "typ": "JWT", "kid": "k1"}),
            Rejected::Header,
        ),
        (json!({"alg": "EdDSA", "kid": "k1"}), Rejected::Header),
        (json!({"alg": "EdDSA", "typ": "at+jwt"}), Rejected::Header),
        (
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k1", "crit": ["b64"]}),
            Rejected::Header,
        ),
        (
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k2"}),
            Rejected::UnknownKey,
        ),
        (
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "k1"}),
            Rejected::Signature,
        ),
    ];
    for (header, expected) in cases {
        let token = forge(&world, header.clone(), body.clone());
        assert_eq!(world.verifier.verify(&token), Err(expected), "{header}");
    }
}

#[test]
fn claims_that_are_not_ours() {
    let world = world();
    let cases: [(&str, Value, Rejected); 9] = [
        ("iss", json!("somebody"), Rejected::Foreign),
        ("aud", json!("billing"), Rejected::Foreign),
        ("exp", json!("1900000000"), Rejected::Malformed),
        ("exp", json!(null), Rejected::Malformed),
        ("exp", json!(i64::MAX), Rejected::Malformed),
        ("exp", json!(noon().timestamp()), Rejected::Expired),
        ("nbf", json!(noon().timestamp() + 60), Rejected::Early),
        (
            "sub",
            json!("acc_01jd3k8v6zf5q9w2x4y7t0abcd"),
            Rejected::Malformed,
        ),
        ("acc", json!(null), Rejected::Malformed),
    ];
    for (name, value, expected) in cases {
        let token = signed(&world, |claims| claims[name] = value.clone());
        assert_eq!(
            world.verifier.verify(&token),
            Err(expected),
            "{name} = {value}"
        );
    }
}

#[test]
fn a_cached_token_ends_with_its_time_and_with_its_key() {
    let world = world();
    let token = world.signer.sign(&claims()).unwrap();
    assert!(world.verifier.verify(&token).is_ok());

    world.verifier.replace_keys(KeySet::default());
    assert_eq!(world.verifier.verify(&token), Err(Rejected::UnknownKey));

    let mut key = world.signer.public_key();
    key.not_after = Some(noon() + TimeDelta::minutes(1));
    world.verifier.replace_keys(KeySet::new([key]));
    assert!(world.verifier.verify(&token).is_ok());
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(world.verifier.verify(&token), Err(Rejected::UnknownKey));

    world
        .verifier
        .replace_keys(KeySet::new([world.signer.public_key()]));
    world.clock.advance(TimeDelta::minutes(4));
    assert_eq!(world.verifier.verify(&token), Err(Rejected::Expired));
}

#[test]
fn rubbish_is_refused_and_a_megabyte_is_not_read() {
    let world = world();
    assert_eq!(
        world.verifier.verify(&"a".repeat(1 << 20)),
        Err(Rejected::TooLong)
    );
    for token in ["", ".", "..", "a.b.c", "é.é.é", "\0", "e30.e30.e30"] {
        assert_eq!(
            world.verifier.verify(token),
            Err(Rejected::Malformed),
            "{token:?}"
        );
    }
}
