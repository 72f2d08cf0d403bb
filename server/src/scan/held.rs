//! What was found and drawn within the last second, for everybody who asks for the same code in that second.
//!
//! ```text
//! (code, newest block with transactions)  ->  what is known  ->  its page in each language, for each kind of device
//! (code, newest block with transactions)  ->  its bundle
//! ```
//! * A block with transactions makes new entries: a recall is on the page as soon as this server has projected it. Without one an answer
//!   is never older than [`HELD_FOR`], and what it tells of lot and case never older than twice that ([`crate::store::common`]). Whoever
//!   asks meanwhile waits for the look-up that is under way. An empty block says nothing new about any code.
//! * A check that is counted here lets go of its code. One that another server counts is seen after [`HELD_FOR`].
//! * Only what is the same for everybody is held: a device that has checked this code before has its page drawn for itself.
//! * Readers of one drawing share its page number; that two devices are two checks: [`super::token::ScanSecret::page_number`].
//! * What is not an answer ("cannot check now") is not held.

use super::Outage;
use super::drawn::Drawn;
use super::facts::Looked;
use super::token::Subject;
use crate::http::{ApiError, ApiResult};
use crate::store::LookUp;
use axum::body::Bytes;
use moka::future::Cache;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracelight_domain::ids::Height;
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::model::Device;

/// How long an answer is given again.
pub const HELD_FOR: Duration = Duration::from_secs(1);
/// Codes whose answers are held. One takes up to 150 kB: a page of 20 kB and its two packed forms, in two languages for two kinds
/// of devices, and 200 checks.
const CODES_MAX: u64 = 512;
/// Bundles that are held, of 4 to 16 kB.
const BUNDLES_MAX: u64 = 2_048;

type Key = (Subject, Height);

/// For readers of which language, with which kind of device.
pub type Kind = (Lang, Device);
type Pages = Vec<(Kind, Arc<Drawn>)>;

/// What is held.
pub struct Held {
    known: Cache<Key, Arc<Known>>,
    bundles: Cache<(Key, bool), Bytes>,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            known: Cache::builder().max_capacity(CODES_MAX).time_to_live(HELD_FOR).build(),
            bundles: Cache::builder().max_capacity(BUNDLES_MAX).time_to_live(HELD_FOR).build(),
        }
    }
}

/// What is known of a code, and its pages.
pub struct Known {
    /// What is known.
    pub found: LookUp,
    pages: Mutex<Pages>,
    gone: AtomicBool,
}

impl Known {
    const fn new(found: LookUp) -> Self {
        Self { found, pages: Mutex::new(Vec::new()), gone: AtomicBool::new(false) }
    }

    /// Whether something was written here since that it does not tell of.
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// The page for readers of this language with such a device, drawn when the first of them asks. A page is drawn outside
    /// the lock: two readers at once may draw it twice, and both get the first.
    pub fn page(&self, of: Kind, draw: impl FnOnce() -> Drawn) -> Arc<Drawn> {
        let held = |pages: &Pages| pages.iter().find(|(drawn, _)| *drawn == of).map(|(_, page)| Arc::clone(page));
        if let Some(page) = held(&self.pages.lock().unwrap_or_else(PoisonError::into_inner)) {
            return page;
        }
        let page = Arc::new(draw());
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        held(&pages).unwrap_or_else(|| {
            pages.push((of, Arc::clone(&page)));
            page
        })
    }

    /// Whether this device has checked the code before, so that its page is another one than that of a stranger.
    #[must_use]
    pub fn has_check_of(&self, device: &[u8; 32]) -> bool {
        match &self.found.looked {
            Looked::Known(facts) => facts.checks.iter().any(|check| check.device.as_ref() == Some(device)),
            _ => false,
        }
    }
}

impl Held {
    /// What is known of a code at this block, looked up by the first who asks.
    ///
    /// # Errors
    /// Those of the look-up, for all who waited for it.
    pub async fn known(
        &self,
        subject: &Subject,
        height: Height,
        look: impl Future<Output = Result<LookUp, Outage>>,
    ) -> Result<Arc<Known>, Outage> {
        let made = async { Ok(Arc::new(Known::new(look.await?))) };
        self.known.try_get_with((subject.clone(), height), made).await.map_err(Outage::Shared)
    }

    /// The bundle of a code at this block, with its anchor or without, made by the first who asks.
    ///
    /// # Errors
    /// Those of the making, for all who waited for it.
    pub async fn bundle(
        &self,
        subject: &Subject,
        height: Height,
        whole: bool,
        make: impl Future<Output = ApiResult<Bytes>>,
    ) -> ApiResult<Bytes> {
        let bundle = self.bundles.try_get_with(((subject.clone(), height), whole), make).await;
        bundle.map_err(|error: Arc<ApiError>| ApiError::clone(&error))
    }

    /// Whether a code's answer is at hand.
    pub fn has(&self, subject: &Subject, height: Height) -> bool {
        self.known.contains_key(&(subject.clone(), height))
    }

