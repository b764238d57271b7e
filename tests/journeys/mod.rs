//! Journeys of one release through the real edges.

mod bad_input;
mod captain;
mod folder;
mod operations;
mod refusals;
mod rehearsals;
mod terminal;
mod watching;
mod whole;
