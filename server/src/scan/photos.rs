//! The desk that takes photos of reports: few at once, so that strangers' pictures use up neither memory nor the processor.
//!
//! ```text
//! receive   RECEIVING_MAX forms with photos at once, one photo of each in memory: 4 * 8 MB, and 4 * 5 MB of results
//! decode    one at a time, on a thread of its own: up to 450 MB at the bounds of `tracelight_photos`
//! keep      PHOTOS_BYTES_MAX of this server's database
//! ```
//! When it is full the form comes back with what was typed, and the report can be sent without photos.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracelight_photos::{Kept, PhotoError};
use tracelight_web_ui::scan::model::PhotoFault;

/// Forms whose photos are received at once.
const RECEIVING_MAX: usize = 4;
/// How long a photo waits for its turn.
const DECODE_WAIT: Duration = Duration::from_secs(15);
/// Bytes of all photos that are kept at once. At 400 kB each these are 10,000 photos.
pub const PHOTOS_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// The desk.
#[derive(Debug)]
pub struct PhotoDesk {
    receiving: Arc<Semaphore>,
    decoding: Arc<Semaphore>,
}

impl Default for PhotoDesk {
    fn default() -> Self {
        Self { receiving: Arc::new(Semaphore::new(RECEIVING_MAX)), decoding: Arc::new(Semaphore::new(1)) }
    }
}

impl PhotoDesk {
    /// A place for one form's photos, to be held while they arrive; `None` when all are taken.
    #[must_use]
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        self.receiving.clone().try_acquire_owned().ok()
    }

    /// Makes a picture of our own out of what was sent.
    ///
    /// # Errors
    /// What is wrong with it, or that there is no room.
    pub async fn take(&self, sent: Vec<u8>) -> Result<Kept, PhotoFault> {
        let turn = tokio::time::timeout(DECODE_WAIT, self.decoding.clone().acquire_owned());
        let Ok(Ok(turn)) = turn.await else { return Err(PhotoFault::Busy) };
        let made = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, also when the sender has gone away meanwhile.
            let _turn = turn;
            tracelight_photos::take(&sent)
        });
        let taken = match made.await {
            Ok(taken) => taken.map_err(fault),
            Err(error) => {
                tracing::error!(cause = %error, "A photo was refused because its decoder fell: {error}");
                Err(PhotoFault::Damaged)
            }
        };
        metrics::counter!("scan_photos_total", "taken" => if taken.is_ok() { "yes" } else { "no" }).increment(1);
        taken
    }
}

const fn fault(error: PhotoError) -> PhotoFault {
    match error {
        PhotoError::TooLarge => PhotoFault::TooLarge,
        PhotoError::Heic => PhotoFault::Heic,
        PhotoError::NotAPicture => PhotoFault::NotAPicture,
        PhotoError::TooManyPixels => PhotoFault::TooManyPixels,
        PhotoError::Damaged => PhotoFault::Damaged,
    }
}
