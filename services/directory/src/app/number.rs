use ids::NumberId;
use store::page::Page;

use super::{
    App,
    caller::{Intent, Reader, Sight},
    edit::Ground,
};
use crate::{
    domain::{
        dead_end::{DeadEnd, dead_ends},
        number::Number,
        resource::Record,
        target::Target,
    },
    error::Error,
};

impl App {
    /// Gives a number its one target.
    pub async fn assign_number<M: prost::Message + Default>(
        &self,
        intent: &Intent,
        id: NumberId,
        etag: &str,
        target: &Target,
        reply: impl Fn(&Record<Number>) -> M + Sync,
    ) -> Result<M, Error> {
        let verb = if *target == Target::Unassigned {
            "unassigned"
        } else {
            "assigned"
        };
        let draft = |ground: &Ground<'_, Number>| {
            let current = ground.current.ok_or(Error::NumberUnknown)?;
            Ok(Number {
                target: target.clone(),
                ..current.value.clone()
            })
        };
        self.update(intent, id, Some(etag), verb, draft, reply)
            .await
    }

    /// A page of what leads nowhere, ordered by id as text.
    pub async fn list_dead_ends(
        &self,
        reader: &Reader,
        page: &Page<String>,
    ) -> Result<(Vec<DeadEnd>, String), Error> {
        let ends = match self.plan(reader.account).await {
            Ok(plan) if reader.sight == Sight::Everything => dead_ends(&plan),
            // Nothing configured leads nowhere, and to mend it takes the sight of all.
            Ok(_) | Err(Error::AccountNotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        let rest = ends.into_iter().filter(|end| {
            page.after()
                .is_none_or(|after| end.key.to_string() > *after)
        });
        let fetched = rest
            .take(usize::try_from(page.fetch()).unwrap_or(usize::MAX))
            .collect();
        Ok(page.cut(fetched, |end: &DeadEnd| end.key.to_string()))
    }
}
