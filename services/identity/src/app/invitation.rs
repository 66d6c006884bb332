//! Being invited and accepting.

use ::store::Transaction;
use ids::{AccountId, InvitationId, UserId};

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
};
use crate::{
    domain::{
        account::{Account, AccountState},
        bearer::InvitationToken,
        grant::Roles,
        invitation::{Invitation, InvitationInvalid, LIFE},
        password::Password,
        session::Chain as _,
        user::{InvalidTransition, User, UserState},
    },
    error::Error,
    store,
};
use access::Permission;

impl App {
    /// A new invitation, which ends the older ones; its token.
    pub(super) async fn new_invitation(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
    ) -> Result<String, Error> {
        let now = self.clock.now();
        let secret = self.vault.secret()?;
        let id = InvitationId::generate();
        store::invitation::end_open(tx, account, user, now).await?;
        let invitation = Invitation::new(account, id, user, self.vault.digest(&secret), now, LIFE);
        store::invitation::insert(tx, &invitation).await?;
        Ok(InvitationToken {
            account,
            invitation: id,
            secret,
        }
        .encode())
    }

    /// Invites somebody again who has not come yet; the token.
    pub async fn resend_invitation(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
    ) -> Result<String, Error> {
        store::account::lock(tx, by.account).await?;
        let roles = by.acting(tx, Permission::UsersManage).await?;
        let user = store::user::find(tx, by.account, user)
            .await?
            .ok_or(Error::UserNotFound)?;
        // Whoever sees the token can become that person.
        roles.may_impersonate(&store::grant::roles(tx, by.account, user.id).await?)?;
        if user.state != UserState::Invited {
            return Err(InvalidTransition { from: user.state }.into());
        }
        let token = self.new_invitation(tx, by.account, user.id).await?;
        Change::new("user.invited_again", user.id)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(token)
    }

    /// Somebody comes with an invitation and chooses a password.
    pub async fn accept_invitation(
        &self,
        token: &str,
        password: String,
        network: String,
    ) -> Result<(User, Roles), Error> {
        let buckets = Self::guess_buckets(&network);
        self.admit(&buckets).await?;
        let token = InvitationToken::decode(token).ok_or(InvitationInvalid)?;
        let digest = self.vault.digest(&token.secret);
        let account = token.account;
        // Looked at before the hash, which is dear, and again under the lock.
        let (user, company) = self
            .store
            .tenant_transaction(account, async |tx| {
                let (invitation, user, company) = self.invited(&tx, &token).await?;
                invitation
                    .spend(&digest, self.clock.now())
                    .ok_or(InvitationInvalid)?;
                Ok::<_, Error>((user, company))
            })
            .await?;
        // Whoever holds a good token does not guess, whatever they choose next.
        self.forgive(&buckets).await;
        let password = choose(password, "password", &user, &company)?;
        let hash = self.hasher.hash(password).await?;
        self.store
            .tenant_transaction(account, async |tx| {
                store::account::lock(&tx, account).await?;
                let now = self.clock.now();
                let (invitation, user, _) = self.invited(&tx, &token).await?;
                let invitation = invitation.spend(&digest, now).ok_or(InvitationInvalid)?;
                let user = user.accept(now).map_err(|_| InvitationInvalid)?;
                store::invitation::update(&tx, &invitation).await?;
                store::credential::put(&tx, account, user.id, hash.clone(), now).await?;
                store::user::update(&tx, &user).await?;
                let origin = Origin {
                    actor: user.id.to_string(),
                    network: network.clone(),
                    part_of: None,
                };
                Change::new("user.joined", user.id)
                    .field("state", UserState::Invited.name(), user.state.name())
                    .record(&tx, account, &origin)
                    .await?;
                let roles = store::grant::roles(&tx, account, user.id).await?;
                Ok((user, roles))
            })
            .await
    }

    async fn invited(
        &self,
        tx: &Transaction,
        token: &InvitationToken,
    ) -> Result<(Invitation, User, Account), Error> {
        let account = token.account;
        let invitation = store::invitation::lock(tx, account, token.invitation)
            .await?
            .ok_or(InvitationInvalid)?;
        let user = store::user::find(tx, account, invitation.user)
            .await?
            .ok_or(InvitationInvalid)?;
        let company = store::account::find(tx, account)
            .await?
            .ok_or(InvitationInvalid)?;
        match company.state {
            AccountState::Active => Ok((invitation, user, company)),
            AccountState::Suspended => Err(InvitationInvalid.into()),
        }
    }
}

/// A password for `user`, who must not choose what everybody knows about them. `field` is where
/// in the request it stands.
pub(super) fn choose(
    text: String,
    field: &'static str,
    user: &User,
    company: &Account,
) -> Result<Password, Error> {
    let personal = [
        user.first_name.as_str(),
        user.last_name.as_str(),
        user.email.as_str(),
        company.settings.display_name.as_str(),
    ];
    Password::chosen(text, &personal).map_err(|why| Error::Password { field, why })
}
