//! `UserService/ImportUsers`: a file in parts, a result per row.

use ::store::replay::{self, Attempt};
use api::{
    access::v1::ErrorReason as Shared,
    identity::v1::{ErrorReason, ImportUsersRequest, ImportUsersResponse, ImportedUser},
};
use bytes::Bytes;
use fault::{Fault, Reason as _};
use tonic::{Request, Status, Streaming};

use super::{convert, request};
use crate::{
    app::{
        App,
        caller::Person,
        import::{Imported, Refused},
    },
    domain::import::{self, FileError, Row},
    error::Error,
};

const IMPORT: &str = "/strowger.identity.v1.UserService/ImportUsers";

pub(super) async fn run(
    app: &App,
    request: Request<Streaming<ImportUsersRequest>>,
) -> Result<ImportUsersResponse, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let whole = collect(request.into_inner()).await?;
    let attempt =
        request::check(|at| request::attempt(at, &by, IMPORT, &whole.request_id, &whole))?;
    let rows = import::read(&whole.csv).map_err(|error| invalid(&error))?;
    match whole.dry_run {
        true => Ok(rehearse(app, &by, &rows).await?),
        false => {
            let answer = Box::pin(perform(app, &by, &attempt, &rows)).await?;
            Ok(open_tokens(app, answer)?)
        }
    }
}

/// The whole file, in one message with what the first part said.
async fn collect(mut parts: Streaming<ImportUsersRequest>) -> Result<ImportUsersRequest, Status> {
    let mut whole = parts.message().await?.unwrap_or_default();
    let mut csv = Vec::from(whole.csv);
    while let Some(part) = parts.message().await? {
        csv.extend_from_slice(&part.csv);
        if csv.len() > import::MAX_BYTES {
            return Err(invalid(&FileError::Size).into());
        }
    }
    whole.csv = Bytes::from(csv);
    Ok(whole)
}

async fn perform(
    app: &App,
    by: &Person,
    attempt: &Attempt,
    rows: &[Row],
) -> Result<ImportUsersResponse, Error> {
    app.store
        .tenant_transaction(by.account, async |tx| {
            replay::once(&tx, attempt, async {
                let imported = app.import(&tx, by, rows).await?;
                to_wire(imported, |token| app.seal_token(&token))
            })
            .await
        })
        .await
}

/// A dry run is the real thing, rolled back: it cannot say anything else than the real one.
async fn rehearse(app: &App, by: &Person, rows: &[Row]) -> Result<ImportUsersResponse, Error> {
    let outcome = app.store.tenant_transaction(by.account, async |tx| {
        let imported = app.import(&tx, by, rows).await?;
        let answer = to_wire(imported, |_| Ok(String::new()))?;
        Err::<ImportUsersResponse, _>(Error::DryRun(Box::new(answer)))
    });
    match Box::pin(outcome).await {
        Err(Error::DryRun(answer)) => Ok(*answer),
        outcome => outcome,
    }
}

fn to_wire(
    imported: Vec<Imported>,
    token: impl Fn(String) -> Result<String, Error>,
) -> Result<ImportUsersResponse, Error> {
    let rows = imported.into_iter().map(|row| {
        let mut answer = ImportedUser {
            line: row.line,
            ..ImportedUser::default()
        };
        match row.outcome {
            Ok(((user, roles), secret)) => {
                answer.user = Some(convert::user::to_wire(&user, &roles));
                answer.invitation_token = token(secret)?;
            }
            Err(Refused::Fields(problems)) => {
                answer.reason = Shared::FieldsInvalid.name().to_owned();
                answer.problems = problems;
            }
            Err(Refused::EmailTaken) => ErrorReason::EmailTaken
                .name()
                .clone_into(&mut answer.reason),
            Err(Refused::SeatsExhausted) => ErrorReason::SeatsExhausted
                .name()
                .clone_into(&mut answer.reason),
        }
        Ok(answer)
    });
    Ok(ImportUsersResponse {
        rows: rows.collect::<Result<_, Error>>()?,
    })
}

fn open_tokens(app: &App, mut answer: ImportUsersResponse) -> Result<ImportUsersResponse, Error> {
    for row in &mut answer.rows {
        row.invitation_token = app.open_token(&row.invitation_token)?;
    }
    Ok(answer)
}

fn invalid(error: &FileError) -> Fault {
    Fault::field(Shared::FieldsInvalid, "csv", error)
}
