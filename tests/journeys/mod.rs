//! Journeys of one release through the real edges.

mod captain;
mod operations;
mod refusals;
mod watching;
mod whole;
