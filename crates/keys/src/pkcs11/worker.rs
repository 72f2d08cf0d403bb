//! The thread that owns a key's session, and its queue. The module's head says how it behaves.

use super::error::{Fault, TokenKeyError};
use super::pin::Pin;
use super::place::Place;
use super::session::{OpenKey, restart};
use crate::file::KeyError;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracelight_domain::ids::PublicKey;

/// Messages that may wait for a key. At half a millisecond a signature (SoftHSM2) the last waits 32 ms.
pub const QUEUE_MAX: usize = 64;
/// Bytes of a message: the longest transaction (64 KiB) and its domain, with room.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// How long opening may take at the start.
pub const OPEN_WAIT_MAX: Duration = Duration::from_secs(20);
/// The shortest time between two tries to open a token that is not to be had.
pub const REOPEN_PAUSE: Duration = Duration::from_secs(1);
/// How long whoever lets a key go waits for its thread to leave the module.
const LEAVE_WAIT_MAX: Duration = Duration::from_secs(2);

type Answer = Result<[u8; 64], Fault>;

struct Request {
    message: Vec<u8>,
    /// Nobody waits for it after this.
    until: Instant,
    /// Has room for the one answer, so answering never blocks.
    answer: SyncSender<Answer>,
}

/// A key in a token. Letting it go waits until its thread has left the module, at most [`LEAVE_WAIT_MAX`].
pub struct TokenKey {
    place: Place,
    // Goes before the thread: without it the thread ends.
    requests: SyncSender<Request>,
    _thread: InModule,
}

/// A thread that calls into a module. The end of the process takes the module down under whoever is still in it: SoftHSM2 over
/// OpenSSL 3 crashed then, when a program ended just after it had let its key go. So whoever starts such a thread sees it end.
struct InModule(Option<JoinHandle<()>>);

impl Drop for InModule {
    fn drop(&mut self) {
        let Some(thread) = self.0.take() else { return };
        let until = Instant::now() + LEAVE_WAIT_MAX;
        while !thread.is_finished() {
            if Instant::now() >= until {
                tracing::warn!("A PKCS#11 module does not let a thread go; going on without it");
                return;
            }
            thread::sleep(Duration::from_micros(200));
        }
        // Also waits for what the module hung on the thread's end. A panic was told when it happened.
        let _ = thread.join();
    }
}

impl TokenKey {
    /// Opens the token and has the key show itself. The PIN is asked for at the terminal where the place names no file.
    ///
    /// # Errors
    /// [`KeyError`] naming module, token and key.
    pub fn open(key_file: &Path, place: Place, public: PublicKey) -> Result<Self, KeyError> {
        let pin = Pin::of(&place, key_file)?;
        let (requests, queue) = mpsc::sync_channel(QUEUE_MAX);
        let (opened, thread) = start(&place.clone(), OPEN_WAIT_MAX, move |report| {
            let mut worker = Worker { place, public, pin, state: State::Closed { since: None } };
            let outcome = worker.open().map(|open| worker.state = State::Open(Box::new(open)));
            let good = outcome.is_ok();
            // Whoever opened may have gone; then the queue is closed as well.
            let _ = report.send(outcome.map(|()| worker.place.clone()));
            if good {
                worker.run(&queue);
            }
        })?;
        Ok(Self { place: opened, requests, _thread: thread })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Signs. Blocks the caller, at most [`Place::timeout_ms`]. What it signs is for the methods of
    /// [`Signer`](crate::Signer) to say.
    pub(crate) fn sign(&self, message: Vec<u8>) -> Result<[u8; 64], TokenKeyError> {
        self.ask(message).map_err(|fault| TokenKeyError { place: Box::new(self.place.clone()), fault })
    }

    fn ask(&self, message: Vec<u8>) -> Answer {
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(Fault::TooLong { bytes: message.len() });
        }
        let wait = Duration::from_millis(self.place.timeout_ms);
        let (answer, answered) = mpsc::sync_channel(1);
        let request = Request { message, until: Instant::now() + wait, answer };
        match self.requests.try_send(request) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Fault::Busy),
            Err(TrySendError::Disconnected(_)) => return Err(ended()),
        }
        match answered.recv_timeout(wait) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => Err(Fault::Timeout { ms: self.place.timeout_ms }),
            // Dropped unanswered: too late, a moment before this side saw it.
            Err(RecvTimeoutError::Disconnected) => Err(Fault::Timeout { ms: self.place.timeout_ms }),
        }
    }
}

