//! Seaworthy: http.
