//! A change of the configuration counts for the next call within a second, and
//! not for the running one.

use std::time::Instant;

use api::{
    directory::v1::{AssignNumberRequest, Queue, Target, target::Kind},
    presence::v1::State,
};
use testkit::eventually;

use crate::{
    office::{A_SECOND, Office, answered_by, becomes},
    world::tell_undisturbed,
};

#[test]
fn a_number_leads_elsewhere_within_a_second() {
    tell_undisturbed(async |world| {
        let office = Office::found(world, "Plan Change").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, _) = office.queue(&[&anna], Queue::default()).await;
        let number = office
            .company
            .number(Kind::QueueId(queue.queue_id))
            .await
            .unwrap();
        let mut running = office.call(&number.e164).await;
        answered_by(&mut running, &anna).await;

        let request = AssignNumberRequest {
            request_id: company::request_id(),
            number_id: number.number_id.clone(),
            target: Some(Target {
                kind: Some(Kind::Announcement("moved".to_owned())),
            }),
            etag: number.etag.clone(),
        };
        let changed = Instant::now();
        office
            .company
            .owner()
            .desk()
            .numbers()
            .assign_number(request)
            .await
            .unwrap();
        eventually(
            A_SECOND,
            "the next call hears the announcement",
            async || {
                let mut line = office.call(&number.e164).await;
                let heard = line.play().await.unwrap().prompt;
                line.hang_up().await.unwrap();
                (heard == "moved").then_some(())
            },
        )
        .await;
        assert!(
            changed.elapsed() < A_SECOND,
            "after {:?}",
            changed.elapsed()
        );

        becomes(&anna, State::OnACall).await;
        running.hang_up().await.unwrap();
        becomes(&anna, State::Available).await;
    });
}