/// The key's thread is gone, which only a panic in it can do.
fn ended() -> Fault {
    Fault::Module("the thread of this key has ended; start the program again".to_owned())
}

/// Runs `work` on a thread of its own, waits for its report and then for the thread's end. A module that never returns costs that
/// thread.
pub(super) fn within<T: Send + 'static>(
    place: &Place,
    wait: Duration,
    work: impl FnOnce(SyncSender<Result<T, Fault>>) + Send + 'static,
) -> Result<T, TokenKeyError> {
    start(place, wait, work).map(|(report, _thread)| report)
}

/// Starts `work` on a thread of its own and waits for its first report. After one that says what failed it waits for the thread's
/// end.
fn start<T: Send + 'static>(
    place: &Place,
    wait: Duration,
    work: impl FnOnce(SyncSender<Result<T, Fault>>) + Send + 'static,
) -> Result<(T, InModule), TokenKeyError> {
    let failed = |fault| TokenKeyError { place: Box::new(place.clone()), fault };
    let (report, reported) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name("token-key".to_owned()).spawn(move || work(report));
    let thread = thread.map_err(|error| failed(Fault::Module(format!("no thread for it: {error}"))))?;
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    match reported.recv_timeout(wait) {
        Ok(outcome) => {
            let thread = InModule(Some(thread));
            Ok((outcome.map_err(failed)?, thread))
        }
        // It has had its time.
        Err(RecvTimeoutError::Timeout) => Err(failed(Fault::Timeout { ms })),
        Err(RecvTimeoutError::Disconnected) => Err(failed(ended())),
    }
}

enum State {
    Open(Box<OpenKey>),
    Closed {
        /// The last try that failed, and why.
        since: Option<(Instant, Fault)>,
    },
}

struct Worker {
    place: Place,
    public: PublicKey,
    pin: Pin,
    state: State,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Request>) {
        // Ends when the key is dropped.
        while let Ok(request) = queue.recv() {
            if Instant::now() >= request.until {
                continue;
            }
            let outcome = self.sign(&request.message);
            // Who does not wait any more learns nothing.
            let _ = request.answer.send(outcome);
        }
    }

    fn sign(&mut self, message: &[u8]) -> Answer {
        if let State::Open(open) = &self.state {
            match open.sign(message) {
                Err(fault) if fault.is_lost() => {
                    tracing::warn!("Lost the session with {}: {fault}; opening it again", self.place);
                    self.state = State::Closed { since: None };
                }
                outcome => return outcome,
            }
        }
        self.reopen()?.sign(message)
    }

    fn reopen(&mut self) -> Result<&OpenKey, Fault> {
        if let State::Closed { since: Some((at, last)) } = &self.state
            && at.elapsed() < REOPEN_PAUSE
        {
            return Err(Fault::Away { last: Box::new(last.clone()) });
        }
        // Some modules see a token again only after a new start.
        let opened = match self.open() {
            Err(fault) if fault.may_be_gone() && restart(&self.place) => self.open(),
            outcome => outcome,
        };
        self.state = match opened {
            Ok(open) => {
                tracing::info!("Opened {} again", self.place);
                State::Open(Box::new(open))
            }
            Err(fault) => State::Closed { since: Some((Instant::now(), fault)) },
        };
        match &self.state {
            State::Open(open) => Ok(open),
            State::Closed { since } => {
                Err(since.as_ref().map_or(Fault::NoToken { seen: Vec::new() }, |(_, fault)| fault.clone()))
            }
        }
    }

    fn open(&mut self) -> Result<OpenKey, Fault> {
        OpenKey::open(&self.place, self.public, &mut self.pin)
    }
}
