//! Keys of machines: those of the platform, and those that companies make for their
//! applications.

use std::net::IpAddr;

use ::store::{Transaction, page::Page};
use access::{Permission, Revocation};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AccountId, ServiceKeyId};

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    token::AccessToken,
    vault::sha256,
};
use crate::{
    domain::{
        account::AccountState,
        bearer::KeySecret,
        line::Name,
        network::{Network, truncated},
        platform_key,
        service_key::{MAX_IN_USE, Refused, Scopes, ServiceKey, Use},
    },
    error::Error,
    store,
};

/// A key about to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The application.
    pub name: Name,
    /// What it may do.
    pub scopes: Scopes,
    /// From where.
    pub networks: Vec<Network>,
    /// Until when.
    pub expires: DateTime<Utc>,
}

impl App {
    /// Makes a key for an application; the key and its secret.
    pub async fn create_key(
        &self,
        tx: &Transaction,
        by: &Person,
        new: &NewKey,
    ) -> Result<(ServiceKey, String), Error> {
        store::account::lock(tx, by.account).await?;
        let mine = by.acting(tx, Permission::ServiceKeysManage).await?;
        new.scopes.within(&mine)?;
        let now = self.clock.now();
        if store::service_key::in_use(tx, by.account, now).await? >= MAX_IN_USE {
            return Err(Error::KeysExhausted);
        }
        let id = ServiceKeyId::generate();
        let (digest, secret) = self.key_secret(by.account, id)?;
        let key = ServiceKey {
            account: by.account,
            id,
            name: new.name.clone(),
            scopes: new.scopes.clone(),
            networks: new.networks.clone(),
            created_by: by.origin.actor.clone(),
            created: now,
            expires: new.expires,
            revoked: None,
            digest,
            rotated: now,
            former: None,
            last_use: None,
        };
        store::service_key::insert(tx, &key).await?;
        Change::new("service_key.created", id)
            .field("display_name", "", &key.name)
            .field("permissions", "", &key.scopes)
            .field("networks", "", list(&key.networks))
            .field("expire_time", "", key.expires.to_rfc3339())
            .record(tx, by.account, &by.origin)
            .await?;
        Ok((key, secret))
    }

    /// A new secret for a key, beside which the one in use stays good for `overlap`.
    pub async fn rotate_key(
        &self,
        tx: &Transaction,
        by: &Person,
        key: ServiceKeyId,
        overlap: TimeDelta,
        expires: Option<DateTime<Utc>>,
    ) -> Result<(ServiceKey, String), Error> {
        let mine = by.acting(tx, Permission::ServiceKeysManage).await?;
        let key = store::service_key::lock(tx, by.account, key)
            .await?
            .ok_or(Error::KeyNotFound)?;
        key.scopes.within(&mine)?;
        let (digest, secret) = self.key_secret(by.account, key.id)?;
        let before = key.expires;
        let key = key.rotate(digest, overlap, expires, self.clock.now())?;
        store::service_key::update(tx, &key).await?;
        let former = key.former.map(|(_, until)| until.to_rfc3339());
        Change::new("service_key.rotated", key.id)
            .field("former_expire_time", "", former.unwrap_or_default())
            .field("expire_time", before.to_rfc3339(), key.expires.to_rfc3339())
            .record(tx, by.account, &by.origin)
            .await?;
        Ok((key, secret))
    }

    /// Ends a key. Ending it twice is ending it.
    pub async fn revoke_key(
        &self,
        tx: &Transaction,
        by: &Person,
        key: ServiceKeyId,
    ) -> Result<ServiceKey, Error> {
        by.acting(tx, Permission::ServiceKeysManage).await?;
        // Waits for exchanges under way, so no token of the key is younger than its end.
        let key = store::service_key::lock(tx, by.account, key)
            .await?
            .ok_or(Error::KeyNotFound)?;
        if key.revoked.is_some() {
            return Ok(key);
        }
        let now = self.clock.now();
        let key = key.revoke(now);
        store::service_key::update(tx, &key).await?;
        self.revoke_service_key(tx, key.id, Revocation::FOR_GOOD)
            .await?;
        Change::new("service_key.revoked", key.id)
            .field("revoke_time", "", now.to_rfc3339())
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(key)
    }

