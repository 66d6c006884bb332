use proptest::prelude::*;

use super::*;

/// The secret of RFC 6238, appendix B.
const RFC: &[u8; 20] = b"12345678901234567890";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn code(secret: &[u8], seconds: u64) -> String {
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(seconds).to_string()
}

#[test]
fn the_codes_of_the_rfc() {
    // The last six digits of its eight.
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let step = accept(RFC, code, NEVER, at(seconds)).unwrap();
        assert_eq!(step, Some(seconds / 30), "{seconds}");
    }
}

#[test]
fn a_code_is_good_in_its_step_and_the_two_beside_it() {
    let code = code(RFC, 3_000);
    for (seconds, good) in [
        (2_969, false),
        (2_970, true),
        (3_000, true),
        (3_059, true),
        (3_060, false),
    ] {
        let step = accept(RFC, &code, NEVER, at(seconds)).unwrap();
        assert_eq!(step, good.then_some(100), "{seconds}");
    }
}

#[test]
fn what_is_not_six_digits_is_no_code() {
    for text in [
        "",
        "28708",
        "2870822",
        "+87082",
        "28708a",
        "２８７０８２",
        "287 82",
    ] {
        assert_eq!(accept(RFC, text, NEVER, at(59)).unwrap(), None, "{text}");
    }
}

#[test]
fn an_authenticator_is_set_up_with_what_it_understands() {
    let login: Email = "ada+phone@example.com".parse().unwrap();
    let enrolment = Enrolment::new(RFC, "Strowger", &login).unwrap();
    assert_eq!(*enrolment.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let read = Totp::from_url(enrolment.uri.as_str()).unwrap();
    assert_eq!(read.secret().as_bytes(), RFC);
    assert_eq!((read.digits(), read.step()), (6, 30));
    assert_eq!(
        (read.issuer(), read.account_name()),
        (Some("Strowger"), login.as_str())
    );
    assert_eq!(format!("{enrolment:?}"), "Enrolment(…)");
}

proptest! {
    #[test]
    fn no_code_is_accepted_twice(secret: [u8; 20], steps in prop::collection::vec(1_u64..60, 1..40)) {
        let mut last = NEVER;
        let mut now = 3_000_u64;
        for wait in steps {
            now += wait;
            let typed = code(&secret, now);
            if let Some(step) = accept(&secret, &typed, last, at(now.cast_signed())).unwrap() {
                prop_assert!(step > last);
                last = step;
            }
            let again = accept(&secret, &typed, last, at(now.cast_signed())).unwrap();
            prop_assert!(again.is_none_or(|step| step > last), "an older step came back");
        }
    }
}
