use ids::{ExtensionId, UserId};
use store::page::Page;

use super::{
    App,
    caller::{Intent, Reader},
    edit::Ground,
};
use crate::{
    domain::{extension::Extension, resource::Record},
    error::Error,
    store::extension,
};

impl App {
    /// Gives `person` their extension, if identity knows them.
    pub async fn create_extension<M: prost::Message + Default>(
        &self,
        intent: &Intent,
        person: Option<UserId>,
        draft: impl Fn(&Ground<'_, Extension>) -> Result<Extension, Error> + Sync,
        reply: impl Fn(&Record<Extension>) -> M + Sync,
    ) -> Result<M, Error> {
        // Asked before the transaction, which holds locks, and told inside it: a repeated request
        // gets its answer even if the person has left since.
        let known = match person {
            Some(person) => self.0.identity.has(&intent.on_behalf, person).await?,
            None => false,
        };
        let draft = |ground: &Ground<'_, Extension>| {
            let extension = draft(ground)?;
            if known {
                Ok(extension)
            } else {
                Err(Error::PersonNotFound(extension.person))
            }
        };
        self.create(intent, draft, reply).await
    }

    /// A page of extensions, or the one of `person`.
    pub async fn list_extensions(
        &self,
        reader: &Reader,
        page: &Page<ExtensionId>,
        person: Option<UserId>,
    ) -> Result<(Vec<Record<Extension>>, String), Error> {
        self.list_where(reader, page, extension::of_person(person))
            .await
    }
}
