//! `ServiceKeyService`.

use std::sync::Arc;

use ::store::{page::Sizes, replay};
use api::identity::v1::{
    CreateServiceKeyRequest, CreateServiceKeyResponse, ListServiceKeysRequest,
    ListServiceKeysResponse, RevokeServiceKeyRequest, RotateServiceKeyRequest,
    RotateServiceKeyResponse, ServiceKey, service_key_service_server::ServiceKeyService,
};
use ids::ServiceKeyId;
use tonic::{Request, Response, Status, async_trait};

use super::{convert, request};
use crate::{app::App, error::Error};

const CREATE: &str = "/strowger.identity.v1.ServiceKeyService/CreateServiceKey";
const LIST: &str = "/strowger.identity.v1.ServiceKeyService/ListServiceKeys";
const ROTATE: &str = "/strowger.identity.v1.ServiceKeyService/RotateServiceKey";
const REVOKE: &str = "/strowger.identity.v1.ServiceKeyService/RevokeServiceKey";
const PAGES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// Keys that companies make for their applications.
#[derive(Debug)]
pub struct ServiceKeys(pub Arc<App>);

#[async_trait]
impl ServiceKeyService for ServiceKeys {
    async fn create_service_key(
        &self,
        request: Request<CreateServiceKeyRequest>,
    ) -> Result<Response<CreateServiceKeyResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let now = self.0.clock.now();
        let (attempt, new) = request::check(|at| {
            let attempt = request::attempt(at, &by, CREATE, &message.request_id, &message);
            let new = convert::service_key::new(at, message.service_key.clone(), now);
            Some((attempt?, new?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let (key, secret) = self.0.create_key(&tx, &by, &new).await?;
                Ok::<_, Error>(CreateServiceKeyResponse {
                    service_key: Some(convert::service_key::to_wire(&key)),
                    secret: self.0.seal_token(&secret)?,
                })
            })
            .await
        });
        let answer = Box::pin(answer).await?;
        let secret = self.0.open_token(&answer.secret)?;
        Ok(Response::new(CreateServiceKeyResponse { secret, ..answer }))
    }

    async fn list_service_keys(
        &self,
        request: Request<ListServiceKeysRequest>,
    ) -> Result<Response<ListServiceKeysResponse>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let message = request.get_ref();
        let question = [LIST, &account.to_string()];
        let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
        let (keys, next_page_token) = self.0.keys(account, &page).await?;
        let service_keys = keys.iter().map(convert::service_key::to_wire).collect();
        Ok(Response::new(ListServiceKeysResponse {
            service_keys,
            next_page_token,
        }))
    }

    async fn rotate_service_key(
        &self,
        request: Request<RotateServiceKeyRequest>,
    ) -> Result<Response<RotateServiceKeyResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let now = self.0.clock.now();
        let (attempt, key, overlap, expires) = request::check(|at| {
            let attempt = request::attempt(at, &by, ROTATE, &message.request_id, &message);
            let key: Option<ServiceKeyId> = at.parse("key_id", &message.key_id);
            let overlap = convert::service_key::overlap(at, message.overlap);
            let expires = convert::service_key::expires(at, message.expire_time, now);
            Some((attempt?, key?, overlap?, expires?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let rotated = self.0.rotate_key(&tx, &by, key, overlap, expires);
                let (key, secret) = Box::pin(rotated).await?;
                Ok::<_, Error>(RotateServiceKeyResponse {
                    service_key: Some(convert::service_key::to_wire(&key)),
                    secret: self.0.seal_token(&secret)?,
                })
            })
            .await
        });
        let answer = Box::pin(answer).await?;
        let secret = self.0.open_token(&answer.secret)?;
        Ok(Response::new(RotateServiceKeyResponse { secret, ..answer }))
    }

    async fn revoke_service_key(
        &self,
        request: Request<RevokeServiceKeyRequest>,
    ) -> Result<Response<ServiceKey>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, key) = request::check(|at| {
            let attempt = request::attempt(at, &by, REVOKE, &message.request_id, &message);
            let key: Option<ServiceKeyId> = at.parse("key_id", &message.key_id);
            Some((attempt?, key?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let key = Box::pin(self.0.revoke_key(&tx, &by, key)).await?;
                Ok::<_, Error>(convert::service_key::to_wire(&key))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }
}
