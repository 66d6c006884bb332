//! What Lua encodes, prost decodes.

use std::sync::LazyLock;

use live::{Script, prelude};
use proptest::prelude::*;
use prost::Message;

use crate::setup;

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(int64, tag = "2")]
    number: i64,
    #[prost(bool, tag = "3")]
    flag: bool,
    #[prost(message, optional, tag = "4")]
    at: Option<prost_types::Timestamp>,
    #[prost(message, optional, tag = "5")]
    nested: Option<Nested>,
    #[prost(string, repeated, tag = "16")]
    items: Vec<String>,
    #[prost(uint32, optional, tag = "2000")]
    maybe: Option<u32>,
    #[prost(message, optional, tag = "17")]
    took: Option<prost_types::Duration>,
}

#[derive(Clone, PartialEq, Message)]
struct Nested {
    #[prost(bytes = "vec", tag = "1")]
    bytes: Vec<u8>,
    #[prost(enumeration = "Color", tag = "2")]
    color: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
enum Color {
    Unspecified = 0,
    Red = 1,
    Far = 300,
}

static ENCODE: LazyLock<Script> = LazyLock::new(|| {
    let body = "#!lua\n\
        return pb.string(1, ARGV[1]) .. pb.int(2, ARGV[2]) .. pb.bool(3, ARGV[3] == '1') .. \
        pb.timestamp(4, ARGV[4]) .. \
        pb.message(5, pb.string(1, ARGV[5]) .. pb.int(2, ARGV[6])) .. \
        pb.item(16, '') .. pb.item(16, ARGV[1]) .. pb.present(2000, 0) .. pb.duration(17, nil)";
    Script::with_prelude("test.encode", &[prelude::CORE, prelude::PROTOBUF], body)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn messages_survive(
        text in ".{0,200}",
        number in prop_oneof![0_i64..300, 0_i64..=1 << 53],
        flag: bool,
        ms in 0_i64..253_402_300_800_000,
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        color in prop_oneof![Just(0), Just(1), Just(300)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let encoded: Vec<u8> = runtime.block_on(async {
            let live = setup::live();
            let call = live.script(&ENCODE).arg(&text).arg(number).arg(flag).arg(ms);
            call.arg(&bytes[..]).arg(color).run().await.unwrap()
        });
        let expected = Sample {
            text: text.clone(),
            number,
            flag,
            at: Some(prost_types::Timestamp { seconds: ms / 1000, nanos: (ms % 1000) as i32 * 1_000_000 }),
            nested: Some(Nested { bytes, color }),
            items: vec![String::new(), text],
            maybe: Some(0),
            took: None,
        };
        prop_assert_eq!(Sample::decode(&encoded[..]).unwrap(), expected);
    }
}

#[tokio::test]
async fn what_does_not_fit_a_double_is_an_error_and_never_another_number() {
    let live = setup::live();
    for bad in ["-1", "1.5", "9007199254740994", "1e300"] {
        let call = live
            .script(&ENCODE)
            .arg("")
            .arg(bad)
            .arg("0")
            .arg(0)
            .arg("")
            .arg(0);
        assert!(call.run::<Vec<u8>>().await.is_err(), "{bad}");
    }
}
