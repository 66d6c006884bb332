//! `KeyService`.

use std::sync::Arc;

use api::identity::v1::{
    ListSigningKeysRequest, ListSigningKeysResponse, key_service_server::KeyService,
};
use tonic::{Request, Response, Status, async_trait};

use super::convert;
use crate::app::App;

/// Publishes what verifies access tokens.
#[derive(Debug)]
pub struct Keys(pub Arc<App>);

#[async_trait]
impl KeyService for Keys {
    async fn list_signing_keys(
        &self,
        _: Request<ListSigningKeysRequest>,
    ) -> Result<Response<ListSigningKeysResponse>, Status> {
        // Nothing is better than "no keys", which would lock everybody out.
        self.0.keyring.check()?;
        let signing_keys = self
            .0
            .keyring
            .published()
            .iter()
            .map(convert::session::key)
            .collect();
        Ok(Response::new(ListSigningKeysResponse { signing_keys }))
    }
}
