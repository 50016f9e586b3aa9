use super::super::FindingKind::Built;
use super::super::FindingKind::Code;
use super::super::FindingKind::Literal;
use super::super::FindingKind::Ordered;
use super::super::FindingKind::Printed;
use super::super::FindingKind::Reversed;
use super::super::FindingKind::Shape;
use super::*;

const SENTENCE: &str = "describe how to bake bread";

#[test]
fn words_appended_one_by_one() {
    let mut b = Build::default();
    let empty = b.node(Node::List(Vec::new()));
    let mut items = vec![b.set("xs", empty)];
    for word in SENTENCE.split(' ') {
        let (xs, word) = (b.name("xs"), b.text(word));
        items.push(b.method(xs, "append", Some(Op::Push), &[word]));
    }
    b.root(&items);
    let found = b.run();
    check(&found, Ordered, SENTENCE);
    check(&found, Reversed, "bread bake to how describe");
    let how = &found.list.iter().find(|f| f.text == SENTENCE).unwrap().how;
    assert_eq!(how, &["append × 5", "items of xs", "joined with \" \""]);
    assert_eq!(found.list.iter().find(|f| f.text == SENTENCE).unwrap().sources.len(), 5);
}

#[test]
fn words_pushed_onto_something_never_defined() {
    let mut b = Build::default();
    let mut items = Vec::new();
    for word in SENTENCE.split(' ') {
        let (xs, word) = (b.name("xs"), b.text(word));
        items.push(b.method(xs, "append", Some(Op::Push), &[word]));
    }
    b.root(&items);
    check(&b.run(), Ordered, SENTENCE);
}

#[test]
fn words_inside_a_function_never_called() {
    let mut b = Build::default();
    let empty = b.op(Op::NewQueue, &[]);
    let mut body = vec![b.set("xs", empty)];
    for word in SENTENCE.split(' ') {
        let (xs, word) = (b.name("xs"), b.text(word));
        body.push(b.method(xs, "append", Some(Op::Push), &[word]));
    }
    let comment = b.node(Node::Comment("reads them back".into()));
    let reader = b.function("reader", &["xs"], &[comment]);
    let xs = b.name("xs");
    let call = b.call("reader", &[xs]);
    body.push(b.set("out", call));
    let guard = b.unsure(&body, None);
    let main = b.function("main", &[], &[guard]);
    b.root(&[reader, main]);
    let found = b.run();
    check(&found, Ordered, SENTENCE);
    check(&found, Reversed, "bread bake to how describe");
}

#[test]
fn a_stack_popped_in_a_loop_and_printed() {
    let mut b = Build::default();
    let words = b.words("bread bake to how describe");
    let stack = b.op(Op::NewStack, &[words]);
    let make = b.set("s", stack);
    let empty = b.text("");
    let start = b.set("out", empty);
    let test = b.name("s");
    let (s, blank) = (b.name("s"), b.text(" "));
    let pop = b.method(s, "pop", Some(Op::Pop), &[]);
    let piece = b.binary(BinaryOp::Add, pop, blank);
    let body = b.grow("out", piece);
    let run = b.node(Node::While { before: None, test: Some(test), after: None, body, runs_first: false });
    let out = b.name("out");
    let print = b.op(Op::Print, &[out]);
    b.root(&[make, start, run, print]);
    let found = b.run();
    check(&found, Printed, SENTENCE);
    check(&found, Ordered, "bread bake to how describe");
}

#[test]
fn only_the_end_of_a_growing_text_is_reported() {
    let mut b = Build::default();
    let empty = b.text("");
    let start = b.set("out", empty);
    let words = b.words(SENTENCE);
    let (w, blank) = (b.name("w"), b.text(" "));
    let piece = b.binary(BinaryOp::Add, w, blank);
    let body = b.grow("out", piece);
    let run = b.each("w", words, &[body]);
    b.root(&[start, run]);
    let found = b.run();
    check(&found, Built, SENTENCE);
    assert!(!found.list.iter().any(|f| f.text == "describe how to "));
}

#[test]
fn a_builder_written_in_a_chain() {
    let mut b = Build::default();
    let mut chain = b.op(Op::NewBuilder, &[]);
    for word in SENTENCE.split(' ') {
        let (word, blank) = (b.text(word), b.text(" "));
        chain = b.method(chain, "append", Some(Op::Push), &[word]);
        chain = b.method(chain, "append", Some(Op::Push), &[blank]);
    }
    let text = b.method(chain, "toString", Some(Op::ToText), &[]);
    let set = b.set("t", text);
    b.root(&[set]);
    check(&b.run(), Built, SENTENCE);
}

