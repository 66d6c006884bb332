//! The quarter of an hour, step by step. Minutes and seconds are those of the
//! clock on the wall, `FACTOR` times faster than life.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};

use super::{caller::Caller, office, stage::Stage};

/// How long the messages are that callers leave.
const MESSAGE: Duration = Duration::from_secs(20);

/// Plays all calls and returns when the last has ended.
///
/// # Errors
///
/// The first thing that did not go as written here.
pub(crate) async fn play(stage: &Arc<Stage>) -> anyhow::Result<()> {
    let office::Office {
        queue_id,
        ring_group_id,
        main,
        support,
        sales,
        ..
    } = &stage.office;
    let story = &stage.story;
    let sellers = stage.office.sales_team().len();

    story.until(0, 30).await;
    let mut nora = Caller::dial(stage, "Nora", "+491713920011", support).await?;
    nora.waits(queue_id);
    let first = nora.rings().await?;
    stage.was_idle_longest(&first.person_id).await?;
    story.until(0, 45).await;
    nora.answer(&first).await?;

    story.until(1, 15).await;
    let mut omar = Caller::dial(stage, "Omar", "+491713920012", support).await?;
    omar.waits(queue_id);
    let second = omar.rings().await?;
    ensure!(
        second.person_id != first.person_id,
        "a second call rang somebody who is on a call"
    );
    stage.was_idle_longest(&second.person_id).await?;
    let talking = stage.office.name(&first.person_id);
    omar.tell(format_args!(
        "{talking} is on a call: their phone stays silent"
    ));
    story.until(1, 30).await;
    omar.answer(&second).await?;

    story.until(2, 0).await;
    let mut paula = Caller::dial(stage, "Paula", "+491713920013", sales).await?;
    let phones = paula.rings_all(sellers).await?;
    story.until(2, 15).await;
    let grace = stage.office.sales_team()[1].user_id();
    let picked = phones.iter().find(|ring| ring.person_id == grace);
    paula
        .answer(picked.context("Grace's phone does not ring")?)
        .await?;
    ensure!(
        picked.is_some_and(|ring| ring.via == *ring_group_id),
        "the call is not of the ring group"
    );

    story.until(2, 45).await;
    let held = paula.hold().await?;
    story.until(3, 0).await;
    let mut quentin = Caller::dial(stage, "Quentin", "+491713920014", main).await?;
    story.until(3, 10).await;
    quentin.press(office::SUPPORT_KEY, "support").await?;
    quentin.waits(queue_id);
    let third = quentin.rings().await?;
    stage.was_idle_longest(&third.person_id).await?;
    story.until(3, 15).await;
    paula.resume(held).await?;
    story.until(3, 25).await;
    quentin.answer(&third).await?;

    story.until(3, 45).await;
    let mut rosa = Caller::dial(stage, "Rosa", "+491713920015", support).await?;
    rosa.waits(queue_id);
    rosa.tell("everybody of support is on a call: Rosa waits");

    story.until(4, 0).await;
    let busy = stage
        .office
        .person(&first.person_id)
        .context("a stranger answered")?;
    let mut sven = Caller::dial(stage, "Sven", "+491713920016", main).await?;
    story.until(4, 10).await;
    let key = stage
        .office
        .key_of(&first.person_id)
        .context("no key leads to them")?;
    sven.press(&key, busy.name()).await?;
    sven.reaches_voicemail(busy.extension_id()).await?;
    sven.never_rings(&first.person_id).await?;
    sven.tell(format_args!(
        "{} is on a call: their phone does not ring",
        busy.name()
    ));
    story.until(4, 30).await;
    paula.person_hangs_up().await?;
    story.until(4, 45).await;
    sven.leaves_message(MESSAGE).await?;

    rosa.reaches_voicemail(queue_id).await?;
    for ring in [&first, &second, &third] {
        rosa.never_rings(&ring.person_id).await?;
    }
    story.until(6, 15).await;
    rosa.leaves_message(MESSAGE).await?;
    story.until(6, 30).await;
    nora.person_hangs_up().await?;
    story.until(7, 0).await;
    omar.never_rings(&first.person_id).await?;
    omar.hangs_up().await?;
    story.until(7, 15).await;
    quentin.hangs_up().await?;

    story.until(8, 15).await;
    let mut tom = Caller::dial(stage, "Tom", "+491713920017", support).await?;
    tom.waits(queue_id);
    let again = tom.rings().await?;
    ensure!(
        again.person_id == first.person_id,
        "not the one who has been idle longest was rung"
    );
    stage.was_idle_longest(&again.person_id).await?;
    tom.tell(format_args!(
        "{} has been idle longest",
        stage.office.name(&again.person_id)
    ));
    story.until(8, 25).await;
    tom.answer(&again).await?;

    story.until(8, 30).await;
    let mut uma = Caller::dial(stage, "Uma", "+491713920018", support).await?;
    uma.waits(queue_id);
    let unreached = uma.rings().await?;
    stage.was_idle_longest(&unreached.person_id).await?;
    story.until(8, 40).await;
    uma.cannot_reach(&unreached).await?;
    let rescuer = uma.rings().await?;
    ensure!(
        rescuer.person_id != unreached.person_id,
        "the call went back to a phone that is not there"
    );

    story.until(9, 0).await;
    let mut victor = Caller::dial(stage, "Victor", "+491713920019", support).await?;
    victor.waits(queue_id);
    let unlucky = victor.rings().await?;
    for taken in [&again, &rescuer] {
        ensure!(
            unlucky.person_id != taken.person_id,
            "somebody rang for two calls at once"
        );
    }
    story.until(9, 50).await;
    victor.gives_up().await?;
    story.until(10, 0).await;
    tom.hangs_up().await?;
    story.until(10, 15).await;
    uma.answer(&rescuer).await?;

    story.until(10, 45).await;
    let mut wanda = Caller::dial(stage, "Wanda", "+491713920020", main).await?;
    story.until(10, 50).await;
    wanda.press(&key, busy.name()).await?;
    let direct = wanda.rings().await?;
    story.until(11, 0).await;
    wanda.decline(&direct).await?;
    wanda.reaches_voicemail(busy.extension_id()).await?;
    story.until(11, 20).await;
    wanda.leaves_message(MESSAGE).await?;

    story.until(12, 45).await;
    let mut xaver = Caller::dial(stage, "Xaver", "+491713920021", main).await?;
    story.until(12, 55).await;
    xaver.press(office::SALES_KEY, "sales").await?;
    let phones = xaver.rings_all(sellers).await?;
    story.until(13, 10).await;
    xaver.answer(phones.last().context("nobody rings")?).await?;
    story.until(13, 45).await;
    uma.hangs_up().await?;
    story.until(14, 30).await;
    xaver.person_hangs_up().await?;
    story.until(15, 0).await;
    Ok(())
}
