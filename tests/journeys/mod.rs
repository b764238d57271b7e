//! Journeys of one release through the real edges.

mod captain;
mod whole;
