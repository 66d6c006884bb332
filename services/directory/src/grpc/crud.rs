//! Create, get, list, update and delete, for every resource.
//!
//! `parts` takes a request apart: its messages differ in nothing but their names.

use prost_types::FieldMask;
use tonic::{Request, Response, Status};

use super::{
    convert::{Wire, changed, new},
    request::{Author, etag, field, invalid, page, reader},
};
use crate::{app::App, store::table::Table};

/// `parts`: request id, the new resource.
pub(super) async fn create<R: Wire + Table, Q: prost::Message + Clone>(
    app: &App,
    request: Request<Q>,
    method: &'static str,
    parts: impl FnOnce(Q) -> (String, Option<R::Message>),
) -> Result<Response<R::Message>, Status> {
    let author = Author::of(&request)?;
    let request = request.into_inner();
    let (request_id, message) = parts(request.clone());
    let intent = author.intent(R::MANAGE, method, &request_id, &request)?;
    Ok(Response::new(
        app.create(&intent, new::<R>(message), R::message).await?,
    ))
}

/// `parts`: the id.
pub(super) async fn get<R: Wire + Table, Q>(
    app: &App,
    request: Request<Q>,
    parts: impl FnOnce(Q) -> String,
) -> Result<Response<R::Message>, Status> {
    let reader = reader(&request)?;
    let id = field(R::ID, &parts(request.into_inner()))?;
    let record = app.get::<R>(&reader, id).await?;
    Ok(Response::new(R::message(&record)))
}

/// `parts`: page size, page token. Returns the page and the token of the next.
pub(super) async fn list<R: Wire + Table, Q>(
    app: &App,
    request: Request<Q>,
    method: &'static str,
    parts: impl FnOnce(Q) -> (i32, String),
) -> Result<(Vec<R::Message>, String), Status> {
    let reader = reader(&request)?;
    let (size, token) = parts(request.into_inner());
    let page = page(&reader, method, size, &token, "")?;
    let (records, next) = app.list::<R>(&reader, &page).await?;
    Ok((records.iter().map(R::message).collect(), next))
}

/// `parts`: request id, the changed resource, what of it counts.
pub(super) async fn update<R: Wire + Table, Q: prost::Message + Clone>(
    app: &App,
    request: Request<Q>,
    method: &'static str,
    parts: impl FnOnce(Q) -> (String, Option<R::Message>, Option<FieldMask>),
) -> Result<Response<R::Message>, Status> {
    let author = Author::of(&request)?;
    let request = request.into_inner();
    let (request_id, message, mask) = parts(request.clone());
    let intent = author.intent(R::MANAGE, method, &request_id, &request)?;
    let name = R::KIND.name();
    let message = message.ok_or_else(|| invalid(name, "must be set"))?;
    let (id, seen) = R::seen(&message);
    let id = field(&format!("{name}.{}", R::ID), id)?;
    let seen = etag(&format!("{name}.etag"), seen.to_owned())?;
    let draft = changed::<R>(message, mask);
    Ok(Response::new(
        app.update(&intent, id, Some(&seen), "updated", draft, R::message)
            .await?,
    ))
}

/// `parts`: request id, id, etag.
pub(super) async fn delete<
    R: Wire + Table,
    Q: prost::Message + Clone,
    M: prost::Message + Default,
>(
    app: &App,
    request: Request<Q>,
    method: &'static str,
    parts: impl FnOnce(Q) -> (String, String, String),
) -> Result<Response<M>, Status> {
    let author = Author::of(&request)?;
    let request = request.into_inner();
    let (request_id, id, seen) = parts(request.clone());
    let intent = author.intent(R::MANAGE, method, &request_id, &request)?;
    let (id, seen) = (field(R::ID, &id)?, etag("etag", seen)?);
    Ok(Response::new(app.delete::<R, M>(&intent, id, &seen).await?))
}
