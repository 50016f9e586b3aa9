//! From texts to a decision: rules, trained model, policy.

pub mod classify;
pub mod decide;
pub mod hazard;
pub mod rule;
pub mod second;
