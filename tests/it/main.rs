//! The one integration binary: a module per test layer.

mod architecture;
