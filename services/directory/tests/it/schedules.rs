//! Opening hours, through the API.

use api::directory::v1::{
    DeleteScheduleRequest, Holiday, OverrideScheduleRequest, PreviewScheduleRequest, Schedule,
    ScheduleState, WeeklySlot, target::Kind,
};
use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use tonic::Code;

use crate::world::{Company, World, menu, number, refusal, request_id, to, wrong_fields};

fn slot(weekday: u32, start_time: &str, end_time: &str, state: ScheduleState) -> WeeklySlot {
    WeeklySlot {
        weekday,
        start_time: start_time.to_owned(),
        end_time: end_time.to_owned(),
        state: state.into(),
    }
}

fn office(time_zone: &str, slots: Vec<WeeklySlot>) -> Schedule {
    Schedule {
        display_name: "Office".to_owned(),
        time_zone: time_zone.to_owned(),
        slots,
        ..Schedule::default()
    }
}

fn at(text: &str) -> Option<Timestamp> {
    let instant: DateTime<Utc> = text.parse().unwrap();
    Some(Timestamp {
        seconds: instant.timestamp(),
        nanos: 0,
    })
}

async fn preview(
    company: &Company,
    schedule: &Schedule,
    from: &str,
    limit: i32,
) -> Vec<(String, ScheduleState)> {
    let request = PreviewScheduleRequest {
        schedule_id: schedule.schedule_id.clone(),
        from: at(from),
        limit,
    };
    let answer = company
        .admin
        .schedules()
        .preview_schedule(request)
        .await
        .unwrap()
        .into_inner();
    let told = answer.changes.into_iter().map(|change| {
        let seconds = change.time.unwrap().seconds;
        let time = DateTime::from_timestamp(seconds, 0)
            .unwrap()
            .format("%m-%dT%H:%M")
            .to_string();
        (time, change.state())
    });
    told.collect()
}

use ScheduleState::{Break, Closed, Open};

#[tokio::test]
async fn hours_keep_to_the_wall_clock_across_the_change_of_summer_time() {
    let world = World::start().await;
    let company = world.company();
    // In the company's own time zone, Berlin.
    let days = office(
        "",
        vec![
            slot(6, "09:00", "17:00", Open),
            slot(6, "12:00", "12:30", Break),
            slot(1, "09:00", "17:00", Open),
        ],
    );
    let days = company.admin.create_schedule(days).await.unwrap();
    assert_eq!(days.time_zone, "Europe/Berlin");
    let told = preview(&company, &days, "2026-03-28T00:00:00Z", 6).await;
    let expected = [
        ("03-28T00:00", Closed),
        ("03-28T08:00", Open),
        ("03-28T11:00", Break),
        ("03-28T11:30", Open),
        ("03-28T16:00", Closed),
        // Two days and an hour less later it is nine in the morning again.
        ("03-30T07:00", Open),
    ];
    assert_eq!(told, expected.map(|(time, state)| (time.to_owned(), state)));
}

#[tokio::test]
async fn an_override_wins_and_ends() {
    let world = World::start().await;
    let company = world.company();
    let never = company
        .admin
        .create_schedule(office("Etc/UTC", vec![]))
        .await
        .unwrap();
    let force = |state: ScheduleState, until| OverrideScheduleRequest {
        request_id: request_id(),
        schedule_id: never.schedule_id.clone(),
        state: state.into(),
        until,
    };
    let mut schedules = company.admin.schedules();
    let forced = schedules
        .override_schedule(force(Open, at("2999-01-01T00:00:00Z")))
        .await
        .unwrap();
    assert_eq!(forced.get_ref().override_state(), Open);
    assert_eq!(forced.get_ref().override_until, at("2999-01-01T00:00:00Z"));
    let told = preview(&company, &never, "2998-12-31T00:00:00Z", 3).await;
    assert_eq!(
        told,
        [
            ("12-31T00:00".to_owned(), Open),
            ("01-01T00:00".to_owned(), Closed)
        ]
    );
    let plan = world.plan(company.id).await.unwrap();
    assert_eq!(
        (plan.version, plan.schedules[0].override_state()),
        (2, Open)
    );

    let over = schedules
        .override_schedule(force(ScheduleState::Unspecified, None))
        .await
        .unwrap();
    assert_eq!(over.get_ref().override_state(), ScheduleState::Unspecified);
    let past = schedules
        .override_schedule(force(Open, at("1999-01-01T00:00:00Z")))
        .await;
    assert_eq!(wrong_fields(past), ["until"]);
    let pointless = schedules
        .override_schedule(force(
            ScheduleState::Unspecified,
            at("2999-01-01T00:00:00Z"),
        ))
        .await;
    assert_eq!(wrong_fields(pointless), ["until"]);
    for state in [Break, ScheduleState::Holiday] {
        assert_eq!(
            wrong_fields(schedules.override_schedule(force(state, None)).await),
            ["state"]
        );
    }
    let unknown = OverrideScheduleRequest {
        state: 999,
        ..force(Open, None)
    };
    assert_eq!(
        wrong_fields(schedules.override_schedule(unknown).await),
        ["state"]
    );
}

