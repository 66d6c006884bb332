//! What routing does: one script, one round trip each.

use std::time::Duration;

use chrono::DateTime;
use ids::{AccountId, CallId, LegId, QueueId, UserId};
use live::Partition;

use super::{Store, codes::Code, script};
use crate::{
    domain::{Kind, Order, Outcome, Pass, Placed, Token},
    error::Error,
};

/// What came of choosing somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// Who is held; `None` when nobody is free.
    pub placed: Option<Placed>,
    /// People logged in to the queue and neither OFFLINE nor OFF_WORK.
    pub logged_in: u32,
}

/// Whom a call is offered to, and how.
#[derive(Debug, Clone, Copy)]
pub struct OfferTo<'a> {
    /// Each once.
    pub people: &'a [UserId],
    /// Whether it holds them.
    pub kind: Kind,
    /// The most offers to place; 0 for all.
    pub limit: u32,
    /// Whom to try first.
    pub order: Order,
    /// How long the offers stand.
    pub lease: Duration,
}

/// A lock that a live leg says it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Who.
    pub person: UserId,
    /// For which call.
    pub call: CallId,
    /// By which grant.
    pub token: Token,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stands for another lease.
    Held,
    /// It is gone, or a later call has it.
    Lost,
    /// Redis had lost it; it is back.
    Restored,
    /// It is back, in place of this call.
    Won(CallId),
}

impl Store {
    /// Chooses the best free person of a queue and holds them. `draw` is the lot of RANDOM.
    pub async fn reserve(
        &self,
        account: AccountId,
        operation: &str,
        (queue, call): (QueueId, CallId),
        lease: Duration,
        draw: u32,
        avoid: &[UserId],
    ) -> Result<Reserved, Error> {
        let run = self
            .operation(&script::RESERVE, account, "reserve", operation)
            .text(queue)
            .text(call)
            .arg(millis(lease))
            .arg(draw)
            .arg(traceparent());
        let answer: Vec<String> = texts(run, avoid).run().await?;
        let broken = || Error::Answer("reserve");
        let (logged_in, placed) = answer.split_first().ok_or_else(broken)?;
        let placed = match placed {
            [] => None,
            [person, offer @ ..] => {
                let person = person.parse().map_err(|_| broken())?;
                Some(placed_offer(person, offer).ok_or_else(broken)?)
            }
        };
        Ok(Reserved {
            placed,
            logged_in: logged_in.parse().map_err(|_| broken())?,
        })
    }

    /// Offers a call to named people. `strict` refuses people who do not exist; otherwise that is
    /// their outcome.
    pub async fn offer(
        &self,
        account: AccountId,
        operation: &str,
        call: CallId,
        to: OfferTo<'_>,
        strict: bool,
    ) -> Result<Vec<Outcome>, Error> {
        let run = self
            .operation(&script::OFFER, account, "offer", operation)
            .text(call)
            .arg(to.kind.code())
            .arg(millis(to.lease))
            .arg(u8::from(strict))
            .arg(to.limit)
            .arg(to.order.code())
            .arg(traceparent());
        let answer: Vec<Vec<String>> = texts(run, to.people).run().await?;
        let outcomes = to
            .people
            .iter()
            .zip(&answer)
            .map(|(person, parts)| outcome(*person, parts));
        let outcomes: Option<Vec<_>> = outcomes.collect();
        outcomes
            .filter(|all| all.len() == to.people.len())
            .ok_or(Error::Answer("offer"))
    }

    /// A person takes a call. Returns the new token and the calls that no longer ring them.
    pub async fn answer(
        &self,
        account: AccountId,
        operation: &str,
        claim: Claim,
        leg: LegId,
        losers: &[UserId],
        lease: Duration,
    ) -> Result<(Token, Vec<CallId>), Error> {
        let run = self
            .operation(&script::ANSWER, account, "answer", operation)
            .text(claim.call)
            .text(leg)
            .text(claim.person)
            .arg(claim.token.epoch)
            .arg(claim.token.fence)
            .arg(millis(lease))
            .arg(traceparent());
        let answer: Vec<String> = texts(run, losers).run().await?;
        let read = || {
            let token = token(answer.first()?, answer.get(1)?)?;
            let withdrawn = answer[2..].iter().map(|call| call.parse().ok());
            Some((token, withdrawn.collect::<Option<Vec<_>>>()?))
        };
        read().ok_or(Error::Answer("answer"))
    }

