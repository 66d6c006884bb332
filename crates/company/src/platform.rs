//! Who runs the mesh: founds companies and connects edges.

use std::sync::atomic::AtomicU32;

use api::identity::v1::{Account, CreateAccountRequest};
use clock::Clock;
use ids::EventId;
use rpc::{Peer, client::Tokens};
use secrecy::SecretString;

use crate::{Addresses, Company, CompanyError, Desk, Member, PASSWORD, request_id};

/// Unless the platform says another number.
const SEATS: u32 = 200;

/// A mesh and the keys of its owner.
#[derive(Debug, Clone)]
pub struct Platform {
    anonymous: Desk,
    founder: Desk,
    edge: Peer,
    password: String,
    seats: u32,
}

impl Platform {
    /// The mesh at these addresses, run by whoever holds the platform keys
    /// that create accounts and speak as an edge.
    ///
    /// # Errors
    ///
    /// When an address is none.
    pub fn new(
        addresses: &Addresses,
        bootstrap: impl Into<SecretString>,
        edge: impl Into<SecretString>,
    ) -> Result<Self, CompanyError> {
        let anonymous = Desk::open(addresses)?;
        let exchange = |secret| Tokens::exchange(anonymous.identity(), secret, Clock::system());
        Ok(Self {
            founder: anonymous.with_tokens(&exchange(bootstrap.into())),
            edge: anonymous.routing().with_tokens(exchange(edge.into())),
            anonymous,
            password: PASSWORD.to_owned(),
            seats: SEATS,
        })
    }

    /// The same platform, where everybody gets this password; for companies
    /// that outlive their story.
    #[must_use]
    pub fn with_password(self, password: impl Into<String>) -> Self {
        Self {
            password: password.into(),
            ..self
        }
    }

    /// The same platform, whose companies have room for so many people, their
    /// owner among them.
    #[must_use]
    pub fn with_seats(self, seats: u32) -> Self {
        Self { seats, ..self }
    }

    /// A desk without a token.
    pub fn anonymous(&self) -> &Desk {
        &self.anonymous
    }

    /// A desk with the key that creates accounts.
    pub fn founder(&self) -> &Desk {
        &self.founder
    }

    /// The way of a telephony edge into routing.
    pub fn edge(&self) -> Peer {
        self.edge.clone()
    }

    /// A new company in Berlin. Its owner is signed in and has no phone.
    ///
    /// # Errors
    ///
    /// What identity answers.
    pub async fn found(&self, name: &str) -> Result<Company, CompanyError> {
        // Logins are unique in the mesh, and a demo is played more than once.
        let unique = EventId::generate().to_string();
        let slug: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let slug = format!("{slug}-{}", &unique[unique.len() - 8..]).to_lowercase();
        let email = format!("owner@{slug}.example");
        let request = CreateAccountRequest {
            request_id: request_id(),
            account: Some(Account {
                display_name: name.to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                country_code: "DE".to_owned(),
                seats: self.seats,
                ..Account::default()
            }),
            owner_first_name: "Olga".to_owned(),
            owner_last_name: "Owner".to_owned(),
            owner_email: email.clone(),
            owner_password: self.password.clone(),
        };
        let created = self.founder.accounts().create_account(request).await;
        let created = created
            .map_err(CompanyError::during("create an account"))?
            .into_inner();
        let account = created
            .account
            .ok_or(CompanyError::Incomplete("CreateAccount"))?;
        let owner = Member::sign_in(&self.anonymous, &email, &self.password).await?;
        let (hired, numbered) = (AtomicU32::new(0), AtomicU32::new(0));
        Ok(Company {
            account,
            owner,
            anonymous: self.anonymous.clone(),
            password: self.password.clone(),
            slug,
            hired,
            numbered,
        })
    }
}
