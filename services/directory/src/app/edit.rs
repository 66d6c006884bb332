//! Changing resources: one way for all kinds.
//!
//! A change locks the account's row first, so writes to one account queue and every check sees
//! what it decides about. Then: settings are read and checked, what they mention must exist, no
//! circle may arise; and in the same transaction the resource, its links, the audit event, the
//! next plan version and the word to all replicas ([`Edit`]).

mod commit;

use store::replay;

pub(super) use self::commit::Edit;
use super::{App, caller::Intent};
use crate::{
    domain::{
        account::Account,
        key::ResourceId as _,
        resource::{Record, Resource},
    },
    error::Error,
    store::table::Table,
};

/// What new settings are read against.
#[derive(Debug)]
pub struct Ground<'a, R: Resource> {
    /// The resource that gets them.
    pub id: R::Id,
    /// Where it is.
    pub account: &'a Account,
    /// As it is now; none for a new one.
    pub current: Option<&'a Record<R>>,
}

impl App {
    /// Creates a resource with the settings that `draft` makes.
    pub async fn create<R: Table, M: prost::Message + Default>(
        &self,
        intent: &Intent,
        draft: impl Fn(&Ground<'_, R>) -> Result<R, Error> + Sync,
        reply: impl Fn(&Record<R>) -> M + Sync,
    ) -> Result<M, Error> {
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        let (draft, reply) = (&draft, &reply);
        let work = |tx| async move {
            let effect = async {
                let mut edit = Edit::begin(&tx, known, intent, now).await?;
                let created = edit.create(R::Id::generate(), draft).await?;
                edit.publish().await?;
                Ok(reply(&created))
            };
            replay::once(&tx, &intent.attempt, effect).await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// Gives a resource the settings that `draft` makes of the ones it has. `etag` is the state
    /// that the client has seen, unless its wish does not depend on one; `verb` is what the audit
    /// trail calls it. Settings that stay what they are change nothing.
    pub async fn update<R: Table, M: prost::Message + Default>(
        &self,
        intent: &Intent,
        id: R::Id,
        etag: Option<&str>,
        verb: &str,
        draft: impl Fn(&Ground<'_, R>) -> Result<R, Error> + Sync,
        reply: impl Fn(&Record<R>) -> M + Sync,
    ) -> Result<M, Error> {
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        let (draft, reply) = (&draft, &reply);
        let work = |tx| async move {
            let effect = async {
                let mut edit = Edit::begin(&tx, known, intent, now).await?;
                let updated = edit.update(id, etag, verb, draft).await?;
                edit.publish().await?;
                Ok(reply(&updated))
            };
            replay::once(&tx, &intent.attempt, effect).await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }

    /// Deletes a resource that nothing leads to.
    pub async fn delete<R: Table, M: prost::Message + Default>(
        &self,
        intent: &Intent,
        id: R::Id,
        etag: &str,
    ) -> Result<M, Error> {
        let (known, now) = (&self.account(intent).await?, self.0.clock.now());
        let work = |tx| async move {
            let effect = async {
                let mut edit = Edit::begin(&tx, known, intent, now).await?;
                edit.delete::<R>(id, etag).await?;
                edit.publish().await?;
                Ok(M::default())
            };
            replay::once(&tx, &intent.attempt, effect).await
        };
        self.0.store.tenant_transaction(intent.account, work).await
    }
}
