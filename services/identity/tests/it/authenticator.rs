//! Somebody's authenticator app, and how they use it.

use api::identity::v1::{
    ConfirmTotpRequest, EnrolTotpRequest, FactorChallenge, SignInRequest, TotpEnrolment,
    VerifyFactorRequest, VerifyFactorResponse,
};
use tonic::Status;
use totp_rs::Totp;

use crate::world::{Member, PASSWORD, World};

/// Six digits that are nobody's: right once in a million runs.
pub(crate) const WRONG: &str = "000000";

/// The app, with one secret in it.
pub(crate) struct Authenticator {
    totp: Totp,
    /// As typed.
    pub(crate) secret: String,
}

impl Authenticator {
    /// Scans the QR code.
    pub(crate) fn scan(enrolment: &TotpEnrolment) -> Self {
        let totp = Totp::from_url(&enrolment.otpauth_uri).unwrap();
        assert_eq!(totp.secret().to_base32(), enrolment.secret);
        Self {
            totp,
            secret: enrolment.secret.clone(),
        }
    }

    /// What it shows now.
    pub(crate) fn code(&self, world: &World) -> String {
        let now = world.hands.now().timestamp().cast_unsigned();
        self.totp.generate(now).to_string()
    }

    /// What it shows in the next step, which the service has not seen yet.
    pub(crate) fn next_code(&self, world: &World) -> String {
        world.wait(30);
        self.code(world)
    }

    /// The secret as the service computes with it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.totp.secret().as_bytes().to_vec()
    }
}

impl Member {
    /// Asks for an authenticator.
    pub(crate) async fn enrol(&self, password: &str, code: &str) -> Result<TotpEnrolment, Status> {
        let request = EnrolTotpRequest {
            current_password: password.to_owned(),
            code: code.to_owned(),
        };
        let answer = self.me.auth().enrol_totp(request).await?.into_inner();
        Ok(answer.enrolment.unwrap())
    }

    /// Confirms it; the recovery codes.
    pub(crate) async fn confirm(&self, code: &str) -> Result<Vec<String>, Status> {
        let request = ConfirmTotpRequest {
            code: code.to_owned(),
        };
        let answer = self.me.auth().confirm_totp(request).await?;
        Ok(answer.into_inner().recovery_codes)
    }

    /// Has a second factor from now on.
    pub(crate) async fn secure(&self, world: &World) -> (Authenticator, Vec<String>) {
        let app = Authenticator::scan(&self.enrol(PASSWORD, "").await.unwrap());
        let codes = self.confirm(&app.code(world)).await.unwrap();
        (app, codes)
    }
}

impl World {
    /// The challenge of a sign-in with the usual password.
    pub(crate) async fn challenge(&self, email: &str) -> FactorChallenge {
        let request = SignInRequest {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            client_label: "test".to_owned(),
            ..SignInRequest::default()
        };
        let answer = self.nobody().auth().sign_in(request).await.unwrap();
        let answer = answer.into_inner();
        assert!(
            answer.tokens.is_none() && answer.user.is_none() && answer.session.is_none(),
            "nothing but a challenge"
        );
        assert!(answer.account_id.is_empty() && answer.device_token.is_empty());
        answer.challenge.unwrap()
    }

    /// Answers a challenge.
    pub(crate) async fn verify(
        &self,
        challenge: &FactorChallenge,
        code: &str,
    ) -> Result<VerifyFactorResponse, Status> {
        self.verify_on(challenge, code, "").await
    }

    /// Answers a challenge on a device.
    pub(crate) async fn verify_on(
        &self,
        challenge: &FactorChallenge,
        code: &str,
        device: &str,
    ) -> Result<VerifyFactorResponse, Status> {
        let request = VerifyFactorRequest {
            challenge_token: challenge.challenge_token.clone(),
            code: code.to_owned(),
            device_token: device.to_owned(),
            take_over: false,
        };
        let answer = self.nobody().auth().verify_factor(request).await?;
        Ok(answer.into_inner())
    }
}
