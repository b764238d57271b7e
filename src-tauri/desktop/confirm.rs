//! The one question that may wait for its person: shown by a window that the asking page cannot reach.
//!
//! A question belongs to one window and is answered at most once, by its nonce. It is withdrawn when what it is about
//! moves on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use seaworthy_wire::{Code, Fault, Push, Reply, Secret};
use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Start of the labels of confirming windows, as their capability names them. Each question has a window of its own.
pub(crate) const LABEL: &str = "confirm-";

/// What the confirming window shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Question {
    /// Sent back with the answer.
    pub(crate) nonce: String,
    /// A preview or commands to approve, as the engine gave them.
    pub(crate) shown: Reply,
    /// What is typed with a yes.
    pub(crate) typed: Option<Typed>,
}

/// A secret that a question asks for. It is typed in the question's own window, which ends with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Typed {
    /// A token of a service.
    Token,
    /// The passphrase of the vault.
    Passphrase,
    /// One that is made up now, and therefore typed twice.
    NewPassphrase,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Do it.
    Yes {
        /// Of several things, those with these digests.
        ticked: Vec<String>,
        /// What was typed.
        secret: Option<Secret>,
    },
    /// Leave it.
    No,
    /// It is about something that changed meanwhile.
    Withdrawn,
}

/// The place that a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Identity of the release.
    pub(crate) release: String,
    /// Its position when the question was put.
    pub(crate) position: String,
}

/// Holds at most one question.
#[derive(Default)]
pub(crate) struct Confirm(Mutex<Slot>);

#[derive(Default)]
struct Slot {
    asked: u64,
    waiting: Option<Waiting>,
}

struct Waiting {
    label: String,
    question: Question,
    subject: Option<Subject>,
    answer: oneshot::Sender<Answer>,
}

/// A question that was put: the label for its window, and where its answer arrives.
pub(crate) struct Put {
    pub(crate) label: String,
    pub(crate) answer: oneshot::Receiver<Answer>,
}

impl Confirm {
    /// Puts a question, unless another one waits.
    pub(crate) fn put(
        &self,
        shown: Reply,
        typed: Option<Typed>,
        subject: Option<Subject>,
    ) -> Result<Put, Fault> {
        let mut slot = self.slot();
        if slot.waiting.is_some() {
            return Err(Fault::new(Code::Refused, "another question waits for an answer")
                .with_help("answer it first, or close its window"));
        }
        slot.asked += 1;
        let label = format!("{LABEL}{}", slot.asked);
        let question = Question { nonce: Uuid::new_v4().simple().to_string(), shown, typed };
        let (answer, answered) = oneshot::channel();
        slot.waiting = Some(Waiting { label: label.clone(), question, subject, answer });
        Ok(Put { label, answer: answered })
    }

    /// The question of the window `label`.
    pub(crate) fn pending(&self, label: &str) -> Result<Question, Fault> {
        let slot = self.slot();
        let own = slot.waiting.as_ref().filter(|waiting| waiting.label == label);
        own.map(|waiting| waiting.question.clone()).ok_or_else(gone)
    }

    /// Takes the answer of the window `label`; a nonce counts once.
    pub(crate) fn answer(&self, label: &str, nonce: &str, answer: Answer) -> Result<(), Fault> {
        self.end(|waiting| waiting.label == label && waiting.question.nonce == nonce, answer)
    }

    /// The window of a question is gone.
    pub(crate) fn closed(&self, label: &str) {
        // An answered question has no window either.
        let _ = self.end(|waiting| waiting.label == label, Answer::No);
    }

    /// Takes the question back, whatever it is about.
    pub(crate) fn withdraw(&self) {
        let _ = self.end(|_| true, Answer::Withdrawn);
    }

    /// Takes the question back when its release is somewhere else now.
    pub(crate) fn saw(&self, push: &Push) {
        let Push::Release { view } = push else { return };
        let head = &view.head;
        let moved = |subject: &Subject| subject.release == head.id && subject.position != head.position;
        let _ = self.end(|waiting| waiting.subject.as_ref().is_some_and(moved), Answer::Withdrawn);
    }

    fn end(&self, is_meant: impl Fn(&Waiting) -> bool, answer: Answer) -> Result<(), Fault> {
        let waiting = self.slot().waiting.take_if(|waiting| is_meant(waiting)).ok_or_else(gone)?;
        // Nobody waits when the asking side has ended.
        let _ = waiting.answer.send(answer);
        Ok(())
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone() -> Fault {
    Fault::new(Code::Refused, "this question is no longer open").with_help("ask again in the main window")
}

#[cfg(test)]
mod tests {
    use super::{Answer, Confirm};
    use seaworthy_wire::Reply;

    #[tokio::test]
    async fn one_question_one_window_one_answer() {
        let confirm = Confirm::default();
        let put = confirm.put(Reply::Done, None, None).expect("nothing waits");
        assert!(confirm.put(Reply::Done, None, None).is_err(), "a second question");
        assert!(confirm.pending("main").is_err(), "another window");
        let nonce = confirm.pending(&put.label).expect("its own window").nonce;

        let yes = || Answer::Yes { ticked: Vec::new(), secret: None };
        assert!(confirm.answer("confirm-9", &nonce, yes()).is_err(), "another window's answer");
        assert!(confirm.answer(&put.label, "guess", yes()).is_err(), "a wrong nonce");
        confirm.answer(&put.label, &nonce, yes()).expect("the right one");
        assert!(confirm.answer(&put.label, &nonce, yes()).is_err(), "the nonce again");
        assert_eq!(put.answer.await.expect("answered"), yes());
    }

    #[tokio::test]
    async fn a_late_goodbye_of_an_old_window_leaves_the_next_question_alone() {
        let confirm = Confirm::default();
        let first = confirm.put(Reply::Done, None, None).expect("nothing waits");
        confirm.closed(&first.label);
        assert_eq!(first.answer.await.expect("ended"), Answer::No);
        let second = confirm.put(Reply::Done, None, None).expect("nothing waits");
        confirm.closed(&first.label);
        assert!(confirm.pending(&second.label).is_ok());
        confirm.withdraw();
        assert_eq!(second.answer.await.expect("ended"), Answer::Withdrawn);
    }
}
