//! Traces of a build without them: there is no way to make one.

use std::convert::Infallible;
use std::time::Duration;

use http::HeaderMap;

use super::TraceSettings;
use crate::serve::audit::Record;

/// No traces.
#[derive(Debug)]
pub(in crate::serve::audit) struct Traces(Infallible);

impl Traces {
    /// Says what is missing.
    ///
    /// # Errors
    /// Always.
    pub(in crate::serve::audit) fn open(_: &TraceSettings) -> Result<Self, String> {
        Err("this unspool was built without the feature `otlp`".into())
    }

    /// Never called.
    pub(in crate::serve::audit) fn begin(&self, _: &HeaderMap) -> Started {
        match self.0 {}
    }

    /// Never called.
    pub(in crate::serve::audit) async fn end(&self) {
        match self.0 {}
    }
}

/// No span.
#[derive(Debug)]
pub(in crate::serve::audit) struct Started(Infallible);

impl Started {
    /// Never called.
    pub(in crate::serve::audit) fn go_out(&mut self, _: &mut HeaderMap) {
        match self.0 {}
    }

    /// Never called.
    pub(in crate::serve::audit) fn finish(self, _: &Record, _: Duration) {
        match self.0 {}
    }
}
