//! A change that may be refused without stopping what else the event entails.

use sea_orm::ConnectionTrait as _;

use super::work::Work;
use crate::{
    app::{audit, edit::Ground},
    domain::{change::changes, resource::Record},
    error::Error,
    store::table::Table,
};

impl Work<'_> {
    /// Changes a resource; `verb` is what the trail calls it. Refused, nothing of it stays, and
    /// the trail says what was wished and why not. Returns whether it was changed.
    pub(super) async fn attempt<R: Table>(
        &self,
        current: &Record<R>,
        verb: &str,
        wished: &R,
    ) -> Result<bool, Error> {
        self.sql("SAVEPOINT attempt").await?;
        match self.change(current, verb, wished).await {
            Ok(()) => {
                self.sql("RELEASE SAVEPOINT attempt").await?;
                Ok(true)
            }
            // Postgres, not the wish: all of it is tried again.
            Err(error @ Error::Store(_)) => Err(error),
            Err(refused) => {
                self.sql("ROLLBACK TO SAVEPOINT attempt").await?;
                tracing::warn!(account = %self.account, resource = %current.id, verb, %refused, "refused");
                let action = format!("{}.{verb}", R::KIND.name());
                let entry = audit::Entry {
                    action: &action,
                    changes: changes(&current.value.fields(), &wished.fields()),
                    result: reason(&refused),
                };
                audit::record(self.tx, self.account, self.origin, current.id, entry).await?;
                Ok(false)
            }
        }
    }

    async fn change<R: Table>(
        &self,
        current: &Record<R>,
        verb: &str,
        wished: &R,
    ) -> Result<(), Error> {
        let draft = |_: &Ground<'_, R>| Ok(wished.clone());
        let mut edit = self.edit().await?;
        edit.update::<R>(current.id, None, verb, &draft).await?;
        edit.publish().await
    }

    async fn sql(&self, statement: &str) -> Result<(), Error> {
        self.tx.execute_unprepared(statement).await?;
        Ok(())
    }
}

/// As clients would be told.
fn reason(refused: &Error) -> &'static str {
    match refused {
        Error::TargetNotFound { .. } => "TARGET_NOT_FOUND",
        Error::RoutingLoop(_) => "ROUTING_LOOP",
        Error::PersonWithoutExtension { .. } => "PERSON_WITHOUT_EXTENSION",
        _ => "INTERNAL",
    }
}
