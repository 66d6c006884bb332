//! One identity service of a test's own, with a clock to turn and people to be.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicU32, Ordering},
};

use api::identity::v1::{
    AcceptInvitationRequest, Account, CreateAccountRequest, CreateAccountResponse,
    ExchangeServiceKeyRequest, Grant, GrantRoleRequest, InviteUserRequest, RefreshRequest, Role,
    SignInRequest, SignInResponse, Tokens, User, access_service_client::AccessServiceClient,
    account_service_client::AccountServiceClient, auth_service_client::AuthServiceClient,
    key_service_client::KeyServiceClient, service_key_service_client::ServiceKeyServiceClient,
    sharing_service_client::SharingServiceClient, user_service_client::UserServiceClient,
};
use chrono::TimeDelta;
use clock::{Clock, Manual};
use rpc::Peer;
use testkit::{Backends, Database};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// What everybody chooses here: long and rare.
pub(crate) const PASSWORD: &str = "umbrella tricycle nebula 7";
/// The secret of the platform key; its digest stands in the settings below.
const BOOTSTRAP: &str = "bootstrap secret for the tests";

/// A running identity.
pub(crate) struct World {
    /// Turns the service's clock.
    pub(crate) hands: Manual,
    /// Its database, to look behind the curtain.
    pub(crate) database: Database,
    /// Its Redis, likewise.
    pub(crate) live: live::Live,
    running: boot::Running,
    names: AtomicU32,
}

/// Somebody with a token, or nobody.
#[derive(Clone)]
pub(crate) struct As {
    uri: String,
    /// The access token; empty for nobody.
    pub(crate) token: String,
}

/// A signed-in person.
pub(crate) struct Member {
    /// To call as them.
    pub(crate) me: As,
    /// Who they are.
    pub(crate) user: User,
    /// Their account's id.
    pub(crate) account: String,
    /// Their tokens.
    pub(crate) tokens: Tokens,
    /// Their session's id.
    pub(crate) session: String,
    /// What their device keeps.
    pub(crate) device: String,
}

impl World {
    /// A service with an empty database.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A service with some settings of its own.
    pub(crate) async fn start_with(more: &[(&str, &str)]) -> Self {
        Self::start_ago(TimeDelta::zero(), more).await
    }

    /// The same, with a clock that is late.
    pub(crate) async fn start_ago(ago: TimeDelta, more: &[(&str, &str)]) -> Self {
        let database = Database::migrated("identity", identity::MIGRATIONS).await;
        let live = Backends::get().live_config();
        let hands = Clock::manual(Clock::system().now() - ago);
        let running = launch(&database, &live, &hands, more).await;
        Self {
            hands,
            database,
            live: live::Live::new(&live).unwrap(),
            running,
            names: AtomicU32::new(0),
        }
    }

    /// Nobody in particular.
    pub(crate) fn nobody(&self) -> As {
        As {
            uri: self.running.uri(),
            token: String::new(),
        }
    }

    /// Whoever holds this token.
    pub(crate) fn holder(&self, token: &str) -> As {
        As {
            token: token.to_owned(),
            ..self.nobody()
        }
    }

    /// The platform key that creates accounts.
    pub(crate) async fn platform(&self) -> As {
        let exchange = ExchangeServiceKeyRequest {
            secret: BOOTSTRAP.to_owned(),
        };
        let answer = self
            .nobody()
            .auth()
            .exchange_service_key(exchange)
            .await
            .unwrap();
        self.holder(&answer.into_inner().tokens.unwrap().access_token)
    }

    /// A company, and its owner, signed in.
    pub(crate) async fn company(&self) -> Member {
        self.company_with(|_| {}).await
    }

    /// A company that is special in some way.
    pub(crate) async fn company_with(
        &self,
        change: impl FnOnce(&mut CreateAccountRequest),
    ) -> Member {
        let mut request = founding(&self.address());
        change(&mut request);
        let email = request.owner_email.clone();
        self.found(request).await.unwrap();
        self.sign_in(&email).await
    }

    /// What CreateAccount answers.
    pub(crate) async fn found(
        &self,
        request: CreateAccountRequest,
    ) -> Result<CreateAccountResponse, Status> {
        let platform = self.platform().await;
        Ok(platform
            .accounts()
            .create_account(request)
            .await?
            .into_inner())
    }

