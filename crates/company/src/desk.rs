//! The five services, as one caller sees them.

use api::{
    directory::v1::{
        extension_service_client::ExtensionServiceClient, menu_service_client::MenuServiceClient,
        number_service_client::NumberServiceClient, queue_service_client::QueueServiceClient,
        ring_group_service_client::RingGroupServiceClient,
        schedule_service_client::ScheduleServiceClient, split_service_client::SplitServiceClient,
    },
    identity::v1::{
        access_service_client::AccessServiceClient, account_service_client::AccountServiceClient,
        auth_service_client::AuthServiceClient,
        service_key_service_client::ServiceKeyServiceClient,
        sharing_service_client::SharingServiceClient, user_service_client::UserServiceClient,
    },
    presence::v1::presence_service_client::PresenceServiceClient,
    reporting::v1::{
        audit_service_client::AuditServiceClient,
        call_record_service_client::CallRecordServiceClient,
        statistics_service_client::StatisticsServiceClient,
    },
    routing::v1::{
        call_service_client::CallServiceClient,
        waiting_line_service_client::WaitingLineServiceClient,
    },
};
use rpc::{Peer, client::Tokens};

use crate::CompanyError;

/// Where the five listen, as `http://host:port`.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "five services, five fields of their names")]
pub struct Addresses {
    pub identity: String,
    pub directory: String,
    pub presence: String,
    pub routing: String,
    pub reporting: String,
}

/// Clients of everything, speaking as one caller. Clones share connections.
#[derive(Debug, Clone)]
pub struct Desk {
    identity: Peer,
    directory: Peer,
    presence: Peer,
    routing: Peer,
    reporting: Peer,
}

macro_rules! clients {
    ($($method:ident: $client:ident at $peer:ident;)*) => {
        $(
            #[doc = concat!("A `", stringify!($client), "`.")]
            pub fn $method(&self) -> $client<Peer> {
                $client::new(self.$peer.clone())
            }
        )*
    };
}

impl Desk {
    /// A desk of nobody: for methods that need no token.
    ///
    /// # Errors
    ///
    /// When an address is none.
    pub fn open(addresses: &Addresses) -> Result<Self, CompanyError> {
        Ok(Self {
            identity: Peer::to(&addresses.identity, None)?,
            directory: Peer::to(&addresses.directory, None)?,
            presence: Peer::to(&addresses.presence, None)?,
            routing: Peer::to(&addresses.routing, None)?,
            reporting: Peer::to(&addresses.reporting, None)?,
        })
    }

    /// The same desk, with somebody at it.
    #[must_use]
    pub fn with_tokens(&self, tokens: &Tokens) -> Self {
        let take = |peer: &Peer| peer.clone().with_tokens(tokens.clone());
        Self {
            identity: take(&self.identity),
            directory: take(&self.directory),
            presence: take(&self.presence),
            routing: take(&self.routing),
            reporting: take(&self.reporting),
        }
    }

    /// Identity, for tokens that exchange themselves.
    pub(crate) fn identity(&self) -> Peer {
        self.identity.clone()
    }

    /// Routing, for an edge.
    pub(crate) fn routing(&self) -> Peer {
        self.routing.clone()
    }

    clients! {
        auth: AuthServiceClient at identity;
        accounts: AccountServiceClient at identity;
        users: UserServiceClient at identity;
        access: AccessServiceClient at identity;
        service_keys: ServiceKeyServiceClient at identity;
        sharing: SharingServiceClient at identity;
        extensions: ExtensionServiceClient at directory;
        numbers: NumberServiceClient at directory;
        ring_groups: RingGroupServiceClient at directory;
        queues: QueueServiceClient at directory;
        menus: MenuServiceClient at directory;
        schedules: ScheduleServiceClient at directory;
        splits: SplitServiceClient at directory;
        presence: PresenceServiceClient at presence;
        calls: CallServiceClient at routing;
        waiting_lines: WaitingLineServiceClient at routing;
        records: CallRecordServiceClient at reporting;
        statistics: StatisticsServiceClient at reporting;
        audit: AuditServiceClient at reporting;
    }
}
