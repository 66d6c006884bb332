//! The sharing guard: what is noticed, what it amounts to, what somebody knows about it.

pub mod follow;

use std::collections::BTreeSet;

use ::store::{Transaction, page::Page};
use access::Permission;
use chrono::{DateTime, Utc};
use ids::{AccountId, UserId};

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
};
use crate::{
    domain::{
        line::Name,
        network,
        session::Session,
        sharing::{
            self, Assessment, Dismissal, Finding, FindingState, Policy, Signal, SignalKind, assess,
        },
    },
    error::Error,
    store,
};

/// A finding, and what there is to it now.
#[derive(Debug, Clone)]
pub struct Assessed {
    /// What is kept.
    pub finding: Finding,
    /// What changes with time.
    pub assessment: Assessment,
}

/// Which findings are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<FindingState>,
    /// Only with at least this score.
    pub min_score: u8,
}

impl App {
    /// A session was used: are others of the same person in use elsewhere?
    pub(super) async fn notice_parallel(
        &self,
        tx: &Transaction,
        session: &Session,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (account, user) = (session.account, session.user);
        let since = now - sharing::PARALLEL;
        let others = store::session::seen_elsewhere(tx, account, user, session.id, since).await?;
        let elsewhere = others
            .into_iter()
            .filter(|other| network::is_elsewhere(&session.seen, other));
        let mut networks: BTreeSet<String> = elsewhere.collect();
        if networks.is_empty() {
            return Ok(());
        }
        networks.insert(session.seen.clone());
        let signal = Signal {
            kind: SignalKind::ParallelSessions,
            at: now,
            networks,
        };
        self.notice(tx, account, user, &signal).await
    }

    /// A refresh token of this session was used twice.
    pub(super) async fn notice_reuse(
        &self,
        tx: &Transaction,
        session: &Session,
        network: &str,
    ) -> Result<(), Error> {
        let networks = [session.seen.as_str(), network]
            .into_iter()
            .filter(|network| !network.is_empty())
            .map(str::to_owned);
        let signal = Signal {
            kind: SignalKind::RefreshReused,
            at: self.clock.now(),
            networks: networks.collect(),
        };
        self.notice(tx, session.account, session.user, &signal)
            .await
    }

    /// Keeps a signal and sees what the finding about the person is worth now.
    pub(super) async fn notice(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        signal: &Signal,
    ) -> Result<(), Error> {
        store::sharing::add(tx, account, user, signal).await?;
        let now = self.clock.now();
        let known = store::sharing::lock(tx, account, user).await?;
        let settled = known.as_ref().and_then(|finding| finding.settled);
        let assessment = self.assessment(tx, account, user, settled).await?;
        let is_new = known.is_none();
        let finding = match known {
            Some(finding) => Some(finding.signalled(&assessment, signal.at, now)),
            None => Finding::found(account, user, &assessment, signal.at, now),
        };
        let Some(mut finding) = finding else {
            return Ok(());
        };
        let company = store::account::find(tx, account).await?;
        let policy = company.map_or(Policy::default(), |company| company.settings.sharing);
        let is_due = finding.report(&assessment, policy);
        if !is_new {
            store::sharing::update(tx, &finding).await?;
        } else if !store::sharing::insert(tx, &finding).await? {
            // Somebody who was faster has found the same.
            return Ok(());
        }
        if !is_due {
            return Ok(());
        }
        let kinds: Vec<&str> = assessment
            .reasons
            .iter()
            .map(|reason| reason.kind.name())
            .collect();
        Change::new("sharing.finding_reported", user)
            .field("score", 0, assessment.score)
            .field("reasons", "", kinds.join(" "))
            .record(tx, account, &Origin::system())
            .await
    }

    /// The finding about one person.
    pub async fn finding(&self, account: AccountId, user: UserId) -> Result<Assessed, Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let finding = store::sharing::find(&tx, account, user)
                    .await?
                    .ok_or(Error::FindingNotFound)?;
                let mut assessed = self.assessed(&tx, account, vec![finding]).await?;
                assessed.pop().ok_or(Error::FindingNotFound)
            })
            .await
    }

    /// A page of findings, and the token of the next. Scores fall by the hour, so they are
    /// looked at after the page was read, which may leave less of it.
    pub async fn findings(
        &self,
        account: AccountId,
        filter: Filter,
        page: &Page<(DateTime<Utc>, UserId)>,
    ) -> Result<(Vec<Assessed>, String), Error> {
        self.store
            .tenant_transaction(account, async |tx| {
                let after = page.after();
                let findings =
                    store::sharing::page(&tx, account, filter.state, after, page.fetch()).await?;
                let (findings, next) =
                    page.cut(findings, |finding| (finding.signalled, finding.user));
                let mut assessed = self.assessed(&tx, account, findings).await?;
                assessed.retain(|assessed| assessed.assessment.score >= filter.min_score);
                Ok((assessed, next))
            })
            .await
    }

    /// Somebody knows why.
    pub async fn dismiss_finding(
        &self,
        tx: &Transaction,
        by: &Person,
        user: UserId,
        reason: &Name,
        until: Option<DateTime<Utc>>,
    ) -> Result<Assessed, Error> {
        by.acting(tx, Permission::SharingManage).await?;
        let finding = store::sharing::lock(tx, by.account, user)
            .await?
            .ok_or(Error::FindingNotFound)?;
        let now = self.clock.now();
        let before = finding.state;
        let assessment = self.assessment(tx, by.account, user, finding.settled);
        let dismissal = Dismissal {
            by: by.origin.actor.clone(),
            at: now,
            until: until.unwrap_or(now + sharing::DISMISSED_FOR),
            reason: reason.clone(),
            score: assessment.await?.score,
        };
        let score = dismissal.score;
        let finding = finding.dismiss(dismissal)?;
        store::sharing::update(tx, &finding).await?;
        Change::new("sharing.finding_dismissed", user)
            .field("state", before.name(), finding.state.name())
            .field("score", score, 0)
            .field("reason", "", reason)
            .record(tx, by.account, &by.origin)
            .await?;
        Ok(Assessed {
            finding,
            assessment: assess(&[], now),
        })
    }

    /// What there is to one person that is not settled.
    async fn assessment(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        settled: Option<DateTime<Utc>>,
    ) -> Result<Assessment, Error> {
        let mut noticed = store::sharing::noticed(tx, account, &[(user, settled)]).await?;
        let occasions = noticed.remove(&user).unwrap_or_default();
        Ok(assess(&occasions, self.clock.now()))
    }

    /// Findings with what there is to them now.
    async fn assessed(
        &self,
        tx: &Transaction,
        account: AccountId,
        findings: Vec<Finding>,
    ) -> Result<Vec<Assessed>, Error> {
        let now = self.clock.now();
        let settled: Vec<_> = findings
            .iter()
            .map(|finding| (finding.user, finding.settled))
            .collect();
        let mut noticed = store::sharing::noticed(tx, account, &settled).await?;
        let assessed = findings.into_iter().map(|finding| Assessed {
            assessment: assess(&noticed.remove(&finding.user).unwrap_or_default(), now),
            finding,
        });
        Ok(assessed.collect())
    }
}
