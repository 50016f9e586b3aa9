//! One program in pieces over whatever a request has: fences, messages, roles, turns, tools, files, cells, alt texts.

use serde_json::{Value, json};

use unspool::config::Config;
use unspool::measure::replay::target::{folded, same_text};
use unspool::measure::replay::wrap::Rng;
use unspool::request::dialect::{DIALECTS, ReadLimits, read};
use unspool::screen::{Engine, screen};

use super::seed;
use super::shape::{SENTENCES, SHAPES};
use super::speech::{SPEECHES, Speech};
use crate::families::one_of;

/// How pieces of code become a body: the name, the API, the body. The second argument is the fence tag.
type Spread = (&'static str, &'static str, fn(&[String], &str) -> Value);

fn fenced(code: &str, tag: &str) -> String {
    format!("```{tag}\n{code}\n```")
}

fn said(role: &str, content: &str) -> Value {
    json!({ "role": role, "content": content })
}

fn chat(turns: Vec<Value>) -> Value {
    json!({ "model": "m", "messages": turns })
}

fn call(at: usize, arguments: &Value) -> Value {
    let function = json!({ "name": "run", "arguments": arguments.to_string() });
    json!({ "role": "assistant", "content": null, "tool_calls": [{ "id": format!("c{at}"), "type": "function", "function": function }] })
}

const SPREADS: &[Spread] = &[
    ("fences of one message", "openai", |pieces, tag| {
        let all: Vec<String> = pieces.iter().map(|piece| fenced(piece, tag)).collect();
        chat(vec![said("user", &all.join("\n\nThen comes this part:\n\n"))])
    }),
    ("files of one message", "openai", |pieces, tag| {
        let file = |(at, piece): (usize, &String)| format!("part{}.{tag}\n{}", at + 1, fenced(piece, tag));
        let all: Vec<String> = pieces.iter().enumerate().map(file).collect();
        chat(vec![said("user", &format!("Here are my files.\n\n{}", all.join("\n\n")))])
    }),
    ("messages", "openai", |pieces, tag| {
        chat(pieces.iter().map(|piece| said("user", &fenced(piece, tag))).collect())
    }),
    ("messages without fences", "openai", |pieces, _| {
        chat(pieces.iter().map(|piece| said("user", piece)).collect())
    }),
    ("turns with answers", "openai", |pieces, tag| {
        let turn =
            |piece: &String| [said("user", &fenced(piece, tag)), said("assistant", "Noted. Please go on.")];
        chat(pieces.iter().flat_map(turn).collect())
    }),
    ("roles", "openai", |pieces, tag| {
        let roles = ["system", "user", "assistant", "user"];
        chat(
            pieces
                .iter()
                .zip(roles.iter().cycle())
                .map(|(piece, role)| said(role, &fenced(piece, tag)))
                .collect(),
        )
    }),
    ("system and user", "anthropic", |pieces, tag| {
        let rest: Vec<String> = pieces[1..].iter().map(|piece| fenced(piece, tag)).collect();
        json!({ "model": "m", "system": fenced(&pieces[0], tag), "messages": [said("user", &rest.join("\n\n"))] })
    }),
    ("parts of one message", "openai", |pieces, tag| {
        let part = |piece: &String| json!({ "type": "text", "text": fenced(piece, tag) });
        chat(vec![json!({ "role": "user", "content": pieces.iter().map(part).collect::<Vec<_>>() })])
    }),
    ("tool arguments", "openai", |pieces, _| {
        let mut turns = vec![said("user", "Run my program.")];
        for (at, piece) in pieces.iter().enumerate() {
            turns.push(call(at, &json!({ "code": piece })));
            turns.push(json!({ "role": "tool", "tool_call_id": format!("c{at}"), "content": "ok" }));
        }
        chat(turns)
    }),
    ("tool results", "openai", |pieces, _| {
        let mut turns = vec![said("user", "Read the files.")];
        for (at, piece) in pieces.iter().enumerate() {
            turns.push(call(at, &json!({ "path": format!("part{at}") })));
            turns.push(json!({ "role": "tool", "tool_call_id": format!("c{at}"), "content": piece }));
        }
        chat(turns)
    }),
    ("tool results of Anthropic", "anthropic", |pieces, _| {
        let turn = |(at, piece): (usize, &String)| {
            let used =
                json!({ "type": "tool_use", "id": format!("t{at}"), "name": "read", "input": { "n": at } });
            let result = json!({ "type": "tool_result", "tool_use_id": format!("t{at}"), "content": [{ "type": "text", "text": piece }] });
            [
                json!({ "role": "assistant", "content": [used] }),
                json!({ "role": "user", "content": [result] }),
            ]
        };
        json!({ "model": "m", "messages": pieces.iter().enumerate().flat_map(turn).collect::<Vec<_>>() })
    }),
    ("JSON within a message", "openai", |pieces, _| {
        let steps: Vec<Value> = pieces.iter().map(|piece| json!({ "code": piece })).collect();
        chat(vec![said("user", &json!({ "steps": steps }).to_string())])
    }),
    ("JSON in a fence", "openai", |pieces, _| {
        chat(vec![said(
            "user",
            &format!("Run this:\n{}", fenced(&json!({ "cells": pieces }).to_string(), "json")),
        )])
    }),
    ("cells of a notebook", "openai", |pieces, _| {
        let cell = |piece: &String| {
            let lines: Vec<String> = piece.lines().map(|line| format!("{line}\n")).collect();
            json!({ "cell_type": "code", "source": lines })
        };
        let cells: Vec<Value> = pieces.iter().map(cell).collect();
        chat(vec![said("user", &json!({ "cells": cells, "nbformat": 4 }).to_string())])
    }),
    (
        "items of Responses",
        "openai_responses",
        |pieces, tag| json!({ "input": pieces.iter().map(|piece| said("user", &fenced(piece, tag))).collect::<Vec<_>>() }),
    ),
    ("parts of Gemini", "gemini", |pieces, tag| {
        let parts: Vec<Value> = pieces.iter().map(|piece| json!({ "text": fenced(piece, tag) })).collect();
        json!({ "contents": [{ "role": "user", "parts": parts }] })
    }),
    ("instructions and contents of Gemini", "gemini", |pieces, tag| {
        let parts: Vec<Value> =
            pieces[1..].iter().map(|piece| json!({ "text": fenced(piece, tag) })).collect();
        json!({ "systemInstruction": { "parts": [{ "text": pieces[0] }] }, "contents": [{ "role": "user", "parts": parts }] })
    }),
    (
        "instructions of Responses",
        "openai_responses",
        |pieces, tag| json!({ "instructions": fenced(&pieces[0], tag), "input": pieces[1..].join("\n") }),
    ),
];

