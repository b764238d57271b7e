//! One HTTP client for everything that speaks to a service.
//!
//! A call has one deadline for everything, limits on what it reads, no redirects, no cookies and no retries; its error
//! says whether the request can have had an effect. What an answer means, when to try again and which origins may
//! see which token are the caller's business, and so is which addresses a probe may reach: nothing here looks at
//! where a name leads. HTTP/2 and compressed answers are deliberately absent: limits are simple to keep without them.

mod answer;
mod client;
mod error;
mod strict;

#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use client::BODY_BYTES_MAX;
pub use client::Client;
pub use client::HEADER_BYTES_MAX;
pub use client::MUTATION_DEADLINE;
pub use client::ProxyUse;
pub use client::READ_DEADLINE;
pub use client::Request;
pub use error::HttpError;
pub use error::LostCause;
pub use error::Part;
pub use error::Phase;
pub use reqwest::Method;
pub use reqwest::StatusCode;
pub use reqwest::Url;
pub use reqwest::header;
pub use strict::DecodeError;
pub use strict::JSON_DEPTH_MAX;
pub use strict::from_json;
