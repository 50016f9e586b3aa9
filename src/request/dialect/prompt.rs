//! Prompts that hold a whole conversation in a model's own template, split into what each role says.
//!
//! The prompt itself stays a span; this only adds views of it, so that a turn is read without the tags around it.

use memchr::memmem;

use super::place;
use crate::request::span::Role;

/// A prompt in more pieces than this is read whole only.
const PIECES: usize = 4096;

/// A template: the tag that opens a turn, where its head ends, and what closes the turn.
struct Template {
    open: &'static str,
    head_end: &'static str,
    close: &'static str,
}

/// Templates that name the role in the tag that opens a turn: ChatML, Llama 3, Llama 4, Gemma, Phi and Zephyr.
const NAMED: &[Template] = &[
    Template { open: "<|im_start|>", head_end: "\n", close: "<|im_end|>" },
    Template { open: "<|start_header_id|>", head_end: "<|end_header_id|>", close: "<|eot_id|>" },
    Template { open: "<|header_start|>", head_end: "<|header_end|>", close: "<|eot|>" },
    Template { open: "<start_of_turn>", head_end: "\n", close: "<end_of_turn>" },
    Template { open: "<|", head_end: "|>", close: "<|end|>" },
];

/// A tag and who speaks after it.
type Tag = (&'static str, Option<Role>);

/// The Llama 2 and Mistral templates.
const BRACKETS: &[Tag] = &[
    ("[INST]", Some(Role::User)),
    ("[/INST]", Some(Role::Assistant)),
    ("<<SYS>>", Some(Role::System)),
    ("<</SYS>>", Some(Role::User)),
    ("</s>", None),
    ("<s>", None),
];

/// The template of Claude 2.
const HUMAN: &[Tag] = &[("\n\nHuman:", Some(Role::User)), ("\n\nAssistant:", Some(Role::Assistant))];

/// The turns of a prompt and who speaks; none for a text in no template known.
pub(super) fn split(text: &str) -> Vec<(Role, &str)> {
    let has = |tag: &str| memmem::find(text.as_bytes(), tag.as_bytes()).is_some();
    let mut turns = if has("[INST]") {
        tagged(text, BRACKETS)
    } else if has("\n\nHuman:") {
        tagged(text, HUMAN)
    } else if has("<|") || has("<start_of_turn>") {
        named(text, NAMED.iter().find(|template| has(template.open)))
    } else {
        Vec::new()
    };
    if turns.len() > PIECES {
        turns.clear();
    }
    turns
}

fn named<'t>(text: &'t str, template: Option<&Template>) -> Vec<(Role, &'t str)> {
    let Some(template) = template else { return Vec::new() };
    let turn = |piece: &'t str| {
        let (head, rest) = piece.split_once(template.head_end)?;
        let role = speaker(head)?;
        let said = rest.split(template.close).next().unwrap_or(rest).trim();
        (!said.is_empty()).then_some((role, said))
    };
    text.split(template.open).skip(1).take(PIECES + 1).filter_map(turn).collect()
}

/// Who a tag names. Anything longer than a name is no tag.
fn speaker(head: &str) -> Option<Role> {
    let name = head.trim();
    if name.len() > 16 { None } else { place::speaker(name) }
}

fn tagged<'t>(text: &'t str, tags: &[Tag]) -> Vec<(Role, &'t str)> {
    let mut turns = Vec::new();
    let (mut rest, mut role) = (text, None);
    while turns.len() <= PIECES {
        let next = next_tag(rest, tags);
        let (said, after) = match next {
            Some((at, tag, _)) => (rest.get(..at), rest.get(at + tag.len()..)),
            None => (Some(rest), None),
        };
        let said = said.unwrap_or_default().trim();
        if let (Some(role), false) = (role, said.is_empty()) {
            turns.push((role, said));
        }
        let (Some((_, _, speaker)), Some(after)) = (next, after) else { break };
        (rest, role) = (after, speaker);
    }
    turns
}

/// The next tag: one pass over the letters that tags begin with.
fn next_tag(text: &str, tags: &[Tag]) -> Option<(usize, &'static str, Option<Role>)> {
    memchr::memchr3_iter(b'[', b'<', b'\n', text.as_bytes()).find_map(|at| {
        let here = text.get(at..)?;
        tags.iter().find(|(tag, _)| here.starts_with(tag)).map(|(tag, role)| (at, *tag, *role))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_split_into_its_roles() {
        use Role::{Assistant, System, User};
        let cases: &[(&str, &[(Role, &str)])] = &[
            (
                "<s>[INST] <<SYS>>\nbe kind\n<</SYS>>\n\nbake bread [/INST] gladly </s><s>[INST] more [/INST]",
                &[(System, "be kind"), (User, "bake bread"), (Assistant, "gladly"), (User, "more")],
            ),
            (
                "<|im_start|>system\nbe kind<|im_end|>\n<|im_start|>user\nbake\nbread<|im_end|>\n<|im_start|>assistant\n",
                &[(System, "be kind"), (User, "bake\nbread")],
            ),
            (
                "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nbe kind<|eot_id|>\
                 <|start_header_id|>user<|end_header_id|>\n\nbake bread<|eot_id|>",
                &[(System, "be kind"), (User, "bake bread")],
            ),
            ("<|user|>\nbake bread<|end|>\n<|assistant|>\n", &[(User, "bake bread")]),
            ("<start_of_turn>user\nbake bread<end_of_turn>\n<start_of_turn>model\n", &[(User, "bake bread")]),
            (
                "\n\nHuman: bake\n\nrye bread\n\nAssistant: first",
                &[(User, "bake\n\nrye bread"), (Assistant, "first")],
            ),
            ("bake bread in a list[3] where a < b\n\nNote: warm", &[]),
        ];
        for (prompt, turns) in cases {
            assert_eq!(split(prompt), *turns, "{prompt}");
        }
    }

    #[test]
    fn odd_templates_end() {
        for unit in ["[INST]", "<|", "<|im_start|>user\na", "\n\nHuman:", "<", "é[INST]<<SYS>>"] {
            assert!(split(&unit.repeat(20_000)).len() <= PIECES, "{unit}");
        }
    }
}