/// A way for single words to stand in a message: its name and the message.
type Listing = (&'static str, fn(&[&str]) -> String);

const WORDS: &[Listing] = &[
    ("alt texts", |words| {
        let image = |(at, word): (usize, &&str)| format!("![{word}](image{at}.png)");
        format!("Look at these:\n{}", words.iter().enumerate().map(image).collect::<Vec<_>>().join("\n"))
    }),
    ("alt texts in a row", |words| {
        let image = |(at, word): (usize, &&str)| format!("![{word}](i{at}.jpg)");
        words.iter().enumerate().map(image).collect::<Vec<_>>().join(" ")
    }),
    ("alt attributes", |words| {
        words.iter().map(|word| format!("<img src=\"a.png\" alt=\"{word}\">")).collect::<Vec<_>>().join("\n")
    }),
    ("link texts", |words| {
        words.iter().map(|word| format!("- [{word}](https://example.com/a)")).collect::<Vec<_>>().join("\n")
    }),
    ("file names", |words| {
        format!(
            "My folder holds:\n{}",
            words.iter().map(|word| format!("{word}.txt")).collect::<Vec<_>>().join("\n")
        )
    }),
    ("numbered file names", |words| {
        let name = |(at, word): (usize, &&str)| format!("{:02}_{word}.md", at + 1);
        words.iter().enumerate().map(name).collect::<Vec<_>>().join("\n")
    }),
    ("numbered files out of order", |words| {
        let name = |(at, word): (usize, &&str)| format!("{}-{word}.py", at + 1);
        let mut names: Vec<String> = words.iter().enumerate().map(name).collect();
        let middle = names.len() / 2;
        names.rotate_left(middle);
        format!("Files, to be read by their number:\n{}", names.join("\n"))
    }),
    ("headings", |words| {
        words.iter().map(|word| format!("## {word}\n\nTo do.\n")).collect::<Vec<_>>().join("\n")
    }),
    ("a list", |words| words.iter().map(|word| format!("- {word}")).collect::<Vec<_>>().join("\n")),
    ("a numbered list", |words| {
        words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("{}. {word}", at + 1))
            .collect::<Vec<_>>()
            .join("\n")
    }),
    ("a table", |words| {
        let row = |(at, word): (usize, &&str)| format!("| {} | {word} |", at + 1);
        format!(
            "| n | word |\n|---|---|\n{}",
            words.iter().enumerate().map(row).collect::<Vec<_>>().join("\n")
        )
    }),
    ("rows of CSV", |words| {
        let row = |(at, word): (usize, &&str)| format!("{},{word}", at + 1);
        format!("id,word\n{}", words.iter().enumerate().map(row).collect::<Vec<_>>().join("\n"))
    }),
    ("footnotes", |words| {
        words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("[^{}]: {word}", at + 1))
            .collect::<Vec<_>>()
            .join("\n")
    }),
    ("check boxes", |words| words.iter().map(|word| format!("- [ ] {word}")).collect::<Vec<_>>().join("\n")),
    ("options", |words| {
        words.iter().map(|word| format!("<option>{word}</option>")).collect::<Vec<_>>().join("\n")
    }),
    ("environment", |words| {
        words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("WORD_{}={word}", at + 1))
            .collect::<Vec<_>>()
            .join("\n")
    }),
];

