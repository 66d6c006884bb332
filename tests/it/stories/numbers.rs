//! What a public number may lead to besides people.

use api::{
    directory::v1::{
        OverrideScheduleRequest, Queue, Schedule, ScheduleState, Target, UpdateNumberRequest,
        target::Kind,
    },
    routing::v1::CallOutcome,
};
use prost_types::FieldMask;
use testkit::eventually;
use tonic::Code;

use crate::{
    office::{Office, SOON},
    world::tell,
};

#[test]
fn an_announcement_is_played_and_the_call_ends() {
    tell(async |world| {
        let office = Office::found(world, "Announcement").await;
        let number = office
            .number(Kind::Announcement("we-have-moved".to_owned()))
            .await;
        let mut line = office.call(&number).await;
        assert_eq!(line.play().await.unwrap().prompt, "we-have-moved");
        line.played().await.unwrap();
        assert_eq!(line.hung_up().await.unwrap().leg_id, line.leg_id());
        assert_eq!(
            office.record(line.call_id()).await.outcome(),
            CallOutcome::Rejected
        );
    });
}

#[test]
fn a_number_of_nobody_is_refused() {
    tell(async |world| {
        let error = world
            .edge
            .dial("+493012345678", "+493099999999")
            .await
            .unwrap_err();
        let edge::EdgeError::Refused(status) = error else {
            panic!("{error}")
        };
        assert_eq!(status.code(), Code::NotFound);
    });
}

#[test]
fn outside_the_open_times_calls_go_elsewhere() {
    tell(async |world| {
        let office = Office::found(world, "Closed").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, _) = office.queue(&[&anna], Queue::default()).await;
        let number = office
            .company
            .number(Kind::QueueId(queue.queue_id))
            .await
            .unwrap();
        let schedule = Schedule {
            display_name: "Hours".to_owned(),
            ..Schedule::default()
        };
        let schedule = office.company.schedule(schedule).await.unwrap();
        let desk = office.company.owner().desk();
        let mut closed = number.clone();
        closed.schedule_id.clone_from(&schedule.schedule_id);
        closed.closed_target = Some(Target {
            kind: Some(Kind::Announcement("closed".to_owned())),
        });
        let request = UpdateNumberRequest {
            request_id: company::request_id(),
            number: Some(closed),
            update_mask: Some(FieldMask {
                paths: vec!["schedule_id".to_owned(), "closed_target".to_owned()],
            }),
        };
        desk.numbers().update_number(request).await.unwrap();
        eventually(SOON, "callers hear that it is closed", async || {
            let mut line = office.call(&number.e164).await;
            let closed = line.past().is_empty() && line.play().await.ok()?.prompt == "closed";
            line.hang_up().await.unwrap();
            closed.then_some(())
        })
        .await;

        let open = OverrideScheduleRequest {
            request_id: company::request_id(),
            schedule_id: schedule.schedule_id,
            state: ScheduleState::Open.into(),
            until: None,
        };
        desk.schedules().override_schedule(open).await.unwrap();
        eventually(SOON, "Anna rings: it is forced open", async || {
            let mut line = office.call(&number.e164).await.with_patience(SOON / 10);
            let rung = line.ring().await.is_ok();
            line.hang_up().await.unwrap();
            rung.then_some(())
        })
        .await;
    });
}
