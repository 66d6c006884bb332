//! An identity that knows who it is told, and only answers what directory asks.

mod people;

use std::{
    convert::Infallible,
    future::{Future, ready},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use access::{Caller, Verifier};
use api::identity::v1::{Account, GetAccountRequest, ImportUsersRequest, UserState};
use ids::{AccountId, UserId};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    server::{Grpc, NamedService},
};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

pub(crate) use people::{People, Trouble};

/// Verifies the tokens that directory forwards, as the real one does.
#[derive(Clone)]
pub(crate) struct Identity {
    verifier: Verifier,
    people: Arc<Mutex<People>>,
}

impl Identity {
    /// Starts it on a free port; it stops with the test.
    pub(crate) async fn start(verifier: Verifier) -> (Self, String) {
        let identity = Self {
            verifier,
            people: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let serving = tonic::transport::Server::builder()
            .add_service(Served::<ACCOUNTS>(identity.clone()))
            .add_service(Served::<USERS>(identity.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (identity, uri)
    }

    /// From now on this person exists.
    pub(crate) fn knows(&self, person: UserId, account: AccountId, state: UserState) {
        self.people().knows(person, account, state);
    }

    /// Everybody it knows.
    pub(crate) fn people(&self) -> std::sync::MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn caller<T>(&self, request: &Request<T>) -> Result<Arc<Caller>, Status> {
        let header = request.metadata().get("authorization");
        let token = header
            .and_then(|header| header.to_str().ok())
            .and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        let verified = self.verifier.verify(token);
        verified.map_err(|_| Status::unauthenticated("a wrong token"))
    }

    fn get_account(&self, request: &Request<GetAccountRequest>) -> Result<Account, Status> {
        Ok(Account {
            account_id: self.caller(request)?.account_id()?.to_string(),
            time_zone: "Europe/Berlin".to_owned(),
            country_code: "DE".to_owned(),
            ..Account::default()
        })
    }

    /// Asks [`People`] with the account that the token is of.
    fn ask<Q, A>(
        &self,
        request: &Request<Q>,
        answer: impl Fn(&mut People, AccountId, &Q) -> Result<A, Status>,
    ) -> Result<A, Status> {
        let account = self.caller(request)?.account_id()?;
        answer(&mut self.people(), account, request.get_ref())
    }
}

const ACCOUNTS: bool = false;
const USERS: bool = true;

/// One of its services. Not the generated trait, which would have to be extended with every
/// method that identity learns.
#[derive(Clone)]
struct Served<const SERVICE: bool>(Identity);

impl NamedService for Served<ACCOUNTS> {
    const NAME: &'static str = "strowger.identity.v1.AccountService";
}

impl NamedService for Served<USERS> {
    const NAME: &'static str = "strowger.identity.v1.UserService";
}

impl<const SERVICE: bool> Service<http::Request<Body>> for Served<SERVICE> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let identity = self.0.clone();
        Box::pin(async move {
            let method = request
                .uri()
                .path()
                .rsplit_once('/')
                .map(|(_, method)| method);
            Ok(match method {
                Some("GetAccount") => {
                    unary(request, move |asked| identity.get_account(asked)).await
                }
                Some("GetUser") => {
                    unary(request, move |asked| identity.ask(asked, People::get_user)).await
                }
                Some("ListUsers") => {
                    unary(request, move |asked| {
                        identity.ask(asked, People::list_users)
                    })
                    .await
                }
                Some("GetSeatUsage") => {
                    unary(request, move |asked| {
                        identity.ask(asked, People::seat_usage)
                    })
                    .await
                }
                Some("InviteUser") => {
                    unary(request, move |asked| {
                        identity.ask(asked, People::invite_user)
                    })
                    .await
                }
                Some("DeactivateUser") => {
                    unary(request, move |asked| {
                        identity.ask(asked, People::deactivate_user)
                    })
                    .await
                }
                Some("ImportUsers") => rehearsal(identity, request).await,
                _ => Status::unimplemented("directory never asks this").into_http(),
            })
        })
    }
}

async fn unary<Q, A>(
    request: http::Request<Body>,
    answer: impl Fn(&Request<Q>) -> Result<A, Status>,
) -> http::Response<Body>
where
    Q: prost::Message + Default + 'static,
    A: prost::Message + Default + 'static,
{
    let answer = service_fn(|asked: Request<Q>| ready(answer(&asked).map(Response::new)));
    Grpc::new(ProstCodec::<A, Q>::default())
        .unary(answer, request)
        .await
}

/// Directory never imports; it asks what would happen, in one message.
async fn rehearsal(identity: Identity, request: http::Request<Body>) -> http::Response<Body> {
    let answer = service_fn(|asked: Request<Streaming<ImportUsersRequest>>| {
        let identity = identity.clone();
        async move {
            let account = identity.caller(&asked)?.account_id()?;
            let file = asked.into_inner().message().await?.unwrap_or_default();
            identity
                .people()
                .rehearse(account, &file)
                .map(Response::new)
        }
    });
    Grpc::new(ProstCodec::<_, ImportUsersRequest>::default())
        .client_streaming(answer, request)
        .await
}
