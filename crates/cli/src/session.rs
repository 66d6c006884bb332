//! Talking to a mesh: where its services are, and as whom.

use anyhow::Context as _;
use api::identity::v1::{SignInRequest, auth_service_client::AuthServiceClient};
use mesh::{Mesh, Service};
use rpc::client::{Peer, Tokens};
use serde::{Deserialize, Serialize};
use tonic::Status;

/// Where the five services listen, `http://host:port` each.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Addresses {
    pub(crate) identity: String,
    pub(crate) directory: String,
    pub(crate) presence: String,
    pub(crate) routing: String,
    pub(crate) reporting: String,
}

impl From<&Addresses> for company::Addresses {
    fn from(addresses: &Addresses) -> Self {
        let Addresses {
            identity,
            directory,
            presence,
            routing,
            reporting,
        } = addresses.clone();
        Self {
            identity,
            directory,
            presence,
            routing,
            reporting,
        }
    }
}

impl Addresses {
    pub(crate) fn of(mesh: &Mesh) -> Self {
        Self {
            identity: mesh.address(Service::Identity),
            directory: mesh.address(Service::Directory),
            presence: mesh.address(Service::Presence),
            routing: mesh.address(Service::Routing),
            reporting: mesh.address(Service::Reporting),
        }
    }

    pub(crate) fn get(&self, service: Service) -> &str {
        match service {
            Service::Identity => &self.identity,
            Service::Directory => &self.directory,
            Service::Presence => &self.presence,
            Service::Routing => &self.routing,
            Service::Reporting => &self.reporting,
        }
    }

    /// A service, for calls that carry these tokens.
    pub(crate) fn peer(&self, service: Service, tokens: Option<Tokens>) -> anyhow::Result<Peer> {
        peer(self.get(service), tokens)
    }
}

/// A service at an address.
pub(crate) fn peer(address: &str, tokens: Option<Tokens>) -> anyhow::Result<Peer> {
    Peer::to(address, tokens).with_context(|| format!("{address} is not http://host:port"))
}

/// A person who has signed in.
#[derive(Clone)]
pub(crate) struct Session {
    addresses: Addresses,
    tokens: Tokens,
}

impl Session {
    /// Signs in with e-mail and password.
    pub(crate) async fn sign_in(
        addresses: &Addresses,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let answer = Self::try_sign_in(addresses, email, password).await?;
        answer.map_err(|status| crate::answer::refusal(&format!("sign in as {email}"), &status))
    }

    /// The same; a refusal can be looked at.
    pub(crate) async fn try_sign_in(
        addresses: &Addresses,
        email: &str,
        password: &str,
    ) -> anyhow::Result<Result<Self, Status>> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            client_label: "strowger".to_owned(),
            ..SignInRequest::default()
        };
        let identity = addresses.peer(Service::Identity, None)?;
        let answer = match AuthServiceClient::new(identity).sign_in(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return Ok(Err(status)),
        };
        let token = answer
            .tokens
            .with_context(|| format!("{email} has a second factor, which cannot be given here"))?
            .access_token;
        Ok(Ok(Self {
            addresses: addresses.clone(),
            tokens: Tokens::fixed(&token),
        }))
    }

    /// A service, called as this person.
    pub(crate) fn peer(&self, service: Service) -> anyhow::Result<Peer> {
        self.addresses.peer(service, Some(self.tokens.clone()))
    }
}
