use api::identity::v1::{GetSeatUsageRequest, ImportUsersRequest, ImportedUser, Role};
use tonic::{Code, Status};

use crate::world::{Member, PASSWORD, World, fields, refusal, request_id};

/// Sends a file in small parts, so that rows are cut in two.
async fn import(
    by: &Member,
    id: &str,
    dry_run: bool,
    file: &str,
) -> Result<Vec<ImportedUser>, Status> {
    let parts = file.as_bytes().chunks(7).map(|part| ImportUsersRequest {
        request_id: id.to_owned(),
        dry_run,
        csv: part.to_vec().into(),
    });
    let parts = futures::stream::iter(parts.collect::<Vec<_>>());
    Ok(by.me.users().import_users(parts).await?.into_inner().rows)
}

fn reasons(rows: &[ImportedUser]) -> Vec<&str> {
    rows.iter().map(|row| row.reason.as_str()).collect()
}

async fn seats(by: &Member) -> u32 {
    by.me
        .accounts()
        .get_seat_usage(GetSeatUsageRequest {})
        .await
        .unwrap()
        .into_inner()
        .used
}

#[tokio::test]
async fn everybody_who_can_be_is_invited_and_the_others_hear_why() {
    let world = World::start().await;
    let owner = world
        .company_with(|request| request.account.as_mut().unwrap().seats = 3)
        .await;
    let file = format!(
        "first_name,last_name,email,job_title\n\
         Ada,Lovelace,ada@example.com,Analyst\n\
         ,Nobody,nowhere,\n\
         Eve,Dropper,{},\n\
         Ada,Again,ADA@example.com,\n\
         Bob,Builder,bob@example.com,\n\
         Late,Comer,late@example.com,\n",
        owner.user.email,
    );
    let expected = [
        "",
        "FIELDS_INVALID",
        "EMAIL_TAKEN",
        "EMAIL_TAKEN",
        "",
        "SEATS_EXHAUSTED",
    ];

    let rehearsal = import(&owner, &request_id(), true, &file).await.unwrap();
    assert_eq!(reasons(&rehearsal), expected);
    assert!(rehearsal.iter().all(|row| row.invitation_token.is_empty()));
    assert_eq!(seats(&owner).await, 1, "a dry run changes nothing");

    let rows = import(&owner, &request_id(), false, &file).await.unwrap();
    assert_eq!(reasons(&rows), expected);
    assert_eq!(
        rows.iter().map(|row| row.line).collect::<Vec<_>>(),
        [2, 3, 4, 5, 6, 7]
    );
    assert_eq!(rows[1].problems.len(), 2);
    assert_eq!(seats(&owner).await, 3);
    world
        .join(&rows[0].invitation_token, PASSWORD)
        .await
        .unwrap();
    let ada = world.sign_in("ada@example.com").await;
    assert_eq!(ada.user.job_title, "Analyst");
}

#[tokio::test]
async fn the_same_file_again_is_the_same_import() {
    let world = World::start().await;
    let owner = world.company().await;
    let (id, file) = (
        request_id(),
        "email,first_name,last_name\nada@example.com,Ada,Lovelace\n",
    );
    let first = import(&owner, &id, false, file).await.unwrap();
    assert_eq!(import(&owner, &id, false, file).await.unwrap(), first);
    assert_eq!(seats(&owner).await, 2);
    let other = import(&owner, &id, false, "email,first_name,last_name\n").await;
    assert_eq!(
        refusal(other),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
}

#[tokio::test]
async fn what_is_no_file_and_who_may_not_are_refused() {
    let world = World::start().await;
    let owner = world.company().await;
    for file in [
        "nonsense",
        "first_name,last_name\nAda,Lovelace\n",
        "first_name,last_name,email,salary\n",
    ] {
        assert_eq!(
            fields(import(&owner, &request_id(), false, file).await),
            ["csv"]
        );
    }
    let header = "first_name,last_name,email\n";
    assert_eq!(
        fields(import(&owner, "", false, header).await),
        ["request_id"]
    );
    let accountant = world.hire(&owner, &[Role::Accountant]).await;
    let outcome = import(&accountant, &request_id(), true, header).await;
    assert_eq!(
        refusal(outcome),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
}
