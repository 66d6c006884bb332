//! How fast one follower folds. Not a promise to be tested on a busy machine, so it runs on
//! demand: `cargo test -p reporting --test it -- --ignored --nocapture throughput`.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    company::Company,
    service::{World, partitions},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "the figure is for whoever runs it")]
async fn throughput() {
    let world = World::new().await;
    for batch_events in [100, 500, 2000] {
        // One company, so one partition: the worst case, nothing to share.
        let company = Company::new();
        let mut tape = company.tape();
        for _ in 0..250 {
            company.morning(&mut tape);
            tape.wait(-400);
        }
        let events = tape.events.len();
        tape.play(&world.live).await;
        let mut reader = world.reader_of(batch_events);
        let (mut batches, start) = (0, Instant::now());
        loop {
            let batch = reader
                .read(&partitions(), Duration::from_millis(1))
                .await
                .unwrap();
            if batch.is_empty() {
                break;
            }
            reader.fold(batch).await.unwrap();
            batches += 1;
        }
        let took = start.elapsed().as_secs_f64();
        eprintln!(
            "{events} events of 1500 calls in batches of {batch_events}: {:.0} events/s, {:.0} calls/s, {:.1} ms a batch",
            events as f64 / took,
            1500.0 / took,
            took * 1000.0 / f64::from(batches),
        );
    }
}
