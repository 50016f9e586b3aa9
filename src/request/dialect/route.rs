//! Which method and path speak which dialect. Exact: paths are normalised before they get here.

use super::DIALECTS;
use super::Dialect;
use super::anthropic;
use super::openai;

/// One route of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The only method it takes.
    pub method: &'static str,
    /// The normalised path; a last segment `{id}` stands for any one segment.
    pub path: &'static str,
    /// What it does.
    pub kind: RouteKind,
}

/// Whether a route carries text to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// Its body goes to a model: it is read and judged.
    Message,
    /// It has no body and only reads from the API.
    ReadOnly,
}

/// What a method and path lead to.
#[derive(Debug, Clone, Copy)]
pub enum RouteMatch {
    /// A route of this dialect.
    Found(&'static Dialect, RouteKind),
    /// The path is known, the method is not; holds the method it takes, for the `allow` header.
    WrongMethod(&'static str),
    /// No such path.
    Unknown,
}

/// Looks up `method` (as sent, case-sensitive) and the normalised `path` (no query).
pub fn find_route(method: &str, path: &str) -> RouteMatch {
    let mut found = RouteMatch::Unknown;
    for &dialect in DIALECTS {
        for route in dialect.routes.iter().filter(|route| fits(route.path, path)) {
            if route.method == method {
                return RouteMatch::Found(dialect, route.kind);
            }
            found = RouteMatch::WrongMethod(route.method);
        }
    }
    found
}

/// The dialect whose error envelope suits `path`, known or not: Anthropic's under its own paths, else OpenAI's.
pub fn dialect_for_path(path: &str) -> &'static Dialect {
    let all = DIALECTS.iter().copied();
    let named = all.clone().find(|dialect| dialect.routes.iter().any(|route| fits(route.path, path)));
    let anthropic_like =
        path.starts_with("/v1/messages") || path.starts_with("/v1/complete/") || path == "/v1/complete";
    named.unwrap_or(if anthropic_like { &anthropic::MESSAGES } else { &openai::CHAT })
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("{id}") {
        None => pattern == path,
        Some(stem) => path.strip_prefix(stem).is_some_and(|id| !id.is_empty() && !id.contains('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_under_its_own_method_only() {
        let mut walked = 0;
        for &dialect in DIALECTS {
            for route in dialect.routes {
                let path = route.path.replace("{id}", "some-model");
                let RouteMatch::Found(found, kind) = find_route(route.method, &path) else {
                    panic!("{path}")
                };
                assert_eq!((found.name, kind), (dialect.name, route.kind));
                assert_eq!(dialect_for_path(&path).name, dialect.name);
                assert!(
                    matches!(find_route("DELETE", &path), RouteMatch::WrongMethod(allow) if allow == route.method)
                );
                walked += 1;
            }
        }
        assert_eq!(walked, 6);
    }

    #[test]
    fn near_misses_are_unknown() {
        for path in
            ["/", "/v1/chat/completions/", "/V1/messages", "/v1/models/", "/v1/models/a/b", "/v1/responses"]
        {
            assert!(matches!(find_route("POST", path), RouteMatch::Unknown), "{path}");
        }
        assert!(matches!(find_route("post", "/v1/messages"), RouteMatch::WrongMethod("POST")));
        assert_eq!(dialect_for_path("/v1/messages/batches").name, "anthropic");
        assert_eq!(dialect_for_path("/nowhere").name, "openai");
    }
}
