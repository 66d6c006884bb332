//! Verifying access tokens, which every request of the mesh begins with.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use access::Verifier;
use ids::AccountId;
use testkit::Callers;

/// People whose tokens come again and again.
const CALLERS: usize = 1_000;
const FOR: Duration = Duration::from_secs(2);

pub(crate) fn measure() {
    let callers = Callers::new();
    let account = AccountId::generate();
    let token = || callers.person(account).token();
    let known: Vec<String> = (0..CALLERS).map(|_| token()).collect();
    let verify_all = |verifier: &Verifier| {
        for token in &known {
            black_box(verifier.verify(token)).unwrap();
        }
    };
    // Verifiers that have seen none of them, as after a start; making one is not counted.
    let (mut took, mut verified) = (Duration::ZERO, 0);
    let verifier = loop {
        let verifier = callers.verifier();
        let start = Instant::now();
        verify_all(&verifier);
        took += start.elapsed();
        verified += CALLERS;
        if took >= FOR {
            break verifier;
        }
    };
    let first = per_second(verified, took);
    let (start, mut verified) = (Instant::now(), 0);
    while start.elapsed() < FOR {
        verify_all(&verifier);
        verified += CALLERS;
    }
    let again = per_second(verified, start.elapsed());
    println!("Verifier, one core");
    println!("  a token for the first time {first:>9.0} a second");
    println!("  a token that was seen      {again:>9.0} a second");
}

fn per_second(verified: usize, took: Duration) -> f64 {
    let verified = u32::try_from(verified).map_or(f64::INFINITY, f64::from);
    verified / took.as_secs_f64()
}
