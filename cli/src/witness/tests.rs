use super::*;
use std::sync::Barrier;
use tracelight_client::witness::{WitnessClient, WitnessError};
use tracelight_domain::ids::Hash;
use tracelight_proof::bundle::ShortHeader;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::note::{Note, certification_line};
use tracelight_testkit::journey::{self, Journey, Plan, certify, quorum};

const NOW_S: u64 = 1_795_305_600;

fn plan() -> Plan {
    Plan { others: 4, height: 1_300, ..Plan::SMALL }
}

struct Scene {
    journey: Journey,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { journey: Journey::new(plan()), folder: tempfile::tempdir().expect("scratch") }
    }

    fn memory(&self) -> PathBuf {
        self.folder.path().join("memory")
    }

    fn witness(&self, first_start: bool) -> Result<Witness, MemoryError> {
        let key = Signer::from_seed(&journey::witness_key(0).to_bytes());
        let memory = Memory::open(&self.memory(), self.journey.chain, first_start)?;
        Ok(Witness::new("witness0.example".into(), key, self.journey.genesis.clone(), memory))
    }

    fn cosigner(&self) -> &PublicKey {
        &self.journey.genesis.witnesses[0].key
    }

    /// The request for the log of `executed + 1` blocks, with a header of that height that a quorum certified.
    fn request(&self, old_size: u64, executed: u64) -> AddCheckpoint {
        let (head, _) = self.journey.log.older(executed + 1);
        let (_, proof) = if old_size == 0 { (head, Vec::new()) } else { self.proof(old_size, executed + 1) };
        self.asking(old_size, proof, head)
    }

    fn proof(&self, from: u64, to: u64) -> (LogHead, Vec<Hash>) {
        let proof = tracelight_proof::log::prove_consistency(&self.journey.log, from, to);
        (self.journey.log.older(from).0, proof.expect("all nodes").expect("older"))
    }

    fn asking(&self, old_size: u64, proof: Vec<Hash>, head: LogHead) -> AddCheckpoint {
        let mut header = self.journey.header.clone();
        (header.executed, header.log_root) = (head.size - 1, head.root);
        let keys = &self.journey.keys;
        let certificate = certify(&header, keys, &quorum(keys));
        let mut certified = self.journey.certified();
        certified.header = ShortHeader::of(&header);
        certified.certificate = tracelight_proof::bundle::ShortCertificate::of(&certificate).expect("a certificate");
        let checkpoint = Checkpoint { chain: self.journey.chain, head };
        let signatures = vec![certification_line(&checkpoint.origin(), certified.to_bytes())];
        AddCheckpoint { old_size, proof, note: Note { text: checkpoint.text(), signatures } }
    }
}

fn ask(witness: &Witness, request: &AddCheckpoint) -> Result<String, Refusal> {
    witness.take(request.encode().as_bytes(), NOW_S)
}

#[test]
fn a_log_that_grows_is_cosigned_and_remembered_across_restarts() {
    let scene = Scene::new();
    let mut known = 0;
    for (round, executed) in [700, 701, 701, 950, 1_298].into_iter().enumerate() {
        let witness = scene.witness(round == 0).expect("its memory");
        let request = scene.request(known, executed);
        let line = ask(&witness, &request).expect("it continues");
        let lines = Note::signature_lines(line.trim_end()).expect("a line");
        let cosigner = Cosigner { name: "witness0.example", key: scene.cosigner() };
        assert_eq!(cosigner.find(&request.note.text, &lines).expect("its signature").0, NOW_S);
        known = executed + 1;
        assert_eq!(witness.last().expect("remembered").head.size, known);
    }
}

