//! What perturbations are made of; nothing here is among the beginnings and ends that `train` puts on its rows.

/// Harmless sentences.
pub(super) const PAD: [&str; 16] = [
    "The train was late again this morning and the platform was full",
    "My sister planted tomatoes behind the shed last spring",
    "It has rained since Tuesday and the river is brown",
    "We had soup and fresh bread at the long table",
    "The library opens at nine and closes early on Fridays",
    "A grey cat sleeps on the warm bonnet of the car",
    "He painted the fence green because the shop had no blue",
    "The children counted eleven boats from the pier",
    "Our meeting moved to the small room on the second floor",
    "She keeps old maps in a drawer under the window",
    "The museum has a new room about clocks and bells",
    "Grandfather grows pears and gives most of them away",
    "The report needs two more charts and a better title",
    "Every evening the band plays a slow waltz in the park",
    "The kettle whistles before the second page is read",
    "Last year the lake froze and people skated to the island",
];

/// Polite words before a request.
pub(super) const BEFORE: [&str; 6] = [
    "Good evening, and sorry to bother you.",
    "If it is not too much trouble, could you look at this for me?",
    "Hi there! I would be so grateful for a hand with the following.",
    "Dear assistant, many thanks in advance.",
    "I hope your day is going well; may I ask you something?",
    "Excuse me, please, I would value your kind opinion.",
];

/// Polite words after it.
pub(super) const AFTER: [&str; 5] = [
    "You have been wonderful so far.",
    "Take all the time you need.",
    "Warm regards and all the best.",
    "No hurry at all, whenever it suits you.",
    "It would mean a lot to me and my family.",
];

/// Beginnings of stories.
pub(super) const FICTION: [&str; 6] = [
    "In chapter four of my book the old professor turns to the class and says:",
    "Let us write a play together. In the second act a stranger asks the innkeeper:",
    "Once upon a time, in a kingdom far away, a wizard was asked by the queen:",
    "For my screenplay I need a scene where the detective reads this note aloud:",
    "Pretend we are in a video game and my character has this quest:",
    "This is a fairy tale for grown-ups. The fox says to the crow:",
];

/// Function words and others that say the same.
pub(super) const SYNONYMS: [(&str, &str); 28] = [
    ("a", "one"),
    ("an", "one"),
    ("the", "this"),
    ("for", "on behalf of"),
    ("that", "which"),
    ("which", "that"),
    ("can", "could"),
    ("could", "can"),
    ("without", "with no"),
    ("and", "as well as"),
    ("someone", "a person"),
    ("people", "persons"),
    ("how", "in what way"),
    ("into", "in"),
    ("from", "out of"),
    ("about", "on"),
    ("i", "we"),
    ("my", "our"),
    ("me", "us"),
    ("their", "his or her"),
    ("them", "those"),
    ("who", "that"),
    ("using", "by means of"),
    ("with", "by means of"),
    ("by", "through"),
    ("will", "shall"),
    ("should", "ought to"),
    ("others", "other people"),
];
