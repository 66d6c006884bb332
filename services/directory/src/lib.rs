//! directory

pub mod domain;