fn is_read(engine: &Engine, api: &str, body: &Value, wanted: &str) -> bool {
    let dialect = DIALECTS.iter().copied().find(|dialect| dialect.name == api).unwrap();
    let request = read(dialect, body.to_string().into(), &ReadLimits::default()).unwrap();
    let wanted = folded(wanted);
    screen(engine, &request).candidates.iter().any(|found| same_text(&found.text, &wanted))
}

/// Lines of code in `count` pieces, never cut within a function.
fn pieces(code: &str, count: usize) -> Vec<String> {
    let lines: Vec<&str> = code.lines().collect();
    (0..count).map(|at| lines[at * lines.len() / count..(at + 1) * lines.len() / count].join("\n")).collect()
}

fn case(spread: &Spread, speech: &Speech, shape: usize, round: u64) -> (Value, &'static str) {
    let (name, _, body) = spread;
    let (shape, write) = SHAPES[shape];
    let mut rng = Rng::new(seed(&[name, speech.name, shape], round));
    let sentence = SENTENCES[rng.below(SENTENCES.len())];
    let program = write(speech, sentence, &mut rng);
    let count = 2 + rng.below(3);
    (body(&pieces(&program.code, count), speech.fence), sentence)
}

/// Reads every spread with each `step`th language in the shapes that fill a container; gives what was missed.
fn run(step: usize) -> (usize, Vec<String>) {
    let engine = Config::default().engine().unwrap();
    let (mut ran, mut missed) = (0, Vec::new());
    for (at, spread) in SPREADS.iter().enumerate() {
        for speech in SPEECHES.iter().skip(at % step).step_by(step) {
            for shape in [0, 1, 2, 7] {
                let (body, sentence) = case(spread, speech, shape, 0);
                ran += 1;
                if !is_read(&engine, spread.1, &body, sentence) {
                    missed.push(format!(
                        "{} / {} / {}: {sentence}\n{body}",
                        spread.0, speech.name, SHAPES[shape].0
                    ));
                }
            }
        }
    }
    (ran, missed)
}

#[test]
fn a_program_in_pieces_is_read_as_one() {
    let (ran, missed) = run(5);
    assert!(ran >= 400, "only {ran} bodies");
    assert!(missed.len() * 33 <= ran, "{} of {ran} missed; the first:\n{}", missed.len(), missed[0]);
}

#[test]
#[ignore = "takes minutes: every language"]
fn a_program_in_pieces_is_read_as_one_in_every_language() {
    let (ran, missed) = run(1);
    let mut by_spread: Vec<String> =
        missed.iter().filter_map(|miss| miss.split(": ").next()).map(str::to_owned).collect();
    by_spread.sort();
    eprintln!("pieces: {} of {ran} read\n{}", ran - missed.len(), by_spread.join("\n"));
    assert!(missed.len() * 33 <= ran, "{} of {ran} missed; the first:\n{}", missed.len(), missed[0]);
}

#[test]
fn words_where_a_message_has_names_are_read_in_order() {
    let engine = Config::default().engine().unwrap();
    let (mut ran, mut missed) = (0, Vec::new());
    for (name, write) in WORDS {
        for round in 0..6 {
            let mut rng = Rng::new(seed(&[name], round));
            // Names of files hold no signs.
            let sentence =
                one_of(&mut rng, &[SENTENCES[0], SENTENCES[5], SENTENCES[7], SENTENCES[10], SENTENCES[11]]);
            let words: Vec<&str> = sentence.split(' ').collect();
            let body = chat(vec![said("user", &write(&words))]);
            ran += 1;
            if !is_read(&engine, "openai", &body, sentence) {
                missed.push(format!("{name}: {sentence}\n{body}"));
            }
        }
    }
    assert!(missed.len() * 33 <= ran, "{} of {ran} missed:\n{}", missed.len(), missed.join("\n"));
}
