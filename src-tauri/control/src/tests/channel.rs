//! Requests over a real socket.
#![cfg(unix)]

use super::fake::Fake;
use super::fake::Lent;
use super::fake::freeze;
use super::fake::hold;
use super::fake::report;
use crate::Client;
use crate::ConnectError;
use crate::Door;
use crate::Handler;
use crate::Role;
use crate::frame::Ask;
use crate::frame::Hello;
use crate::frame::Told;
use crate::frame::Welcome;
use crate::frame::codec;
use crate::frame::encode;
use crate::frame::read;
use crate::open_door;
use futures_util::SinkExt;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use seaworthy_wire::Push;
use seaworthy_wire::Reply;
use seaworthy_wire::Request;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::codec::Framed;
use tokio_util::codec::FramedRead;
use tokio_util::codec::FramedWrite;

/// Only ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(60);

async fn served(dir: &Path) -> (Door, Arc<Fake>) {
    let fake = Arc::new(Fake::default());
    let handler: Arc<dyn Handler> = Arc::new(Lent(Arc::clone(&fake)));
    (open_door(dir, Role::App, || async { Ok(handler) }).await.unwrap(), fake)
}

async fn ask(dir: &Path, request: Request) -> Result<Reply, Fault> {
    let client = Client::connect(dir).await.unwrap();
    timeout(PATIENCE, client.call(request, mpsc::channel(8).0)).await.unwrap()
}

/// A client made by hand, past the handshake.
async fn raw(dir: &Path, request: Request) -> UnixStream {
    let mut stream = UnixStream::connect(dir.join("control.sock")).await.unwrap();
    let mut sink = FramedWrite::new(&mut stream, codec(crate::REQUEST_BYTES_MAX));
    sink.send(encode(&Hello::ours(), 1_000).unwrap()).await.unwrap();
    sink.send(encode(&Ask { request }, 1_000).unwrap()).await.unwrap();
    stream
}

#[tokio::test]
async fn answers_and_faults_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, _) = served(dir.path()).await;
    assert_eq!(ask(dir.path(), Request::Doctor).await, Ok(Reply::Done));
    assert_eq!(ask(dir.path(), Request::Releases).await, Err(Fault::new(Code::Refused, "not in this state")));
}

#[tokio::test]
async fn every_push_comes_before_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, fake) = served(dir.path()).await;
    let client = Client::connect(dir.path()).await.unwrap();
    let (pushes, mut seen) = mpsc::channel(8);
    fake.go_on.notify_one();
    assert_eq!(timeout(PATIENCE, client.call(freeze(), pushes)).await.unwrap(), Ok(Reply::Done));
    let mut lines = Vec::new();
    while let Some(Push::Progress { line, .. }) = seen.recv().await {
        lines.push(line);
    }
    assert_eq!(lines, ["step 0", "step 1", "step 2"]);
}

#[tokio::test]
async fn a_change_goes_on_when_its_client_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let (door, fake) = served(dir.path()).await;
    let client = raw(dir.path(), freeze()).await;
    timeout(PATIENCE, fake.begun.notified()).await.unwrap();
    drop(client);
    // Another client is served meanwhile, and by then the first one's end has been seen or is about to be.
    assert_eq!(ask(dir.path(), Request::Doctor).await, Ok(Reply::Done));
    fake.go_on.notify_one();
    timeout(PATIENCE, fake.ended.notified()).await.unwrap();
    timeout(PATIENCE, door.close()).await.unwrap();
}

#[tokio::test]
async fn a_slow_subscriber_never_holds_the_engine_up_and_is_dropped_when_it_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, fake) = served(dir.path()).await;
    let client = raw(dir.path(), Request::Subscribe).await;
    timeout(PATIENCE, fake.flooded.notified())
        .await
        .expect("the engine waited for a client that reads nothing");
    drop(client);
    timeout(PATIENCE, fake.dropped.notified()).await.expect("the stream outlived its client");
}