    /// A page of keys, and the token of the next.
    pub async fn keys(
        &self,
        account: AccountId,
        page: &Page<ServiceKeyId>,
    ) -> Result<(Vec<ServiceKey>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let keys =
                    store::service_key::page(&tx, account, page.after(), page.fetch()).await?;
                Ok(page.cut(keys, |key| key.id))
            })
            .await
    }

    /// The secret of a key for an access token. Whatever is wrong with it, the client hears the
    /// same.
    pub async fn exchange_key(
        &self,
        secret: &str,
        address: Option<IpAddr>,
    ) -> Result<AccessToken, Error> {
        // First and without Redis: the mesh's own services sign in even when they share a
        // network with somebody who guesses.
        if let Some(key) = platform_key::find(&self.platform_keys, &sha256(secret.as_bytes())) {
            tracing::info!(name = key.name, "a platform key was exchanged");
            return self.token_of_platform(key);
        }
        let network = address.map(truncated).unwrap_or_default();
        let buckets = Self::guess_buckets(&network);
        self.admit(&buckets).await?;
        let token = match KeySecret::decode(secret) {
            Some(secret) => self.exchange_account_key(&secret, address, network).await?,
            None => None,
        };
        let Some(token) = token else {
            tracing::info!("a service key was refused");
            return Err(Error::ServiceKey);
        };
        self.forgive(&buckets).await;
        Ok(token)
    }

    /// A token, or none for whatever reason; who has a real secret is on the record then.
    async fn exchange_account_key(
        &self,
        secret: &KeySecret,
        address: Option<IpAddr>,
        network: String,
    ) -> Result<Option<AccessToken>, Error> {
        let (account, digest) = (secret.account, self.vault.key_digest(&secret.secret));
        self.store
            .tenant_transaction(account, async |tx| {
                let now = self.clock.now();
                let generations = store::revocation::key_generations(&tx, account).await?;
                let company = store::account::find(&tx, account).await?;
                let open = company.is_some_and(|it| it.state == AccountState::Active);
                let key = store::service_key::hold(&tx, account, secret.key).await?;
                let Some(key) = key else { return Ok(None) };
                let refused = match key.admit(&digest, address, now) {
                    Ok(()) if open => None,
                    Ok(()) => Some("ACCOUNT_SUSPENDED"),
                    // Anybody can make up a secret; only a real one is news to the account.
                    Err(Refused::Secret) => return Ok(None),
                    Err(refused) => Some(refused.name()),
                };
                if let Some(why) = refused {
                    let origin = Origin {
                        actor: key.id.to_string(),
                        network: network.clone(),
                        part_of: None,
                    };
                    let refused = Change::new("service_key.refused", key.id).refused(why);
                    refused.record(&tx, account, &origin).await?;
                    return Ok(None);
                }
                if key.notes_use(now) {
                    let noted = Use {
                        at: now,
                        network: network.clone(),
                    };
                    store::service_key::note_use(&tx, account, key.id, &noted).await?;
                }
                Ok(Some(self.token_of_key(&key, generations)?))
            })
            .await
    }

    fn key_secret(
        &self,
        account: AccountId,
        key: ServiceKeyId,
    ) -> Result<([u8; 32], String), Error> {
        let secret = self.vault.secret()?;
        let digest = self.vault.key_digest(&secret);
        let text = KeySecret {
            account,
            key,
            secret,
        }
        .encode();
        Ok((digest, text))
    }
}

fn list(networks: &[Network]) -> String {
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    networks.join(" ")
}