    /// Whether a code's bundle is at hand.
    pub fn has_bundle(&self, subject: &Subject, height: Height, whole: bool) -> bool {
        self.bundles.contains_key(&((subject.clone(), height), whole))
    }

    /// Lets go of what is known of a code, under its address with a lot and without.
    pub async fn let_go(&self, subject: &Subject, height: Height) {
        let bare = Subject { lot: None, ..subject.clone() };
        for subject in [subject.clone(), bare] {
            if let Some(known) = self.known.remove(&(subject, height)).await {
                known.gone.store(true, Ordering::Release);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use std::sync::atomic::AtomicUsize;
    use tracelight_domain::gs1::{Gtin, Lot, Serial};
    use tracelight_domain::verdict::Verdict;

    fn subject(lot: Option<&str>) -> Subject {
        Subject {
            gtin: Gtin::parse("09506000134352").expect("a GTIN"),
            lot: lot.map(|lot| Lot::parse(lot).expect("a lot")),
            serial: Serial::parse("A1").expect("a serial"),
        }
    }

    #[tokio::test]
    async fn a_code_is_looked_up_once_for_a_block_until_it_is_checked_and_a_fault_is_not_held() {
        let (held, looks) = (Held::default(), AtomicUsize::new(0));
        let look = || async {
            looks.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(LookUp { looked: Looked::Unknown, as_of_ms: 7, marks: Default::default() })
        };
        let count = || looks.load(Ordering::Relaxed);
        let bare = subject(None);
        let (one, other) = tokio::join!(held.known(&bare, 5, look()), held.known(&bare, 5, look()));
        assert!(Arc::ptr_eq(&one.expect("found"), &other.expect("found")), "both waited for one");
        assert_eq!(count(), 1);
        held.known(&bare, 6, look()).await.expect("found");
        assert_eq!(count(), 2, "a new block");
        held.known(&subject(Some("A24K07")), 6, look()).await.expect("found");
        assert_eq!(count(), 3, "another address");
        held.let_go(&subject(Some("A24K07")), 6).await;
        held.known(&bare, 6, look()).await.expect("found");
        assert_eq!(count(), 4, "a check lets go of the address without a lot, too");
        let fault = held.known(&bare, 7, async { Err(Outage::Slow) }).await;
        assert!(matches!(fault, Err(Outage::Shared(_))));
        held.known(&bare, 7, look()).await.expect("found");
        tokio::time::sleep(HELD_FOR + Duration::from_millis(100)).await;
        held.known(&bare, 7, look()).await.expect("found");
        assert_eq!(count(), 6, "nothing is held for longer");
    }

    #[tokio::test]
    async fn a_bundle_is_made_once_with_its_anchor_and_once_without_and_a_fault_is_told_to_all_and_not_held() {
        let (held, made, code) = (Held::default(), AtomicUsize::new(0), subject(None));
        let make = || async {
            let nth = made.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
            ApiResult::Ok(Bytes::from(vec![nth as u8]))
        };
        let (one, other) = tokio::join!(held.bundle(&code, 5, true, make()), held.bundle(&code, 5, true, make()));
        assert_eq!((one.expect("made"), other.expect("made")), (Bytes::from_static(&[0]), Bytes::from_static(&[0])));
        assert_eq!(held.bundle(&code, 5, false, make()).await.expect("made")[0], 1, "without its anchor");
        assert_eq!(held.bundle(&code, 6, true, make()).await.expect("made")[0], 2, "under a new block");
        assert_eq!(held.bundle(&code, 5, true, make()).await.expect("held")[0], 0);
        let fault = || async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            ApiResult::Err(ApiError::not_found("nowhere"))
        };
        let (one, other) = tokio::join!(held.bundle(&code, 7, true, fault()), held.bundle(&code, 7, true, fault()));
        assert_eq!((one.expect_err("a fault").0.status, other.expect_err("a fault").0.status), (404, 404));
        assert_eq!(held.bundle(&code, 7, true, make()).await.expect("made")[0], 3);
    }

    #[tokio::test]
    async fn a_page_is_drawn_once_for_each_kind_of_reader() {
        let held = Held::default();
        let known = held
            .known(&subject(None), 1, async {
                Ok(LookUp { looked: Looked::Unknown, as_of_ms: 7, marks: Default::default() })
            })
            .await;
        let known = known.expect("found");
        let drawn = AtomicUsize::new(0);
        let draw = || {
            let nth = drawn.fetch_add(1, Ordering::Relaxed);
            Drawn::new(StatusCode::OK, Verdict::UnknownCode, format!("<p>{nth}</p>"))
        };
        for _ in 0..3 {
            for of in [(Lang::Zh, Device::Phone), (Lang::En, Device::Phone), (Lang::En, Device::Computer)] {
                known.page(of, draw);
            }
        }
        assert_eq!(drawn.load(Ordering::Relaxed), 3);
        assert!(!known.has_check_of(&[1; 32]));
    }
}
