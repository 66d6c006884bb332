use super::*;

const CHEAP: Cost = Cost {
    memory_kib: 64,
    passes: 1,
    lanes: 1,
};
const DEARER: Cost = Cost {
    memory_kib: 128,
    passes: 2,
    lanes: 1,
};

fn pepper(byte: u8) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![byte; 32])
}

fn typed(text: &str) -> Option<Password> {
    Password::typed(text.to_owned())
}

async fn stored_by(hasher: &Hasher) -> String {
    hasher.hash(typed("correct horse").unwrap()).await.unwrap()
}

#[tokio::test]
async fn only_the_password_is_right() {
    let hasher = Hasher::new(CHEAP, pepper(1), None, 2, 8).unwrap();
    let stored = stored_by(&hasher).await;
    let verify = |text: &str, stored: Option<String>| {
        let (hasher, password) = (hasher.clone(), typed(text));
        async move { hasher.verify(password, stored).await.unwrap() }
    };
    assert_eq!(
        verify("correct horse", Some(stored.clone())).await,
        Verdict::Right { outdated: false }
    );
    assert_eq!(
        verify("correct horse ", Some(stored.clone())).await,
        Verdict::Wrong
    );
    assert_eq!(verify("", Some(stored)).await, Verdict::Wrong);
    assert_eq!(
        verify("nobody has this password", None).await,
        Verdict::Wrong,
        "the decoy opens nothing"
    );
}

#[tokio::test]
async fn the_string_says_how_it_was_made_and_never_the_pepper() {
    let hasher = Hasher::new(CHEAP, pepper(0x41), None, 1, 1).unwrap();
    let stored = stored_by(&hasher).await;
    assert!(
        stored.starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid="),
        "{stored}"
    );
    assert!(!stored.contains("AAAAAAAA"));
}

#[tokio::test]
async fn parameters_and_pepper_may_change_and_the_hash_is_then_outdated() {
    let old = Hasher::new(CHEAP, pepper(1), None, 1, 1).unwrap();
    let stored = Some(stored_by(&old).await);
    let right_but_old = Verdict::Right { outdated: true };

    let dearer = Hasher::new(DEARER, pepper(1), None, 1, 1).unwrap();
    assert_eq!(
        dearer
            .verify(typed("correct horse"), stored.clone())
            .await
            .unwrap(),
        right_but_old
    );

    let rotated = Hasher::new(CHEAP, pepper(2), Some(pepper(1)), 1, 1).unwrap();
    assert_eq!(
        rotated
            .verify(typed("correct horse"), stored.clone())
            .await
            .unwrap(),
        right_but_old
    );

    let forgot = Hasher::new(CHEAP, pepper(2), None, 1, 1).unwrap();
    assert_eq!(
        forgot.verify(typed("correct horse"), stored).await.unwrap(),
        Verdict::Wrong
    );
}

#[tokio::test]
async fn more_than_may_wait_are_turned_away() {
    let hasher = Hasher::new(CHEAP, pepper(1), None, 1, 0).unwrap();
    let _running = hasher.0.admitted.clone().try_acquire_owned().unwrap();
    let refused = hasher.hash(typed("correct horse").unwrap()).await;
    assert!(matches!(refused, Err(HashingError::Overloaded)));
}

#[tokio::test]
async fn no_more_run_at_once_than_may() {
    let hasher = Hasher::new(CHEAP, pepper(1), None, 2, 8).unwrap();
    let busy = hasher
        .0
        .running
        .clone()
        .acquire_many_owned(2)
        .await
        .unwrap();
    let mut third = Box::pin(hasher.hash(typed("correct horse").unwrap()));
    assert!(futures::poll!(&mut third).is_pending());
    assert_eq!(hasher.0.running.available_permits(), 0, "it waits its turn");
    drop(busy);
    third.await.unwrap();
}
