//! W3C trace context across processes: in HTTP headers (which is what gRPC
//! metadata is) and, for events and tokens, as one plain string.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: &str = "traceparent";

/// Writes the current span into outgoing headers.
pub fn inject(headers: &mut HeaderMap) {
    inject_context(&Span::current().context(), headers);
}

/// Writes `context` into outgoing headers.
pub fn inject_context(context: &Context, headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(context, &mut Headers(headers));
}

/// Reads the caller's span from incoming headers; an absent or malformed one
/// gives an empty context, never an error.
pub fn extract(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &ReadHeaders(headers))
}

/// The current span as a `traceparent`, empty when nothing is being traced.
pub fn current() -> String {
    of(&Span::current().context())
}

/// `context` as a `traceparent`, empty when it holds no span.
pub fn of(context: &Context) -> String {
    let mut line = Line(String::new());
    TraceContextPropagator::new().inject_context(context, &mut line);
    line.0
}

/// Reads a `traceparent` that travelled in an event or a token.
pub fn parse(traceparent: &str) -> Context {
    TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &Line(traceparent.to_owned()))
}

/// Makes `span` a child of the span that wrote `traceparent`; call it before
/// the span is first entered. An empty or malformed text changes nothing.
pub fn follow(span: &Span, traceparent: &str) {
    let context = parse(traceparent);
    if context.span().span_context().is_valid() {
        // Fails only without a subscriber or on a running span; tracing is
        // never a reason to fail the work.
        let _ = span.set_parent(context);
    }
}

/// Links `span` to the span that wrote `traceparent`, without becoming part of
/// its trace.
pub fn link(span: &Span, traceparent: &str) {
    span.add_link(parse(traceparent).span().span_context().clone());
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(key.as_bytes()),
            HeaderValue::try_from(value),
        ) && !value.is_empty()
        {
            self.0.insert(name, value);
        }
    }
}

struct ReadHeaders<'a>(&'a HeaderMap);

impl Extractor for ReadHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Line(String);

impl Injector for Line {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = value;
        }
    }
}

impl Extractor for Line {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_survives_the_round_trip() {
        assert_eq!(of(&parse(PARENT)), PARENT);
        let mut headers = HeaderMap::new();
        inject_context(&parse(PARENT), &mut headers);
        assert_eq!(of(&extract(&headers)), PARENT);
    }

    #[test]
    fn rubbish_is_no_parent() {
        for text in [
            "",
            "00",
            "00-0-0-0",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "\0",
            "é",
        ] {
            assert_eq!(of(&parse(text)), "", "{text:?}");
        }
    }
}
