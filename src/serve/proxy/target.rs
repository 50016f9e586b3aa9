//! The request target in the one form that is both matched and forwarded.

use http::Uri;

/// A normalised path, and the query as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The path, unreserved characters unescaped, below the route it came in by: what is matched and sent on.
    pub(super) path: String,
    /// The same path as the caller knows it.
    pub(super) written: String,
    /// The query, without its question mark.
    pub(super) query: Option<String>,
    /// Whether colons are sent on escaped: AWS's clients write them so, and sign the path as they wrote it.
    pub(super) escaped: bool,
}

impl Target {
    /// Path and query as they are sent on.
    pub(super) fn path_and_query(&self) -> String {
        let path = if self.escaped { self.path.replace(':', "%3A") } else { self.path.clone() };
        match &self.query {
            Some(query) => format!("{path}?{query}"),
            None => path,
        }
    }
}

/// Brings a target to its one form, or says why it has two readings. Servers disagree on all that is refused here.
pub(super) fn normalise(uri: &Uri) -> Result<Target, &'static str> {
    let (path, escaped) = match models(uri.path())? {
        Some(path) => (path, true),
        None => (unescape(uri.path())?, false),
    };
    if !path.starts_with('/') {
        return Err("the path does not start with a slash");
    }
    if path.contains("//") {
        return Err("the path has an empty segment");
    }
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("the path has a dot segment");
    }
    let query = uri.query().map(str::to_owned);
    if query.as_deref().is_some_and(|query| !plain_query(query)) {
        return Err("the query has characters that servers read differently");
    }
    if query.as_deref().is_some_and(overrides) {
        return Err("the query has a parameter that would be read in the place of the method or of headers");
    }
    Ok(Target { written: path.clone(), path, query, escaped })
}

/// A path of Bedrock's with the name of a model that AWS's clients escaped: its colons, and the slash in the name of a resource, which
/// stays as it is, since it parts no segments.
fn models(path: &str) -> Result<Option<String>, &'static str> {
    let Some((name, verb)) = path.strip_prefix("/model/").and_then(|rest| rest.split_once('/')) else {
        return Ok(None);
    };
    if !name.contains("%3A") {
        return Ok(None);
    }
    if name.contains(':') || verb.contains(':') {
        return Err("the path writes its colons in two ways");
    }
    let pieces = name.split("%2F").map(unescape).collect::<Result<Vec<String>, _>>()?;
    let resource = pieces.len() == 1
        || (name.starts_with("arn%3Aaws")
            && pieces.len() == 2
            && pieces.iter().all(|piece| !piece.is_empty()));
    if !resource {
        return Err("the path has an escape that servers read differently");
    }
    Ok(Some(format!("/model/{}/{}", pieces.join("%2F"), unescape(verb)?)))
}

/// Undoes escapes of unreserved characters (RFC 3986 section 6.2.2.2); other escapes and odd characters are refused.
fn unescape(path: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let plain = match byte {
            b'%' => {
                let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
                let (Some(high), Some(low)) = (hex(bytes.next()), hex(bytes.next())) else {
                    return Err("the path has a broken escape");
                };
                let byte = u8::try_from(high * 16 + low).unwrap_or(0);
                // A colon needs no escape in a path, but AWS's clients write one in the names of models.
                if (!unreserved(byte) && byte != b':') || byte == b'.' {
                    return Err("the path has an escape that servers read differently");
                }
                byte
            }
            _ if unreserved(byte) || b"/:@!$&'()*+,=".contains(&byte) => byte,
            _ => return Err("the path has characters that servers read differently"),
        };
        out.push(char::from(plain));
    }
    Ok(out)
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn plain_query(query: &str) -> bool {
    let lower = query.to_ascii_lowercase();
    query.len() <= 2048
        && query.bytes().all(|byte| unreserved(byte) || b"=&%+,:@/[]*".contains(&byte))
        && !["%00", "%0a", "%0d"].iter().any(|escape| lower.contains(escape))
}

/// Whether a parameter stands for something outside the query: Google's servers take headers (`$httpHeaders`) and the method
/// (`$httpMethod`) from there.
fn overrides(query: &str) -> bool {
    const HARMLESS: &[&str] = &["$alt", "$fields", "$prettyPrint", "$.xgafv"];
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        name.starts_with('$') && !HARMLESS.contains(&name.as_ref())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(uri: &str) -> Option<String> {
        normalise(&uri.parse().unwrap()).ok().map(|target| target.path_and_query())
    }

    #[test]
    fn one_form_is_matched_and_forwarded() {
        for (written, meant) in [
            ("/v1/messages", "/v1/messages"),
            ("/v1/%6dessages", "/v1/messages"),
            ("/v1/models/a:b@c", "/v1/models/a:b@c"),
            ("/model/a.b-v1:0/invoke", "/model/a.b-v1:0/invoke"),
            ("/v1beta/models/m%3AcountTokens", "/v1beta/models/m:countTokens"),
            ("/v1/messages?beta=true", "/v1/messages?beta=true"),
            ("/v1/messages/", "/v1/messages/"),
            ("/v1/x?%24alt=json%3Benum-encoding%3Dint", "/v1/x?%24alt=json%3Benum-encoding%3Dint"),
        ] {
            assert_eq!(path(written).as_deref(), Some(meant), "{written}");
        }
    }

    /// What AWS's clients sign is sent on as they wrote it.
    #[test]
    fn names_of_models_are_matched_plain_and_sent_on_as_written() {
        for (written, matched) in [
            ("/model/a.b-v1%3A0/invoke", "/model/a.b-v1:0/invoke"),
            (
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fa.b-v1%3A0/converse",
                "/model/arn:aws:bedrock:us-east-1:1:inference-profile%2Fa.b-v1:0/converse",
            ),
        ] {
            let target = normalise(&written.parse().unwrap()).unwrap();
            assert_eq!((target.path.as_str(), target.path_and_query().as_str()), (matched, written));
        }
    }

    #[test]
    fn two_readings_are_refused() {
        for written in [
            "/model/a%3A0/x:y",
            "/model/a%3A0:1/invoke",
            "/model/a%2Fb%3A0/invoke",
            "/model/arn%3Aaws%2F/invoke",
            "/model/arn%3Aaws%2Fa%2Fb/invoke",
            "/model/arn%3Aaws%2F..%2Fb/invoke",
            "/model/arn%3Aaws%2F%2e/invoke",
            "/model/..%2Fa%3A0/invoke",
            "/v1%2Fmessages",
            "/v1%2fmessages",
            "/v1/%5Cx",
            "/v1/x%00",
            "/v1/%2e/x",
            "/v1/%2E%2E/x",
            "//v1/x",
            "/v1//x",
            "/v1/x;a=b",
            "/v1/./x",
            "/v1/../x",
            "/v1/x%",
            "/v1/x%2",
            "/v1/x%zz",
            "/v1/x%25",
            "/v1/x?a=%00",
            "/v1/x?a=%0D",
            "/v1/x?a=;b",
            "/v1/x?%24httpHeaders=content-type%3Atext/plain",
            "/v1/x?a=b&%24%68ttpMethod=GET",
            "*",
        ] {
            assert_eq!(path(written), None, "{written}");
        }
    }
}
