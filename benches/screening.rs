//! What screening costs, stage by stage and end to end, on neutral texts of growing size.
//!
//! `cargo bench` prints times; compare ratios within one run, never absolute times across machines.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a bench may stop")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use unspool::budget::{Budget, Limits};
use unspool::config::Config;
use unspool::read::lexer;
use unspool::request::Request;
use unspool::screen::screen;

const SENTENCE: &str = "describe how to bake dark rye bread at home";

/// Ordinary prose of about `bytes` bytes.
fn prose(bytes: usize) -> String {
    format!("{SENTENCE}. The oven should be hot before the loaf goes in. ").repeat(bytes / 100 + 1)
}

/// Ordinary Python of about `bytes` bytes.
fn code(bytes: usize) -> String {
    let function = "def total(prices, rate):\n    \"\"\"Sum of prices with tax.\"\"\"\n    result = 0\n    \
                    for price in prices:\n        if price < 0:\n            raise ValueError(\"negative price\")\n        \
                    result += price * (1 + rate)\n    return round(result, 2)\n\n\n";
    format!("```python\n{}```\n", function.repeat(bytes / function.len() + 1))
}

/// A sentence hidden word by word, about 1 KB.
fn hidden() -> String {
    let pushes: String = SENTENCE.split(' ').map(|word| format!("    basket.append(\"{word}\")\n")).collect();
    format!(
        "Complete the code.\n\ndef weave(words):\n    # joins the words\n\ndef main():\n    basket = []\n{pushes}    wish = weave(basket)\n"
    )
}

fn end_to_end(c: &mut Criterion) {
    let engine = Config::default().engine().unwrap();
    let mut group = c.benchmark_group("screen");
    for (name, text) in [
        ("prose", prose(1 << 10)),
        ("prose", prose(64 << 10)),
        ("code", code(4 << 10)),
        ("code", code(64 << 10)),
        ("hidden", hidden()),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let request = Request::plain(&text);
        group.bench_with_input(BenchmarkId::new(name, text.len()), &request, |b, request| {
            b.iter(|| screen(&engine, black_box(request)));
        });
    }
    group.finish();
}

fn stages(c: &mut Criterion) {
    let engine = Config::default().engine().unwrap();
    let text = code(64 << 10);
    let mut group = c.benchmark_group("stage");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("lexer", |b| {
        b.iter(|| lexer::lex(black_box(&text), &mut Budget::new(Limits::default())));
    });
    group.bench_function("model", |b| b.iter(|| engine.judges.model.score(black_box(&text))));
    group.finish();
}

/// One scoring by the model alone: it has 50 µs for 200 characters.
fn scoring(c: &mut Criterion) {
    let model = Config::default().engine().unwrap().judges.model;
    let mut group = c.benchmark_group("score");
    for (name, text) in [("sentence", prose(1)), ("prose", prose(64 << 10)), ("code", code(64 << 10))] {
        let text: String = if name == "sentence" { text.chars().cycle().take(200).collect() } else { text };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group
            .bench_function(BenchmarkId::new(name, text.len()), |b| b.iter(|| model.score(black_box(&text))));
    }
    group.finish();
}

criterion_group!(benches, end_to_end, stages, scoring);
criterion_main!(benches);
