use bolero::TypeGenerator;
use identity::domain::bearer::{
    ChallengeToken, DeviceToken, InvitationToken, KeySecret, RefreshToken, ResetToken,
};

/// A token as clients send it: a prefix of ours or none, and anything after it.
#[derive(Debug, TypeGenerator)]
struct Sent {
    prefix: u8,
    /// Six bits a character, so that most of it is Base64.
    sixes: Vec<u8>,
    tail: String,
}

impl Sent {
    fn text(&self) -> String {
        const PREFIXES: [&str; 7] = ["srt_", "sit_", "ssk_", "sct_", "spt_", "sdt_", ""];
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let prefix = PREFIXES[usize::from(self.prefix) % PREFIXES.len()];
        let sixes = self.sixes.iter().cycle().take(match self.sixes.len() {
            0 => 0,
            length => [86, 96, length][length % 3],
        });
        let sixes = sixes.map(|six| char::from(ALPHABET[usize::from(*six) % 64]));
        format!("{prefix}{}{}", sixes.collect::<String>(), self.tail)
    }
}

#[test]
fn every_token_has_one_spelling() {
    bolero::check!().with_type::<Sent>().for_each(|sent| {
        let text = sent.text();
        let again = [
            RefreshToken::decode(&text).map(|token| token.encode()),
            InvitationToken::decode(&text).map(|token| token.encode()),
            KeySecret::decode(&text).map(|token| token.encode()),
            ChallengeToken::decode(&text).map(|token| token.encode()),
            ResetToken::decode(&text).map(|token| token.encode()),
            DeviceToken::decode(&text).map(|token| token.encode()),
        ];
        let read: Vec<_> = again.into_iter().flatten().collect();
        assert!(read.len() <= 1, "a token of two kinds: {text}");
        assert!(read.iter().all(|again| *again == text), "{text}");
    });
}
