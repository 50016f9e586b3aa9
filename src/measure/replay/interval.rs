//! How sure a rate is, and a difference of rates.

/// The two-sided 95 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// Wilson's score interval at 95 % (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for small samples).
pub fn wilson(hits: u64, of: u64) -> Option<[f64; 2]> {
    let p = share(hits, of)?;
    let n = share(of, 1)?;
    let scale = 1.0 + Z * Z / n;
    let middle = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some([(middle - half).max(0.0), (middle + half).min(1.0)])
}

/// The 95 % interval of `now - old`, two shares of `(hits, of)` each: Newcombe's hybrid score interval (Newcombe 1998,
/// "Interval estimation for the difference between independent proportions", method 10).
pub fn difference(now: (u64, u64), old: (u64, u64)) -> Option<[f64; 2]> {
    let (p, q) = (share(now.0, now.1)?, share(old.0, old.1)?);
    let ([p_low, p_high], [q_low, q_high]) = (wilson(now.0, now.1)?, wilson(old.0, old.1)?);
    let below = ((p - p_low).powi(2) + (q_high - q).powi(2)).sqrt();
    let above = ((p_high - p).powi(2) + (q - q_low).powi(2)).sqrt();
    Some([p - q - below, p - q + above])
}

/// `part` of `whole`; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_as_published() {
        // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
        let [low, high] = wilson(81, 263).unwrap();
        assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} {high}");
        assert_eq!(wilson(0, 10).unwrap()[0], 0.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn differences_as_published() {
        // Newcombe 1998, table II: 56/70 against 48/80 gives 0.0524 to 0.3339 by method 10.
        let [low, high] = difference((56, 70), (48, 80)).unwrap();
        assert!((low - 0.0524).abs() < 1e-4 && (high - 0.3339).abs() < 1e-4, "{low} {high}");
        assert_eq!(difference((1, 2), (0, 0)), None);
    }
}
