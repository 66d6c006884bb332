//! An edge repeats what was not answered: saying it again changes nothing (I9).

use api::{
    directory::v1::{Menu, MenuKey, Queue, Target, target::Kind},
    presence::v1::State,
    routing::v1::{
        AckCommandsRequest, HangupCause, ReportAnswerRequest, ReportArrivalRequest,
        ReportDigitsRequest, ReportHangupRequest, ReportPlayedRequest, ReportRecordingRequest,
        ReportRingingRequest, edge_command::Action, edge_service_client::EdgeServiceClient,
    },
};
use company::request_id;

use crate::{
    office::{Office, becomes, seconds},
    world::tell,
};

/// The same request, three times; all three answers.
macro_rules! thrice {
    ($edge:ident.$method:ident($request:expr)) => {{
        let request = $request;
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push($edge.$method(request.clone()).await.unwrap().into_inner());
        }
        answers.dedup();
        assert_eq!(
            answers.len(),
            1,
            "{} answers the same: {answers:?}",
            stringify!($method)
        );
        answers.remove(0)
    }};
}

#[test]
fn every_report_may_be_repeated() {
    tell(async |world| {
        let office = Office::found(world, "Replays").await;
        let [anna] = office.at_work(["Anna"]).await;
        let (queue, _) = office.queue(&[&anna], Queue::default()).await;
        let menu = Menu {
            display_name: "Welcome".to_owned(),
            prompt: "welcome".to_owned(),
            keys: vec![MenuKey {
                key: "1".to_owned(),
                target: Some(Target {
                    kind: Some(Kind::QueueId(queue.queue_id)),
                }),
                ..MenuKey::default()
            }],
            ..Menu::default()
        };
        let menu = office.company.menu(menu).await.unwrap();
        let number = office.number(Kind::MenuId(menu.menu_id)).await;

        let mut edge = EdgeServiceClient::new(world.platform.edge());
        let arrived = thrice!(edge.report_arrival(ReportArrivalRequest {
            edge_id: world.edge.id().to_string(),
            edge_call_id: request_id(),
            from: "+4930123456".to_owned(),
            dialled: number.clone(),
            from_name: String::new(),
        }));
        let (call_id, leg_id) = (arrived.call_id, arrived.leg_id);
        let mut line = world.edge.pick_up(&call_id, &leg_id);

        let question = line.collect().await.unwrap();
        thrice!(edge.report_digits(ReportDigitsRequest {
            call_id: call_id.clone(),
            collect_id: question.collect_id.clone(),
            digits: "1".to_owned(),
        }));
        let ring = line.ring().await.unwrap();
        thrice!(edge.report_ringing(ReportRingingRequest {
            call_id: call_id.clone(),
            leg_id: ring.leg_id.clone()
        }));
        let answer = ReportAnswerRequest {
            call_id: call_id.clone(),
            leg_id: ring.leg_id.clone(),
            device_id: anna.device_id().to_owned(),
        };
        assert!(thrice!(edge.report_answer(answer)).connected);
        line.connect().await.unwrap();
        let command_ids = line
            .past()
            .iter()
            .map(|command| command.command_id.clone())
            .collect();
        thrice!(edge.ack_commands(AckCommandsRequest {
            edge_id: world.edge.id().to_string(),
            command_ids
        }));
        thrice!(edge.report_hangup(ReportHangupRequest {
            call_id: call_id.clone(),
            leg_id,
            cause: HangupCause::Normal.into(),
        }));
        becomes(&anna, State::Available).await;

        let record = office.record(&call_id).await;
        let steps: Vec<String> = record
            .timeline
            .iter()
            .map(|entry| {
                format!(
                    "{:?}",
                    entry.event.as_ref().unwrap().change.as_ref().unwrap()
                )
            })
            .map(|change| change.split(['(', ' ']).next().unwrap().to_owned())
            .collect();
        let expected = [
            "Arrived",
            "Targeted",
            "KeyPressed",
            "Targeted",
            "Queued",
            "Offered",
            "Ringing",
            "LeftQueue",
            "Answered",
            "Ended",
        ];
        let mut sorted = steps.clone();
        sorted.sort();
        let mut once = expected.map(ToOwned::to_owned).to_vec();
        once.sort();
        assert_eq!(sorted, once, "every step once: {steps:?}");
    });
}

#[test]
fn a_prompt_and_a_recording_may_be_reported_twice() {
    tell(async |world| {
        let office = Office::found(world, "Replayed Prompts").await;
        let mut edge = EdgeServiceClient::new(world.platform.edge());

        let number = office
            .number(Kind::Announcement("goodbye".to_owned()))
            .await;
        let mut line = office.call(&number).await;
        line.play().await.unwrap();
        let is_play = |action: &Option<Action>| matches!(action, Some(Action::Play(_)));
        let play = line
            .past()
            .iter()
            .find(|command| is_play(&command.action))
            .unwrap();
        thrice!(edge.report_played(ReportPlayedRequest {
            call_id: line.call_id().to_owned(),
            command_id: play.command_id.clone(),
        }));
        line.hung_up().await.unwrap();

        let [anna] = office.at_work(["Anna"]).await;
        let number = office
            .number(Kind::VoicemailOf(anna.extension_id().to_owned()))
            .await;
        let mut line = office.call(&number).await;
        line.voicemail().await.unwrap();
        let location = "file:///voicemail/7.wav".to_owned();
        thrice!(edge.report_recording(ReportRecordingRequest {
            call_id: line.call_id().to_owned(),
            location: location.clone(),
            length: seconds(3),
        }));
        line.hang_up().await.unwrap();
        assert_eq!(
            office.record(line.call_id()).await.voicemail_location,
            location
        );
    });
}
