//! Which method and path speak which dialect. Exact: paths are normalised before they get here.

use super::ANY;
use super::DIALECTS;
use super::Dialect;
use super::openai;

/// One route of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The only method it takes.
    pub method: &'static str,
    /// The normalised path; `{name}` in it stands for any part of one segment, `{model}` for the model asked for.
    pub path: &'static str,
    /// What it does.
    pub kind: RouteKind,
    /// Whether its answer is streamed.
    pub stream: Streaming,
}

/// Whether a route carries text to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// Its body goes to a model: it is JSON, read and judged.
    Message,
    /// Its body is a form (multipart) of texts and files, read and judged.
    Form,
    /// It has no body and only reads from the API.
    ReadOnly,
    /// It changes what the caller keeps at the API (cancels, deletes); a body, if there is one, is read and judged.
    Act,
    /// It would change the server for everybody, or carry what cannot be screened: refused unless the operator allows it.
    Denied,
    /// It is a WebSocket: each message of the caller's is an event in JSON, read and judged.
    Socket,
}

/// When an answer is streamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streaming {
    /// When the body asks for it.
    Asked,
    /// Unless the body asks for a whole answer.
    Usual,
    /// Always.
    Always,
    /// Never.
    Never,
}

pub(super) const fn route(method: &'static str, path: &'static str, kind: RouteKind) -> Route {
    Route { method, path, kind, stream: Streaming::Asked }
}

/// A message in JSON.
pub(super) const fn post(path: &'static str) -> Route {
    route("POST", path, RouteKind::Message)
}

/// A form.
pub(super) const fn form(path: &'static str) -> Route {
    route("POST", path, RouteKind::Form)
}

/// Something to read.
pub(super) const fn get(path: &'static str) -> Route {
    route("GET", path, RouteKind::ReadOnly)
}

/// Something to cancel or to confirm.
pub(super) const fn act(path: &'static str) -> Route {
    route("POST", path, RouteKind::Act)
}

/// A WebSocket of events in JSON.
pub(super) const fn socket(path: &'static str) -> Route {
    route("GET", path, RouteKind::Socket)
}

/// Something to delete.
pub(super) const fn delete(path: &'static str) -> Route {
    route("DELETE", path, RouteKind::Act)
}

impl Route {
    /// The same route with an answer that is streamed `when`.
    pub(super) const fn streams(self, when: Streaming) -> Route {
        Route { stream: when, ..self }
    }
}

/// A route that was found, and what its path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The route.
    pub route: &'static Route,
    /// The model named in the path.
    pub model: Option<String>,
}

/// What a method and path lead to.
#[derive(Debug, Clone)]
pub enum RouteMatch {
    /// A route of this dialect.
    Found(&'static Dialect, Found),
    /// The path is known, the method is not; holds a method it takes, for the `allow` header.
    WrongMethod(&'static str),
    /// No such path.
    Unknown,
}

/// Looks up `method` (as sent, case-sensitive) and the normalised `path` (no query).
pub fn find_route(method: &str, path: &str) -> RouteMatch {
    let mut other = None;
    for &dialect in DIALECTS {
        for route in dialect.routes {
            let Some(model) = path_fits(route.path, path) else { continue };
            if route.method == method {
                // AWS's names of resources have a slash, which stays escaped in a path.
                let model = model.map(|model| model.replace("%2F", "/"));
                return RouteMatch::Found(dialect, Found { route, model });
            }
            other = Some(route.method);
        }
    }
    other.map_or(RouteMatch::Unknown, RouteMatch::WrongMethod)
}

/// A route no API is known for, which the operator listed: JSON, every string of it screened. Holds the model that its path names.
pub fn configured_route(model: Option<&str>) -> (&'static Dialect, Found) {
    static CONFIGURED: Route = post("/");
    (&ANY, Found { route: &CONFIGURED, model: model.map(str::to_owned) })
}

/// The dialect whose error envelope suits `path`, known or not.
pub fn dialect_for_path(path: &str) -> &'static Dialect {
    let all = DIALECTS.iter().copied();
    let named =
        all.clone().find(|dialect| dialect.routes.iter().any(|route| path_fits(route.path, path).is_some()));
    let alike = |dialect: &&Dialect| dialect.prefixes.iter().any(|prefix| path.starts_with(prefix));
    named.or_else(|| all.clone().find(alike)).unwrap_or(&openai::CHAT)
}

/// Whether a normalised path fits `pattern`, which is written as routes are (`{name}` is any part of one segment, at least a byte of it),
/// and the model it names, if the pattern has a `{model}`.
pub fn path_fits<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let mut segments = path.split('/');
    let mut model = None;
    for pattern in pattern.split('/') {
        let segment = segments.next()?;
        let Some((before, rest)) = pattern.split_once('{') else {
            if pattern == segment {
                continue;
            }
            return None;
        };
        let (name, after) = rest.split_once('}')?;
        let value = segment.strip_prefix(before)?.strip_suffix(after)?;
        // A verb after a colon is never part of a name that ends a pattern: `x:verb` is another route.
        if value.is_empty() {
            return None;
        }
        if name == "model" {
            model = Some(value);
        }
    }
    segments.next().is_none().then_some(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path of this route.
    fn example(route: &Route) -> String {
        let mut path = String::new();
        for (at, piece) in route.path.split(['{', '}']).enumerate() {
            path.push_str(if at % 2 == 1 { "some-name" } else { piece });
        }
        path
    }

    #[test]
    fn every_route_is_found_under_its_own_method_only() {
        let mut walked = 0;
        for &dialect in DIALECTS {
            for route in dialect.routes {
                let path = example(route);
                let RouteMatch::Found(found, place) = find_route(route.method, &path) else {
                    panic!("{path}")
                };
                assert_eq!((found.name, place.route), (dialect.name, route), "{path}");
                assert_eq!(place.model.is_some(), route.path.contains("{model}"));
                assert!(matches!(find_route("PUT", &path), RouteMatch::WrongMethod(_)), "{path}");
                walked += 1;
            }
        }
        assert!(walked > 200, "{walked}");
    }

    #[test]
    fn near_misses_are_unknown() {
        for path in [
            "/",
            "/v1/chat/completions/",
            "/V1/messages",
            "/v1/models/",
            "/v1/models/a/b",
            "/v1/response",
            "/v1beta/models/m:predictAll",
            "/v1beta/models/:generateContent",
            "/openai/deployments//chat/completions",
            "/model/m/invoke/x",
        ] {
            assert!(!matches!(find_route("POST", path), RouteMatch::Found(..)), "{path}");
        }
        assert!(matches!(find_route("post", "/v1/messages"), RouteMatch::WrongMethod("POST")));
    }

    #[test]
    fn unknown_paths_are_answered_in_the_envelope_of_their_neighbours() {
        for (path, name) in [
            ("/v1/messages/other", "anthropic"),
            ("/v1beta/other", "gemini"),
            ("/v1/projects/p/other", "gemini"),
            ("/openai/other", "azure"),
            ("/api/other", "ollama"),
            ("/model/m/other", "bedrock"),
            ("/v2/other", "cohere"),
            ("/nowhere", "openai"),
        ] {
            assert_eq!(dialect_for_path(path).name, name, "{path}");
        }
    }
}