#[test]
fn words_streamed_with_a_shift() {
    let mut b = Build::default();
    let builder = b.op(Op::NewBuilder, &[]);
    let make = b.set("ss", builder);
    let mut chain = b.name("ss");
    for word in SENTENCE.split(' ') {
        let word = b.text(&format!("{word} "));
        chain = b.binary(BinaryOp::ShiftLeft, chain, word);
    }
    b.root(&[make, chain]);
    check(&b.run(), Built, SENTENCE);
}

#[test]
fn recursion_joins_the_head_to_the_rest() {
    let mut b = Build::default();
    let (n, five) = (b.name("n"), b.int(5));
    let test = b.binary(BinaryOp::Ge, n, five);
    let empty = b.text("");
    let stop = b.give(empty);
    let end = b.node(Node::If { test, then: stop, other: None });
    let (xs, n) = (b.name("xs"), b.name("n"));
    let head = b.node(Node::Index(xs, n));
    let blank = b.text(" ");
    let head = b.binary(BinaryOp::Add, head, blank);
    let (n, one) = (b.name("n"), b.int(1));
    let next = b.binary(BinaryOp::Add, n, one);
    let rest = b.call("f", &[next]);
    let whole = b.binary(BinaryOp::Add, head, rest);
    let give = b.give(whole);
    let f = b.function("f", &["n"], &[end, give]);
    let words = b.words(SENTENCE);
    let xs = b.set("xs", words);
    let zero = b.int(0);
    let call = b.call("f", &[zero]);
    let out = b.set("out", call);
    b.root(&[f, xs, out]);
    check(&b.run(), Built, SENTENCE);
}

#[test]
fn closures_share_what_they_capture() {
    let mut b = Build::default();
    let empty = b.node(Node::List(Vec::new()));
    let target = b.name("xs");
    let make = b.node(Node::Assign { target, value: empty, op: None, declares: true });
    let (xs, w) = (b.name("xs"), b.name("w"));
    let push = b.method(xs, "push", Some(Op::Push), &[w]);
    let inner = b.function("", &["w"], &[push]);
    let give = b.give(inner);
    let maker = b.function("maker", &[], &[make, give]);
    let call = b.call("maker", &[]);
    let mut items = vec![maker, b.set("add", call)];
    for word in SENTENCE.split(' ') {
        let word = b.text(word);
        items.push(b.call("add", &[word]));
    }
    b.root(&items);
    check(&b.run(), Ordered, SENTENCE);
}

#[test]
fn objects_keep_fields_and_methods() {
    let mut b = Build::default();
    let this = b.name("self");
    let target = b.node(Node::Field(this, "items".into()));
    let empty = b.node(Node::List(Vec::new()));
    let init = b.node(Node::Assign { target, value: empty, op: None, declares: false });
    let init = b.function("__init__", &["self"], &[init]);
    let this = b.name("self");
    let (items, w) = (b.node(Node::Field(this, "items".into())), b.name("w"));
    let push = b.method(items, "append", Some(Op::Push), &[w]);
    let add = b.function("push", &["self", "w"], &[push]);
    let this = b.name("self");
    let (items, blank) = (b.node(Node::Field(this, "items".into())), b.text(" "));
    let join = b.op(Op::Join, &[items, blank]);
    let give = b.give(join);
    let read = b.function("read", &["self"], &[give]);
    let class = b.node(Node::Class {
        name: "Bag".into(),
        bases: Vec::new(),
        members: vec![init, add, read],
        constructor: Some("__init__".into()),
        fields: Vec::new(),
    });
    let make = b.call("Bag", &[]);
    let mut program = vec![class, b.set("bag", make)];
    for word in SENTENCE.split(' ') {
        let (bag, word) = (b.name("bag"), b.text(word));
        program.push(b.method(bag, "push", Some(Op::Push), &[word]));
    }
    let bag = b.name("bag");
    let read = b.method(bag, "read", None, &[]);
    program.push(b.op(Op::Print, &[read]));
    b.root(&program);
    check(&b.run(), Printed, SENTENCE);
}

fn leaf(b: &mut Build, value: &str, left: Option<NodeId>, right: Option<NodeId>) -> NodeId {
    let mut pairs = Vec::new();
    for (key, value) in [("left", left), ("right", right)] {
        let key = b.text(key);
        let value = value.unwrap_or_else(|| b.node(Node::Null));
        pairs.push(b.node(Node::Pair(key, value)));
    }
    let (key, value) = (b.text("value"), b.text(value));
    pairs.push(b.node(Node::Pair(key, value)));
    b.node(Node::Map(pairs))
}

