//! The blanks of a template, and how a case fills them.
//!
//! `⟦text⟧` and the like stand for one text, `⟦0⟧` to `⟦3⟧` for names, `⟦Class⟧` for the name of a class. `⟦forward ITEM⟧`
//! repeats ITEM for each word with a comma between, or with what stands behind `¦`; in ITEM `§w` is the word, `§i` its
//! place, and so on as in [`field`]. Other orders: `backward`, `shuffled`, `even`, `odd`, `front` (four words), `rear`
//! (the others), `beyond` (all but two), `letters` (of the sentence, one by one).

use super::case::Case;

/// The program of a case.
pub(super) fn fill(template: &str, case: &Case) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, blank)) = rest.split_once('⟦') {
        let (blank, after) = blank.split_once('⟧').expect("a blank is closed");
        out.push_str(before);
        out.push_str(&filled(blank, case));
        rest = after;
    }
    out + rest
}

fn filled(blank: &str, case: &Case) -> String {
    if let Some(text) = scalar(blank, case) {
        return text;
    }
    let (order, item) = blank.split_once(' ').unwrap_or((blank, ""));
    if order == "joined" {
        return case.words.join(item);
    }
    let (item, between) =
        item.split_once('¦').map_or((item, ", ".to_owned()), |(item, s)| (item, unescaped(s)));
    let (mut filled, mut last) = (Vec::new(), 0);
    for (at, (place, word)) in rows(order, case).into_iter().enumerate() {
        filled.push(item_of(item, case, &Row { at, place, word: &word, last }));
        last = i64::from(word.as_bytes()[0]);
    }
    filled.join(&between)
}

fn unescaped(text: &str) -> String {
    text.replace("\\\\", "\u{1}").replace("\\n", "\n").replace("\\t", "\t").replace('\u{1}', "\\")
}

/// One word or letter.
struct Row<'w> {
    /// Its position in the order asked for.
    at: usize,
    /// Its place in the sentence.
    place: usize,
    word: &'w str,
    /// The code of the first letter of the one before.
    last: i64,
}

fn item_of(item: &str, case: &Case, row: &Row) -> String {
    let mut parts = item.split('§');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.chars().next().expect("a § is followed by a letter");
        out.push_str(&field(name, case, row));
        out.push_str(&part[name.len_utf8()..]);
    }
    out
}

fn field(name: char, case: &Case, row: &Row) -> String {
    let word = row.word;
    let code = word.as_bytes()[0];
    let alphabet = "abcdefghijklmnopqrstuvwxyz ";
    match name {
        '0'..='3' => case.names[name as usize - '0' as usize].to_owned(),
        'C' => case.class.to_owned(),
        'w' => word.to_owned(),
        'r' => word.chars().rev().collect(),
        'W' => word.to_uppercase(),
        's' => case.shifted(word),
        'b' => base64(word.as_bytes()),
        'i' => row.place.to_string(),
        'j' => row.at.to_string(),
        'n' => word.len().to_string(),
        'f' => word[..1].to_owned(),
        'e' => word[1..].to_owned(),
        'c' => code.to_string(),
        'x' => (code ^ case.key).to_string(),
        'd' => (i64::from(code) - row.last).to_string(),
        'H' => format!("{code:02x}"),
        'o' => format!("{code:03o}"),
        'B' => format!("{code:08b}"),
        'a' => alphabet.find(char::from(code)).expect("a letter or blank").to_string(),
        other => panic!("§{other} stands for nothing"),
    }
}

fn rows(order: &str, case: &Case) -> Vec<(usize, String)> {
    let words = || case.words.iter().map(|word| (*word).to_owned()).enumerate();
    let letters = || case.sentence().chars().map(String::from).enumerate().collect::<Vec<_>>();
    match order {
        "forward" => words().collect(),
        "backward" => words().rev().collect(),
        "shuffled" => case.order.iter().map(|at| (*at, case.words[*at].to_owned())).collect(),
        "even" => words().step_by(2).collect(),
        "odd" => words().skip(1).step_by(2).collect(),
        "front" => words().take(4).collect(),
        "rear" => words().skip(4).collect(),
        "beyond" => words().skip(2).collect(),
        "letters" => letters(),
        other => panic!("⟦{other}⟧ stands for nothing"),
    }
}

fn scalar(name: &str, case: &Case) -> Option<String> {
    let text = case.sentence();
    let mirrored = |c: char| if c.is_ascii_lowercase() { char::from(b'a' + b'z' - c as u8) } else { c };
    let turned = |c: char| match c {
        'a'..='m' => char::from(c as u8 + 13),
        'n'..='z' => char::from(c as u8 - 13),
        other => other,
    };
    Some(match name {
        "0" | "1" | "2" | "3" => case.names[name.parse::<usize>().ok()?].to_owned(),
        "Class" => case.class.to_owned(),
        "text" => text,
        "TEXT" => text.to_uppercase(),
        "reversed" => text.chars().rev().collect(),
        "shifted" => case.shifted(&text),
        "rot13" => text.chars().map(turned).collect(),
        "atbash" => text.chars().map(mirrored).collect(),
        "spread" => text.chars().flat_map(|c| [c, 'x']).collect(),
        "url" => text.replace(' ', "%20"),
        "base64" => base64(text.as_bytes()),
        "hex" => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "head" => case.words[..2].join(" "),
        "tail" => case.words[2..].join(" "),
        "key" => case.key.to_string(),
        "shift" => case.shift().to_string(),
        "count" => case.words.len().to_string(),
        "size" => text.len().to_string(),
        _ => return None,
    })
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}
