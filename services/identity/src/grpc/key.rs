//! `KeyService`.

use std::sync::Arc;

use api::identity::v1::{
    ListSigningKeysRequest, ListSigningKeysResponse, WatchRevocationsRequest,
    WatchRevocationsResponse, key_service_server::KeyService,
};
use futures::{StreamExt as _, stream::BoxStream};
use tonic::{Request, Response, Status, async_trait};

use super::convert;
use crate::app::{App, revocation::feed::Feed};

/// Publishes what verifies access tokens, and which of them are refused.
#[derive(Debug)]
pub struct Keys {
    /// Signs.
    pub app: Arc<App>,
    /// Revokes.
    pub feed: Arc<Feed>,
}

#[async_trait]
impl KeyService for Keys {
    type WatchRevocationsStream = BoxStream<'static, Result<WatchRevocationsResponse, Status>>;

    async fn list_signing_keys(
        &self,
        _: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        // Nothing is better than "no keys", which would lock everybody out.
        self.app.keyring.check()?;
        let signing_keys = self
            .app
            .keyring
            .published()
            .iter()
            .map(convert::session::key)
            .collect();
        Ok(Response::new(ListSigningKeysResponse { signing_keys }))
    }

    async fn watch_revocations(
        &self,
        _: Request<WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let parts = self.feed.clone().follow();
        let messages = parts.map(|part| Ok(convert::revocation::part(&part?)));
        Ok(Response::new(messages.boxed()))
    }
}
