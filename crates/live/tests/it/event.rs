use std::time::Duration;

use chrono::DateTime;
use ids::{CallId, EventId};
use live::{
    Live, Partition, Script,
    event::{self, Entry, Envelope, Follower, Offset},
    prelude,
};

use crate::setup;

fn envelope(seq: u64) -> Envelope {
    Envelope {
        id: EventId::generate(),
        account: setup::account(),
        subject: "que_x".to_owned(),
        seq,
        at: DateTime::from_timestamp_millis(1_733_150_000_123).unwrap(),
        actor: "usr_x".to_owned(),
        kind: "strowger.directory.v1.QueueEvent".to_owned(),
        traceparent: String::new(),
        body: vec![0, 255, b'\n', 7].into(),
    }
}

async fn read_all(live: &Live) -> Vec<Entry> {
    let offsets: Vec<_> = Partition::all()
        .map(|partition| (partition, Offset::START))
        .collect();
    Follower::new(live)
        .read(&offsets, 1000, Duration::from_millis(1))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_relay_may_repeat_itself() {
    let live = setup::live();
    let events: Vec<_> = (1..=5).map(envelope).collect();
    assert_eq!(
        event::append(&live, "directory", &events[..3])
            .await
            .unwrap(),
        3
    );
    assert_eq!(event::append(&live, "directory", &events).await.unwrap(), 2);
    assert_eq!(event::append(&live, "directory", &events).await.unwrap(), 0);
    let read: Vec<_> = read_all(&live)
        .await
        .into_iter()
        .map(|entry| entry.event.unwrap())
        .collect();
    assert_eq!(read, events);
}

#[tokio::test]
async fn a_follower_goes_on_from_its_offset_and_waits_for_more() {
    let live = setup::live();
    event::append(&live, "directory", &[envelope(1), envelope(2), envelope(3)])
        .await
        .unwrap();
    let mut follower = Follower::new(&live);
    let read = follower
        .read(
            &[(setup::partition(), Offset::START)],
            2,
            Duration::from_secs(1),
        )
        .await
        .unwrap();
    assert_eq!(read.len(), 2);
    let kept = read[1].offset.to_string().parse().unwrap();
    let read = follower
        .read(&[(setup::partition(), kept)], 2, Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(read[0].event.as_ref().unwrap().seq, 3);

    let last = read[0].offset;
    let none = follower
        .read(&[(setup::partition(), last)], 2, Duration::from_millis(20))
        .await
        .unwrap();
    assert!(none.is_empty());
    let late = envelope(4);
    let offsets = [(setup::partition(), last)];
    let (read, appended) =
        tokio::join!(follower.read(&offsets, 2, Duration::from_secs(8)), async {
            tokio::time::sleep(Duration::from_millis(1200)).await;
            event::append(&live, "directory", std::slice::from_ref(&late)).await
        });
    assert_eq!(
        (appended.unwrap(), read.unwrap()[0].event.as_ref().unwrap()),
        (1, &late)
    );
}

#[tokio::test]
async fn a_script_emits_events_with_its_change() {
    let live = setup::live();
    let body = "#!lua\n\
        events.emit{ type = ARGV[1], body = pb.int(1, 7), account = ARGV[2], subject = ARGV[3], actor = ARGV[4] }\n\
        events.emit{ type = ARGV[1], body = '', account = ARGV[2], subject = ARGV[3], traceparent = 'tp' }\n\
        events.forget(ARGV[3])\n\
        return events.emit{ type = ARGV[1], body = '', account = ARGV[2], subject = ARGV[3], seq = 42, at = 1733150000123 }";
    let preludes = [prelude::CORE, prelude::PROTOBUF, prelude::EVENT];
    let script = Script::with_prelude("test.emit", &preludes, body);
    let (account, call) = (setup::account(), CallId::generate());
    let key = live.keys().key(setup::partition(), "test:call");
    let asked = live
        .script(&script)
        .key(&key)
        .arg("strowger.routing.v1.CallEvent");
    let last_id: String = asked
        .text(account)
        .text(call)
        .arg("usr_a")
        .run()
        .await
        .unwrap();

    let entries = read_all(&live).await;
    let read: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.event.unwrap())
        .collect();
    assert_eq!(
        read.iter().map(|event| event.seq).collect::<Vec<_>>(),
        [1, 2, 42]
    );
    assert_eq!(
        (read[0].actor.as_str(), &read[0].body[..]),
        ("usr_a", &[8, 7][..])
    );
    assert_eq!(
        (read[1].actor.as_str(), read[1].traceparent.as_str()),
        ("", "tp")
    );
    assert!(
        read.iter()
            .all(|event| event.account == account && event.subject == call.to_string())
    );

    assert_eq!(read[2].id.to_string(), last_id);
    assert_eq!(read[2].at.timestamp_millis(), 1_733_150_000_123);
    let uuid = read[2].id.uuid();
    assert_eq!(
        (uuid.get_version_num(), uuid.get_variant()),
        (7, uuid::Variant::RFC4122)
    );
    assert_eq!(
        uuid.get_timestamp().unwrap().to_unix(),
        (1_733_150_000, 123_000_000)
    );
    assert_ne!(read[0].id, read[1].id);

    let counters: Vec<String> = live
        .command("HKEYS")
        .key(&live.keys().key(setup::partition(), "events:seq"))
        .run()
        .await
        .unwrap();
    assert!(counters.is_empty(), "{counters:?}");
}

#[tokio::test]
async fn what_is_not_an_event_is_reported_and_passed_over() {
    let live = setup::live();
    let stream = live.keys().events(setup::partition());
    let add = live
        .command("XADD")
        .key(&stream)
        .arg("*")
        .arg("id")
        .arg("nonsense");
    let _: String = add.run().await.unwrap();
    let good = envelope(1);
    event::append(&live, "directory", std::slice::from_ref(&good))
        .await
        .unwrap();
    let read = read_all(&live).await;
    assert_eq!(read[0].event, Err(event::Malformed("id")));
    assert_eq!(read[1].event.as_ref(), Ok(&good));
}

#[tokio::test]
async fn a_follower_can_tell_that_it_came_too_late() {
    let live = setup::live();
    let partition = setup::partition();
    assert_eq!(
        event::trimmed(&live, partition).await.unwrap(),
        Offset::START
    );
    event::append(&live, "directory", &[envelope(1), envelope(2), envelope(3)])
        .await
        .unwrap();
    assert_eq!(
        event::trimmed(&live, partition).await.unwrap(),
        Offset::START
    );
    let second = read_all(&live).await[1].offset;
    assert_eq!(event::trim(&live, partition, second).await.unwrap(), 2);
    assert_eq!(event::length(&live, partition).await.unwrap(), 1);
    assert_eq!(event::trimmed(&live, partition).await.unwrap(), second);
    assert_eq!(
        event::trim(&live, partition, Offset::START).await.unwrap(),
        0
    );
    assert_eq!(event::trimmed(&live, partition).await.unwrap(), second);
    assert_eq!(read_all(&live).await[0].event.as_ref().unwrap().seq, 3);
}
