use super::*;

#[test]
fn an_empty_file_is_the_default() {
    let config = Config::from_toml("", &"x.toml").unwrap();
    assert_eq!(config.policy, Policy::default());
    assert!(config.settings().is_err_and(|error| error.0.contains("--upstream")));
}

/// The documented file.
const DOCUMENTED: &str = include_str!("../../docs/unspool.toml");

#[test]
fn the_documented_file_says_the_defaults() {
    let mut config = Config::from_toml(DOCUMENTED, &"unspool.toml").unwrap();
    assert_eq!(config.listen, Some(Settings::new(Upstream::Echo).listen));
    (config.upstream, config.listen) = (Some(Upstream::Echo), None);
    (config.upstreams.link.connect, config.upstreams.link.first_byte) = (None, None);
    let usual = Config { upstream: Some(Upstream::Echo), ..Config::default() };
    assert_eq!(format!("{:?}", config.settings().unwrap()), format!("{:?}", usual.settings().unwrap()));
    (config.capacity, config.upstream) = (Capacity::default(), None);
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
}

#[test]
fn the_documented_file_has_every_key() {
    let is_key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let opens = |line: &str| line.starts_with("[[");
    let bare = |line: &'static str| {
        line.strip_prefix("# ").filter(|rest| is_key(rest) || opens(rest)).unwrap_or(line)
    };
    // Variables that are not set here.
    let unset = ["api_key_env", "headers_env", "store_env"];
    let from_env = |line: &&str| unset.iter().any(|key| line.contains(key));
    let one = DOCUMENTED.lines().filter(|line| !from_env(line));
    let all = one.map(bare).collect::<Vec<_>>().join("\n");
    assert!(Config::from_toml(&all, &"unspool.toml").unwrap().model_path.is_some());
    let table: toml::Table = toml::from_str(&all).unwrap();
    for (section, keys) in &table {
        let (open, keys) = match keys {
            toml::Value::Array(many) => {
                let tables = many.iter().flat_map(|table| table.as_table().unwrap().clone());
                (format!("[[{section}]]"), tables.collect())
            }
            one => (format!("[{section}]"), one.as_table().unwrap().clone()),
        };
        let error = Config::from_toml(&format!("{open}\nzz = 1\n"), &"x").unwrap_err().0;
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert!(!known.is_empty(), "{error}");
        for key in known {
            let written = keys.contains_key(key) || key.starts_with("api_key_") || unset.contains(&key);
            assert!(DOCUMENTED.contains(key), "{key} is not documented");
            let named = section == "upstream" && key == "name";
            assert!(written || named, "[{section}] {key} is not documented");
        }
    }
    assert_eq!(table.len(), 15);
}

#[test]
fn several_upstreams_and_their_routes() {
    let text = include_str!("../../docs/several-upstreams.toml");
    let raw: Raw = toml::from_str(text).unwrap();
    let env = |name: &str| Some(format!("secret of {name}"));
    let all = Upstreams::meant(&raw.upstream, &raw.route, &env).unwrap();
    assert_eq!(all.usual.as_ref().unwrap().to_string(), "https://api.openai.com");
    let names: Vec<String> = all.others.iter().map(|other| other.upstream.to_string()).collect();
    assert_eq!(names, ["https://api.anthropic.com", "https://llm.internal:8443/gateway"]);
    assert_eq!(all.routes.iter().map(|route| route.to).collect::<Vec<_>>(), [1, 1, 2]);
    assert!(!format!("{all:?}").contains("secret of"), "a key shows in Debug");
    let missing = Upstreams::meant(&raw.upstream, &raw.route, &|_| None).unwrap_err().1;
    assert!(missing.contains("ANTHROPIC_API_KEY"), "{missing}");
}

