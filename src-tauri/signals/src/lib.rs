//! Looking at what is deployed.
