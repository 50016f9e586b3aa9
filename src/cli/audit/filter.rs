//! Which lines of audit logs are meant.

use std::io::BufRead;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::cli::input::{open, or_stdin};
use crate::judge::hazard::Category;
use crate::measure::lines::{LINE_CAP, Line as Read, read_line};
use crate::serve::SHADOW_RESULTS;
use crate::serve::audit::{Line, OUTCOMES};

/// A file whose first lines, so many, are all no records is another one.
const STRANGE: u64 = 10;
/// Lines that cannot be read described, at most.
const SHOWN: u64 = 20;

/// Which lines. Every condition that is given must hold.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Filter {
    /// Audit logs; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The request's id
    #[arg(long)]
    id: Option<String>,
    /// What became of it
    #[arg(long, value_parser = PossibleValuesParser::new(OUTCOMES))]
    outcome: Option<String>,
    /// A rule that matched; a star at the end takes any ending
    #[arg(long)]
    rule: Option<String>,
    /// The hazard
    #[arg(long, value_parser = PossibleValuesParser::new(Category::ALL.map(Category::code)), ignore_case = true)]
    category: Option<String>,
    /// The model asked for
    #[arg(long)]
    model: Option<String>,
    /// The start of the key's hash
    #[arg(long)]
    key: Option<String>,
    /// What the candidate beside would have done
    #[arg(long, value_name = "RESULT", value_parser = PossibleValuesParser::new(SHADOW_RESULTS))]
    shadow: Option<String>,
    /// Not before this time (UTC), e.g. 2026-11-26 or 2026-11-26T08:00, or so long ago: 15m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<String>,
}

impl Filter {
    fn fits(&self, line: &Line) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let rule = |pattern: &str| {
            let one = |id: &str| pattern.strip_suffix('*').map_or(id == pattern, |stem| id.starts_with(stem));
            line.evidence.rules.iter().any(|id| one(id))
        };
        is(&self.id, Some(&line.request_id))
            && is(&self.outcome, Some(&line.outcome))
            && is(&self.category, line.category.as_deref())
            && is(&self.model, line.model.as_deref())
            && is(&self.shadow, line.shadow.as_ref().map(|opinion| opinion.result.as_str()))
            && self.rule.as_deref().is_none_or(rule)
            && self
                .key
                .as_deref()
                .is_none_or(|start| line.key.as_deref().is_some_and(|key| key.starts_with(start)))
            && self.since.as_deref().is_none_or(|since| line.time.as_str() >= since)
            && self.until.as_deref().is_none_or(|until| line.time.as_str() < until)
    }

    /// Hands every line that fits to `take`, which says whether to go on. Gives how many lines could not be read.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(Line, &[u8]) -> anyhow::Result<bool>,
    ) -> anyhow::Result<u64> {
        let mut broken = 0_u64;
        for path in or_stdin(&self.files) {
            let mut from = open(&path)?;
            let mut number = 0_u64;
            let before = broken;
            while let Some(bytes) = next(&mut *from)? {
                number += 1;
                match serde_json::from_slice::<Line>(&bytes) {
                    Ok(line) if !self.fits(&line) => {}
                    Ok(line) => {
                        if !take(line, &bytes)? {
                            return Ok(broken);
                        }
                    }
                    Err(error) => {
                        broken += 1;
                        anyhow::ensure!(
                            number < STRANGE || broken - before < number,
                            "{}: this is no audit log: none of its first {STRANGE} lines is a record of a decision",
                            path.display()
                        );
                        if broken <= SHOWN {
                            eprintln!("{}:{number}: no audit line: {error}", path.display());
                        }
                    }
                }
            }
        }
        if broken > SHOWN {
            eprintln!("unspool: {} more lines could not be read", broken - SHOWN);
        }
        Ok(broken)
    }
}

fn next(from: &mut dyn BufRead) -> anyhow::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        match read_line(from, LINE_CAP, &mut line)? {
            Read::End => return Ok(None),
            Read::Full if line.iter().all(u8::is_ascii_whitespace) => {}
            Read::Full | Read::TooLong => return Ok(Some(line)),
        }
    }
}

/// Reads a time as a log writes it, without its zone so that it sorts before all that happened within that second.
fn moment(written: &str) -> Result<String, String> {
    let ago = |unit: char, seconds: i64| {
        let count: i64 = written.strip_suffix(unit)?.parse().ok()?;
        let long = SignedDuration::from_secs(count.checked_mul(seconds)?);
        Timestamp::now().checked_sub(long).ok()
    };
    let units = [('m', 60), ('h', 3600), ('d', 86_400)];
    let at =
        units.into_iter().find_map(|(unit, seconds)| ago(unit, seconds)).or_else(|| written.parse().ok());
    if let Some(at) = at {
        return Ok(at.to_string().trim_end_matches('Z').to_owned());
    }
    let date = written.parse::<Date>().ok().filter(|_| !written.contains([':', 'T']));
    let time = || written.parse::<DateTime>().ok();
    date.map(|date| date.to_string()).or_else(|| time().map(|time| time.to_string())).ok_or_else(|| {
        "write a date (2026-11-26), a time (2026-11-26T08:00) in UTC, or how long ago (15m, 24h, 7d)"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_several_ways() {
        for (written, meant) in [
            ("2026-11-26", "2026-11-26"),
            ("2026-11-26T08:00", "2026-11-26T08:00:00"),
            ("2026-11-26 08:00:30", "2026-11-26T08:00:30"),
            ("2026-11-26T08:00:30Z", "2026-11-26T08:00:30"),
            ("2026-11-26T08:00:30+02:00", "2026-11-26T06:00:30"),
        ] {
            assert_eq!(moment(written).as_deref(), Ok(meant), "{written}");
        }
        let (hour, day) = (moment("1h").unwrap(), moment("1d").unwrap());
        assert!(day < hour && hour < moment("0m").unwrap(), "{day} {hour}");
        for odd in ["yesterday", "", "h", "99999999999999999999d", "2026-13-01", "11-26"] {
            assert!(moment(odd).is_err(), "{odd}");
        }
    }
}
