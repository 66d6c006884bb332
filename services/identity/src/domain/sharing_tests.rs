use ids::{AccountId, UserId};
use proptest::{collection::vec, prelude::*, sample::select, sample::subsequence};

use super::{
    finding::{OPEN_BAR, REPORT_BAR},
    *,
};

const PLACES: [&str; 4] = [
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "2001:db8:1::/48",
];

fn day(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + days)
}

fn occasion(kind: SignalKind, at: DateTime<Utc>, networks: &[&str]) -> Occasion {
    Occasion::of(Signal {
        kind,
        at,
        networks: networks.iter().map(ToString::to_string).collect(),
    })
}

fn score(occasions: &[Occasion], now: DateTime<Utc>) -> u8 {
    assess(occasions, now).score
}

fn occasions() -> impl Strategy<Value = Vec<Occasion>> {
    let one = (
        select(SignalKind::ALL.to_vec()),
        0..86_400 * 100_i64,
        subsequence(PLACES.to_vec(), 0..=4),
    );
    let one = one.prop_map(|(kind, seconds, networks)| {
        occasion(kind, day(-100) + TimeDelta::seconds(seconds), &networks)
    });
    vec(one, 0..40)
}

proptest! {
    #[test]
    fn one_occasion_more_never_weighs_less(all in occasions(), more in occasions()) {
        let together: Vec<Occasion> = all.iter().chain(&more).cloned().collect();
        prop_assert!(score(&together, day(0)) >= score(&all, day(0)));
    }

    #[test]
    fn time_alone_never_adds(all in occasions(), hours in 0..24 * 120_i64) {
        let later = day(0) + TimeDelta::hours(hours);
        prop_assert!(score(&all, later) <= score(&all, day(0)));
        prop_assert_eq!(score(&all, day(91)), 0);
    }

    #[test]
    fn the_score_is_a_percentage_and_one_kind_is_never_proof(all in occasions()) {
        let assessment = assess(&all, day(0));
        prop_assert!(assessment.score <= 100);
        for reason in &assessment.reasons {
            prop_assert!(reason.score <= assessment.score && reason.score <= 80);
            prop_assert!(reason.first <= reason.last && reason.occasions > 0);
            prop_assert!(reason.networks.len() <= MAX_NETWORKS);
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter(
        (all, shuffled) in occasions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        again in any::<prop::sample::Index>(),
    ) {
        let mut repeated = shuffled;
        if !repeated.is_empty() {
            repeated.push(again.get(&repeated).clone());
        }
        prop_assert_eq!(assess(&repeated, day(0)), assess(&all, day(0)));
    }

    #[test]
    fn a_dismissed_finding_never_opens_more_easily(first in 20_u8..=100, then in 0_u8..=100) {
        let finding = dismissed(first);
        let (before, after) = (day(29), day(31));
        prop_assert!(finding.bar(before) > OPEN_BAR);
        let opens = |now| finding.clone().signalled(&scoring(then), now, now).state == FindingState::Open;
        prop_assert_eq!(opens(before), then >= finding.bar(before));
        prop_assert_eq!(opens(after), then >= OPEN_BAR);
        prop_assert!(!opens(before) || opens(after));
    }
}

fn scoring(score: u8) -> Assessment {
    Assessment {
        score,
        reasons: Vec::new(),
    }
}

fn open(score: u8) -> Option<Finding> {
    let (account, user) = (AccountId::generate(), UserId::generate());
    Finding::found(account, user, &scoring(score), day(0), day(0))
}

fn dismissed(score: u8) -> Finding {
    let dismissal = Dismissal {
        by: "usr_somebody".to_owned(),
        at: day(0),
        until: day(30),
        reason: "A laptop and a telephone".parse().unwrap(),
        score,
    };
    open(score).unwrap().dismiss(dismissal).unwrap()
}

#[test]
fn a_laptop_and_a_telephone_are_no_finding_but_three_places_are() {
    let parallel = |networks| [occasion(SignalKind::ParallelSessions, day(0), networks)];
    assert!(score(&parallel(&PLACES[..2]), day(0)) < OPEN_BAR);
    assert!(score(&parallel(&PLACES[..3]), day(0)) >= OPEN_BAR);
}

#[test]
fn kinds_that_agree_say_more_than_one_kind_often() {
    let hours = |kind, count| {
        (0..count).map(move |hour| occasion(kind, day(-1) + TimeDelta::hours(hour), &PLACES[..2]))
    };
    let often: Vec<Occasion> = hours(SignalKind::ParallelSessions, 8).collect();
    let each: Vec<Occasion> = SignalKind::ALL
        .into_iter()
        .flat_map(|kind| hours(kind, 2))
        .collect();
    assert!(score(&often, day(0)) <= 60);
    assert!(score(&each, day(0)) >= 80, "{}", score(&each, day(0)));
}

#[test]
fn reasons_can_be_read() {
    let kind = SignalKind::TwoPlaces;
    let once = assess(&[occasion(kind, day(0), &PLACES[..2])], day(0));
    assert_eq!(
        once.reasons[0].explanation(),
        "Two devices were in use in different places within a minute on 4 October 2024, from 2 \
         networks."
    );
    let calls = [-2, 0].map(|at| occasion(SignalKind::SecondCall, day(at), &[]));
    assert_eq!(
        assess(&calls, day(0)).reasons[0].explanation(),
        "A second call was picked up during a call on 2 occasions from 2 October 2024 to 4 \
         October 2024."
    );
}

#[test]
fn a_finding_is_dismissed_once_and_its_signals_are_settled() {
    assert_eq!(open(OPEN_BAR - 1), None);
    let finding = dismissed(30);
    assert_eq!(finding.settled, Some(day(0)));
    let again = finding.dismissal.clone().unwrap();
    assert_eq!(finding.clone().dismiss(again), Err(InvalidDismissal));
    let reopened = finding.signalled(&scoring(50), day(3), day(3));
    assert_eq!(
        (reopened.state, reopened.opened),
        (FindingState::Open, day(3))
    );
}

#[test]
fn a_finding_is_told_once_each_time_it_opens_and_only_if_asked_for() {
    let heavy = scoring(REPORT_BAR);
    let mut finding = open(REPORT_BAR).unwrap();
    assert!(!finding.report(&heavy, Policy::Observe));
    assert!(!finding.report(&scoring(REPORT_BAR - 1), Policy::Notify));
    assert!(finding.report(&heavy, Policy::OneSession));
    let mut finding = finding.signalled(&heavy, day(1), day(1));
    assert!(!finding.report(&heavy, Policy::Notify), "told already");
    let mut dismissed = Finding {
        reported: true,
        ..dismissed(30)
    };
    assert!(!dismissed.report(&scoring(100), Policy::Notify));
    let mut again = dismissed.signalled(&scoring(60), day(2), day(2));
    assert!(again.report(&scoring(60), Policy::Notify));
}

#[test]
fn names_round_trip() {
    for kind in SignalKind::ALL {
        assert_eq!(SignalKind::named(kind.name()), Some(kind));
    }
    for policy in [Policy::Observe, Policy::Notify, Policy::OneSession] {
        assert_eq!(Policy::named(policy.name()), Some(policy));
    }
    for state in [FindingState::Open, FindingState::Dismissed] {
        assert_eq!(FindingState::named(state.name()), Some(state));
    }
}
