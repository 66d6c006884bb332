use std::panic::AssertUnwindSafe;

use access::{AUDIENCE, Claims, Generations, ISSUER, KeySet, Kind, Signer, Verifier};
use chrono::{DateTime, TimeDelta};
use clock::Clock;
use ids::{AccountId, UserId};

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

/// What a broken-off round leaves behind in the cache of the verifier is no test of ours.
fn world() -> AssertUnwindSafe<(Signer, Verifier, Claims)> {
    let noon = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let (signer, _) = Signer::generate("k1").unwrap();
    let verifier = Verifier::new(
        Clock::manual(noon).clock(),
        KeySet::new([signer.public_key()]),
    );
    let claims = Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: UserId::generate().to_string(),
        acc: Some(AccountId::generate()),
        sid: None,
        kind: Kind::Person,
        roles: vec!["USER".into()],
        perms: vec!["QUEUES_MANAGE".into()],
        own: vec![],
        covers: vec![],
        limited: vec![],
        tp: None,
        generations: Generations::default(),
        iat: noon.timestamp(),
        nbf: None,
        exp: (noon + TimeDelta::minutes(5)).timestamp(),
        jti: "1".into(),
    };
    AssertUnwindSafe((signer, verifier, claims))
}

#[test]
fn only_the_text_that_was_signed_gets_in() {
    let world = world();
    let (signer, verifier, claims) = &*world;
    let (token, verifier) = (signer.sign(claims).unwrap(), AssertUnwindSafe(verifier));
    bolero::check!()
        .with_type::<(Edits, String)>()
        .for_each(|(edits, tail)| {
            let mut bytes = edited(&token, edits);
            bytes.extend_from_slice(tail.as_bytes());
            let Ok(text) = String::from_utf8(bytes) else {
                return;
            };
            assert_eq!(verifier.verify(&text).is_ok(), text == token, "{text}");
        });
}

#[test]
fn any_claims_are_read_or_refused() {
    let world = world();
    let good = serde_json::to_string(&world.2).unwrap();
    bolero::check!().with_type::<Edits>().for_each(|edits| {
        let Ok(claims) = serde_json::from_slice::<Claims>(&edited(&good, edits)) else {
            return;
        };
        let (signer, verifier, _) = &*world;
        if let Ok(caller) = verifier.verify(&signer.sign(&claims).unwrap()) {
            assert!(claims.kind != Kind::Person || caller.account.is_some());
            assert!(claims.iss == ISSUER && claims.aud == AUDIENCE);
        }
    });
}
