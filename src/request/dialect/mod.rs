//! Which API a request speaks. A dialect labels strings; it cannot hide one.

/// One API: how to label its strings and how it says no.
#[derive(Debug)]
pub struct Dialect {
    /// The name used in config, metrics and logs.
    pub name: &'static str,
}

static PLAIN: Dialect = Dialect { name: "plain" };

/// The dialect of bare text.
pub(crate) fn plain() -> &'static Dialect {
    &PLAIN
}
