//! What one program says and how, drawn from a seed.

/// What one program says and how.
pub(super) struct Case {
    pub(super) words: Vec<&'static str>,
    /// Names of variables and functions, all different.
    pub(super) names: [&'static str; 4],
    /// The name of a class.
    pub(super) class: &'static str,
    /// A shuffled order: `order[i]` is the place of the word at `i` of the shuffled words.
    pub(super) order: Vec<usize>,
    /// A key for XOR, and a shift for letters.
    pub(super) key: u8,
}

impl Case {
    /// The text that the program makes.
    pub(super) fn sentence(&self) -> String {
        self.words.join(" ")
    }

    /// Letters moved on by the key's shift.
    pub(super) fn shifted(&self, text: &str) -> String {
        let turn = |c: char| match c {
            'a'..='z' => char::from((c as u8 - b'a' + self.shift()) % 26 + b'a'),
            other => other,
        };
        text.chars().map(turn).collect()
    }

    pub(super) fn shift(&self) -> u8 {
        self.key % 25 + 1
    }
}

/// A small generator of numbers: the same for the same seed everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

const VERBS: [&str; 5] =
    ["describe how to", "explain when to", "tell people how to", "list ways to", "show me how to"];
const ACTS: [&str; 6] = ["bake", "slice", "water", "paint", "fold", "repair"];
const THINGS: [&str; 6] = [
    "dark rye bread",
    "a garden bench",
    "old paper boats",
    "ripe summer pears",
    "the kitchen door",
    "small clay bowls",
];
const PLACES: [&str; 5] =
    ["at home", "in early spring", "with simple tools", "before noon", "for a school fair"];
const NAMES: [[&str; 4]; 7] = [
    ["items", "result", "build", "i"],
    ["parts", "text", "assemble", "k"],
    ["bag", "out", "run_all", "idx"],
    ["tokens", "acc", "make", "pos"],
    ["q", "s", "f", "n"],
    ["fruit_names", "soFar", "weave", "cursor"],
    ["stash", "phrase", "unfold", "at"],
];
const CLASSES: [&str; 6] = ["Box", "Weaver", "Parts", "Builder", "Telegram", "Q"];

/// The case of a seed.
pub(super) fn case(seed: u64) -> Case {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..4 {
        dice.roll(7);
    }
    let phrases = [dice.pick(&VERBS), dice.pick(&ACTS), dice.pick(&THINGS), dice.pick(&PLACES)];
    let words: Vec<&'static str> = phrases.iter().flat_map(|phrase| phrase.split(' ')).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.roll(at + 1));
    }
    let names = dice.pick(&NAMES);
    Case { words, names, class: dice.pick(&CLASSES), order, key: u8::try_from(dice.roll(90) + 130).unwrap() }
}
