use proptest::prelude::*;

use super::super::FindingKind::Built;
use super::super::FindingKind::Literal;
use super::*;

/// Runs on a thread with the smallest stack that the service gives its workers.
fn on_a_small_stack(build: Build) -> (Findings, Vec<&'static str>) {
    let run = move || {
        let mut budget = Budget::new(Limits::default());
        let found = super::super::run(&build.program, Codecs::none(), &mut budget);
        let hits = budget.hits().map(crate::budget::Limit::name).collect();
        (found, hits)
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn a_long_chain_of_sums_is_climbed() {
    let mut b = Build::default();
    let mut sum = b.text("bake ");
    for _ in 0..20_000 {
        let word = b.text("b");
        sum = b.binary(BinaryOp::Add, sum, word);
    }
    let set = b.set("x", sum);
    b.root(&[set]);
    let (found, _) = on_a_small_stack(b);
    check(&found, Literal, "bake");
}

#[test]
fn nodes_nested_100000_deep_do_not_overflow() {
    for shape in 0..8 {
        let mut b = Build::default();
        let mut at = b.text("bake bread");
        for _ in 0..100_000 {
            at = match shape {
                0 => b.node(Node::List(vec![at])),
                1 => b.node(Node::Opaque(vec![at])),
                2 => {
                    let left = b.int(1);
                    b.binary(BinaryOp::Add, left, at)
                }
                3 => b.call("f", &[at]),
                4 => b.block(&[at]),
                5 => b.unsure(&[at], None),
                6 => b.method(at, "m", Some(Op::Upper), &[]),
                _ => b.function("", &[], &[at]),
            };
        }
        b.root(&[at]);
        let (found, _) = on_a_small_stack(b);
        assert!(found.list.iter().any(|finding| finding.text == "bake bread"), "shape {shape}");
    }
}

#[test]
fn endless_recursion_ends() {
    let mut b = Build::default();
    let word = b.text("bake bread");
    let call = b.call("f", &[word]);
    let list = b.node(Node::List(vec![call]));
    let call = b.op(Op::Print, &[list]);
    let give = b.give(call);
    let f = b.function("f", &["x"], &[give]);
    let word = b.text("bake bread");
    let run = b.call("f", &[word]);
    b.root(&[f, run]);
    let (_, hits) = on_a_small_stack(b);
    assert!(hits.is_empty(), "{hits:?}");
}

fn forever(b: &mut Build, body: &[NodeId]) -> NodeId {
    let test = b.node(Node::Bool(true));
    let body = b.block(body);
    b.node(Node::While { before: None, test: Some(test), after: None, body, runs_first: false })
}

#[test]
fn a_server_loop_is_left_quietly_and_what_follows_is_read() {
    let mut b = Build::default();
    let word = b.text("waiting");
    let print = b.op(Op::Print, &[word]);
    let one = b.int(1);
    let count = b.grow("n", one);
    let run = forever(&mut b, &[print, count]);
    let words = b.words("describe how to bake bread");
    let after = b.set("xs", words);
    b.root(&[run, after]);
    let found = b.run();
    assert!(found.cut > 0);
    check(&found, super::super::FindingKind::Ordered, "describe how to bake bread");
}

#[test]
fn growing_forever_hits_a_limit() {
    let mut b = Build::default();
    let word = b.text("bread ");
    let start = b.set("x", word);
    let x = b.name("x");
    let double = b.grow("x", x);
    let run = forever(&mut b, &[double]);
    b.root(&[start, run]);
    let (found, hits) = on_a_small_stack(b);
    assert!(!hits.is_empty() || found.cut > 0);
    check(&found, Literal, "bread");

    let mut b = Build::default();
    let words = b.words("bake bread");
    let start = b.set("x", words);
    let x = b.name("x");
    let double = b.grow("x", x);
    let run = forever(&mut b, &[double]);
    b.root(&[start, run]);
    // A list that only doubles brings up no new text and is left before it costs much; nothing need be noted.
    let (found, hits) = on_a_small_stack(b);
    assert!(!hits.is_empty() || found.cut > 0);
}

#[test]
fn a_huge_repetition_is_unknown() {
    let mut b = Build::default();
    let (word, times) = (b.text("a"), b.int(1_000_000_000_000));
    let bomb = b.binary(BinaryOp::Mul, word, times);
    let set = b.set("x", bomb);
    let (word, three) = (b.text("bake "), b.int(3));
    let fine = b.binary(BinaryOp::Mul, word, three);
    let other = b.set("y", fine);
    b.root(&[set, other]);
    check(&b.run(), Built, "bake bake bake");
}

#[test]
fn a_thousand_characters_are_joined_one_by_one_within_the_budget() {
    let mut b = Build::default();
    let text = "bake bread ".repeat(400);
    let all = b.text(&text);
    let empty = b.text("");
    let start = b.set("out", empty);
    let c = b.name("c");
    let out = b.name("out");
    let sum = b.binary(BinaryOp::Add, c, out);
    let body = b.set("out", sum);
    let run = b.each("c", all, &[body]);
    b.root(&[start, run]);
    let reversed: String = text.chars().rev().collect();
    check(&b.run(), Built, reversed.trim());
}

/// A random program: each row is a kind of node and what it refers to among the nodes before it.
fn random(rows: &[(u8, u16, u16)]) -> Build {
    let mut b = Build::default();
    let mut ids = vec![b.text("bake bread"), b.int(3), b.name("x"), b.words("how to bake")];
    for (kind, x, y) in rows {
        let (x, y) = (ids[usize::from(*x) % ids.len()], ids[usize::from(*y) % ids.len()]);
        let id = match kind % 24 {
            0 => b.node(Node::List(vec![x, y])),
            1 => b.node(Node::Index(x, y)),
            2 => b.binary(BinaryOp::Add, x, y),
            3 => b.binary(BinaryOp::Mul, x, y),
            4 => b.node(Node::Assign { target: x, value: y, op: None, declares: kind % 2 == 0 }),
            5 => b.node(Node::Assign { target: x, value: y, op: Some(BinaryOp::Add), declares: false }),
            6 => b.function("f", &["x"], &[x, y]),
            7 => b.call("f", &[x, y]),
            8 => b.node(Node::While { before: None, test: Some(x), after: None, body: y, runs_first: false }),
            9 => b.node(Node::For { target: x, iter: y, body: x, indexed: kind % 2 == 0 }),
            10 => b.unsure(&[x], Some(&[y])),
            11 => b.method(x, "push", Some(Op::Push), &[y]),
            12 => b.op(Op::Pop, &[x]),
            13 => b.op(Op::Print, &[x, y]),
            14 => b.node(Node::Pair(x, y)),
            15 => b.node(Node::Map(vec![x, y])),
            16 => b.op(Op::Map, &[x, y]),
            17 => b.op(Op::Sorted, &[x, y]),
            18 => b.node(Node::Slice { base: x, from: Some(y), to: None, step: Some(y) }),
            19 => b.give(x),
            20 => b.op(ALL[(usize::from(*kind) / 24 + b.program.len()) % ALL.len()], &[x, y]),
            21 => b.op(ALL[b.program.len() % ALL.len()], &[x, y, x]),
            22 => b.node(Node::Concat(vec![x, y])),
            _ => b.block(&[x, y]),
        };
        ids.push(id);
    }
    let last: Vec<NodeId> = ids.iter().rev().take(6).copied().collect();
    b.root(&last);
    b
}

const ALL: &[Op] = &[
    Op::Insert,
    Op::Extend,
    Op::ExtendFront,
    Op::PopFront,
    Op::Delete,
    Op::Remove,
    Op::Clear,
    Op::Set,
    Op::SetDefault,
    Op::Update,
    Op::Splice,
    Op::Resize,
    Op::Rotate,
    Op::ReverseInPlace,
    Op::SortInPlace,
    Op::Get,
    Op::Peek,
    Op::Last,
    Op::Length,
    Op::Contains,
    Op::IndexOf,
    Op::Count,
    Op::Chain,
    Op::Reverse,
    Op::Slice,
    Op::Substr,
    Op::Take,
    Op::Drop,
    Op::Reduce,
    Op::FlatMap,
    Op::Flatten,
    Op::Enumerate,
    Op::Zip,
    Op::Range,
    Op::RangeClosed,
    Op::Items,
    Op::Unique,
    Op::Chunks,
    Op::Next,
    Op::Join,
    Op::Split,
    Op::Chars,
    Op::ToText,
    Op::FormatPercent,
    Op::FormatBrace,
    Op::Title,
    Op::SwapCase,
    Op::PadStart,
    Op::Repeat,
    Op::Replace,
    Op::ReplacePattern,
    Op::Translate,
    Op::MakeTable,
    Op::Chr,
    Op::Codes,
    Op::ToInt,
    Op::ToDigits,
    Op::Sum,
    Op::DivMod,
    Op::Quotient,
    Op::NewFilled,
    Op::NewSorted,
    Op::NewBuilder,
    Op::NewMaxHeap,
    Op::Decode(crate::read::ir::Codec::Json),
    Op::Decode(crate::read::ir::Codec::Utf8),
    Op::Eval,
    Op::Apply,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn random_programs_never_panic_and_give_the_same_twice(
        rows in prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..60),
    ) {
        let b = random(&rows);
        let limits = Limits { steps: 20_000, value_bytes: 1 << 20, ..Limits::default() };
        let run = || {
            let mut budget = Budget::new(limits.clone());
            let found = super::super::run(&b.program, Codecs::none(), &mut budget);
            (found, budget.steps())
        };
        let (first, steps) = run();
        prop_assert!(steps <= 40_000 + 2 * (1 << 20));
        prop_assert_eq!(first, run().0);
    }
}
