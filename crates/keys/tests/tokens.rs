//! Keys in a token, with SoftHSM2 itself and with a module that is SoftHSM2 but for what it is told to do wrong (`shim/shim.c`).
//!
//! Each test runs in a process of its own with a token of its own.

mod rig;

use rig::{PIN, Rig, tx};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracelight_domain::ids::PublicKey;
use tracelight_keys::pkcs11::{self, Fault, Place, REOPEN_PAUSE, TokenName};
use tracelight_keys::{KeyError, Seed, Signer};
use tracelight_proof::{note, signed};
use tracelight_testkit::services::SoftHsm;

/// What is wrong with the token, of an error that says so.
#[track_caller]
fn fault<T: std::fmt::Debug>(outcome: Result<T, KeyError>) -> Fault {
    match outcome {
        Err(KeyError::Token(error)) => {
            let text = error.to_string();
            assert!(text.contains(".so`") && text.contains("token `"), "names module and token: {text}");
            assert!(!text.contains(PIN), "no PIN in an error: {text}");
            error.fault
        }
        other => panic!("expected a fault of the token, found {other:?}"),
    }
}

/// Signs for every purpose; each signature is accepted by the verifier of its purpose (ZIP-215).
#[track_caller]
fn signs_for_every_purpose(key: &Signer) {
    let public = key.public_key();
    let signed = key.sign_tx(tx()).expect("a transaction");
    assert_eq!(signed.tx.key, public);
    signed::verify(&signed).expect("accepted");
    let reading = key.sign_reading(b"{}").expect("a reading");
    signed::verify_reading(&public, &reading, b"{}").expect("accepted");
    let cosigned = key.cosign(9, "text\n").expect("a checkpoint");
    assert!(note::verify_cosignature(&public, 9, "text\n", &cosigned));
    let namespace = [b"tracelight/consensus/v1/".as_slice(), &[b'c'; 64], b"_NOTARIZE"].concat();
    let vote = key.sign_vote(&namespace, b"vote").expect("a vote");
    rig::verify(public, &[[97].as_slice(), &namespace, b"vote"].concat(), vote);
    let hello = key.sign_handshake(&[5; 32]).expect("a handshake");
    rig::verify(public, &[[0].as_slice(), &[5; 32]].concat(), hello);
}

#[test]
fn a_key_is_made_in_the_token_and_signs() {
    SoftHsm::in_child("a_key_is_made_in_the_token_and_signs", |hsm| {
        let rig = Rig::new(hsm);
        let place = rig.place("validator");
        let public = pkcs11::make(&rig.path("x.toml"), &place).expect("made");
        let file = rig.write("validator.toml", &place, public);
        assert_eq!(Signer::public_of(&file).expect("said by the file"), public);
        let key = Signer::read(&file).expect("opens");
        assert!(key.may_wait() && key.place() == Some(&place));
        signs_for_every_purpose(&key);
        // The label is taken, the key stays.
        assert_eq!(fault(pkcs11::make(&rig.path("x.toml"), &place)), Fault::Exists);
        signs_for_every_purpose(&key);
        // By the serial number as well.
        let by_serial = Place { token: TokenName::Serial(rig.serial()), ..place };
        signs_for_every_purpose(&Signer::read(&rig.write("serial.toml", &by_serial, public)).expect("opens"));
    });
}

