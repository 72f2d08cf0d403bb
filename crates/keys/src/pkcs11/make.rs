//! Making a key in a token, and bringing one there.

use super::error::Fault;
use super::module;
use super::pin::Pin;
use super::place::Place;
use super::point;
use super::session::{Access, log_in, only, prove, public_half};
use super::worker::{OPEN_WAIT_MAX, within};
use crate::file::{self, KeyError};
use crate::seed::Seed;
use cryptoki::error::{Error as CallError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use std::path::Path;
use tracelight_domain::ids::PublicKey;

/// The curve, as tokens want to be told: its object identifier (RFC 8410: 1.3.101.112), or its name as a printable string.
const CURVES: [&[u8]; 2] = [&[0x06, 0x03, 0x2b, 0x65, 0x70], b"\x13\x0cedwards25519"];

/// Makes a key in the token: sensitive, never extractable, it never is outside. Answers its public half.
///
/// # Errors
/// [`KeyError`] naming module, token and key; nothing is left in the token then.
pub fn make(key_file: &Path, place: &Place) -> Result<PublicKey, KeyError> {
    in_token(key_file, place, |session, place| {
        let random = file::random::<16>().map_err(|error| Fault::Module(error.to_string()))?;
        let (open, kept) = generate(session, place, random.to_vec())?;
        let public = undo_unless(session, &[open, kept], public_half(session, open))?;
        Ok((public, vec![open, kept]))
    })
}

/// Brings a key there that was in a file. It cannot be read out again; that the file was never copied, only its owner knows.
///
/// # Errors
/// As [`make`].
pub fn import(key_file: &Path, place: &Place, seed: Seed) -> Result<PublicKey, KeyError> {
    let public = seed.public();
    in_token(key_file, place, move |session, place| {
        let id = public.0.iter().copied().take(16).collect::<Vec<u8>>();
        let [curve, _] = CURVES;
        let shared = |class| {
            vec![
                Attribute::Class(class),
                Attribute::KeyType(KeyType::EC_EDWARDS),
                Attribute::Token(true),
                Attribute::Label(place.key_label.clone().into_bytes()),
                Attribute::Id(id.clone()),
                Attribute::EcParams(curve.to_vec()),
            ]
        };
        let open = [Attribute::Private(false), Attribute::Verify(true), Attribute::EcPoint(point::wrapped(public))];
        let first = session.create_object(&[shared(ObjectClass::PUBLIC_KEY), open.to_vec()].concat())?;
        let value = seed.into_bytes();
        let mut template = [shared(ObjectClass::PRIVATE_KEY), kept()].concat();
        template.push(Attribute::Value(value.to_vec()));
        let second = session.create_object(&template);
        if let Some(Attribute::Value(copy)) = template.last_mut() {
            zeroize::Zeroize::zeroize(copy);
        }
        let second = undo_unless(session, &[first], second.map_err(Fault::from))?;
        Ok((public, vec![first, second]))
    })
}

/// What makes a private object stay in the token.
fn kept() -> Vec<Attribute> {
    vec![Attribute::Private(true), Attribute::Sensitive(true), Attribute::Extractable(false), Attribute::Sign(true)]
}

/// Logs in, makes sure that the label is free, does it, and has the key show itself.
fn in_token(
    key_file: &Path,
    place: &Place,
    make: impl FnOnce(&Session, &Place) -> Result<(PublicKey, Vec<ObjectHandle>), Fault> + Send + 'static,
) -> Result<PublicKey, KeyError> {
    place.check().map_err(|what| KeyError::Place { path: key_file.to_owned(), what })?;
    let mut pin = Pin::of(place, key_file)?;
    let work = {
        let place = place.clone();
        move || {
            let module = module::load(&place.module)?;
            let _start = module.enter();
            let session = log_in(&module.pkcs11, &place, &mut pin, Access::Write)?;
            for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
                match only(&session, &place, class) {
                    Ok(None) => {}
                    Ok(Some(_)) | Err(Fault::ManyKeys) => return Err(Fault::Exists),
                    Err(fault) => return Err(fault),
                }
            }
            let (public, objects) = make(&session, &place)?;
            undo_unless(&session, &objects, prove(&session, &place, public))?;
            Ok(public)
        }
    };
    let report = move |report: std::sync::mpsc::SyncSender<Result<PublicKey, Fault>>| {
        // Whoever asked may have given up.
        let _ = report.send(work());
    };
    Ok(within(place, OPEN_WAIT_MAX, report)?)
}

fn generate(session: &Session, place: &Place, id: Vec<u8>) -> Result<(ObjectHandle, ObjectHandle), Fault> {
    let named = [Attribute::Token(true), Attribute::Label(place.key_label.clone().into_bytes()), Attribute::Id(id)];
    let private = [named.to_vec(), kept()].concat();
    for curve in CURVES {
        let open = [Attribute::Private(false), Attribute::Verify(true), Attribute::EcParams(curve.to_vec())];
        match session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &[&named[..], &open].concat(), &private) {
            Ok(pair) => return Ok(pair),
            // It may want the other form.
            Err(CallError::Pkcs11(
                RvError::CurveNotSupported
                | RvError::AttributeValueInvalid
                | RvError::DomainParamsInvalid
                | RvError::TemplateInconsistent,
                _,
            )) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::NoEddsa)
}

/// Takes objects out again when what came after them failed.
fn undo_unless<T>(session: &Session, objects: &[ObjectHandle], outcome: Result<T, Fault>) -> Result<T, Fault> {
    if outcome.is_err() {
        for object in objects {
            if let Err(error) = session.destroy_object(*object) {
                tracing::warn!("A half-made key stays in the token: {error}");
            }
        }
    }
    outcome
}
