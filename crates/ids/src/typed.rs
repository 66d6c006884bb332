//! The macro behind the registry.

/// Makes one id type per line, and `REGISTRY` with all of their names and prefixes.
macro_rules! registry {
    ($($(#[$doc:meta])+ $name:ident = $prefix:literal,)+) => {
        /// Every kind of id: the type's name and its prefix.
        pub const REGISTRY: &[(&str, &str)] = &[$((stringify!($name), $prefix)),+];

        $(
            $(#[$doc])+
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(uuid::Uuid);

            impl $name {
                /// What the text of such an id starts with, before the `_`.
                pub const PREFIX: &'static str = $prefix;

                /// A new id, later than all that this process made before.
                #[must_use]
                pub fn generate() -> Self {
                    Self(uuid::Uuid::now_v7())
                }

                /// The id with these sixteen bytes; for stores that keep ids as UUIDs.
                #[must_use]
                pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                    Self(uuid)
                }

                /// The sixteen bytes without the kind; for stores that keep ids as UUIDs.
                #[must_use]
                pub const fn uuid(self) -> uuid::Uuid {
                    self.0
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let digits = $crate::base32::encode(self.0.as_u128());
                    let digits = std::str::from_utf8(&digits).map_err(|_| std::fmt::Error)?;
                    f.write_str(concat!($prefix, "_"))?;
                    f.write_str(digits)
                }
            }

            /// As in the text: a log line with ids stays readable and greppable.
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    std::fmt::Display::fmt(self, f)
                }
            }

            impl std::str::FromStr for $name {
                type Err = $crate::IdError;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    $crate::base32::parse($prefix, text)
                        .map(|bits| Self(uuid::Uuid::from_u128(bits)))
                        .map_err(|cause| $crate::IdError { expected: $prefix, cause })
                }
            }

            impl TryFrom<&str> for $name {
                type Error = $crate::IdError;

                fn try_from(text: &str) -> Result<Self, Self::Error> {
                    text.parse()
                }
            }

            impl From<$name> for String {
                fn from(id: $name) -> Self {
                    id.to_string()
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )+
    };
}

pub(crate) use registry;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use crate::{AccountId, CallId, Cause, REGISTRY, UserId};

    #[test]
    fn prefixes_are_unique_and_plain() {
        let mut seen = HashSet::new();
        for (name, prefix) in REGISTRY {
            assert!(seen.insert(prefix), "{name} re-uses the prefix {prefix}");
            assert!(prefix.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }

    #[test]
    fn ids_sort_by_creation_as_values_and_as_text() {
        let ids: Vec<CallId> = (0..1000).map(|_| CallId::generate()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().map(ToString::to_string).is_sorted());
    }

    #[test]
    fn matches_the_specification() {
        let uuid = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        let id = UserId::from_uuid(uuid);
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
        assert_eq!(id, "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap());
    }

    #[test]
    fn another_kind_is_refused_by_name() {
        let error = UserId::generate()
            .to_string()
            .parse::<AccountId>()
            .unwrap_err();
        assert_eq!(error.cause, Cause::Prefix);
        assert!(error.to_string().contains("`acc_`"), "{error}");
    }

    #[test]
    fn only_the_canonical_text_is_accepted() {
        let good = "acc_01h455vb4pex5vsknk084sn02q";
        assert!(good.parse::<AccountId>().is_ok());
        let cases = [
            ("", Cause::Prefix),
            ("acc", Cause::Prefix),
            ("acc_", Cause::Length),
            ("ACC_01h455vb4pex5vsknk084sn02q", Cause::Prefix),
            ("acc_01H455VB4PEX5VSKNK084SN02Q", Cause::Character),
            ("acc_01h455vb4pex5vsknk084sn02", Cause::Length),
            ("acc_01h455vb4pex5vsknk084sn02qq", Cause::Length),
            ("acc_01h455vb4pex5vsknk084sn02l", Cause::Character),
            ("acc_01h455vb4pex5vsknk084sn0 q", Cause::Character),
            ("acc_01h455vb4pex5vsknk084sn0éq", Cause::Length),
            ("acc_01h455vb4pex5vsknk084sn0é", Cause::Character),
            ("acc_81h455vb4pex5vsknk084sn02q", Cause::Range),
            ("01890a5d-ac96-774b-bcce-b302099a8057", Cause::Prefix),
        ];
        for (text, cause) in cases {
            assert_eq!(
                text.parse::<AccountId>().unwrap_err().cause,
                cause,
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn text_and_json_bring_the_same_id_back(bits in any::<u128>()) {
            let id = CallId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<CallId>().unwrap(), id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<CallId>(&json).unwrap(), id);
        }

        #[test]
        fn no_text_panics_and_what_parses_is_canonical(text in "(acc_)?[0-9a-zA-Z_é]{0,30}") {
            if let Ok(id) = text.parse::<AccountId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
