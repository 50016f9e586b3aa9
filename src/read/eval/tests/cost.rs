//! What running a program costs, counted in steps and bytes, not in time.

use super::super::FindingKind::Built;
use super::*;

/// Functions of which each calls the next where nobody knows whether, and binds a few variables on two ways.
fn chained(count: usize) -> Build {
    let mut b = Build::default();
    let mut all = Vec::new();
    for at in 0..count {
        let mut ways = Vec::new();
        for _ in 0..2 {
            let mut body = Vec::new();
            for local in 0..6 {
                let value = b.text("rye bread");
                body.push(b.set(&format!("v{local}"), value));
            }
            let next = b.call(&format!("f{}", at + 1), &[]);
            let one = b.int(1);
            ways.push(if at % 2 == 0 { [body, vec![next]].concat() } else { [body, vec![one]].concat() });
        }
        let first = ways.pop().unwrap();
        let second = ways.pop().map(|way| way[..6].to_vec()).unwrap();
        let call = b.call(&format!("f{}", at + 1), &[]);
        let start = b.int(0);
        let start = b.set("v0", start);
        let unsure = b.unsure(&first, Some(&second));
        let nested = b.unsure(&[call], None);
        let body = if at % 2 == 0 { vec![start, unsure] } else { vec![start, unsure, nested] };
        all.push(b.function(&format!("f{at}"), &[], &body));
    }
    let word = b.text("done");
    let body = b.give(word);
    all.push(b.function(&format!("f{count}"), &[], &[body]));
    all.push(b.call("f0", &[]));
    b.root(&all);
    b
}

#[test]
fn a_branch_costs_what_it_changes() {
    let spent = |count: usize| {
        let mut budget = Budget::new(Limits::default());
        super::super::run(&chained(count).program, Codecs::none(), &mut budget);
        assert!(!budget.is_incomplete());
        budget.steps()
    };
    let [a, b, c] = [20, 40, 80].map(spent);
    assert!(b * 10 <= a * 23 && c * 10 <= b * 23, "{a} {b} {c}");
}

#[test]
fn what_is_held_no_longer_is_not_counted() {
    let mut b = Build::default();
    let text = "bake bread ".repeat(400);
    let all = b.text(&text);
    let empty = b.text("");
    let start = b.set("out", empty);
    let c = b.name("c");
    let out = b.name("out");
    let sum = b.binary(BinaryOp::Add, c, out);
    let set = b.set("out", sum);
    let unsure = b.unsure(&[set], None);
    let each = b.each("c", all, &[unsure]);
    let run = b.unsure(&[each], None);
    b.root(&[start, run]);
    let mut budget = Budget::new(Limits { value_bytes: 1 << 20, ..Limits::default() });
    let found = super::super::run(&b.program, Codecs::none(), &mut budget);
    assert!(!budget.is_incomplete(), "{:?}", budget.hits().collect::<Vec<_>>());
    let reversed: String = text.chars().rev().collect();
    check(&found, Built, reversed.trim());
    assert!(budget.value_bytes() < 1 << 18, "{} bytes are booked after the run", budget.value_bytes());
}

#[test]
fn values_that_are_kept_are_counted() {
    let mut b = Build::default();
    let word = b.text("bread ");
    let start = b.set("x", word);
    let list = b.node(Node::List(Vec::new()));
    let keep = b.set("kept", list);
    let x = b.name("x");
    let more = b.text("rye and wheat ");
    let grow = b.binary(BinaryOp::Add, x, more);
    let grow = b.set("x", grow);
    let (kept, x) = (b.name("kept"), b.name("x"));
    let push = b.method(kept, "push", Some(Op::Push), &[x]);
    let count = b.int(20_000);
    let run = b.each("n", count, &[grow, push]);
    b.root(&[start, keep, run]);
    let mut budget = Budget::new(Limits { value_bytes: 4 << 20, steps: 100_000_000, ..Limits::default() });
    let found = super::super::run(&b.program, Codecs::none(), &mut budget);
    assert!(budget.is_incomplete() || found.cut > 0);
}

#[test]
fn a_map_finds_its_keys_however_many_and_whatever_was_taken_out() {
    use super::super::heap::{Key, Map};
    use super::super::value::{Trace, Value};
    let text = |n: usize| Value::text(format!("key {n}"), Trace::default());
    let mut map = Map::default();
    for n in 0..40 {
        assert!(map.set(text(n), Value::Int(1)));
        assert!(!map.set(text(n), Value::Int(i64::try_from(n).unwrap())));
    }
    assert!(map.remove(&Key::of(&text(3)).unwrap()).is_some());
    assert!(map.remove(&Key::of(&text(3)).unwrap()).is_none());
    for n in (0..40).filter(|n| *n != 3) {
        let held = map.get(&Key::of(&text(n)).unwrap()).and_then(Value::as_int);
        assert_eq!(held, i64::try_from(n).ok());
    }
    assert!(map.is_keyed());
}
