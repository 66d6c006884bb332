//! The bad inputs of the book, one at a time, into every field of a message.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

/// Deeper, the fields repeat those further up.
const DEPTH: usize = 3;
const LONG: usize = 3000;

const TEXTS: &[&str] = &[
    "\0",
    "a\0b",
    "\r\nx: y",
    "{",
    "}",
    ":",
    "*",
    "' OR 1=1 --",
    "%s%n",
    "=cmd()",
    "\u{202e}evil",
    "e\u{301}",
    "acc_00000000000000000000000000",
    "usr_01jd3k8v6zf5q9w2x4y7t0abcd",
    "CALL_01JD3K8V6ZF5Q9W2X4Y7T0ABCD",
    "call_",
    "../../etc/passwd",
    "+",
    "+491234567890123456",
    "tel:+4930123456",
    "\u{ff11}\u{ff11}\u{ff10}",
];

/// Every poison of every field, with its name.
pub(super) fn poisoned(message: &MessageDescriptor) -> Vec<(String, DynamicMessage)> {
    at_depth(message, DEPTH)
}

fn at_depth(message: &MessageDescriptor, depth: usize) -> Vec<(String, DynamicMessage)> {
    let mut all = Vec::new();
    for field in message.fields() {
        for (what, value) in values(&field, depth) {
            let mut poisoned = DynamicMessage::new(message.clone());
            let value = if field.is_list() {
                Value::List(vec![value])
            } else {
                value
            };
            poisoned.set_field(&field, value);
            all.push((format!("{} {what}", field.name()), poisoned));
        }
    }
    all
}

fn values(field: &FieldDescriptor, depth: usize) -> Vec<(String, Value)> {
    let named = |values: Vec<Value>| {
        values
            .into_iter()
            .map(|value| (format!("= {value}").chars().take(60).collect(), value))
            .collect()
    };
    let integers = [
        0,
        1,
        -1,
        i64::from(i32::MAX),
        (1 << 53) + 1,
        i64::MAX,
        i64::MIN,
    ];
    match field.kind() {
        Kind::String => {
            let long = "x".repeat(LONG);
            named(
                TEXTS
                    .iter()
                    .copied()
                    .chain([long.as_str()])
                    .map(|text| Value::String(text.to_owned()))
                    .collect(),
            )
        }
        Kind::Bytes => named(vec![Value::Bytes(vec![0; LONG].into())]),
        Kind::Enum(_) => named(vec![Value::EnumNumber(999), Value::EnumNumber(-1)]),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => named(
            [0, 1, -1, i32::MAX, i32::MIN, 1_000_000_000]
                .map(Value::I32)
                .to_vec(),
        ),
        Kind::Uint32 | Kind::Fixed32 => named([0, 1, u32::MAX].map(Value::U32).to_vec()),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => named(integers.map(Value::I64).to_vec()),
        Kind::Uint64 | Kind::Fixed64 => named([0, 1, u64::MAX].map(Value::U64).to_vec()),
        Kind::Double => named([f64::NAN, f64::INFINITY, -1.0].map(Value::F64).to_vec()),
        Kind::Float => named([f32::NAN, f32::INFINITY, -1.0].map(Value::F32).to_vec()),
        Kind::Bool => named(vec![Value::Bool(true)]),
        Kind::Message(inner) if is_time(&inner) => times(&inner),
        Kind::Message(_) if depth == 0 => Vec::new(),
        Kind::Message(inner) => {
            let empty = (
                "empty".to_owned(),
                Value::Message(DynamicMessage::new(inner.clone())),
            );
            let deeper = at_depth(&inner, depth - 1).into_iter();
            deeper
                .map(|(what, message)| (format!(". {what}"), Value::Message(message)))
                .chain([empty])
                .collect()
        }
    }
}

fn is_time(message: &MessageDescriptor) -> bool {
    ["google.protobuf.Timestamp", "google.protobuf.Duration"].contains(&message.full_name())
}

/// Negative, ten years, the years 1 and 9999 and beyond, and nanoseconds that
/// are none.
fn times(message: &MessageDescriptor) -> Vec<(String, Value)> {
    let ten_years = 315_360_000;
    [
        (0, 0),
        (-1, 0),
        (0, -1),
        (1, -1),
        (0, 1_000_000_000),
        (ten_years, 0),
        (-62_135_596_801, 0),
        (253_402_300_800, 0),
        (i64::MAX, i32::MAX),
        (i64::MIN, i32::MIN),
    ]
    .map(|(seconds, nanos)| {
        let mut time = DynamicMessage::new(message.clone());
        time.set_field_by_name("seconds", Value::I64(seconds));
        time.set_field_by_name("nanos", Value::I32(nanos));
        (format!("= {seconds} s {nanos} ns"), Value::Message(time))
    })
    .to_vec()
}