#[test]
fn upstreams_that_make_no_sense_are_refused() {
    let two = "[[upstream]]\nname = \"a\"\nurl = \"echo:\"\n[[upstream]]\nname = \"b\"\nurl = \"echo:\"\n";
    for (text, word) in [
        ("[[upstream]]\nurl = \"echo:\"\n[[upstream]]\nurl = \"echo:\"\n", "needs a name"),
        ("[[upstream]]\nurl = \"echo:\"\nurll = 1\n", "did you mean `url`"),
        ("upstream = 3\n", "[[upstream]]"),
        (&format!("{two}[[route]]\npath = \"/x\"\nupstream = \"c\"\n"), "no [[upstream]] has the name"),
        (&format!("{two}[[route]]\nupstream = \"b\"\n"), "which requests"),
        (&format!("{two}[[route]]\npath = \"x\"\nupstream = \"b\"\n"), "slash"),
        (&format!("{two}[[route]]\nmodels = [\"m\"]\nupstream = \"b\"\n"), "callers' keys"),
        (&format!("{two}[[upstream]]\nname = \"a\"\nurl = \"echo:\"\n"), "two upstreams"),
        ("[upstream]\napi_key_env = \"UNSPOOL_NO_SUCH_VARIABLE\"\n", "UNSPOOL_NO_SUCH_VARIABLE"),
        ("[upstream]\nclient_cert = \"x\"\n", "client_key"),
        ("[upstream]\nadd_headers = { \"a b\" = \"c\" }\n", "no header name"),
        ("[server]\ntls_cert = \"x\"\n", "tls_key"),
    ] {
        let error = Config::from_toml(text, &"x.toml").unwrap_err().0;
        assert!(error.contains(word), "{text:?} → {error}");
    }
}

#[test]
fn every_section_is_taken() {
    let text = "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n[upstream]\nurl = \"echo:\"\n\
        [policy]\nmode = \"monitor\"\nstrictness = 3\nrespond = \"refusal\"\nexpose = true\nhistory = \"latest_turn\"\n\
        [limits]\nbody_bytes = 1000\nsteps = 7\n[rules]\npaths = [\"r\"]\n[model]\npath = \"m\"\n";
    let config = Config::from_toml(text, &"x.toml").unwrap();
    let settings = config.settings().unwrap();
    assert_eq!((settings.read.body_bytes, config.limits.steps, config.policy.strictness), (1000, 7, 3));
    assert_eq!(settings.upstream, Upstream::Echo);
    assert!(settings.answer.expose && settings.admin.is_some() && config.model_path.is_some());
}

#[test]
fn a_wrong_key_names_file_line_and_the_nearest_key() {
    for (text, line, word) in [
        ("[server]\nlisen = \"x\"\n", 2, "did you mean `listen`"),
        ("[policy]\n\nstrictnes = 2\n", 3, "did you mean `strictness`"),
        ("[polcy]\n", 1, "did you mean `policy`"),
        ("[policy]\nmode = \"blok\"\n", 2, "did you mean `block`"),
        ("[policy]\nmode = 3\n", 2, "x.toml"),
        ("[server]\nlisten = \"nowhere\"\n", 2, "127.0.0.1:8080"),
        ("[policy]\nstrictness = 5\n", 2, "1 (fewest"),
        ("[upstream]\nurl = \"ftp://x\"\n", 2, "https://api.openai.com"),
        ("[telemetry]\notlp = \"localhost\"\n", 2, "http://127.0.0.1:4318"),
        ("[state]\nstore = \"sqlite://x\"\n", 2, "redis://127.0.0.1:6379"),
        ("[state]\nstore = \"redis://h:port\"\n", 2, "cannot be used"),
        ("[state]\nstore_env = \"UNSPOOL_NO_SUCH_VARIABLE\"\n", 2, "UNSPOOL_NO_SUCH_VARIABLE"),
        ("[state]\nstore = \"off\"\nstore_env = \"A\"\n", 3, "one of them"),
        (
            "[telemetry]\notlp = \"http://h\"\nheaders_env = \"UNSPOOL_NO_SUCH_VARIABLE\"\n",
            3,
            "UNSPOOL_NO_SUCH_VARIABLE",
        ),
        ("[telemetry]\nshare = 2.0\n", 2, "between 0.0 and 1.0"),
        ("[routes]\nany = [\"generate\"]\n", 2, "/custom/generate"),
        ("[routes]\nany = [\"/agents/{id/ask\"]\n", 2, "/agents/{id}/ask"),
        ("[routes]\nallow = [\"/agents/{a}{b}\"]\n", 2, "/agents/{id}/ask"),
        ("[unread]\nimage = \"ignore\"\n", 2, "forward"),
        ("[server\n", 1, "x.toml"),
    ] {
        let error = Config::from_toml(text, &"x.toml").unwrap_err().0;
        assert!(error.starts_with(&format!("x.toml:{line}:")) && error.contains(word), "{text:?} → {error}");
    }
}
