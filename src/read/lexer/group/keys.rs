//! Where keys and numbers beside strings place them.

use crate::read::lexer::Literal;
use crate::read::lexer::scan::Kind;
use crate::read::lexer::scan::Token;

use super::Frame;
use super::Item;

/// Longer code sorts something else.
const SORTS: usize = 8 << 10;

/// Numbers paired with strings say where these go: `{0: "a"}`, `("a", 1)`, `{"a": 1}`.
pub(super) fn pair_up(frame: &mut Frame<'_>, literals: &[Literal]) {
    if frame.numbers.is_empty() {
        // `{"2": "bread"}`: the numbers are written as keys.
        let number = |item: &Item| {
            literals.get(item.literal as usize).and_then(|literal| literal.text.trim().parse().ok())
        };
        let numbers: Option<Vec<i64>> = frame.keys.iter().map(number).collect();
        for (item, number) in frame.items.iter_mut().zip(numbers.into_iter().flatten()) {
            item.index = item.index.or(Some(number));
        }
        return;
    }
    for items in [&mut frame.items, &mut frame.keys] {
        if items.len() == frame.numbers.len() {
            for (item, number) in items.iter_mut().zip(&frame.numbers) {
                item.index = item.index.or(Some(*number));
            }
        }
    }
}

pub(super) fn sorts(text: &str, tokens: &[Token]) -> bool {
    let says = |token: &Token| {
        let shown = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        token.kind == Kind::Name && shown.len() < 16 && shown.to_ascii_lowercase().contains("sort")
    };
    text.len() <= SORTS && tokens.iter().any(says)
}

/// What stands under keys, in code that sorts: the rank of its key says where each goes.
pub(super) fn rank_by_key(frame: &mut Frame<'_>, literals: &[Literal]) {
    let written =
        |item: &Item| literals.get(item.literal as usize).map_or("", |literal| literal.text.as_str());
    let keys: Vec<&str> = match frame.keys.is_empty() {
        true => frame.names.clone(),
        false => frame.keys.iter().map(written).collect(),
    };
    if keys.len() < 3
        || keys.len() != frame.items.len()
        || frame.items.iter().any(|item| item.index.is_some())
    {
        return;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|at| keys[*at]);
    for (rank, at) in (0..).zip(order) {
        frame.items[at].index = Some(rank);
    }
}

/// `sprintf(s, "%s", "word")`: the format is no piece.
pub(super) fn drop_formats(frame: &mut Frame<'_>, literals: &[Literal]) {
    if frame.open != b'(' || frame.items.len() < 2 {
        return;
    }
    let format = |item: &Item| {
        let text = literals.get(item.literal as usize).map_or("", |l| l.text.as_str());
        text.contains(['%', '{'])
            && text.chars().filter(|c| c.is_alphabetic()).count() * 2 <= text.chars().count()
    };
    if frame.items.first().is_some_and(format) {
        frame.items.remove(0);
    }
}
