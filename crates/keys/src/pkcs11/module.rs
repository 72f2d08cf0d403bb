//! Loading a module: once a process, and only what nobody else can have written. Starting it again, when that is what helps.
//!
//! Some modules never see a token again that was away, until they are finalised and initialised anew (SoftHSM2 is one). That ends all
//! sessions of the process with all tokens of the module, so it is done at most every [`RESTART_PAUSE`], never while any call into
//! the module is under way, and each session remembers the generation it was opened in: handles are numbers, and a new session may get
//! the number of an old one.

use super::error::Fault;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CallError, RvError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

/// The shortest time between two starts of a module.
pub const RESTART_PAUSE: Duration = Duration::from_secs(10);

/// Modules that this process has loaded. They stay: a library that is taken out again may leave threads behind.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module that is loaded.
pub(super) struct Module {
    pub pkcs11: Pkcs11,
    /// Held for reading during every call.
    start: RwLock<Start>,
}

/// One start of a module.
#[derive(Clone, Copy)]
pub(super) struct Start {
    /// How many were before it.
    pub generation: u64,
    at: Instant,
}

impl Module {
    /// The right to call, until it is dropped.
    pub fn enter(&self) -> RwLockReadGuard<'_, Start> {
        // Numbers: a panic of somebody who held it left nothing half-done.
        self.start.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finalises and initialises the module, unless somebody is in it or it was done a moment ago. Says whether it was done.
    pub fn restart(&self) -> bool {
        let Ok(mut start) = self.start.try_write() else { return false };
        if start.at.elapsed() < RESTART_PAUSE {
            return false;
        }
        *start = Start { generation: start.generation + 1, at: Instant::now() };
        let ended = self.pkcs11.clone().finalize();
        match (ended, initialize(&self.pkcs11)) {
            (Ok(()), Ok(())) => true,
            (ended, begun) => {
                tracing::warn!("The module did not start again: {ended:?}, {begun:?}");
                false
            }
        }
    }
}

/// The module at this path.
pub(super) fn load(path: &Path) -> Result<Arc<Module>, Fault> {
    let failed = |what: String| Fault::Module(what);
    let real = std::fs::canonicalize(path).map_err(|error| failed(error.to_string()))?;
    // A panic of somebody who held it left a map that is whole: one insertion is all that happens here.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = loaded.get(&real) {
        return Ok(Arc::clone(module));
    }
    check_owner(&real)?;
    let pkcs11 = Pkcs11::new(&real).map_err(|error| failed(error.to_string()))?;
    initialize(&pkcs11).map_err(|error| failed(error.to_string()))?;
    let start = RwLock::new(Start { generation: 0, at: Instant::now() });
    let module = Arc::new(Module { pkcs11, start });
    loaded.insert(real, Arc::clone(&module));
    Ok(module)
}

fn initialize(pkcs11: &Pkcs11) -> Result<(), CallError> {
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // By another library of this process.
        Err(CallError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        outcome => outcome,
    }
}

/// Refuses a library that somebody other than root and this program's owner could have written.
#[cfg(unix)]
fn check_owner(path: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::MetadataExt as _;
    let failed = |what: String| Fault::Module(what);
    let meta = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !meta.is_file() {
        return Err(failed("it is not a file".to_owned()));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(failed(format!("others may write it. Hint: chmod go-w `{}`", path.display())));
    }
    // The owner of our own process; the call that asks for it is not a safe one.
    let own = std::fs::metadata("/proc/self");
    let own = own.map_err(|error| failed(format!("cannot find out who runs this program: {error}")))?.uid();
    if meta.uid() != 0 && meta.uid() != own {
        return Err(failed(format!("it belongs to user {}, not to root or to the user of this program", meta.uid())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_path: &Path) -> Result<(), Fault> {
    Ok(())
}