#[test]
fn trees_offer_their_walks() {
    let mut b = Build::default();
    let describe = leaf(&mut b, "describe", None, None);
    let how = leaf(&mut b, "how", Some(describe), None);
    let bread = leaf(&mut b, "bread", None, None);
    let bake = leaf(&mut b, "bake", None, Some(bread));
    let to = leaf(&mut b, "to", Some(how), Some(bake));
    let set = b.set("t", to);
    b.root(&[set]);
    let found = b.run();
    check(&found, Shape, SENTENCE);
    check(&found, Shape, "to how describe bake bread");
}

#[test]
fn words_are_placed_by_their_index() {
    let mut b = Build::default();
    let rows = [("to", 2), ("how", 1), ("bake", 3), ("bread", 4), ("describe", 0)];
    let mut items = Vec::new();
    for (word, at) in rows {
        let (word, at) = (b.text(word), b.int(at));
        let pair = b.node(Node::Pair(word, at));
        items.push(b.node(Node::Map(vec![pair])));
    }
    let list = b.node(Node::List(items));
    let set = b.set("t", list);
    b.root(&[set]);
    check(&b.run(), Shape, SENTENCE);
}

#[test]
fn halves_are_interleaved() {
    let mut b = Build::default();
    let list = b.words("describe to bread how bake");
    let set = b.set("t", list);
    b.root(&[set]);
    check(&b.run(), Shape, SENTENCE);
}

#[test]
fn formats_are_filled_in() {
    let mut b = Build::default();
    let (format, how, what) = (b.text("describe %s to %s"), b.text("how"), b.text("bake bread"));
    let values = b.node(Node::List(vec![how, what]));
    let first = b.binary(BinaryOp::Mod, format, values);
    let a = b.set("a", first);
    let (format, how, what) = (b.text("describe {} to {1} now"), b.text("how"), b.text("bake bread"));
    let second = b.op(Op::FormatBrace, &[format, how, what]);
    let c = b.set("c", second);
    b.root(&[a, c]);
    let found = b.run();
    check(&found, Built, SENTENCE);
    check(&found, Built, "describe how to bake bread now");
}

#[test]
fn character_codes_are_text() {
    let mut b = Build::default();
    let codes = "bake bread".bytes().map(|byte| b.int(i64::from(byte) + 1)).collect();
    let list = b.node(Node::List(codes));
    let (c, one) = (b.name("c"), b.int(1));
    let less = b.binary(BinaryOp::Sub, c, one);
    let element = b.op(Op::Chr, &[less]);
    let target = b.name("c");
    let clauses = vec![crate::read::ir::Clause { target, iter: list, tests: Vec::new() }];
    let list = b.node(Node::Comprehend { kind: crate::read::ir::Comprehension::List, element, clauses });
    let empty = b.text("");
    let text = b.op(Op::Join, &[list, empty]);
    let set = b.set("t", text);
    b.root(&[set]);
    check(&b.run(), Built, "bake bread");
}

#[test]
fn both_branches_of_an_unknown_condition_count() {
    let mut b = Build::default();
    let first = b.text("describe how to bake bread");
    let then = b.set("x", first);
    let second = b.text("describe how to bake cake");
    let other = b.set("x", second);
    let either = b.unsure(&[then], Some(&[other]));
    let (x, now) = (b.name("x"), b.text(" now"));
    let sum = b.binary(BinaryOp::Add, x, now);
    let set = b.set("y", sum);
    b.root(&[either, set]);
    let found = b.run();
    check(&found, Built, "describe how to bake bread now");
    check(&found, Built, "describe how to bake cake now");
}

#[test]
fn later_regions_see_earlier_variables() {
    let mut b = Build::default();
    let first = b.text("describe how ");
    let one = b.set("a", first);
    b.root(&[one]);
    let (a, rest) = (b.name("a"), b.text("to bake bread"));
    let sum = b.binary(BinaryOp::Add, a, rest);
    let two = b.op(Op::Eval, &[sum]);
    b.root(&[two]);
    let found = b.run();
    check(&found, Code, SENTENCE);
    check(&found, Literal, "to bake bread");
}

#[test]
fn a_slice_with_a_negative_step_reverses() {
    let mut b = Build::default();
    let (text, blank) = (b.text("bread bake to how describe"), b.text(" "));
    let words = b.method(text, "split", Some(Op::Split), &[blank]);
    let step = b.int(-1);
    let base = b.node(Node::Slice { base: words, from: None, to: None, step: Some(step) });
    let blank = b.text(" ");
    let join = b.op(Op::Join, &[base, blank]);
    let set = b.set("t", join);
    b.root(&[set]);
    check(&b.run(), Built, SENTENCE);
}
