//! Pages of a list, and the opaque tokens between them.
//!
//! A token holds the place after the last row (a *cursor*: the values of the
//! sort columns) and a digest of the query it belongs to. A token that was
//! altered, or that comes with another filter, order or tenant, is refused
//! instead of giving a page of something else. It is no secret and grants
//! nothing: every query is narrowed to its tenant whatever the token says.
//!
//! ```ignore
//! let page = Page::read(request.page_size, &request.page_token, SIZES, &[account, filter])?;
//! let rows = queues.after(page.after()).limit(page.fetch()).all(db).await?;
//! let (rows, next_page_token) = page.cut(rows, |row| row.id);
//! ```

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fault::{Fault, ReasonCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// `INVALID_ARGUMENT`: the page token is malformed or belongs to another query.
const PAGE_TOKEN_INVALID: ReasonCode = ReasonCode::new("strowger.dev", "PAGE_TOKEN_INVALID");
const FIELDS_INVALID: ReasonCode = ReasonCode::new("strowger.dev", "FIELDS_INVALID");

/// Changes when the layout of a token does, so that old ones are refused.
const VERSION: u8 = 1;
const DIGEST_BYTES: usize = 12;
/// Cursors are a few short columns; anything longer is not ours.
const TOKEN_CHARS_MAX: usize = 1_024;

/// How many rows a method gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// For requests that ask for 0.
    pub default: u32,
    /// More is cut to this.
    pub max: u32,
}

/// Why a page cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The size is negative; the field is `page_size`.
    #[error("must not be negative")]
    Size,
    /// The token was altered, or belongs to another query; the field is
    /// `page_token`, the reason `PAGE_TOKEN_INVALID`.
    #[error("must be the next_page_token of an answer to the same query")]
    Token,
}

impl From<PageError> for Fault {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Size => Self::field(FIELDS_INVALID, "page_size", error),
            PageError::Token => Self::field(PAGE_TOKEN_INVALID, "page_token", error),
        }
    }
}

/// One page that was asked for. `C` is the cursor: what the rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<C> {
    size: u32,
    after: Option<C>,
    query: [u8; 32],
}

impl<C: Serialize + DeserializeOwned> Page<C> {
    /// Reads the two fields of a request. `query` is everything else that
    /// decides which rows come and in what order: the method, the tenant and
    /// the filters.
    ///
    /// # Errors
    ///
    /// See [`PageError`].
    pub fn read(
        page_size: i32,
        page_token: &str,
        sizes: Sizes,
        query: &[&[u8]],
    ) -> Result<Self, PageError> {
        let asked = u32::try_from(page_size).map_err(|_| PageError::Size)?;
        let size = if asked == 0 { sizes.default } else { asked };
        let query = digest_of(query);
        Ok(Self {
            size: size.min(sizes.max),
            after: decode(page_token, &query)?,
            query,
        })
    }

    /// Rows after this come next; none for the first page.
    pub fn after(&self) -> Option<&C> {
        self.after.as_ref()
    }

    /// How many rows to fetch: one more than the page, to see whether it is the
    /// last.
    pub fn fetch(&self) -> u64 {
        u64::from(self.size) + 1
    }

    /// Cuts what was fetched to the page; returns the token of the next one,
    /// empty after the last.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl FnOnce(&T) -> C) -> (Vec<T>, String) {
        if rows.len() <= self.size as usize {
            return (rows, String::new());
        }
        rows.truncate(self.size as usize);
        let token = rows.last().map(|row| encode(&cursor(row), &self.query));
        (rows, token.unwrap_or_default())
    }
}

fn encode<C: Serialize>(cursor: &C, query: &[u8; 32]) -> String {
    // A cursor is text and numbers: it always has a JSON form.
    let cursor = serde_json::to_vec(cursor).unwrap_or_default();
    let mut token = vec![VERSION];
    token.extend(digest(&cursor, query));
    token.extend(cursor);
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

fn decode<C: DeserializeOwned>(token: &str, query: &[u8; 32]) -> Result<Option<C>, PageError> {
    if token.is_empty() {
        return Ok(None);
    }
    if token.len() > TOKEN_CHARS_MAX {
        return Err(PageError::Token);
    }
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| PageError::Token)?;
    let (&VERSION, rest) = bytes.split_first().ok_or(PageError::Token)? else {
        return Err(PageError::Token);
    };
    let (kept, cursor) = rest
        .split_at_checked(DIGEST_BYTES)
        .ok_or(PageError::Token)?;
    if kept != digest(cursor, query) {
        return Err(PageError::Token);
    }
    serde_json::from_slice(cursor)
        .map(Some)
        .map_err(|_| PageError::Token)
}

fn digest(cursor: &[u8], query: &[u8; 32]) -> [u8; DIGEST_BYTES] {
    let full: [u8; 32] = Sha256::new()
        .chain_update(query)
        .chain_update(cursor)
        .finalize()
        .into();
    let mut short = [0; DIGEST_BYTES];
    short.copy_from_slice(&full[..DIGEST_BYTES]);
    short
}

/// With lengths, so that `["ab", "c"]` is not `["a", "bc"]`.
fn digest_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Page, PageError, Sizes};

    const SIZES: Sizes = Sizes { default: 2, max: 3 };
    const QUERY: &[&[u8]] = &[b"ListQueues", b"acc_1"];

    fn page(size: i32, token: &str) -> Result<Page<u32>, PageError> {
        Page::read(size, token, SIZES, QUERY)
    }

    #[test]
    fn sizes_have_a_default_and_a_limit() {
        assert_eq!(page(0, "").unwrap().fetch(), 3);
        assert_eq!(page(1, "").unwrap().fetch(), 2);
        assert_eq!(page(i32::MAX, "").unwrap().fetch(), 4);
        assert_eq!(page(-1, ""), Err(PageError::Size));
    }

    #[test]
    fn pages_walk_through_everything_once() {
        let all: Vec<u32> = (1..=7).collect();
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let page = page(3, &token).unwrap();
            let rest = all.iter().copied().filter(|id| Some(id) > page.after());
            let fetched = rest.take(usize::try_from(page.fetch()).unwrap()).collect();
            let (rows, next) = page.cut(fetched, |id| *id);
            seen.extend(rows);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_belongs_to_its_query() {
        let (_, token) = page(1, "").unwrap().cut(vec![1, 2], |id| *id);
        assert_eq!(page(1, &token).unwrap().after(), Some(&1));
        for other in [
            &[b"ListQueues".as_slice(), b"acc_2"] as &[&[u8]],
            &[b"ListQueuesacc_1"],
        ] {
            assert_eq!(
                Page::<u32>::read(1, &token, SIZES, other),
                Err(PageError::Token)
            );
        }
    }

    proptest! {
        #[test]
        fn an_altered_token_is_refused(position: usize, letter in "[A-Za-z0-9_-]") {
            let (_, token) = page(1, "").unwrap().cut(vec![1_000_000, 2], |id| *id);
            let mut altered = token.clone();
            let position = position % token.len();
            altered.replace_range(position..=position, &letter);
            prop_assume!(altered != token);
            prop_assert_eq!(page(1, &altered), Err(PageError::Token));
        }

        #[test]
        fn no_text_is_a_panic(token: String) {
            prop_assert!(token.is_empty() || page(1, &token) == Err(PageError::Token));
        }
    }
}
