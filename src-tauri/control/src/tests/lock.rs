//! The lock and the way past it.

use super::fake::Fake;
use crate::Door;
use crate::Handler;
use crate::Held;
use crate::Lock;
use crate::LockError;
use crate::Role;
use crate::open_door;
use seaworthy_wire::Code;
use seaworthy_wire::Fault;
use std::path::Path;
use std::sync::Arc;

async fn door(dir: &Path, role: Role) -> Result<Door, Fault> {
    open_door(dir, role, || async { Ok(Arc::new(Fake::default()) as Arc<dyn Handler>) }).await
}

#[test]
fn one_holder_at_a_time_and_it_says_who_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let first = Lock::take(dir.path(), Role::Watch).unwrap();
    let Err(LockError::Held(held)) = Lock::take(dir.path(), Role::Command) else { panic!("taken twice") };
    assert_eq!(held, Held { pid: Some(std::process::id()), role: Some(Role::Watch) });
    assert_eq!(held.to_string(), format!("process {} (watch)", std::process::id()));
    let clone = first.clone();
    drop(first);
    assert!(Lock::take(dir.path(), Role::Command).is_err(), "a clone still holds it");
    drop(clone);
    Lock::take(dir.path(), Role::Command).unwrap();
}

#[test]
fn a_note_that_is_not_ours_reads_as_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let _lock = Lock::take(dir.path(), Role::App).unwrap();
    std::fs::write(dir.path().join("engine.lock"), [0xff; 900]).unwrap();
    let Err(LockError::Held(held)) = Lock::take(dir.path(), Role::App) else { panic!("taken twice") };
    assert_eq!(held.to_string(), "another process");
}

#[cfg(unix)]
#[test]
fn directory_and_lock_are_for_their_owner_alone() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("deep").join("home");
    let _lock = Lock::take(&home, Role::App).unwrap();
    assert_eq!(std::fs::metadata(&home).unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(home.join("engine.lock")).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(Lock::take(&file, Role::App), Err(LockError::Io { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn the_second_door_leads_to_the_first_and_the_third_takes_over() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let first = door(dir.path(), Role::Watch).await.unwrap();
    let second = door(dir.path(), Role::Command).await.unwrap();
    assert!(first.is_local() && first.is_watched());
    assert!(!second.is_local() && second.is_watched(), "the first one watches");
    let socket = dir.path().join("control.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().mode() & 0o777, 0o600);
    first.close().await;
    assert!(!socket.exists());
    let third = door(dir.path(), Role::Command).await.unwrap();
    assert!(third.is_local() && !third.is_watched());
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_never_answers_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let _lock = Lock::take(dir.path(), Role::App).unwrap();
    let Err(fault) = door(dir.path(), Role::Command).await else { panic!("opened") };
    assert_eq!(fault.code, Code::Refused);
    assert!(fault.message.contains(&format!("process {} (app)", std::process::id())), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_leaves_in_between_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let lock = Lock::take(dir.path(), Role::Command).unwrap();
    let path = dir.path().to_owned();
    let opening = tokio::spawn(async move { door(&path, Role::Command).await });
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    assert!(!opening.is_finished());
    drop(lock);
    assert!(opening.await.unwrap().unwrap().is_local());
}

#[tokio::test]
async fn an_engine_that_cannot_be_made_frees_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let made = open_door(dir.path(), Role::App, || async {
        Err(Fault::new(Code::Integrity, "the ledger does not verify"))
    });
    assert_eq!(made.await.err().map(|fault| fault.code), Some(Code::Integrity));
    Lock::take(dir.path(), Role::App).unwrap();
}