    /// A person lets an offer pass. Returns whether they are not responding now.
    pub async fn decline(
        &self,
        account: AccountId,
        operation: &str,
        claim: Claim,
        pass: Pass,
        max_misses: u32,
    ) -> Result<bool, Error> {
        let run = self
            .operation(&script::DECLINE, account, "decline", operation)
            .text(claim.call)
            .text(claim.person)
            .arg(claim.token.epoch)
            .arg(claim.token.fence)
            .arg(pass.code())
            .arg(max_misses)
            .arg(traceparent());
        Ok(run.run().await?)
    }

    /// A call takes its offers back. Returns how many there were.
    pub async fn withdraw(
        &self,
        account: AccountId,
        operation: &str,
        call: CallId,
        people: &[UserId],
    ) -> Result<u32, Error> {
        let run = self
            .operation(&script::WITHDRAW, account, "withdraw", operation)
            .text(call);
        Ok(texts(run.arg(traceparent()), people).run().await?)
    }

    /// The locks of live calls stand for another lease. One fate for each claim.
    pub async fn renew(
        &self,
        account: AccountId,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Fate>, Error> {
        let epoch = self.keys.epoch(Partition::of(account));
        let mut run = self.live.script(&script::RENEW).key(&epoch).text(account);
        run = run.arg(millis(lease)).arg(traceparent());
        for Claim {
            person,
            call,
            token,
        } in claims
        {
            run = run
                .text(person)
                .text(call)
                .arg(token.epoch)
                .arg(token.fence);
        }
        let answer: Vec<String> = run.run().await?;
        let fates: Option<Vec<_>> = answer.iter().map(|text| fate(text)).collect();
        fates
            .filter(|all| all.len() == claims.len())
            .ok_or(Error::Answer("renew"))
    }

    /// A person's call has ended. Returns whether it held them.
    pub async fn release(
        &self,
        account: AccountId,
        claim: Claim,
        wrap_up: Duration,
        queue: Option<QueueId>,
    ) -> Result<bool, Error> {
        let person = self.keys.person(account, claim.person);
        let run = self
            .live
            .script(&script::RELEASE)
            .key(&person)
            .text(account)
            .text(claim.person);
        let run = run
            .text(claim.call)
            .arg(claim.token.epoch)
            .arg(claim.token.fence);
        let queue = queue.map(String::from).unwrap_or_default();
        Ok(run
            .arg(millis(wrap_up))
            .arg(queue)
            .arg(traceparent())
            .run()
            .await?)
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The span that causes an event, for the event's envelope.
pub(crate) fn traceparent() -> String {
    telemetry::propagation::current()
}

fn texts<'a>(call: live::Call<'a>, ids: &[UserId]) -> live::Call<'a> {
    ids.iter().fold(call, live::Call::text)
}

fn token(epoch: &str, fence: &str) -> Option<Token> {
    Some(Token {
        epoch: epoch.parse().ok()?,
        fence: fence.parse().ok()?,
    })
}

/// `{ epoch, fence, expire, device… }`.
fn placed_offer(person: UserId, parts: &[String]) -> Option<Placed> {
    let [epoch, fence, expires, devices @ ..] = parts else {
        return None;
    };
    Some(Placed {
        person,
        token: token(epoch, fence)?,
        expires: DateTime::from_timestamp_millis(expires.parse().ok()?)?,
        devices: devices
            .iter()
            .map(|device| device.parse().ok())
            .collect::<Option<_>>()?,
    })
}

/// `{ outcome, held by, epoch, fence, expire, device… }`.
fn outcome(person: UserId, parts: &[String]) -> Option<Outcome> {
    let [outcome, held_by, offer @ ..] = parts else {
        return None;
    };
    Some(match outcome.as_str() {
        "1" => Outcome::Placed(placed_offer(person, offer)?),
        "2" if held_by.is_empty() => Outcome::Busy(None),
        "2" => Outcome::Busy(Some(held_by.parse().ok()?)),
        "3" => Outcome::Offline,
        "4" => Outcome::Away,
        "5" => Outcome::Unknown,
        "6" => Outcome::NotTried,
        _ => return None,
    })
}

fn fate(text: &str) -> Option<Fate> {
    Some(match text {
        "HELD" => Fate::Held,
        "LOST" => Fate::Lost,
        "RESTORED" => Fate::Restored,
        _ => Fate::Won(text.strip_prefix("WON ")?.parse().ok()?),
    })
}
