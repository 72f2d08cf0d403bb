//! Cosignatures of the alliance's witnesses, gathered beside the scans and put into bundles.
//!
//! ```text
//! every second:  GET checkpoint of a node ── believed? ──► to each witness, at once: add-checkpoint, from the size that it knows
//!                what they signed, checked, is kept with its header until there is something newer
//! a bundle:      is proven under that very header while the node can, and carries the cosignatures
//!                else under the newest header, with the proof that its log continues the cosigned one
//! ```
//! Nothing here is waited for by a scan. A witness that is away is named once in the log and missed in the bundles; one that
//! refuses (422, 409 without a size) says that it has seen another history, which is an error that somebody must look at.

use crate::config::Config;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::watch;
use tracelight_client::chain::{ClientError, NodeClient};
use tracelight_client::light::{LightClient, LightError};
use tracelight_client::witness::{WitnessClient, WitnessError};
use tracelight_domain::ids::{Hash, Height};
use tracelight_proof::block::Header;
use tracelight_proof::bundle::{Certified, Cosignature, Cosigned, OlderLog, ShortCertificate, ShortHeader};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::log::LogHead;
use tracelight_proof::note::{AddCheckpoint, Checkpoint, Note, certification_line};

/// Pause between two rounds. With one block a second, every block is witnessed.
pub const ROUND_PAUSE: Duration = Duration::from_secs(1);
/// Cosignatures older than this are not shown any more: a witness that is gone is not counted for ever.
pub const COSIGNED_MS_MAX: u64 = 10 * 60 * 1000;

