//! Keeping the services alive: one that dies is started again, a bounded
//! number of times.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use anyhow::bail;
use mesh::{Mesh, Service};
use tokio::time::{Instant, sleep};

use crate::say::note;

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// So many deaths of one service within [`WINDOW`] are no accident.
const DEATHS: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Returns only when a service cannot be kept alive.
pub(super) async fn forever(mesh: &mut Mesh) -> anyhow::Result<()> {
    let mut deaths: BTreeMap<Service, VecDeque<Instant>> = BTreeMap::new();
    loop {
        sleep(LOOK_EVERY).await;
        let Some(service) = mesh.casualty() else {
            continue;
        };
        let (name, log) = (service.name(), mesh.log(service)?.display().to_string());
        let deaths = deaths.entry(service).or_default();
        let pause = pause_after(deaths, Instant::now());
        let Some(pause) = pause else {
            bail!("{name} died {DEATHS} times within a minute; everything was stopped; see {log}");
        };
        note(format_args!(
            "{name} has died and is started again; see {log}"
        ));
        sleep(pause).await;
        if let Err(error) = mesh.restart(service).await {
            note(error);
        }
    }
}

/// How long to wait after one more death; `None` when it is one too many.
fn pause_after(deaths: &mut VecDeque<Instant>, now: Instant) -> Option<Duration> {
    deaths.retain(|death| now.duration_since(*death) < WINDOW);
    deaths.push_back(now);
    let doublings = u32::try_from(deaths.len()).ok()?.checked_sub(1)?;
    (deaths.len() < DEATHS).then(|| FIRST_PAUSE * 2_u32.pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_the_fifth_death_in_a_minute_is_the_last() {
        let begin = Instant::now();
        let mut deaths = VecDeque::new();
        let pauses = (0..5).map(|second| {
            pause_after(&mut deaths, begin + Duration::from_secs(second))
                .map(|pause| pause.as_millis())
        });
        let pauses: Vec<_> = pauses.collect();
        assert_eq!(pauses, [Some(250), Some(500), Some(1000), Some(2000), None]);
    }

    #[test]
    fn what_was_long_ago_is_forgiven() {
        let begin = Instant::now();
        let mut deaths = VecDeque::new();
        for minute in 0..10 {
            let pause = pause_after(&mut deaths, begin + minute * WINDOW);
            assert_eq!(pause, Some(FIRST_PAUSE));
        }
    }
}