    /// An address that nobody has.
    pub(crate) fn address(&self) -> String {
        format!(
            "person{}@example.com",
            self.names.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Signs in with the usual password.
    pub(crate) async fn sign_in(&self, email: &str) -> Member {
        self.try_sign_in(email, PASSWORD).await.unwrap()
    }

    /// Signs in, or not.
    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Result<Member, Status> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            client_label: "test".to_owned(),
            ..SignInRequest::default()
        };
        let answer = self.nobody().auth().sign_in(request).await?.into_inner();
        Ok(self.member(answer))
    }

    /// Whoever this answer lets in.
    pub(crate) fn member(&self, answer: SignInResponse) -> Member {
        let tokens = answer.tokens.unwrap();
        Member {
            device: answer.device_token,
            me: self.holder(&tokens.access_token),
            user: answer.user.unwrap(),
            account: answer.account_id,
            session: answer.session.unwrap().session_id,
            tokens,
        }
    }

    /// Somebody new in the company of `by`: invited, joined, signed in, with these roles granted
    /// by `by` before.
    pub(crate) async fn hire(&self, by: &Member, roles: &[Role]) -> Member {
        let (user, token) = self.invite(by).await;
        for role in roles {
            by.grant(&user.user_id, *role).await.unwrap();
        }
        self.join(&token, PASSWORD).await.unwrap();
        self.sign_in(&user.email).await
    }

    /// Somebody invited, and the token of the invitation.
    pub(crate) async fn invite(&self, by: &Member) -> (User, String) {
        let request = invitation(&self.address());
        let answer = by
            .me
            .users()
            .invite_user(request)
            .await
            .unwrap()
            .into_inner();
        (answer.user.unwrap(), answer.invitation_token)
    }

    /// Accepts an invitation.
    pub(crate) async fn join(&self, token: &str, password: &str) -> Result<User, Status> {
        let request = AcceptInvitationRequest {
            invitation_token: token.to_owned(),
            password: password.to_owned(),
        };
        Ok(self
            .nobody()
            .users()
            .accept_invitation(request)
            .await?
            .into_inner())
    }

    /// The next pair for a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Tokens, Status> {
        let request = RefreshRequest {
            refresh_token: token.to_owned(),
            ..RefreshRequest::default()
        };
        Ok(self
            .nobody()
            .auth()
            .refresh(request)
            .await?
            .into_inner()
            .tokens
            .unwrap())
    }

    /// Lets time pass for the service.
    pub(crate) fn wait(&self, seconds: i64) {
        self.hands.advance(TimeDelta::seconds(seconds));
    }

    /// Another service like this one, on the same stores: a second replica.
    pub(crate) async fn replica(&self) -> boot::Running {
        self.replica_with(&[]).await
    }

    /// A second replica with some settings of its own.
    pub(crate) async fn replica_with(&self, more: &[(&str, &str)]) -> boot::Running {
        let live = Backends::get().live_config();
        launch(&self.database, &live, &self.hands, more).await
    }
}

