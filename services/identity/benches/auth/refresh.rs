//! A refresh token for the next pair.

use std::time::Instant;

use futures::future::join_all;

use crate::{distribution::Distribution, world::World};

/// Sessions that refresh at the same time.
const AT_ONCE: usize = 16;

pub(crate) async fn measure(world: &World, samples: usize) {
    let owner = world.company().await;
    let mut token = owner.tokens.refresh_token.clone();
    let mut alone = Distribution::of("one session");
    for _ in 0..samples {
        let start = Instant::now();
        token = world.refresh(&token).await.unwrap().refresh_token;
        alone.record(start.elapsed());
    }
    let mut sessions = Vec::new();
    for _ in 0..AT_ONCE {
        let member = world.sign_in(&owner.user.email).await;
        sessions.push(member.tokens.refresh_token);
    }
    let rounds = samples.div_ceil(AT_ONCE) * 4;
    let start = Instant::now();
    join_all(sessions.into_iter().map(|mut token| async move {
        for _ in 0..rounds {
            token = world.refresh(&token).await.unwrap().refresh_token;
        }
    }))
    .await;
    let refreshed = u32::try_from(rounds * AT_ONCE).unwrap();
    let rate = f64::from(refreshed) / start.elapsed().as_secs_f64();
    println!("Refresh");
    alone.print();
    println!("  {AT_ONCE} sessions at once       {rate:.0} a second, client included");
}