#[test]
fn two_histories_are_refused_also_across_a_restart() {
    let scene = Scene::new();
    ask(&scene.witness(true).expect("its memory"), &scene.request(0, 700)).expect("the first");
    let witness = scene.witness(false).expect("its memory");
    // The same size with another root, certified all the same: the validators themselves show two histories.
    let fork = LogHead { size: 701, root: Hash([9; 32]) };
    let refused = ask(&witness, &scene.asking(701, Vec::new(), fork));
    assert!(matches!(refused, Err(Refusal::OtherRoot(701))), "{refused:?}");
    // A longer log that does not continue the one that was signed.
    let fork = LogHead { size: 900, root: Hash([9; 32]) };
    let refused = ask(&witness, &scene.asking(701, scene.proof(701, 900).1, fork));
    assert!(matches!(refused, Err(Refusal::Inconsistent(LogError::WrongRoot))), "{refused:?}");
    let head = scene.journey.log.older(900).0;
    let refused = ask(&witness, &scene.asking(701, Vec::new(), head));
    assert!(matches!(refused, Err(Refusal::Inconsistent(LogError::Length { .. }))), "{refused:?}");
    // Older, or from a size that it does not know: its own size is told.
    for (old, executed) in [(0, 700), (0, 900), (650, 690), (650, 900), (702, 900)] {
        let refused = ask(&witness, &scene.request(old, executed));
        assert!(matches!(refused, Err(Refusal::KnowsOther(701))), "{old} to {executed}: {refused:?}");
    }
    assert_eq!(witness.last().expect("as before").head.size, 701);
    ask(&witness, &scene.request(701, 900)).expect("the true continuation");
}

#[test]
fn what_no_quorum_certified_is_not_signed() {
    let scene = Scene::new();
    let witness = scene.witness(true).expect("its memory");
    let good = scene.request(0, 700);
    let refused = |request: &AddCheckpoint| ask(&witness, request).expect_err("not certified");
    let with = |change: &dyn Fn(&mut Certified)| {
        let mut certified = Certified::decode(&good.note.signatures[0].bytes).expect("ours");
        change(&mut certified);
        let mut request = good.clone();
        request.note.signatures[0].bytes = certified.to_bytes();
        refused(&request)
    };
    for refusal in [
        with(&|c| c.certificate.signatures[1][3] ^= 1),
        with(&|c| c.header.outcomes.0[3] ^= 1),
        with(&|c| drop(c.steps.pop())),
        with(&|c| c.steps.swap(0, 1)),
        with(&|c| {
            c.certificate.signatures.pop();
            c.certificate.signers[0] &= c.certificate.signers[0] - 1;
        }),
    ] {
        assert!(matches!(refusal, Refusal::NotCertified(_)), "{refusal}");
    }
    let mut other = good.clone();
    other.note.text = scene.request(0, 701).note.text;
    assert!(matches!(refused(&other), Refusal::NotCertified(_)), "a certificate of another log");
    let mut none = good.clone();
    none.note.signatures[0].name = "tracelight/other".into();
    assert!(matches!(refused(&none), Refusal::NotCertified(_)));
    let mut stranger = good.clone();
    stranger.note.text = good.note.text.replacen("tracelight/", "tracelight/x", 1);
    assert!(matches!(refused(&stranger), Refusal::OtherLog));
    let mut odd = good.clone();
    odd.note.text = good.note.text.replacen("\n701\n", "\n0701\n", 1);
    assert!(matches!(refused(&odd), Refusal::Malformed(_)));
    let above = AddCheckpoint { old_size: 702, ..good.clone() };
    assert!(matches!(refused(&above), Refusal::OldAbove { old: 702, size: 701 }));
    assert!(witness.take(b"noise", NOW_S).is_err());
    assert_eq!(witness.last(), None);
    ask(&witness, &good).expect("the true one");
}

#[test]
fn of_two_requests_at_once_one_is_signed_and_the_other_is_told_the_size() {
    let scene = Scene::new();
    let witness = scene.witness(true).expect("its memory");
    ask(&witness, &scene.request(0, 600)).expect("the first");
    for round in 0..8u64 {
        let known = witness.last().expect("signed").head.size;
        let ends = [600 + round * 40 + 10, 600 + round * 40 + 35];
        let requests = ends.map(|executed| scene.request(known, executed));
        let start = Barrier::new(2);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let asking = requests.iter().map(|request| {
                let (start, witness) = (&start, &witness);
                scope.spawn(move || {
                    start.wait();
                    ask(witness, request)
                })
            });
            let asking: Vec<_> = asking.collect();
            asking.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        let signed: Vec<u64> =
            answers.iter().zip(ends).filter(|(answer, _)| answer.is_ok()).map(|(_, end)| end + 1).collect();
        let last = witness.last().expect("signed").head.size;
        assert_eq!(signed, [last], "exactly one is signed, and it is the one remembered");
        assert!(answers.iter().any(|answer| matches!(answer, Err(Refusal::KnowsOther(size)) if *size == last)));
    }
}