#[tokio::test]
async fn a_stream_ends_with_the_engine() {
    let dir = tempfile::tempdir().unwrap();
    let (door, fake) = served(dir.path()).await;
    let client = Client::connect(dir.path()).await.unwrap();
    let (pushes, unread) = mpsc::channel(1);
    drop(unread);
    let listening = tokio::spawn(async move { client.call(Request::Subscribe, pushes).await });
    timeout(PATIENCE, fake.flooded.notified()).await.unwrap();
    timeout(PATIENCE, door.close()).await.unwrap();
    assert_eq!(listening.await.unwrap().unwrap_err().code, Code::Outside);
}

#[tokio::test]
async fn a_panic_in_the_engine_is_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, _) = served(dir.path()).await;
    assert_eq!(ask(dir.path(), hold()).await.unwrap_err().code, Code::Outside);
    assert_eq!(ask(dir.path(), Request::Doctor).await, Ok(Reply::Done));
}

#[tokio::test]
async fn what_is_too_long_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, _) = served(dir.path()).await;
    let long = Request::Open { folder: "x".repeat(crate::REQUEST_BYTES_MAX), version: "1".to_owned() };
    assert_eq!(ask(dir.path(), long).await.unwrap_err().code, Code::BadInput);
    let answer = ask(dir.path(), report()).await.unwrap_err();
    assert_eq!((answer.code, answer.message.contains("too long")), (Code::Outside, true));
}

#[tokio::test]
async fn an_engine_of_another_version_says_which_one_to_restart() {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("control.sock")).unwrap();
    let older = Welcome { product: "0.0.9".to_owned(), pid: 7, ..Welcome::ours(Role::App) };
    let engine = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut line = Framed::new(stream, codec(1_000));
        line.send(encode(&older, 1_000).unwrap()).await.unwrap();
        line
    });
    let error = Client::connect(dir.path()).await.unwrap_err();
    assert!(matches!(&error, ConnectError::Differs { running, pid: 7, .. } if running == "0.0.9"));
    let fault = Fault::from(error);
    assert_eq!(fault.code, Code::Refused);
    let wanted = format!("restart the older one: close process 7 and start it again as {}", crate::PRODUCT);
    assert_eq!(fault.help, Some(wanted));
    drop(engine.await);
}

#[tokio::test]
async fn a_client_of_another_version_is_told_ours_and_nothing_is_carried_out() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, fake) = served(dir.path()).await;
    let stream = UnixStream::connect(dir.path().join("control.sock")).await.unwrap();
    let (read_half, write_half) = tokio::io::split(stream);
    let mut sink = FramedWrite::new(write_half, codec(1_000));
    let newer = Hello { wire: seaworthy_wire::VERSION + 1, ..Hello::ours() };
    sink.send(encode(&newer, 1_000).unwrap()).await.unwrap();
    drop(sink.send(encode(&Ask { request: Request::Doctor }, 1_000).unwrap()).await);
    let mut frames = FramedRead::new(read_half, codec(10_000));
    let welcome: Welcome = read(&mut frames).await.unwrap();
    assert_eq!(welcome, Welcome::ours(Role::App));
    assert!(read::<Told, _>(&mut frames).await.is_err(), "the line is closed");
    assert_eq!(fake.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn more_clients_than_allowed_are_turned_away_until_one_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let (_door, fake) = served(dir.path()).await;
    let mut clients = Vec::new();
    for _ in 0..crate::CLIENTS_MAX {
        clients.push(raw(dir.path(), freeze()).await);
        timeout(PATIENCE, fake.begun.notified()).await.unwrap();
    }
    assert!(matches!(Client::connect(dir.path()).await, Err(ConnectError::Absent)));
    drop(clients);
    fake.go_on.notify_one();
    timeout(PATIENCE, fake.ended.notified()).await.unwrap();
    let back = async { while Client::connect(dir.path()).await.is_err() {} };
    timeout(PATIENCE, back).await.unwrap();
}

#[tokio::test]
async fn an_engine_that_ended_meanwhile_is_asked_again_by_the_person() {
    let dir = tempfile::tempdir().unwrap();
    let (door, _) = served(dir.path()).await;
    let client = Client::connect(dir.path()).await.unwrap();
    door.close().await;
    let fault = client.call(freeze(), mpsc::channel(8).0).await.unwrap_err();
    assert_eq!(fault.code, Code::Outside, "nothing was asked, so nothing is unknown: {fault}");
    assert_eq!(fault.help.as_deref(), Some("run the same command again"));
}
