use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::caller::Grants;

const LIFE: TimeDelta = TimeDelta::minutes(30);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn revocation(whose: Revoked, generation: u64, second: i64) -> Revocation {
    Revocation {
        whose,
        generation,
        revoked: at(second),
        expires: at(second) + LIFE,
    }
}

fn caller(account: AccountId, user: UserId, session: SessionId) -> Caller {
    Caller {
        account: Some(account),
        subject: Subject::User(user),
        session: Some(session),
        grants: Grants::default(),
        signed_in: None,
        generations: Generations::default(),
        issued: at(0),
        expires: at(0) + LIFE,
    }
}

fn anybody() -> (AccountId, UserId, SessionId) {
    (
        AccountId::generate(),
        UserId::generate(),
        SessionId::generate(),
    )
}

#[test]
fn a_session_that_ended_stays_so_whatever_its_token_says() {
    let (account, user, session) = anybody();
    let mut set = RevocationSet::default();
    set.add(revocation(Revoked::Session(session), 0, 1));
    let mut token = caller(account, user, session);
    token.generations.subject = 9;
    assert!(set.refuses(&token));
    assert!(!set.refuses(&caller(account, user, SessionId::generate())));
}

/// Both tokens are made within the second of the revocation.
#[test]
fn generations_tell_what_a_clock_in_seconds_cannot() {
    let (account, user, session) = anybody();
    let mut set = RevocationSet::default();
    let before = caller(account, user, session);
    set.add(revocation(Revoked::User(user), 1, 0));
    let mut refreshed = before.clone();
    refreshed.generations.subject = 1;
    assert_eq!(before.issued, refreshed.issued);
    assert!(set.refuses(&before));
    assert!(!set.refuses(&refreshed));
    set.add(revocation(Revoked::Account(account), 1, 0));
    assert!(set.refuses(&refreshed), "the account has its own count");
    refreshed.generations.account = 1;
    assert!(!set.refuses(&refreshed));
}

#[test]
fn an_older_word_that_comes_late_takes_nothing_back() {
    let (account, user, session) = anybody();
    let mut set = RevocationSet::default();
    set.add(revocation(Revoked::User(user), 2, 5));
    set.add(revocation(Revoked::User(user), 1, 1));
    let mut token = caller(account, user, session);
    token.generations.subject = 1;
    assert!(set.refuses(&token));
}

#[test]
fn a_service_key_and_an_edge_are_told_apart_from_people() {
    let key = ServiceKeyId::generate();
    let mut token = caller(
        AccountId::generate(),
        UserId::generate(),
        SessionId::generate(),
    );
    token.subject = Subject::Service(key);
    token.session = None;
    let mut set = RevocationSet::default();
    set.add(revocation(
        Revoked::User(UserId::from_uuid(key.uuid())),
        1,
        0,
    ));
    assert!(!set.refuses(&token), "another kind of id");
    set.add(revocation(Revoked::ServiceKey(key), 1, 0));
    assert!(set.refuses(&token));
    token.subject = Subject::Edge(ids::EdgeId::from_uuid(key.uuid()));
    assert!(!set.refuses(&token));
}

#[test]
fn what_is_over_by_itself_is_forgotten() {
    let mut set = RevocationSet::default();
    set.add(revocation(Revoked::Session(SessionId::generate()), 0, 0));
    set.add(revocation(Revoked::Session(SessionId::generate()), 0, 60));
    set.forget(at(0) + LIFE);
    assert_eq!(set.len(), 1);
    set.forget(at(60) + LIFE);
    assert!(set.is_empty());
}

/// What happens in a small company, one thing a second.
#[derive(Debug, Clone)]
enum Step {
    Issue { user: usize, session: usize },
    EndSession { user: usize, session: usize },
    RecallUser(usize),
    RecallAccount,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..4_usize, 0..3_usize).prop_map(|(user, session)| Step::Issue { user, session }),
        2 => (0..4_usize, 0..3_usize).prop_map(|(user, session)| Step::EndSession { user, session }),
        2 => (0..4_usize).prop_map(Step::RecallUser),
        1 => Just(Step::RecallAccount),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    /// However the revocations arrive, and however often: a set with room
    /// refuses exactly what is revoked, a small one everything that is.
    #[test]
    fn nothing_revoked_gets_through(
        steps in steps(),
        order in any::<prop::sample::Index>(),
        room in 1..6_usize,
    ) {
        let account = AccountId::generate();
        let users: Vec<_> = (0..4).map(|_| UserId::generate()).collect();
        let sessions: Vec<_> = (0..12).map(|_| SessionId::generate()).collect();
        let (mut tokens, mut revocations) = (Vec::new(), Vec::new());
        let mut ended = HashSet::new();
        let mut counts: HashMap<Option<usize>, u64> = HashMap::new();
        for (second, step) in (0_i64..).zip(steps) {
            match step {
                Step::Issue { user, session } => {
                    let session = sessions[user * 3 + session];
                    if ended.contains(&session) {
                        continue;
                    }
                    let count = |who| counts.get(&who).copied().unwrap_or(0);
                    let mut token = caller(account, users[user], session);
                    token.generations.subject = count(Some(user));
                    token.generations.account = count(None);
                    token.issued = at(second);
                    tokens.push((user, token));
                }
                Step::EndSession { user, session } => {
                    let session = sessions[user * 3 + session];
                    ended.insert(session);
                    revocations.push(revocation(Revoked::Session(session), 0, second));
                }
                Step::RecallUser(user) => {
                    let count = counts.entry(Some(user)).or_default();
                    *count += 1;
                    revocations.push(revocation(Revoked::User(users[user]), *count, second));
                }
                Step::RecallAccount => {
                    let count = counts.entry(None).or_default();
                    *count += 1;
                    revocations.push(revocation(Revoked::Account(account), *count, second));
                }
            }
        }
        let (mut roomy, mut small) = (RevocationSet::default(), RevocationSet::keeping(room));
        if !revocations.is_empty() {
            let turn = order.index(revocations.len());
            revocations.rotate_left(turn);
        }
        for revocation in revocations.iter().chain(&revocations) {
            roomy.add(*revocation);
            small.add(*revocation);
            prop_assert!(small.len() <= room);
        }
        let count = |who| counts.get(&who).copied().unwrap_or(0);
        for (user, token) in tokens {
            let revoked = token.session.is_some_and(|session| ended.contains(&session))
                || token.generations.subject < count(Some(user))
                || token.generations.account < count(None);
            prop_assert_eq!(roomy.refuses(&token), revoked);
            prop_assert!(!revoked || small.refuses(&token));
        }
    }
}
