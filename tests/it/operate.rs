//! What operators change while the proxy runs, and what callers cannot: reload, policy, exclusions.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;

use unspool::config::Config;
use unspool::judge::classify::Judges;
use unspool::judge::classify::model::Model;
use unspool::screen::Engine;
use unspool::serve::{Reload, Running, Settings, start};

use super::proxy::{post, send, status};

/// A folder with a config and rules, and a proxy that lives by them.
pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) running: Running,
}

type Loaded = Result<(Settings, Arc<Engine>), String>;

fn load(config: &Path) -> Loaded {
    let read = Config::from_file(config).map_err(|error| error.0)?;
    let mut engine = read.engine().map_err(|error| error.0)?;
    if read.model_path.is_none() {
        // Rules alone decide in these tests.
        engine.judges = Judges { model: Arc::new(Model::blank()), ..engine.judges };
    }
    let mut settings = read.settings().map_err(|error| error.0)?;
    let again = config.to_owned();
    let watch = std::iter::once(config.to_owned()).chain(read.reads()).collect();
    settings.reload = Some(Reload { load: Arc::new(move || load(&again)), watch });
    Ok((settings, Arc::new(engine)))
}

pub(super) fn rule(word: &str, extra: &str) -> String {
    format!(
        "[[rule]]\nid = \"kitchen.bread\"\ncategory = \"S2\"\nwhy = \"asks for bread\"\nblocks = true\n{extra}\n\
         match = [{{ near = [[\"bake\"], [\"{word}\"]], within = 4 }}]\nblock = [\"bake {word} bread\"]\nallow = [\"eat {word}\"]\n"
    )
}

/// Starts a proxy over a config that has `extra` at its end.
pub(super) async fn world(rules: &str, extra: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::write(folder.path().join("rules/kitchen.toml"), rules).unwrap();
    let config = folder.path().join("unspool.toml");
    fs::write(&config, written(folder.path(), extra)).unwrap();
    let (settings, engine) = load(&config).unwrap();
    let running = start(settings, engine).await.unwrap();
    World { folder, running }
}

fn written(folder: &Path, extra: &str) -> String {
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\ncheck = \"127.0.0.1:0\"\next_proc = \"127.0.0.1:0\"\n[upstream]\nurl = \"echo:\"\n[rules]\npaths = [{:?}]\n{extra}\n",
        folder.join("rules")
    )
}

impl World {
    fn rules(&self) -> PathBuf {
        self.folder.path().join("rules/kitchen.toml")
    }

    /// The answer to a chat request.
    pub(super) async fn ask(&self, text: &str, fields: &str, model: &str) -> String {
        let body =
            serde_json::json!({"model": model, "messages": [{"role": "user", "content": text}]}).to_string();
        let fields = format!("Content-Type: application/json\r\n{fields}");
        send(self.running.addr(), &post("/v1/chat/completions", &fields, body.as_bytes())).await
    }

    async fn status(&self, text: &str) -> u16 {
        status(&self.ask(text, "", "m").await)
    }

    pub(super) async fn admin(&self, path: &str) -> String {
        let addr = self.running.admin_addr().unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
        send(addr, request.as_bytes()).await
    }

