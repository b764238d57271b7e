//! The engine against an outside that fails in every way, with the real ledger.

mod acting;
mod breaking;
mod bundles;
mod checks;
mod connecting;
mod harbor;
mod home;
mod hosted;
mod keeper;
mod ledgers;
mod measured;
mod notices;
mod operations;
mod outside;
mod patience;
mod rivals;
mod samples;
mod signing;
mod watching;
