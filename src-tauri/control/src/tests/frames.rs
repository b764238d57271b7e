//! Bytes that no client of ours sends.

use super::fake::Fake;
use crate::Role;
use crate::frame::Hello;
use crate::frame::Told;
use crate::frame::codec;
use crate::frame::encode;
use crate::frame::read;
use crate::server::attend;
use bytes::Bytes;
use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;
use seaworthy_wire::Code;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::AsyncWriteExt;
use tokio_util::codec::Encoder;
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

/// Sends bytes and hangs up; gives the code of the fault that came back and the number of calls that the engine saw.
fn send(bytes: Vec<u8>) -> (Option<Code>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = Arc::new(Fake::default());
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let engine =
            tokio::spawn(attend(theirs, Arc::clone(&fake) as _, Role::App, CancellationToken::new()));
        let (read_half, mut write_half) = tokio::io::split(ours);
        let writing = tokio::spawn(async move {
            drop(write_half.write_all(&bytes).await);
            drop(write_half.shutdown().await);
        });
        let mut frames = FramedRead::new(read_half, codec(crate::ANSWER_BYTES_MAX));
        let mut code = None;
        while let Ok(told) = read::<serde_json::Value, _>(&mut frames).await {
            if let Ok(Told::Fault(fault)) = serde_json::from_value(told) {
                code = Some(fault.code);
            }
        }
        engine.await.unwrap();
        drop(frames);
        writing.await.unwrap();
        (code, fake.calls.load(Ordering::SeqCst))
    })
}

fn framed(payload: Bytes) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    codec(crate::ANSWER_BYTES_MAX).encode(payload, &mut bytes).unwrap();
    bytes.to_vec()
}

fn hello() -> Vec<u8> {
    framed(encode(&Hello::ours(), 1_000).unwrap())
}

#[test]
fn a_whole_exchange_for_comparison() {
    let bytes = [hello(), framed(Bytes::from_static(br#"{"request":{"do":"doctor"}}"#))].concat();
    assert_eq!(send(bytes), (None, 1));
}

#[test]
fn a_frame_that_says_it_is_too_long_is_refused_before_it_is_read() {
    let length = u32::try_from(crate::REQUEST_BYTES_MAX + 1).unwrap();
    assert_eq!(send(length.to_be_bytes().to_vec()), (Some(Code::BadInput), 0));
    assert_eq!(send([hello(), u32::MAX.to_be_bytes().to_vec()].concat()), (Some(Code::BadInput), 0));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = Bytes::from("[".repeat(200_000));
    assert_eq!(send([hello(), framed(deep)].concat()), (Some(Code::BadInput), 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_is_answered_and_never_carried_out(noise in vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(send(noise), (Some(Code::BadInput), 0));
    }

    #[test]
    fn garbage_behind_a_hello_is_answered_and_never_carried_out(noise in vec(any::<u8>(), 0..2_000)) {
        prop_assert_eq!(send([hello(), noise.clone()].concat()), (Some(Code::BadInput), 0));
        prop_assert_eq!(send([hello(), framed(noise.into())].concat()), (Some(Code::BadInput), 0));
    }

    #[test]
    fn a_cut_request_is_never_carried_out(keep in 0usize..30) {
        let whole = framed(Bytes::from_static(br#"{"request":{"do":"doctor"}}"#));
        prop_assert_eq!(send([hello(), whole[..keep].to_vec()].concat()), (Some(Code::BadInput), 0));
    }
}