    /// Waits for a line of the metrics.
    pub(super) async fn metric(&self, line: &str) {
        for _ in 0..100 {
            if self.admin("/metrics").await.contains(line) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("no {line:?} in {}", self.admin("/metrics").await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_file_is_in_force_soon_and_a_bad_one_never() {
    let world = world(&rule("rye", ""), "").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (400, 200));
    fs::write(world.rules(), rule("oat", "")).unwrap();
    world.metric("unspool_reloads_total{result=\"ok\"} 1").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (200, 400));
    fs::write(world.rules(), rule("rye", "wieght = 1.0")).unwrap();
    world.metric("unspool_reloads_total{result=\"failed\"} 1").await;
    world.metric("unspool_reload_failing 1").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (200, 400));
    let page = world.admin("/console/state").await;
    assert!(page.contains("kitchen.toml:6") && page.contains("did you mean `weight`"), "{page}");
    // A rule whose own example fails is as bad as one that cannot be read.
    fs::write(world.rules(), rule("rye", "").replace("block = [\"bake rye", "block = [\"knead rye")).unwrap();
    world.metric("unspool_reloads_total{result=\"failed\"} 2").await;
    fs::write(world.rules(), rule("rye", "")).unwrap();
    world.metric("unspool_reload_failing 0").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (400, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_config_is_read_again_too() {
    let world = world(&rule("rye", ""), "[policy]\nmode = \"block\"").await;
    let config = world.folder.path().join("unspool.toml");
    fs::write(&config, written(world.folder.path(), "[policy]\nmode = \"monitor\"")).unwrap();
    world.metric("unspool_reloads_total{result=\"ok\"} 1").await;
    let answer = world.ask("bake rye bread", "", "m").await;
    assert!(status(&answer) == 200 && answer.contains("x-unspool-action: would_block"), "{answer}");
    fs::write(&config, "[policy]\nmode = \"blok\"\n").unwrap();
    world.metric("unspool_reloads_total{result=\"failed\"} 1").await;
    assert_eq!(world.status("bake rye bread").await, 200);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turned_link_is_a_change() {
    use std::os::unix::fs::symlink;
    let world = world(&rule("rye", ""), "").await;
    let rules = world.folder.path().join("rules");
    // As the kubelet lays a ConfigMap out: files are links into `..data`, which is a link to a folder of its own.
    for (state, word) in [("..1", "rye"), ("..2", "oat")] {
        fs::create_dir(rules.join(state)).unwrap();
        fs::write(rules.join(state).join("kitchen.toml"), rule(word, "")).unwrap();
    }
    symlink("..1", rules.join("..data")).unwrap();
    fs::remove_file(world.rules()).unwrap();
    symlink("..data/kitchen.toml", world.rules()).unwrap();
    world.metric("unspool_reloads_total{result=\"unchanged\"}").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (400, 200));
    symlink("..2", rules.join("..new")).unwrap();
    fs::rename(rules.join("..new"), rules.join("..data")).unwrap();
    world.metric("unspool_reloads_total{result=\"ok\"} 1").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (200, 400));
}

/// What stands at the place of the rules, and why it cannot be used (G3).
type Unusable = (&'static str, fn(&World));

const UNUSABLE: &[Unusable] = &[
    ("no TOML", |world| fs::write(world.rules(), "[[rule]\nid = ").unwrap()),
    ("a key nobody knows", |world| fs::write(world.rules(), rule("oat", "wieght = 1.0")).unwrap()),
    ("a broken regex", |world| {
        let broken =
            rule("oat", "").replace("{ near = [[\"bake\"], [\"oat\"]], within = 4 }", "{ regex = \"(oat\" }");
        fs::write(world.rules(), broken).unwrap();
    }),
    ("a regex that is too large", |world| {
        let large = rule("oat", "")
            .replace("{ near = [[\"bake\"], [\"oat\"]], within = 4 }", "{ regex = \"(oat{1,999}){1,999}\" }");
        fs::write(world.rules(), large).unwrap();
    }),
    ("an example that fails", |world| {
        fs::write(world.rules(), rule("oat", "").replace("block = [\"bake oat", "block = [\"knead oat"))
            .unwrap();
    }),
    ("bytes that are no text", |world| fs::write(world.rules(), [0xff, 0xfe, 0, 1].repeat(50)).unwrap()),
    ("half of a file", |world| {
        let whole = rule("oat", "");
        fs::write(world.rules(), &whole[..whole.len() / 2]).unwrap();
    }),
    ("a file of 100 MB", |world| {
        let file = fs::File::create(world.rules()).unwrap();
        file.set_len(100 << 20).unwrap();
    }),
    ("a link to itself", |world| {
        fs::remove_file(world.rules()).unwrap();
        std::os::unix::fs::symlink(world.rules(), world.rules()).unwrap();
    }),
    ("no file at all", |world| fs::remove_file(world.rules()).unwrap()),
    ("no folder", |world| fs::remove_dir_all(world.folder.path().join("rules")).unwrap()),
];

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_unusable_comes_into_force() {
    let world = world(&rule("rye", ""), "").await;
    for (failed, (name, spoil)) in (1..).zip(UNUSABLE) {
        spoil(&world);
        world.metric(&format!("unspool_reloads_total{{result=\"failed\"}} {failed}")).await;
        world.metric("unspool_reload_failing 1").await;
        let found = (world.status("bake rye bread").await, world.status("bake oat bread").await);
        assert_eq!(found, (400, 200), "{name}");
        assert!(world.admin("/readyz").await.starts_with("HTTP/1.1 200"), "{name}");
    }
    fs::create_dir(world.folder.path().join("rules")).unwrap();
    fs::write(world.rules(), rule("oat", "")).unwrap();
    world.metric("unspool_reload_failing 0").await;
    assert_eq!((world.status("bake rye bread").await, world.status("bake oat bread").await), (200, 400));
}

/// G4: a model that cannot be used is no start, and does not come into force.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_damaged_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unspool.model");
    let good = Model::embedded().unwrap().to_bytes().unwrap();
    fs::write(&path, &good).unwrap();
    let world = world(&rule("rye", ""), &format!("[model]\npath = {path:?}\n")).await;
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut newer = good.clone();
    newer[8] = 99;
    let damaged: [(&str, Option<&[u8]>); 5] = [
        ("half of it", Some(&good[..good.len() / 2])),
        ("a bit turned over", Some(&flipped)),
        ("another format", Some(&newer)),
        ("another file", Some(b"no model")),
        ("no file", None),
    ];
    for (failed, (name, bytes)) in (1..).zip(damaged) {
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        world.metric(&format!("unspool_reloads_total{{result=\"failed\"}} {failed}")).await;
        assert_eq!(
            (world.status("bake rye bread").await, world.status("eat rye bread").await),
            (400, 200),
            "{name}"
        );
        let error = load(&world.folder.path().join("unspool.toml")).unwrap_err();
        assert!(error.contains("unspool.model"), "{name}: {error}");
    }
    fs::write(&path, &good).unwrap();
    world.metric("unspool_reload_failing 0").await;
}

/// G5: however often the files change, a request is judged by one state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_rule_file_does_not_count_as_no_rules() {
    let world = world(&rule("rye", ""), "").await;
    fs::write(world.rules(), "").unwrap();
    world.metric("unspool_reloads_total{result=\"failed\"} 1").await;
    assert_eq!(world.status("bake rye bread").await, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_are_never_mixed() {
    let world = world(&rule("rye", ""), "").await;
    let writing = async {
        for number in 0..40 {
            fs::write(world.rules(), rule(["oat", "rye"][number % 2], "")).unwrap();
            sleep(Duration::from_millis(15)).await;
        }
        fs::write(world.rules(), rule("oat", "")).unwrap();
    };
    let asking = async {
        for _ in 0..40 {
            // Under either state one of the two is blocked, and one is not.
            let answer = world.ask("bake rye bread, or bake oat bread", "", "m").await;
            assert_eq!(status(&answer), 400, "{answer}");
            assert_eq!(world.status("eat oat or rye").await, 200);
        }
    };
    tokio::join!(writing, asking);
    for _ in 0..200 {
        if world.status("bake oat bread").await == 400 && world.status("bake rye bread").await == 200 {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the last state did not come into force");
}

fn key_hash(key: &str) -> String {
    let hash: String = unspool::serve::policy::hashed(key).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_is_by_key_model_and_route_and_never_by_the_callers_wish() {
    let extra = format!(
        "[[override]]\nname = \"batch\"\nkeys = [\"{}\"]\nmode = \"monitor\"\n\
         [[override]]\nname = \"soft\"\nmodels = [\"soft-*\"]\nrespond = \"refusal\"\nmessage = \"No {{category}}, {{request_id}}\"\n",
        key_hash("sk-batch")
    );
    let world = world(&rule("rye", ""), &extra).await;
    let bearer = |key: &str| format!("Authorization: Bearer {key}\r\n");
    let watched = world.ask("bake rye bread", &bearer("sk-batch"), "m").await;
    assert!(status(&watched) == 200 && watched.contains("x-unspool-action: would_block"), "{watched}");
    let soft = world.ask("bake rye bread", &bearer("sk-other"), "soft-1").await;
    assert!(status(&soft) == 200 && soft.contains("No S2, ") && soft.contains("content_filter"), "{soft}");
    let two = format!("{}x-api-key: sk-other\r\n", bearer("sk-batch"));
    let both = world.ask("bake rye bread", &two, "m").await;
    assert!(status(&both) == 400 && both.contains("two_keys"), "{both}");
    for wish in [
        "x-unspool-mode: monitor\r\n",
        "x-unspool-policy: batch\r\n",
        "x-unspool-action: forward\r\n",
        "x-portkey-config: {}\r\nx-litellm-disable-guardrails: true\r\n",
        "Authorization: sha256:batch\r\n",
        "Cookie: mode=monitor\r\n",
    ] {
        assert_eq!(status(&world.ask("bake rye bread", wish, "m").await), 400, "{wish}");
    }
    let body = r#"{"model":"m","mode":"monitor","policy":"batch","guardrails":[],"unspool":{"mode":"monitor"},
        "metadata":{"mode":"monitor"},"messages":[{"role":"user","content":"bake rye bread"}]}"#;
    for path in ["/v1/chat/completions", "/v1/chat/completions?mode=monitor&policy=batch"] {
        let request = post(path, "Content-Type: application/json\r\n", body.as_bytes());
        assert_eq!(status(&send(world.running.addr(), &request).await), 400, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_on_trial_and_an_excluded_rule_block_nothing() {
    let trial = world(&rule("rye", "mode = \"monitor\""), "").await;
    let answer = trial.ask("bake rye bread", "", "m").await;
    assert!(status(&answer) == 200 && answer.contains("x-unspool-action: would_block"), "{answer}");
    let exclude = "[[exclude]]\nrules = [\"kitchen.*\"]\nmodels = [\"m\"]\nreason = \"a bakery\"\nuntil = ";
    let out = world(&rule("rye", ""), &format!("{exclude}\"2999-01-01\"")).await;
    assert_eq!(status(&out.ask("bake rye bread", "", "m").await), 200);
    assert_eq!(status(&out.ask("bake rye bread", "", "n").await), 400);
    let expired = world(&rule("rye", ""), &format!("{exclude}\"2001-01-01\"")).await;
    assert_eq!(status(&expired.ask("bake rye bread", "", "m").await), 400);
}