#[test]
fn a_key_that_was_in_a_file_signs_the_same_in_the_token() {
    SoftHsm::in_child("a_key_that_was_in_a_file_signs_the_same_in_the_token", |hsm| {
        let rig = Rig::new(hsm);
        let here = Signer::from_seed(&[0x5a; 32]);
        let place = rig.place("moved");
        let public = pkcs11::import(&rig.path("x.toml"), &place, Seed::from_bytes([0x5a; 32])).expect("imported");
        assert_eq!(public, here.public_key());
        // One that SoftHSM's own tool brought there shows its public half raw, ours shows it wrapped.
        hsm.import("tracelight", PIN, "theirs", &[0x5a; 32]).expect("imported");
        for (name, place) in [("ours.toml", place), ("theirs.toml", rig.place("theirs"))] {
            let there = Signer::read(&rig.write(name, &place, public)).expect("opens");
            assert_eq!(there.sign_tx(tx()).expect("signs"), here.sign_tx(tx()).expect("signs"));
            signs_for_every_purpose(&there);
        }
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_again_only_when_its_file_has_changed() {
    SoftHsm::in_child("a_wrong_pin_is_tried_once_and_again_only_when_its_file_has_changed", |hsm| {
        let rig = Rig::new(hsm);
        let place = Place { module: rig.shim(), ..rig.place("key") };
        let public = pkcs11::make(&rig.path("x.toml"), &rig.place("key")).expect("made");
        // The key was made through another module, whose login is not this one's.
        let file = rig.write("key.toml", &place, public);
        rig.set_pin("9999");
        assert!(matches!(fault(Signer::read(&file)), Fault::PinWrong { .. }));
        assert_eq!(rig.logins(), 1);
        for _ in 0..5 {
            assert!(matches!(fault(Signer::read(&file)), Fault::PinNotTried { .. }));
        }
        assert_eq!(rig.logins(), 1, "a program that is restarted by itself does not lock the token");
        rig.set_pin(PIN);
        signs_for_every_purpose(&Signer::read(&file).expect("opens"));
        assert_eq!(rig.logins(), 2);
        assert!(!rig.path("pin.refused").exists());
    });
}

#[test]
fn a_token_that_is_locked_or_about_to_be_is_left_alone() {
    SoftHsm::in_child("a_token_that_is_locked_or_about_to_be_is_left_alone", |hsm| {
        let rig = Rig::new(hsm);
        let place = Place { module: rig.shim(), ..rig.place("key") };
        let public = pkcs11::make(&rig.path("x.toml"), &rig.place("key")).expect("made");
        let file = rig.write("key.toml", &place, public);
        for (word, expected, logins) in
            [("locked", Fault::PinLocked, 0), ("final-try", Fault::PinFinalTry, 0), ("pin-locked", Fault::PinLocked, 1)]
        {
            rig.control(word);
            assert_eq!(fault(Signer::read(&file)), expected);
            assert_eq!(rig.logins(), logins, "{word}");
        }
        rig.control("");
        signs_for_every_purpose(&Signer::read(&file).expect("opens"));
    });
}

#[test]
fn what_is_missing_is_named() {
    SoftHsm::in_child("what_is_missing_is_named", |hsm| {
        let rig = Rig::new(hsm);
        let good = rig.place("key");
        let public = pkcs11::make(&rig.path("x.toml"), &good).expect("made");
        let open = |name: &str, place: &Place, public| fault(Signer::read(&rig.write(name, place, public)));
        let nowhere = Place { module: "/nonexistent/module.so".into(), ..good.clone() };
        assert!(matches!(open("a.toml", &nowhere, public), Fault::Module(_)));
        let no_library = rig.path("no-library.so");
        std::fs::write(&no_library, "not a library").expect("written");
        let no_module = Place { module: no_library, ..good.clone() };
        assert!(matches!(open("b.toml", &no_module, public), Fault::Module(_)));
        let no_token = Place { token: TokenName::Label("another".to_owned()), ..good.clone() };
        let Fault::NoToken { seen } = open("c.toml", &no_token, public) else { panic!("no token") };
        assert!(seen.iter().any(|token| token.contains("`tracelight`")), "{seen:?}");
        assert_eq!(open("d.toml", &rig.place("another"), public), Fault::NoKey);
        let found = open("e.toml", &good, PublicKey([7; 32]));
        assert_eq!(found, Fault::OtherKey { found: public });
        let no_pin = Place { pin_file: Some(rig.path("no-pin")), ..good.clone() };
        // A token that this process is logged in to asks for no PIN, so another one.
        hsm.init("second", PIN).expect("a second token");
        let no_pin = Place { token: TokenName::Label("second".to_owned()), ..no_pin };
        assert!(matches!(open("f.toml", &no_pin, public), Fault::Pin(_) | Fault::NoToken { .. }));
        // Two keys with one label are not guessed between.
        hsm.import("tracelight", PIN, "twice", &[1; 32]).expect("imported");
        hsm.import("tracelight", PIN, "twice", &[2; 32]).expect("imported");
        assert_eq!(open("g.toml", &rig.place("twice"), public), Fault::ManyKeys);
    });
}

#[test]
fn a_module_that_others_may_write_is_not_loaded() {
    SoftHsm::in_child("a_module_that_others_may_write_is_not_loaded", |hsm| {
        use std::os::unix::fs::PermissionsExt as _;
        let rig = Rig::new(hsm);
        let module = rig.shim();
        let place = Place { module: module.clone(), ..rig.place("key") };
        std::fs::set_permissions(&module, std::fs::Permissions::from_mode(0o777)).expect("ours");
        let Fault::Module(why) = fault(pkcs11::make(&rig.path("x.toml"), &place)) else { panic!("not loaded") };
        assert!(why.contains("others may write it"), "{why}");
        // The name decides: the same text in a file of another name loads nothing.
        let text = std::fs::read_to_string(rig.write("key.toml", &place, PublicKey([7; 32]))).expect("text");
        let other = rig.file("validator.key", &text);
        assert!(matches!(Signer::read(&other), Err(KeyError::Format { .. })));
        std::fs::set_permissions(&module, std::fs::Permissions::from_mode(0o755)).expect("ours");
        pkcs11::make(&rig.path("x.toml"), &place).expect("loaded now");
    });
}

#[test]
fn a_lost_session_is_opened_again_within_the_same_signature() {
    SoftHsm::in_child("a_lost_session_is_opened_again_within_the_same_signature", |hsm| {
        let rig = Rig::new(hsm);
        let key = rig.shimmed("key");
        rig.control("lost");
        for _ in 0..3 {
            signs_for_every_purpose(&key);
        }
        rig.control("");
        signs_for_every_purpose(&key);
    });
}

#[test]
fn a_token_that_is_pulled_out_and_put_back_signs_again() {
    SoftHsm::in_child("a_token_that_is_pulled_out_and_put_back_signs_again", |hsm| {
        let rig = Rig::new(hsm);
        let key = rig.shimmed("key");
        rig.control("removed");
        assert!(matches!(fault(key.sign_tx(tx())), Fault::NoToken { .. }));
        // Asked at once again: refused without another search.
        let started = Instant::now();
        assert!(matches!(fault(key.sign_tx(tx())), Fault::Away { .. }));
        assert!(started.elapsed() < REOPEN_PAUSE);
        rig.control("");
        assert!(matches!(fault(key.sign_tx(tx())), Fault::Away { .. }), "the pause lasts");
        rig.until_signs(&key);
        signs_for_every_purpose(&key);
    });
}

#[test]
fn a_module_that_must_be_started_again_is_and_the_keys_of_other_tokens_go_on() {
    let name = "a_module_that_must_be_started_again_is_and_the_keys_of_other_tokens_go_on";
    SoftHsm::in_child(name, |hsm| {
        let rig = Rig::new(hsm);
        hsm.init("other", PIN).expect("a second token");
        let other = Place { token: TokenName::Label("other".to_owned()), ..rig.place("key") };
        let public = pkcs11::make(&rig.path("x.toml"), &other).expect("made");
        let other = Signer::read(&rig.write("other.toml", &other, public)).expect("opens");
        let public = pkcs11::make(&rig.path("x.toml"), &rig.place("key")).expect("made");
        let key = Signer::read(&rig.write("key.toml", &rig.place("key"), public)).expect("opens");
        // SoftHSM itself never finds a token again whose folder was away.
        let away = hsm.dir().join("away");
        std::fs::rename(&rig.token, &away).expect("moved");
        let found = fault(key.sign_tx(tx()));
        assert!(!matches!(found, Fault::BadSignature | Fault::OtherKey { .. }), "{found:?}");
        signs_for_every_purpose(&other);
        std::fs::rename(&away, &rig.token).expect("moved back");
        rig.until_signs(&key);
        for key in [&key, &other] {
            signs_for_every_purpose(key);
        }
    });
}

#[test]
fn a_slow_token_costs_its_callers_a_bounded_time() {
    SoftHsm::in_child("a_slow_token_costs_its_callers_a_bounded_time", |hsm| {
        let rig = Rig::new(hsm);
        let slow = Place { timeout_ms: 100, module: rig.shim(), ..rig.place("key") };
        let public = pkcs11::make(&rig.path("x.toml"), &rig.place("key")).expect("made");
        let key = Arc::new(Signer::read(&rig.write("key.toml", &slow, public)).expect("opens"));
        rig.control("slow");
        let started = Instant::now();
        assert_eq!(fault(key.sign_tx(tx())), Fault::Timeout { ms: 100 });
        assert!(started.elapsed() < Duration::from_millis(600), "{:?}", started.elapsed());
        // More callers than the queue has places: each is answered in time, some at once.
        let callers: Vec<_> = (0..pkcs11::QUEUE_MAX * 2)
            .map(|_| {
                let key = Arc::clone(&key);
                std::thread::spawn(move || fault(key.sign_tx(tx())))
            })
            .collect();
        let found: Vec<Fault> = callers.into_iter().map(|caller| caller.join().expect("no panic")).collect();
        assert!(found.iter().all(|fault| matches!(fault, Fault::Timeout { .. } | Fault::Busy)), "{found:?}");
        assert!(found.contains(&Fault::Busy), "{found:?}");
        rig.control("");
        rig.until_signs(&key);
        signs_for_every_purpose(&key);
    });
}

#[test]
fn what_the_token_gives_is_checked_before_anybody_gets_it() {
    SoftHsm::in_child("what_the_token_gives_is_checked_before_anybody_gets_it", |hsm| {
        let rig = Rig::new(hsm);
        let key = rig.shimmed("key");
        for word in ["forge", "short"] {
            rig.control(word);
            assert_eq!(fault(key.sign_tx(tx())), Fault::BadSignature, "{word}");
            assert_eq!(fault(Signer::read(&rig.path("key.toml"))), Fault::BadSignature, "{word}");
        }
        rig.control("extractable");
        assert!(matches!(fault(Signer::read(&rig.path("key.toml"))), Fault::Exportable(_)));
        rig.control("point-raw");
        signs_for_every_purpose(&Signer::read(&rig.path("key.toml")).expect("a raw point is a point"));
        for (word, bytes) in [("point-short", 5), ("point-huge", 1 << 40)] {
            rig.control(word);
            let Fault::Point(found) = fault(Signer::read(&rig.path("key.toml"))) else { panic!("{word}") };
            assert_eq!(found.bytes, bytes);
        }
        rig.control("");
        signs_for_every_purpose(&key);
    });
}

#[test]
fn many_threads_sign_with_many_keys_at_once() {
    SoftHsm::in_child("many_threads_sign_with_many_keys_at_once", |hsm| {
        let rig = Rig::new(hsm);
        let keys: Vec<Arc<Signer>> = ["one", "two", "three"]
            .into_iter()
            .map(|name| {
                let place = Place { timeout_ms: 20_000, ..rig.place(name) };
                let public = pkcs11::make(&rig.path("x.toml"), &place).expect("made");
                Arc::new(Signer::read(&rig.write(&format!("{name}.toml"), &place, public)).expect("opens"))
            })
            .collect();
        let sign = |number: usize| {
            let key = Arc::clone(&keys[number % keys.len()]);
            std::thread::spawn(move || {
                for turn in 0..40_u64 {
                    let mut tx = tx();
                    tx.nonce = turn;
                    signed::verify(&key.sign_tx(tx).expect("signs")).expect("accepted");
                }
            })
        };
        let threads: Vec<_> = (0..9).map(sign).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
}
