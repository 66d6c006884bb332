//! Redis loses writes, or everything; nobody gets a second call.

use api::presence::v1::{HeldLock, LockPhase, OfferKind, RenewRequest, State, Token};
use tonic::Code;

use crate::{
    floor::{Call, reason, seconds},
    office::{Office, Worker},
};

/// Waits until a partition that is opening is open, as a client does.
async fn reserve_when_open(call: &Call, worker: Worker) -> Token {
    for _ in 0..600 {
        let request = call.offer_request(OfferKind::Exclusive, &[worker]);
        match call.floor.clone().offer(request).await {
            Ok(answer) => {
                let result = answer.into_inner().results.remove(0);
                return result.reservation.unwrap().token.unwrap();
            }
            Err(status) => {
                assert_eq!(reason(&status), "PARTITION_OPENING");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
    }
    panic!("never opened");
}

fn claim(office: &Office, call: &Call, worker: Worker, token: Token) -> RenewRequest {
    RenewRequest {
        account_id: office.account.to_string(),
        locks: vec![HeldLock {
            person_id: worker.id.to_string(),
            call_id: call.id.to_string(),
            token: Some(token),
        }],
        lease: Some(seconds(1)),
    }
}

impl Office {
    /// What a fail-over leaves behind: another history, with or without the last writes.
    async fn fail_over(&self) {
        let key = self
            .live
            .keys()
            .key(live::Partition::of(self.account), "presence:epoch");
        let run = self
            .live
            .command("HSET")
            .key(&key)
            .arg("history")
            .arg("of another server");
        let _: () = run.run().await.unwrap();
    }

    async fn lose_everything(&self) {
        let tag = self
            .live
            .keys()
            .key(live::Partition::of(self.account), "")
            .to_string();
        let keys: Vec<String> = self
            .live
            .command("KEYS")
            .arg(format!("{tag}*"))
            .run()
            .await
            .unwrap();
        let _: () = self.live.command("DEL").arg(keys).run().await.unwrap();
    }
}

#[tokio::test]
async fn after_a_fail_over_nothing_is_granted_for_one_lease() {
    let mut office = Office::open().await;
    let team = office.hire(2).await;
    let call = office.call();
    let token = call.ring(OfferKind::Exclusive, team[0]).await;
    let token = call
        .answer_over(team[0], token, &[], 1)
        .await
        .unwrap()
        .token
        .unwrap();
    office.fail_over().await;

    let other = office.call();
    let request = other.offer_request(OfferKind::Exclusive, &[team[1]]);
    let status = other.floor.clone().offer(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status)),
        (Code::Unavailable, "PARTITION_OPENING".to_owned())
    );
    // Live calls go on meanwhile, and end.
    let lost = call
        .floor
        .clone()
        .renew(claim(&office, &call, team[0], token))
        .await
        .unwrap();
    assert!(lost.into_inner().lost.is_empty());
    call.release(team[0], token, None).await;

    let later = reserve_when_open(&other, team[1]).await;
    assert!(
        later.epoch > token.epoch,
        "{} after {}",
        later.epoch,
        token.epoch
    );
}

#[tokio::test]
async fn a_live_call_puts_its_lock_back() {
    let mut office = Office::open_with(|config| config.presence.opening_seconds = 1).await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    let token = call.connect(anna).await;
    office.lose_everything().await;

    // Redis knows neither the person nor the lock. The live leg does.
    let renewal = claim(&office, &call, anna, token);
    let lost = call
        .floor
        .clone()
        .renew(renewal)
        .await
        .unwrap()
        .into_inner()
        .lost;
    assert!(lost.is_empty(), "{lost:?}");
    let seen = office.look_at(anna).await;
    assert_eq!((seen.state(), seen.connection_lost), (State::OnACall, true));
    let lock = seen.lock.unwrap();
    assert_eq!(
        (lock.call_id.as_str(), lock.phase()),
        (call.id.to_string().as_str(), LockPhase::OnCall)
    );
    office.connect(anna).await;

    let other = office.call();
    let request = other.offer_request(OfferKind::Exclusive, &[anna]);
    let status = other.floor.clone().offer(request).await.unwrap_err();
    assert_eq!(reason(&status), "PARTITION_OPENING");
    call.release(anna, token, None).await;
    let later = reserve_when_open(&other, anna).await;
    assert!(later.epoch > token.epoch);
}

#[tokio::test]
async fn of_two_lost_locks_the_older_stays() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let (first, second) = (office.call(), office.call());
    let older = first.connect(anna).await;
    let newer = Token {
        fence: older.fence + 7,
        ..older
    };
    office.fail_over().await;
    // Both sides believe that they have the person.
    let renew = async |call: &Call, token| {
        let renewal = claim(&office, call, anna, token);
        call.floor
            .clone()
            .renew(renewal)
            .await
            .unwrap()
            .into_inner()
            .lost
            .len()
    };
    assert_eq!(renew(&second, newer).await, 1);
    assert_eq!(renew(&first, older).await, 0);
    assert_eq!(
        office.look_at(anna).await.lock.unwrap().call_id,
        first.id.to_string()
    );
}
