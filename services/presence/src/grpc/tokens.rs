//! Opaque tokens: where a list or a stream goes on. They name the account (and the filter) that
//! they are for, so that one from elsewhere is recognised.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ids::{AccountId, QueueId, UserId};
use live::event::Offset;

/// Where a list of people goes on: after `last`, for the same account and queue.
pub(super) fn page(account: AccountId, queue: Option<QueueId>, last: UserId) -> String {
    encode(&format!("{account} {} {last}", filter(queue)))
}

pub(super) fn read_page(token: &str, account: AccountId, queue: Option<QueueId>) -> Option<UserId> {
    let text = decode(token)?;
    let rest = text.strip_prefix(&format!("{account} {} ", filter(queue)))?;
    rest.parse().ok()
}

/// Where a watch goes on: after `place`, for the same account.
pub(super) fn resume(account: AccountId, place: Offset) -> String {
    encode(&format!("{account} {place}"))
}

pub(super) fn read_resume(token: &str, account: AccountId) -> Option<Offset> {
    let text = decode(token)?;
    text.strip_prefix(&format!("{account} "))?.parse().ok()
}

fn filter(queue: Option<QueueId>) -> String {
    queue.map_or_else(|| "-".to_owned(), String::from)
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn decode(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_account_and_filter_only() {
        let (account, queue, last) = (
            AccountId::generate(),
            QueueId::generate(),
            UserId::generate(),
        );
        let token = page(account, Some(queue), last);
        assert_eq!(read_page(&token, account, Some(queue)), Some(last));
        assert_eq!(read_page(&token, account, None), None);
        assert_eq!(read_page(&token, AccountId::generate(), Some(queue)), None);
        for forged in ["", "!", "AAAA", &token[1..], &token[..token.len() - 4]] {
            assert_eq!(read_page(forged, account, Some(queue)), None, "{forged:?}");
        }
    }

    #[test]
    fn a_place_in_a_stream_survives() {
        let account = AccountId::generate();
        let place: Offset = "1733150000000-7".parse().unwrap();
        let token = resume(account, place);
        assert_eq!(read_resume(&token, account), Some(place));
        assert_eq!(read_resume(&token, AccountId::generate()), None);
    }
}