#[tokio::test]
async fn a_schedule_in_use_stays() {
    let world = World::start().await;
    let company = world.company();
    let hours = company
        .admin
        .create_schedule(office("", vec![]))
        .await
        .unwrap();
    let main = api::directory::v1::Number {
        schedule_id: hours.schedule_id.clone(),
        ..number(&world.number())
    };
    let main = company.admin.create_number(main).await.unwrap();
    assert_eq!(
        main.closed_target,
        to(Kind::Announcement("closed".to_owned()))
    );
    let delete = DeleteScheduleRequest {
        request_id: request_id(),
        schedule_id: hours.schedule_id,
        etag: hours.etag,
    };
    let refused = company.admin.schedules().delete_schedule(delete).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "IN_USE".to_owned())
    );
    let foreign = ids::ScheduleId::generate().to_string();
    let refused = company
        .admin
        .create_menu(api::directory::v1::Menu {
            schedule_id: foreign,
            ..menu()
        })
        .await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "TARGET_NOT_FOUND".to_owned())
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_schedule_is_named() {
    let world = World::start().await;
    let company = world.company();
    let holiday = |date: &str| Holiday {
        date: date.to_owned(),
        label: String::new(),
    };
    let wrong = Schedule {
        holidays: vec![
            holiday("2026-12-25"),
            holiday("2026-12-25"),
            holiday("2026-2-1"),
            holiday("2026-02-30"),
        ],
        ..office(
            "Berlin",
            vec![
                slot(0, "09:00", "17:00", Open),
                slot(8, "09:00", "17:00", Open),
                slot(1, "17:00", "09:00", Open),
                slot(1, "24:01", "9:00", Open),
                slot(1, "09:00", "17:00", Closed),
            ],
        )
    };
    let fields = wrong_fields(company.admin.create_schedule(wrong).await);
    let expected = [
        "schedule.time_zone",
        "schedule.slots[0].weekday",
        "schedule.slots[1].weekday",
        "schedule.slots[2].end_time",
        "schedule.slots[3].start_time",
        "schedule.slots[3].end_time",
        "schedule.slots[4].state",
        "schedule.holidays[1].date",
        "schedule.holidays[2].date",
        "schedule.holidays[3].date",
    ];
    assert_eq!(fields, expected);

    let hours = company
        .admin
        .create_schedule(office("", vec![]))
        .await
        .unwrap();
    let mut schedules = company.admin.schedules();
    for (from, limit, field) in [
        (
            Timestamp {
                seconds: 0,
                nanos: 0,
            },
            101,
            "limit",
        ),
        (
            Timestamp {
                seconds: 0,
                nanos: 0,
            },
            -1,
            "limit",
        ),
        (
            Timestamp {
                seconds: -1,
                nanos: 0,
            },
            1,
            "from",
        ),
        (
            Timestamp {
                seconds: 253_402_300_800,
                nanos: 0,
            },
            1,
            "from",
        ),
        (
            Timestamp {
                seconds: 0,
                nanos: 1_000_000_000,
            },
            1,
            "from",
        ),
        (
            Timestamp {
                seconds: i64::MAX,
                nanos: i32::MIN,
            },
            1,
            "from",
        ),
    ] {
        let request = PreviewScheduleRequest {
            schedule_id: hours.schedule_id.clone(),
            from: Some(from),
            limit,
        };
        assert_eq!(
            wrong_fields(schedules.preview_schedule(request).await),
            [field]
        );
    }
}
