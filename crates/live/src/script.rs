use redis::Script as Hashed;

/// A Lua script, loaded into Redis on first use and run atomically.
///
/// A script is a file in the service's `lua/` folder with a typed wrapper beside the code that
/// needs it:
///
/// ```
/// use std::sync::LazyLock;
/// use live::{Script, prelude};
///
/// static HANG_UP: LazyLock<Script> = LazyLock::new(|| {
///     Script::with_prelude(
///         "routing.hang_up",
///         &[prelude::CORE, prelude::PROTOBUF, prelude::EVENT],
///         // include_str!("../../lua/hang_up.lua")
///         "#!lua flags=allow-oom\nreturn now_ms()",
///     )
/// });
/// ```
#[derive(Debug)]
pub struct Script {
    name: &'static str,
    span: String,
    source: String,
    sha: String,
}

impl Script {
    /// A script that stands alone. `name` is `<service>.<file>` and appears in spans, metrics
    /// and errors.
    #[must_use]
    pub fn new(name: &'static str, source: &str) -> Self {
        Self::with_prelude(name, &[], source)
    }

    /// A script with shared functions in front of it: Redis cannot import. They come after the
    /// `#!lua` line, which must stay the first.
    #[must_use]
    pub fn with_prelude(name: &'static str, preludes: &[&str], body: &str) -> Self {
        let (shebang, rest) = match body.split_once('\n') {
            Some((first, rest)) if first.starts_with("#!") => (first, rest),
            _ => ("#!lua", body),
        };
        let parts: Vec<&str> = [shebang]
            .into_iter()
            .chain(preludes.iter().copied())
            .chain([rest])
            .collect();
        let source = parts.join("\n");
        let sha = Hashed::new(&source).get_hash().to_owned();
        Self {
            name,
            span: format!("redis {name}"),
            source,
            sha,
        }
    }

    /// `<service>.<file>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What Redis runs: the shebang, the preludes, the body.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn span_name(&self) -> &str {
        &self.span
    }

    pub(crate) fn sha(&self) -> &str {
        &self.sha
    }
}