async fn launch(
    database: &Database,
    live: &live::Config,
    hands: &Manual,
    more: &[(&str, &str)],
) -> boot::Running {
    let settings = [
        ("server.listen", "127.0.0.1:0"),
        ("postgres.url", database.url()),
        ("postgres.min_connections", "0"),
        ("postgres.acquire_timeout_ms", "10000"),
        ("redis.url", live.url.as_str()),
        ("redis.namespace", live.namespace.as_str()),
        (
            "vault.master_key",
            "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        ),
        ("passwords.pepper", "a pepper for the tests"),
        (
            "platform_keys.bootstrap.secret_sha256",
            "e0ea8e04b3534cae0fa82bd77b02cff14e51b82566597bd1d0f3dcfa497a9568",
        ),
        ("platform_keys.bootstrap.audience", "SERVICE"),
        (
            "platform_keys.bootstrap.permissions",
            "ACCOUNTS_CREATE,ACCOUNTS_SUSPEND,PASSWORD_RESETS_DELIVER,REVOCATIONS_READ",
        ),
    ];
    let config = boot::settings("identity", &[&settings, more].concat()).unwrap();
    let running = boot::start("identity", config, identity::build)
        .clock(hands.clock())
        .await
        .unwrap();
    running.ready().await;
    running
}

impl As {
    /// The same caller at another replica.
    pub(crate) fn at(self, replica: &boot::Running) -> Self {
        Self {
            uri: replica.uri(),
            ..self
        }
    }

    fn peer(&self) -> Peer {
        let tokens = (!self.token.is_empty()).then(|| rpc::client::Tokens::fixed(&self.token));
        Peer::to(self.uri.clone(), tokens).unwrap()
    }

    /// `AccountService`.
    pub(crate) fn accounts(&self) -> AccountServiceClient<Peer> {
        AccountServiceClient::new(self.peer())
    }

    /// `UserService`.
    pub(crate) fn users(&self) -> UserServiceClient<Peer> {
        UserServiceClient::new(self.peer())
    }

    /// `AuthService`.
    pub(crate) fn auth(&self) -> AuthServiceClient<Peer> {
        AuthServiceClient::new(self.peer())
    }

    /// `AccessService`.
    pub(crate) fn access(&self) -> AccessServiceClient<Peer> {
        AccessServiceClient::new(self.peer())
    }

    /// `SharingService`.
    pub(crate) fn sharing(&self) -> SharingServiceClient<Peer> {
        SharingServiceClient::new(self.peer())
    }

    /// `ServiceKeyService`.
    pub(crate) fn service_keys(&self) -> ServiceKeyServiceClient<Peer> {
        ServiceKeyServiceClient::new(self.peer())
    }

    /// `KeyService`.
    pub(crate) fn keys(&self) -> KeyServiceClient<Peer> {
        KeyServiceClient::new(self.peer())
    }
}

impl Member {
    /// Gives somebody a role that covers nothing.
    pub(crate) async fn grant(&self, user_id: &str, role: Role) -> Result<Grant, Status> {
        let grant = Grant {
            user_id: user_id.to_owned(),
            role: role.into(),
            ..Grant::default()
        };
        let request = GrantRoleRequest {
            request_id: request_id(),
            grant: Some(grant),
        };
        Ok(self.me.access().grant_role(request).await?.into_inner())
    }
}

/// A request id that nobody has used.
pub(crate) fn request_id() -> String {
    ids::EventId::generate().to_string()
}

/// A company whose owner has this address and the usual password.
pub(crate) fn founding(email: &str) -> CreateAccountRequest {
    let account = Account {
        display_name: "Acme".to_owned(),
        seats: 50,
        ..Account::default()
    };
    CreateAccountRequest {
        request_id: request_id(),
        account: Some(account),
        owner_first_name: "Olive".to_owned(),
        owner_last_name: "Owner".to_owned(),
        owner_email: email.to_owned(),
        owner_password: PASSWORD.to_owned(),
    }
}

/// An invitation of somebody with this address.
pub(crate) fn invitation(email: &str) -> InviteUserRequest {
    let user = User {
        first_name: "Ines".to_owned(),
        last_name: "Invited".to_owned(),
        email: email.to_owned(),
        ..User::default()
    };
    InviteUserRequest {
        request_id: request_id(),
        user: Some(user),
    }
}

/// The code and the reason of a refusal.
pub(crate) fn refusal<T: Debug>(outcome: Result<T, Status>) -> (Code, String) {
    let status = outcome.err().unwrap_or_else(|| panic!("it was allowed"));
    let reason = status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone());
    (
        status.code(),
        reason.unwrap_or_else(|| panic!("no reason: {status:?}")),
    )
}

/// Refused for this reason or, because the word is already round, for the other one: the caller's
/// token has been revoked.
pub(crate) fn is_out<T: Debug>(outcome: Result<T, Status>, expected: (Code, String)) {
    let refusal = refusal(outcome);
    assert!([expected, revoked()].contains(&refusal), "{refusal:?}");
}

/// What somebody is told whose token has been revoked.
pub(crate) fn revoked() -> (Code, String) {
    (Code::Unauthenticated, "TOKEN_REVOKED".to_owned())
}

/// The fields that a refusal complains about.
pub(crate) fn fields<T: Debug>(outcome: Result<T, Status>) -> Vec<String> {
    let status = outcome.err().unwrap_or_else(|| panic!("it was allowed"));
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.clone())
        .unwrap_or_default();
    violations.into_iter().map(|wrong| wrong.field).collect()
}
