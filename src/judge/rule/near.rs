//! Word groups near each other: one linear pass over the hits of a text.

/// The farthest apart words of one match may stand.
pub(super) const MOST_WITHIN: u32 = 40;

/// Word groups that must all stand within a distance.
#[derive(Debug, Clone)]
pub(super) struct Near {
    /// How many groups there are; hits name theirs by index.
    pub(super) groups: usize,
    /// The farthest the first and the last word may stand apart, in words.
    pub(super) within: u32,
    /// The groups must stand in the order they are written.
    pub(super) ordered: bool,
}

/// A word of a group found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// Position in words.
    pub(super) position: u32,
    /// Index of the group.
    pub(super) group: usize,
}

/// A match: first and last position.
pub(super) type Extent = (u32, u32);

impl Near {
    /// Every match among `spots`, which come in order of position.
    pub(super) fn matches(&self, spots: &[Spot]) -> Vec<Extent> {
        if self.ordered { self.in_order(spots) } else { self.in_any_order(spots) }
    }

    fn in_any_order(&self, spots: &[Spot]) -> Vec<Extent> {
        let mut last: Vec<Option<u32>> = vec![None; self.groups];
        let mut found = Vec::new();
        for spot in spots {
            // One word cannot stand for two groups.
            if last.iter().enumerate().any(|(group, at)| group != spot.group && *at == Some(spot.position)) {
                continue;
            }
            last[spot.group] = Some(spot.position);
            let Some(first) =
                last.iter().copied().collect::<Option<Vec<u32>>>().and_then(|all| all.into_iter().min())
            else {
                continue;
            };
            if spot.position - first <= self.within {
                found.push((first, spot.position));
            }
        }
        found
    }

    fn in_order(&self, spots: &[Spot]) -> Vec<Extent> {
        // `chain[g]` is the latest (start, end) of a chain that has reached group g.
        let mut chain: Vec<Option<Extent>> = vec![None; self.groups];
        let mut found = Vec::new();
        for spot in spots {
            let reached = match spot.group.checked_sub(1) {
                None => Some((spot.position, spot.position)),
                Some(before) => chain[before]
                    .filter(|&(_, end)| end < spot.position)
                    .map(|(start, _)| (start, spot.position)),
            };
            let Some((start, end)) = reached else { continue };
            if end - start > self.within {
                continue;
            }
            chain[spot.group] = Some((start, end));
            if spot.group + 1 == self.groups {
                found.push((start, end));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(list: &[(u32, usize)]) -> Vec<Spot> {
        list.iter().map(|&(position, group)| Spot { position, group }).collect()
    }

    #[test]
    fn any_order_needs_all_groups_within_the_distance() {
        let near = Near { groups: 2, within: 3, ordered: false };
        assert_eq!(near.matches(&spots(&[(5, 1), (8, 0)])), [(5, 8)]);
        assert_eq!(near.matches(&spots(&[(5, 1), (9, 0)])), []);
        assert_eq!(near.matches(&spots(&[(5, 1), (5, 0)])), []);
    }

    #[test]
    fn in_order_takes_the_latest_start() {
        let near = Near { groups: 3, within: 4, ordered: true };
        assert_eq!(near.matches(&spots(&[(0, 0), (6, 0), (7, 1), (9, 2)])), [(6, 9)]);
        assert_eq!(near.matches(&spots(&[(7, 1), (8, 0), (9, 2)])), []);
    }
}
