//! The auto-receptionist.

use api::{
    directory::v1::{Menu, MenuKey, Queue, Target, target::Kind},
    reporting::v1::GetCallRecordRequest,
    routing::v1::{CallOutcome, call_event::Change},
};

use crate::{
    office::{Office, answered_by, seconds},
    world::tell,
};

#[test]
fn a_key_leads_where_the_menu_says_and_a_wrong_one_asks_again() {
    tell(async |world| {
        let office = Office::found(world, "Menu").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, _) = office.queue(&[&anna], Queue::default()).await;
        let target = Some(Target {
            kind: Some(Kind::QueueId(queue.queue_id)),
        });
        let menu = Menu {
            display_name: "Welcome".to_owned(),
            prompt: "welcome".to_owned(),
            keys: vec![MenuKey {
                key: "1".to_owned(),
                label: "Support".to_owned(),
                target,
            }],
            ..Menu::default()
        };
        let menu = office.company.menu(menu).await.unwrap();
        let number = office.number(Kind::MenuId(menu.menu_id.clone())).await;

        let mut line = office.call(&number).await;
        let question = line.collect().await.unwrap();
        assert_eq!(
            (question.prompt.as_str(), question.max_digits),
            ("welcome", 1)
        );
        line.press(&question, "9").await.unwrap();
        let again = line.collect().await.unwrap();
        line.press(&again, "1").await.unwrap();
        answered_by(&mut line, &anna).await;
        line.hang_up().await.unwrap();

        let record = office.record(line.call_id()).await;
        assert_eq!(record.outcome(), CallOutcome::Answered);
        let records = office.company.owner().desk().records();
        let request = GetCallRecordRequest {
            call_id: line.call_id().to_owned(),
        };
        let timeline = records
            .clone()
            .get_call_record(request)
            .await
            .unwrap()
            .into_inner()
            .timeline;
        let keys: Vec<(String, bool)> = timeline
            .into_iter()
            .filter_map(|entry| match entry.event?.change? {
                Change::KeyPressed(pressed) => Some((pressed.key, pressed.valid)),
                _ => None,
            })
            .collect();
        assert_eq!(keys, [("9".to_owned(), false), ("1".to_owned(), true)]);
    });
}

#[test]
fn whoever_presses_nothing_goes_where_the_menu_says() {
    tell(async |world| {
        let office = Office::found(world, "Silence").await;
        let menu = Menu {
            display_name: "Welcome".to_owned(),
            prompt: "welcome".to_owned(),
            keys: vec![MenuKey {
                key: "1".to_owned(),
                target: Some(Target {
                    kind: Some(Kind::Announcement("one".to_owned())),
                }),
                ..MenuKey::default()
            }],
            key_timeout: seconds(1),
            attempts: 2,
            timeout_target: Some(Target {
                kind: Some(Kind::Announcement("goodbye".to_owned())),
            }),
            ..Menu::default()
        };
        let menu = office.company.menu(menu).await.unwrap();
        let number = office.number(Kind::MenuId(menu.menu_id.clone())).await;

        let mut line = office.call(&number).await;
        for _ in 0..2 {
            let question = line.collect().await.unwrap();
            line.press(&question, "").await.unwrap();
        }
        assert_eq!(line.play().await.unwrap().prompt, "goodbye");
        line.played().await.unwrap();
        line.hung_up().await.unwrap();
        assert_eq!(
            office.record(line.call_id()).await.outcome(),
            CallOutcome::Rejected
        );
    });
}
