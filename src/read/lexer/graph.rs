//! Graphs drawn in words (Mermaid, DOT, PlantUML): where one way leads through them, what its nodes are called, in order.

use super::compose::Composed;
use super::lines;

/// Longer texts draw no one way.
const LONGEST: usize = 16 << 10;
/// Nodes of one graph, at most and at least.
const MOST: usize = 256;
const FEWEST: usize = 3;

/// Words that begin a graph.
const BEGINNING: [&str; 6] =
    ["graph", "flowchart", "digraph", "stateDiagram", "@startuml", "sequenceDiagram"];
/// What leads from one node to the next.
const ARROWS: [&str; 8] = ["-.->", "-->", "==>", "--->", "->", "→", "---", "--"];

#[derive(Default)]
struct Graph<'t> {
    /// Names of nodes, and what they are called.
    nodes: Vec<(&'t str, &'t str)>,
    edges: Vec<(usize, usize)>,
    /// `:bake;`, one below the other.
    steps: Vec<&'t str>,
}

/// What the one way through a graph says.
pub(super) fn way(text: &str) -> Option<Composed> {
    let begins = |line: &str| {
        let line = line.trim_start();
        BEGINNING.iter().any(|word| line.starts_with(word))
    };
    if text.len() > LONGEST || !lines(text).take(8).any(begins) {
        return None;
    }
    let mut graph = Graph::default();
    for statement in lines(text).flat_map(|line| statements(line)) {
        graph.take(statement);
    }
    let names = if graph.steps.len() >= FEWEST { graph.steps } else { graph.along()? };
    let text = names.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let words = text.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    (words * 10 >= text.chars().count() * 9).then_some(Composed { text, how: "nodes along their edges" })
}

/// A line cut at semicolons and braces outside of brackets.
fn statements(line: &str) -> Vec<&str> {
    let line = line.trim();
    if line.starts_with(':') {
        return vec![line];
    }
    let inner =
        line.rsplit_once('{').filter(|(head, _)| head.starts_with("digraph") || head.starts_with("graph"));
    inner
        .map_or(line, |(_, inner)| inner)
        .trim_end_matches('}')
        .split(';')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .collect()
}

impl<'t> Graph<'t> {
    fn take(&mut self, statement: &'t str) {
        if let Some(step) = statement.strip_prefix(':').and_then(|step| step.strip_suffix(';')) {
            if self.steps.len() < MOST {
                self.steps.push(step.trim());
            }
            return;
        }
        let mut rest = statement;
        let mut before: Option<usize> = None;
        loop {
            let arrow = ARROWS
                .iter()
                .filter_map(|arrow| Some((rest.find(arrow)?, arrow.len())))
                .min_by_key(|(at, length)| (*at, MOST - length));
            let (own, next) = match arrow {
                Some((at, length)) => (rest.get(..at), rest.get(at + length..)),
                None => (Some(rest), None),
            };
            let node = own.and_then(|own| self.node(own, arrow.is_some() || before.is_some()));
            if let (Some(from), Some(to)) = (before, node) {
                self.edges.push((from, to));
            }
            before = node;
            let Some(after) = next.filter(|_| self.edges.len() < MOST) else { return };
            rest = after
                .trim_start()
                .strip_prefix('|')
                .and_then(|label| label.split_once('|'))
                .map_or(after, |(_, rest)| rest);
        }
    }

    /// A node by its name; what it is called stands in brackets behind it.
    fn node(&mut self, shown: &'t str, linked: bool) -> Option<usize> {
        let shown = shown.trim();
        let end = shown.find(['[', '(', '{', '>']).unwrap_or(shown.len());
        let (name, label) = shown.split_at(end);
        let name = name.trim().trim_matches('"');
        let inside = label
            .split_once("label=")
            .map_or(label, |(_, label)| label.split_once(',').map_or(label, |(label, _)| label));
        let called = inside.trim_matches(|c: char| "[](){}<>\"'/\\ ".contains(c));
        if name.is_empty() || name.contains(' ') && !linked || label.is_empty() && !linked {
            return None;
        }
        let at = match self.nodes.iter().position(|(known, _)| *known == name) {
            Some(at) => at,
            None if self.nodes.len() < MOST => {
                self.nodes.push((name, name));
                self.nodes.len() - 1
            }
            None => return None,
        };
        if let Some(node) = self.nodes.get_mut(at).filter(|_| !called.is_empty()) {
            node.1 = called;
        }
        Some(at)
    }

    /// The nodes along the edges, where these lead one way from one node through all the others.
    fn along(&self) -> Option<Vec<&'t str>> {
        let mut next: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut led: Vec<bool> = vec![false; self.nodes.len()];
        for (from, to) in &self.edges {
            if next.get(*from).copied().flatten().is_some_and(|known| known != *to) || from == to {
                return None;
            }
            *next.get_mut(*from)? = Some(*to);
            *led.get_mut(*to)? = true;
        }
        let mut at = led
            .iter()
            .enumerate()
            .find(|(at, led)| !**led && next.get(*at).copied().flatten().is_some())
            .map(|(at, _)| at);
        let mut names = Vec::new();
        while let Some(here) = at.filter(|_| names.len() <= self.nodes.len()) {
            names.push(self.nodes.get(here)?.1);
            at = next.get(here).copied().flatten();
        }
        (names.len() >= FEWEST && names.len() <= self.edges.len() + 1 && names.len() > self.edges.len())
            .then_some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_through_a_graph_says_its_nodes() {
        let cases = [
            (
                "graph LR\n  A[follow] --> B[the]\n  B --> C[river]\n  C --> D[upstream]",
                "follow the river upstream",
            ),
            (
                "flowchart TD\n    s3[\"path\"] --> s4[\"clear\"]\n    s1[\"keep\"] -->|then| s2[\"the\"]\n    s2 --> s3",
                "keep the path clear",
            ),
            (
                "digraph g {\n  n2 [label=\"the\"]; n0 [label=\"stop\"]; n1 [label=\"at\"]; n3 [label=\"bridge\"];\n  n0 -> n1 -> n2 -> n3;\n}",
                "stop at the bridge",
            ),
            (
                "digraph { a -> b; b -> c;\n  c [label=\"hay\"]; a [label=\"turn\"]; b [label=\"the\"]; }",
                "turn the hay",
            ),
            ("@startuml\nstart\n:bring;\n:wood;\n:to the stove;\nstop\n@enduml", "bring wood to the stove"),
        ];
        for (text, meant) in cases {
            assert_eq!(way(text).map(|composed| composed.text).as_deref(), Some(meant), "{text}");
        }
        assert_eq!(way("graph TD\nA[build] --> B[test]\nA --> C[lint]\nB --> D[ship]\nC --> D"), None);
        assert_eq!(way("a -> b\nb -> c\nc -> d"), None);
    }
}