/// Why there is no round.
#[derive(Debug, Error)]
pub enum RoundError {
    /// The node.
    #[error(transparent)]
    Node(#[from] ClientError),
    /// It shows a header that cannot be believed.
    #[error(transparent)]
    Light(#[from] LightError),
    /// A certificate that cannot be taken apart although it verifies.
    #[error("the certificate of block {0} has an unknown form")]
    Form(Height),
}

/// A header that witnesses have cosigned.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// Its height.
    pub height: Height,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Its log.
    pub head: LogHead,
    /// Who signed, ascending by number in the genesis.
    pub cosignatures: Vec<Cosignature>,
}

impl Witnessed {
    /// What a bundle under `header` says of it: `proof` leads from the cosigned log to the header's.
    #[must_use]
    pub fn cosigned(&self, header: &Header, proof: Vec<Hash>) -> Option<Cosigned> {
        let size = header.executed.checked_add(1)?;
        let cosignatures = self.cosignatures.clone();
        let older = match size.checked_sub(self.head.size)? {
            0 if header.log_root == self.head.root => None,
            0 => return None,
            entries_fewer => Some(OlderLog { entries_fewer, root: self.head.root, proof }),
        };
        Some(Cosigned { older, cosignatures })
    }
}

/// The witnesses that this server asks, and what they said last.
#[derive(Debug, Default)]
pub struct Witnesses {
    /// With their numbers in the genesis.
    clients: Vec<(u8, WitnessClient)>,
    newest: Mutex<Option<Arc<Witnessed>>>,
    /// Sizes that the witnesses know, by number.
    sizes: Mutex<BTreeMap<u8, u64>>,
    /// Witnesses that failed last time, so that the log says it once.
    away: Mutex<BTreeMap<u8, String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Witnesses {
    /// The witnesses of the configuration, which must stand in the genesis.
    ///
    /// # Errors
    /// A sentence naming the witness.
    pub fn new(config: &Config, genesis: &Genesis) -> anyhow::Result<Self> {
        let mut clients = Vec::new();
        for witness in &config.witnesses {
            let place = genesis.witnesses.iter().position(|known| known.name == witness.name);
            let number = place.and_then(|place| u8::try_from(place).ok());
            let known = place.and_then(|place| genesis.witnesses.get(place));
            let (Some(number), Some(known)) = (number, known) else {
                anyhow::bail!("witnesses: `{}` is not a witness of this alliance's genesis", witness.name);
            };
            clients.push((number, WitnessClient::new(&known.name, known.key, &witness.url)?));
        }
        Ok(Self { clients, ..Self::default() })
    }

    /// Is there anybody to ask?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// What they said last, unless it is too old.
    #[must_use]
    pub fn newest(&self, now_ms: u64) -> Option<Arc<Witnessed>> {
        let newest = locked(&self.newest).clone();
        newest.filter(|newest| newest.time_ms.saturating_add(COSIGNED_MS_MAX) > now_ms)
    }

    /// Asks all witnesses about the newest certified header.
    ///
    /// # Errors
    /// [`RoundError`] when there is no header to ask about. A witness that does not sign is no error of the round.
    pub async fn round(&self, node: &NodeClient, light: &LightClient) -> Result<(), RoundError> {
        let told = node.checkpoint().await?;
        let header = light.believe(node, &told.header.0, &told.certificate.0).await?;
        let head = LogHead { size: header.executed.saturating_add(1), root: header.log_root };
        let known = locked(&self.newest).clone();
        let complete = |known: &Witnessed| known.head == head && known.cosignatures.len() == self.clients.len();
        if known.as_deref().is_some_and(complete) {
            return Ok(());
        }
        let certificate = ShortCertificate::of(&told.certificate.0).ok_or(RoundError::Form(header.height))?;
        let certified = Certified { steps: light.anchor().steps, header: ShortHeader::of(&header), certificate };
        let checkpoint = Checkpoint { chain: header.chain, head };
        let signatures = vec![certification_line(&checkpoint.origin(), certified.to_bytes())];
        let note = Note { text: checkpoint.text(), signatures };
        let asked = self.clients.iter().map(|(number, witness)| self.ask(*number, witness, node, head.size, &note));
        let answers = futures::future::join_all(asked).await;
        let mut cosignatures: Vec<Cosignature> = answers.into_iter().flatten().collect();
        cosignatures.sort_by_key(|cosignature| cosignature.witness);
        if !cosignatures.is_empty() {
            let witnessed = Witnessed { height: header.height, time_ms: header.time_ms, head, cosignatures };
            *locked(&self.newest) = Some(Arc::new(witnessed));
        }
        Ok(())
    }

    /// One witness: from the size that it is thought to know, and once more from the size that it says.
    async fn ask(
        &self,
        witness: u8,
        client: &WitnessClient,
        node: &NodeClient,
        size: u64,
        note: &Note,
    ) -> Option<Cosignature> {
        let mut old_size = locked(&self.sizes).get(&witness).copied().unwrap_or(0);
        for _ in 0..2 {
            if old_size > size {
                // It has seen a newer checkpoint, through another server: nothing to add.
                return None;
            }
            let proof = match old_size {
                0 => Vec::new(),
                from => match node.consistency(from, size).await {
                    Ok(proof) => proof,
                    Err(error) => return self.missed(witness, &client.name, error.to_string()),
                },
            };
            match client.add_checkpoint(&AddCheckpoint { old_size, proof, note: note.clone() }).await {
                Ok((time_s, signature)) => {
                    locked(&self.sizes).insert(witness, size);
                    if locked(&self.away).remove(&witness).is_some() {
                        tracing::info!("Witness {} signs again", client.name);
                    }
                    return Some(Cosignature { witness, time_s, signature });
                }
                Err(WitnessError::KnowsOther { size: knows, .. }) => {
                    locked(&self.sizes).insert(witness, knows);
                    old_size = knows;
                }
                Err(error) => return self.missed(witness, &client.name, error.to_string()),
            }
        }
        None
    }

    fn missed(&self, witness: u8, name: &str, why: String) -> Option<Cosignature> {
        let mut away = locked(&self.away);
        if away.get(&witness) != Some(&why) {
            tracing::error!("Bundles lack the cosignature of witness {name}: {why}");
            away.insert(witness, why);
        }
        None
    }
}

/// Asks round after round until the server stops.
pub async fn run(state: crate::app::AppState, mut stopped: watch::Receiver<bool>) {
    let mut trouble = String::new();
    loop {
        if let (Some(node), Some(light)) = (&state.nodes, &state.light) {
            let now = match state.witnesses.round(node, light).await {
                Ok(()) => String::new(),
                Err(error) => error.to_string(),
            };
            if now != trouble && !now.is_empty() {
                tracing::warn!("Witnesses are not asked: {now}");
            }
            trouble = now;
        }
        if tokio::time::timeout(ROUND_PAUSE, stopped.wait_for(|stopped| *stopped)).await.is_ok() {
            return;
        }
    }
}
