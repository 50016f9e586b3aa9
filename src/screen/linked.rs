//! Which regions of a round are run as one program: those that name what others define or change. So that a conversation that grows
//! is run again only where the new turn has to do with it.

use std::collections::HashMap;

use crate::read::ir::Links;

/// Code up to this many bytes is always run as one program, and so is the end of a conversation, whatever its parts name.
const WHOLE: usize = 24 << 10;

/// A region by its names and its length.
pub(super) struct Part<'l> {
    pub(super) links: &'l Links,
    pub(super) bytes: usize,
}

/// The regions by position, in groups that are run each by itself.
pub(super) fn groups(parts: &[Part<'_>]) -> Vec<Vec<usize>> {
    let bytes: usize = parts.iter().map(|part| part.bytes).sum();
    if bytes <= WHOLE || parts.len() < 2 {
        return if parts.is_empty() { Vec::new() } else { vec![(0..parts.len()).collect()] };
    }
    let mut sets = Sets((0..parts.len()).collect());
    let open: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].links.open).collect();
    link(parts, &mut sets);
    if let Some(first) = open.first() {
        // What makes names of texts may mean any name of those that give some.
        let giving =
            (0..parts.len()).filter(|at| parts[*at].links.open || !parts[*at].links.gives.is_empty());
        giving.for_each(|at| sets.join(*first, at));
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<usize, usize> = HashMap::new();
    for at in 0..parts.len() {
        let group = *known.entry(sets.root(at)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    let end = end(parts);
    if end.len() > 1 && !groups.iter().any(|group| end.iter().all(|at| group.contains(at))) {
        groups.push(end);
    }
    groups
}

/// Joins every region with the one that last gave a name that it takes, else with the first that gives it later.
fn link(parts: &[Part<'_>], sets: &mut Sets) {
    let mut given: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        part.links.gives.iter().for_each(|name| given.entry(name).or_default().push(at));
    }
    for (at, part) in parts.iter().enumerate() {
        for givers in part.links.takes.iter().filter_map(|name| given.get(&**name)) {
            let before = givers.partition_point(|giver| *giver < at);
            let later = || givers[before..].iter().find(|giver| **giver > at);
            if let Some(giver) = before.checked_sub(1).and_then(|last| givers.get(last)).or_else(later) {
                sets.join(at, *giver);
            }
        }
    }
}

/// The last regions of a conversation.
fn end(parts: &[Part<'_>]) -> Vec<usize> {
    let mut bytes = 0;
    let fits = |at: &usize| {
        bytes += parts[*at].bytes;
        bytes <= WHOLE
    };
    let mut end: Vec<usize> = (0..parts.len()).rev().take_while(fits).collect();
    end.reverse();
    end
}

/// Disjoint sets: each place names another of its set, the root itself.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// The root of the two that comes first becomes that of both.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> std::collections::BTreeSet<Box<str>> {
        names.iter().map(|name| (*name).into()).collect()
    }

    fn found(rows: &[(&[&str], &[&str])]) -> Vec<Vec<usize>> {
        let links: Vec<Links> = rows
            .iter()
            .map(|(gives, takes)| Links { gives: names(gives), takes: names(takes), open: false })
            .collect();
        let parts: Vec<Part<'_>> = links.iter().map(|links| Part { links, bytes: 20 << 10 }).collect();
        groups(&parts)
    }

    #[test]
    fn regions_that_share_no_name_are_run_apart() {
        assert_eq!(found(&[(&["loaf"], &[]), (&["loaf"], &["rye"]), (&[], &[])]), [[0], [1], [2]]);
    }

    #[test]
    fn a_name_is_that_of_the_last_region_that_gave_it() {
        let rows: &[(&[&str], &[&str])] =
            &[(&["loaf"], &[]), (&["loaf"], &[]), (&[], &["loaf"]), (&["late"], &[]), (&[], &["late"])];
        assert_eq!(found(rows), [vec![0], vec![1, 2], vec![3, 4]]);
        assert_eq!(found(&[(&[], &["late"]), (&[], &[]), (&["late"], &[])]), [vec![0, 2], vec![1]]);
    }

    #[test]
    fn the_end_of_a_conversation_is_run_as_one() {
        let none = Links::default();
        let parts: Vec<Part<'_>> = (0..5).map(|_| Part { links: &none, bytes: 10 << 10 }).collect();
        assert_eq!(groups(&parts), [vec![0], vec![1], vec![2], vec![3], vec![4], vec![3, 4]]);
        assert_eq!(groups(&parts[..2]), [vec![0, 1]]);
    }

    #[test]
    fn what_makes_names_of_texts_is_run_with_all_that_give_names() {
        let (open, gives) =
            (Links { open: true, ..Links::default() }, Links { gives: names(&["loaf"]), ..Links::default() });
        let none = Links::default();
        let parts = [&open, &none, &gives].map(|links| Part { links, bytes: 20 << 10 });
        assert_eq!(groups(&parts), [vec![0, 2], vec![1]]);
    }
}
