//! Cross-validation by source: a guard meets sources it has never seen.

use std::collections::BTreeMap;

use super::corpus::Row;

/// Parts of the cross-validation.
pub(super) const FOLDS: usize = 4;

/// Which part each source is held out with. Harmful and benign sources are dealt separately, the largest first, each to
/// the part that has fewest rows.
#[derive(Debug)]
pub(super) struct Folds<'a>(BTreeMap<(bool, &'a str), usize>);

impl<'a> Folds<'a> {
    pub(super) fn of(rows: &'a [Row]) -> Self {
        let mut sizes: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.foreign) {
            *sizes.entry((row.harmful, &row.source)).or_default() += 1;
        }
        let mut sources: Vec<_> = sizes.into_iter().collect();
        sources.sort_by_key(|&(source, size)| (std::cmp::Reverse(size), source));
        let mut filled = [[0usize; FOLDS]; 2];
        let dealt = sources.into_iter().map(|(source, size)| {
            let filled = &mut filled[usize::from(source.0)];
            let fold = (0..FOLDS).min_by_key(|&fold| filled[fold]).unwrap_or(0);
            filled[fold] += size;
            (source, fold)
        });
        Folds(dealt.collect())
    }

    /// The part a row is held out with. Rows in other languages are dealt by their text: with a whole source, most of
    /// what is known of its languages would be held out.
    pub(super) fn get(&self, row: &Row) -> Option<usize> {
        if row.foreign {
            let mark = row.text.bytes().fold(0usize, |mark, byte| mark.wrapping_mul(31) ^ usize::from(byte));
            return Some((mark >> 3) % FOLDS);
        }
        self.0.get(&(row.harmful, row.source.as_str())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_in_one_part_and_parts_are_of_a_size() {
        let rows: Vec<Row> = (0..100)
            .map(|at| Row {
                text: format!("loaf {at}"),
                harmful: false,
                source: format!("bakers{}", at % 10),
                category: String::new(),
                foreign: at >= 90,
            })
            .collect();
        let folds = Folds::of(&rows);
        let count = |fold| rows.iter().filter(|row| folds.get(row) == Some(fold)).count();
        assert!((0..FOLDS).all(|fold| (15..=35).contains(&count(fold))));
        assert_eq!(folds.get(&rows[3]), folds.get(&rows[13]));
        assert!((90..100).any(|at| folds.get(&rows[at]) != folds.get(&rows[at - 10])), "dealt by text");
    }
}
