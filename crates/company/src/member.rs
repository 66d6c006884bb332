//! One person of a company: their sign-in, their phone, their working day.

use std::time::Duration;

use api::{
    directory::v1::{
        CreateExtensionRequest, Device, DeviceKind, Extension, GetExtensionRequest,
        UpdateExtensionRequest,
    },
    identity::v1::{AcceptInvitationRequest, InviteUserRequest, SignInRequest, User},
    presence::v1::{GetPersonRequest, HeartbeatRequest, Mode, Person, SetModeRequest},
};
use prost_types::FieldMask;
use rpc::client::Tokens;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, sync::DropGuard};

use crate::{CompanyError, Desk, request_id};

/// Soon enough to repair a heartbeat that was lost.
const RETRY_HEARTBEAT: Duration = Duration::from_secs(1);

/// A person who is signed in. Dropping them stops their heartbeats.
#[derive(Debug)]
pub struct Member {
    user: User,
    extension: Extension,
    desk: Desk,
    access_token: String,
    working: Option<DropGuard>,
}

impl Member {
    /// Signs somebody in who is there already.
    ///
    /// # Errors
    ///
    /// What identity answers.
    pub async fn sign_in(
        anonymous: &Desk,
        email: &str,
        password: &str,
    ) -> Result<Self, CompanyError> {
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            client_label: "company".to_owned(),
            ..SignInRequest::default()
        };
        let answer = anonymous.auth().sign_in(request).await;
        let answer = answer
            .map_err(CompanyError::during("sign in"))?
            .into_inner();
        let user = answer.user.ok_or(CompanyError::Incomplete("SignIn"))?;
        let access_token = answer
            .tokens
            .ok_or(CompanyError::Incomplete("SignIn"))?
            .access_token;
        let desk = anonymous.with_tokens(&Tokens::fixed(&access_token));
        Ok(Self {
            user,
            extension: Extension::default(),
            desk,
            access_token,
            working: None,
        })
    }

    pub(crate) async fn join(
        owner: &Desk,
        anonymous: &Desk,
        first_name: &str,
        last_name: &str,
        email: &str,
        password: &str,
        short_number: u32,
    ) -> Result<Self, CompanyError> {
        let user = User {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.to_owned(),
            ..User::default()
        };
        let request = InviteUserRequest {
            request_id: request_id(),
            user: Some(user),
        };
        let invited = owner.users().invite_user(request).await;
        let invitation_token = invited
            .map_err(CompanyError::during("invite"))?
            .into_inner()
            .invitation_token;
        let accept = AcceptInvitationRequest {
            invitation_token,
            password: password.to_owned(),
        };
        let user = anonymous.users().accept_invitation(accept).await;
        let user = user
            .map_err(CompanyError::during("accept an invitation"))?
            .into_inner();
        let extension = Extension {
            person_id: user.user_id,
            short_number: short_number.to_string(),
            display_name: format!("{first_name} {last_name}"),
            devices: vec![Device {
                device_id: String::new(),
                kind: DeviceKind::DeskPhone.into(),
                label: format!("{first_name}'s desk phone"),
            }],
            ..Extension::default()
        };
        let request = CreateExtensionRequest {
            request_id: request_id(),
            extension: Some(extension),
        };
        let extension = owner.extensions().create_extension(request).await;
        let extension = extension
            .map_err(CompanyError::during("create an extension"))?
            .into_inner();
        let member = Self::sign_in(anonymous, email, password).await?;
        Ok(Self {
            extension,
            ..member
        })
    }

    pub(crate) async fn accept(
        anonymous: &Desk,
        invitation_token: &str,
        extension_id: &str,
        password: &str,
    ) -> Result<Self, CompanyError> {
        let accept = AcceptInvitationRequest {
            invitation_token: invitation_token.to_owned(),
            password: password.to_owned(),
        };
        let user = anonymous.users().accept_invitation(accept).await;
        let user = user
            .map_err(CompanyError::during("accept an invitation"))?
            .into_inner();
        let member = Self::sign_in(anonymous, &user.email, password).await?;
        let request = GetExtensionRequest {
            extension_id: extension_id.to_owned(),
        };
        let mut extensions = member.desk.extensions();
        let extension = extensions.get_extension(request).await;
        let extension = extension
            .map_err(CompanyError::during("look at an extension"))?
            .into_inner();
        let request = UpdateExtensionRequest {
            request_id: request_id(),
            extension: Some(Extension {
                devices: vec![Device {
                    device_id: String::new(),
                    kind: DeviceKind::DeskPhone.into(),
                    label: format!("{}'s desk phone", user.first_name),
                }],
                ..extension
            }),
            update_mask: Some(FieldMask {
                paths: vec!["devices".to_owned()],
            }),
        };
        let extension = extensions.update_extension(request).await;
        let extension = extension
            .map_err(CompanyError::during("plug in a phone"))?
            .into_inner();
        Ok(Self {
            extension,
            ..member
        })
    }

    /// `usr_…`.
    pub fn user_id(&self) -> &str {
        &self.user.user_id
    }

    /// What colleagues call them.
    pub fn name(&self) -> &str {
        &self.user.first_name
    }

    /// Their login.
    pub fn email(&self) -> &str {
        &self.user.email
    }

    /// `ext_…`; empty for the owner, who has none.
    pub fn extension_id(&self) -> &str {
        &self.extension.extension_id
    }

    /// Their desk phone, `dev_…`; empty for the owner.
    pub fn device_id(&self) -> &str {
        self.extension
            .devices
            .first()
            .map_or("", |device| &device.device_id)
    }

    /// Everything, as they may see it.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What they show at the door; ends after five minutes.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Connects their phone, keeps it connected, and makes them available.
    /// Their calls come from now on.
    ///
    /// # Errors
    ///
    /// What presence answers.
    pub async fn start_work(&mut self) -> Result<(), CompanyError> {
        let stop = CancellationToken::new();
        let next = self.beat().await?;
        let (mut presence, heartbeat) = (self.desk.presence(), self.heartbeat());
        let stopped = stop.clone();
        tokio::spawn(stopped.run_until_cancelled_owned(async move {
            let mut pause = next;
            loop {
                sleep(pause).await;
                pause = match presence.heartbeat(heartbeat.clone()).await {
                    Ok(answer) => next_within(answer.into_inner().next_within),
                    Err(error) => {
                        tracing::debug!(%error, "heartbeat lost");
                        RETRY_HEARTBEAT
                    }
                };
            }
        }));
        self.working = Some(stop.drop_guard());
        self.choose(Mode::Available).await
    }

    /// Chooses a mode.
    ///
    /// # Errors
    ///
    /// What presence answers.
    pub async fn choose(&self, mode: Mode) -> Result<(), CompanyError> {
        let request = SetModeRequest {
            request_id: request_id(),
            mode: mode.into(),
            ..Default::default()
        };
        let set = self.desk.presence().set_mode(request).await;
        set.map(drop).map_err(CompanyError::during("choose a mode"))
    }

    /// Themselves, as colleagues see them.
    ///
    /// # Errors
    ///
    /// What presence answers.
    pub async fn seen(&self) -> Result<Person, CompanyError> {
        let request = GetPersonRequest {
            person_id: self.user.user_id.clone(),
        };
        let person = self.desk.presence().get_person(request).await;
        Ok(person
            .map_err(CompanyError::during("look at a person"))?
            .into_inner())
    }

    /// One heartbeat; the first ones may come before presence has heard of the
    /// extension, which takes it up to a second.
    async fn beat(&self) -> Result<Duration, CompanyError> {
        let mut tries = 0;
        loop {
            match self.desk.presence().heartbeat(self.heartbeat()).await {
                Ok(answer) => return Ok(next_within(answer.into_inner().next_within)),
                Err(status) if status.code() == tonic::Code::NotFound && tries < 20 => tries += 1,
                Err(status) => return Err(CompanyError::during("connect a phone")(status)),
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn heartbeat(&self) -> HeartbeatRequest {
        HeartbeatRequest {
            device_id: self.device_id().to_owned(),
            ..HeartbeatRequest::default()
        }
    }
}

fn next_within(told: Option<prost_types::Duration>) -> Duration {
    let told = told.and_then(|told| told.try_into().ok());
    told.filter(|told: &Duration| !told.is_zero())
        .unwrap_or(RETRY_HEARTBEAT)
}