#[test]
fn a_memory_is_not_lost_by_accident() {
    let scene = Scene::new();
    let missing = scene.witness(false).err().expect("no memory yet");
    assert!(matches!(missing, MemoryError::Missing { .. }), "{missing}");
    let witness = scene.witness(true).expect("a new memory");
    assert!(matches!(scene.witness(false).err(), Some(MemoryError::InUse { .. })));
    ask(&witness, &scene.request(0, 700)).expect("signed");
    drop(witness);
    assert!(matches!(scene.witness(true).err(), Some(MemoryError::NotFirst { .. })));
    // A crash between write and rename leaves the old memory in force.
    std::fs::write(scene.folder.path().join("memory.new"), "half a check").expect("written");
    assert_eq!(scene.witness(false).expect("the old memory").last().expect("signed").head.size, 701);
    let good = std::fs::read_to_string(scene.memory()).expect("its memory");
    std::fs::write(scene.memory(), good.replacen("701", "7O1", 1)).expect("damaged");
    assert!(matches!(scene.witness(false).err(), Some(MemoryError::Damaged { .. })));
    std::fs::write(scene.memory(), good.replacen('a', "b", 1)).expect("changed");
    let other = scene.witness(false).err().expect("not ours");
    assert!(matches!(other, MemoryError::OtherChain { .. } | MemoryError::Damaged { .. }), "{other}");
}

#[tokio::test]
async fn over_http_the_answers_are_those_of_the_specification() {
    let scene = Scene::new();
    let witness = Arc::new(scene.witness(true).expect("its memory"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router(witness)).await });
    let client = WitnessClient::new("witness0.example", *scene.cosigner(), &url).expect("a client");
    let request = scene.request(0, 700);
    client.add_checkpoint(&request).await.expect("its signature, checked");
    let refused = client.add_checkpoint(&scene.request(0, 900)).await;
    assert!(matches!(refused, Err(WitnessError::KnowsOther { size: 701, .. })), "{refused:?}");
    client.add_checkpoint(&scene.request(701, 900)).await.expect("from the size that it said");
    let fork = scene.asking(901, Vec::new(), LogHead { size: 901, root: Hash([9; 32]) });
    let refused = client.add_checkpoint(&fork).await;
    assert!(matches!(refused, Err(WitnessError::Refused { status: 409, .. })), "{refused:?}");
    let lie = scene.asking(901, Vec::new(), LogHead { size: 1_000, root: Hash([9; 32]) });
    let refused = client.add_checkpoint(&lie).await;
    assert!(matches!(refused, Err(WitnessError::Refused { status: 422, .. })), "{refused:?}");
    let mut stranger = scene.request(901, 950);
    stranger.note.text = stranger.note.text.replacen("tracelight/", "tracelight/x", 1);
    let refused = client.add_checkpoint(&stranger).await;
    assert!(matches!(refused, Err(WitnessError::Refused { status: 404, .. })), "{refused:?}");
    let mut unsigned = scene.request(901, 950);
    unsigned.note.signatures[0].name = "nobody".into();
    let refused = client.add_checkpoint(&unsigned).await;
    assert!(matches!(refused, Err(WitnessError::Refused { status: 403, .. })), "{refused:?}");
    // Another key than the witness's is not taken for its signature.
    let other = WitnessClient::new("witness0.example", scene.journey.genesis.witnesses[1].key, &url).expect("a client");
    let refused = other.add_checkpoint(&scene.request(901, 950)).await;
    assert!(matches!(refused, Err(WitnessError::BadAnswer { .. })), "{refused:?}");
}
