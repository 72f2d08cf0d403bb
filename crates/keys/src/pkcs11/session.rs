//! One session with a token: open, logged in, the key found and proven.

use super::error::Fault;
use super::module::{self, Module};
use super::pin::Pin;
use super::place::{Place, TokenName};
use super::point::{self, POINT_BYTES_MAX};
use crate::file;
use cryptoki::context::Pkcs11;
use cryptoki::error::{Error as CallError, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use ed25519_zebra::{Signature, VerificationKey};
use std::sync::Arc;
use tracelight_domain::ids::PublicKey;

/// Before the random bytes that a key signs to show itself. No other message of Tracelight begins so.
const CHECK_DOMAIN: &[u8] = b"tracelight/key-check/v1";
/// Slots that are looked at.
const SLOTS_MAX: usize = 256;

/// May objects be made in it?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A key that has shown that it is the one of this public half.
pub(super) struct OpenKey {
    module: Arc<Module>,
    /// Of the module's start in which the session was opened.
    generation: u64,
    /// Taken when it is dropped.
    session: Option<Session>,
    private: ObjectHandle,
    public: VerificationKey,
}

impl OpenKey {
    /// Loads, finds, logs in, finds the key and has it show itself.
    pub fn open(place: &Place, public: PublicKey, pin: &mut Pin) -> Result<Self, Fault> {
        let module = module::load(&place.module)?;
        let start = module.enter();
        let session = log_in(&module.pkcs11, place, pin, Access::Read)?;
        let generation = start.generation;
        match prove(&session, place, public) {
            Ok((private, public)) => {
                drop(start);
                Ok(Self { module, generation, session: Some(session), private, public })
            }
            Err(fault) => {
                closed(session);
                Err(fault)
            }
        }
    }

    /// Signs, and checks what came out.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], Fault> {
        let start = self.module.enter();
        match &self.session {
            Some(session) if start.generation == self.generation => sign(session, self.private, &self.public, message),
            _ => Err(Fault::Call { call: "Sign".to_owned(), code: "StartedAgain".to_owned(), lost: true }),
        }
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        let start = self.module.enter();
        // The number of a session of an earlier start may be another's by now.
        if let Some(session) = self.session.take().filter(|_| start.generation == self.generation) {
            closed(session);
        }
    }
}

/// Starts the place's module again, if it is loaded and nobody is in it.
pub(super) fn restart(place: &Place) -> bool {
    module::load(&place.module).is_ok_and(|module| module.restart())
}

/// Closes a session; one that is closed already is no matter.
fn closed(session: Session) {
    if let Err(error) = session.close() {
        tracing::debug!("The session was closed already: {error}");
    }
}

/// Finds the key and has it show that it is the one of this public half.
pub(super) fn prove(
    session: &Session,
    place: &Place,
    public: PublicKey,
) -> Result<(ObjectHandle, VerificationKey), Fault> {
    let private = only(session, place, ObjectClass::PRIVATE_KEY)?.ok_or(Fault::NoKey)?;
    must_stay(session, private)?;
    if let Some(object) = only(session, place, ObjectClass::PUBLIC_KEY)? {
        let found = public_half(session, object)?;
        if found != public {
            return Err(Fault::OtherKey { found });
        }
    }
    let key = VerificationKey::try_from(public.0).map_err(|_| Fault::BadSignature)?;
    let random = file::random::<32>().map_err(|error| Fault::Module(error.to_string()))?;
    sign(session, private, &key, &[CHECK_DOMAIN, random.as_slice()].concat())?;
    Ok((private, key))
}

fn sign(session: &Session, private: ObjectHandle, public: &VerificationKey, message: &[u8]) -> Result<[u8; 64], Fault> {
    let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
    let bytes = session.sign(&mechanism, private, message)?;
    let signature: [u8; 64] = bytes.try_into().map_err(|_| Fault::BadSignature)?;
    public.verify(&Signature::from(signature), message).map_err(|_| Fault::BadSignature)?;
    Ok(signature)
}

/// A session with the place's token, logged in. One for reading closes only by [`closed`], one for writing when it is dropped.
pub(super) fn log_in(pkcs11: &Pkcs11, place: &Place, pin: &mut Pin, access: Access) -> Result<Session, Fault> {
    let (slot, info) = find_token(pkcs11, &place.token)?;
    match pkcs11.get_mechanism_info(slot, MechanismType::EDDSA) {
        Ok(mechanism) if mechanism.sign() => {}
        Ok(_) | Err(CallError::Pkcs11(RvError::MechanismInvalid, _)) => return Err(Fault::NoEddsa),
        Err(error) => return Err(error.into()),
    }
    let session = match access {
        Access::Read => pkcs11.open_ro_session_no_drop(slot)?,
        Access::Write => pkcs11.open_rw_session(slot)?,
    };
    match authenticate(&session, &info, pin) {
        Ok(()) => Ok(session),
        Err(fault) => {
            closed(session);
            Err(fault)
        }
    }
}

fn authenticate(session: &Session, info: &TokenInfo, pin: &mut Pin) -> Result<(), Fault> {
    if is_logged_in(&session.get_session_info()?) {
        // By another key of this process: a login counts for all sessions with the token.
        return Ok(());
    }
    if info.user_pin_locked() {
        return Err(Fault::PinLocked);
    }
    if info.user_pin_final_try() {
        return Err(Fault::PinFinalTry);
    }
    let (text, mark) = pin.take()?;
    // The copy is wiped by its type when it is dropped.
    let secret = AuthPin::new(text.as_str().into());
    match session.login(UserType::User, Some(&secret)) {
        Ok(()) | Err(CallError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
            pin.was_taken();
            Ok(())
        }
        Err(CallError::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
            pin.was_refused(mark);
            Err(Fault::PinWrong { file: pin.file() })
        }
        Err(error) => Err(error.into()),
    }
}

fn is_logged_in(info: &cryptoki::session::SessionInfo) -> bool {
    use cryptoki::session::SessionState as State;
    matches!(info.session_state(), State::RoUser | State::RwUser)
}

fn find_token(module: &Pkcs11, name: &TokenName) -> Result<(Slot, TokenInfo), Fault> {
    let mut seen = Vec::new();
    let mut found: Vec<(Slot, TokenInfo)> = Vec::new();
    for slot in module.get_slots_with_token()?.into_iter().take(SLOTS_MAX) {
        // One that was pulled out meanwhile says nothing about the others.
        let Ok(info) = module.get_token_info(slot) else { continue };
        let same = match name {
            TokenName::Label(label) => info.label() == label,
            TokenName::Serial(serial) => info.serial_number() == serial,
        };
        if same {
            found.push((slot, info));
        } else if info.token_initialized() {
            seen.push(format!("`{}` serial {}", info.label().escape_debug(), info.serial_number().escape_debug()));
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(_), false) => Err(Fault::ManyTokens),
        (None, _) => Err(Fault::NoToken { seen }),
    }
}

/// The one object of this class with the place's label.
pub(super) fn only(session: &Session, place: &Place, class: ObjectClass) -> Result<Option<ObjectHandle>, Fault> {
    let label = Attribute::Label(place.key_label.clone().into_bytes());
    let template = [Attribute::Class(class), Attribute::KeyType(KeyType::EC_EDWARDS), label];
    let found = session.iter_objects(&template)?.take(2).collect::<Result<Vec<_>, _>>()?;
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Fault::ManyKeys),
    }
}

/// Refuses a key that can be read out. A token that does not say counts as one that keeps it.
fn must_stay(session: &Session, private: ObjectHandle) -> Result<(), Fault> {
    for attribute in session.get_attributes(private, &[AttributeType::Sensitive, AttributeType::Extractable])? {
        match attribute {
            Attribute::Sensitive(false) => return Err(Fault::Exportable("it is not sensitive")),
            Attribute::Extractable(true) => return Err(Fault::Exportable("it is extractable")),
            _ => {}
        }
    }
    Ok(())
}

/// The public half that an object shows. Its length is asked for first, so that nothing long is fetched.
pub(super) fn public_half(session: &Session, object: ObjectHandle) -> Result<PublicKey, Fault> {
    let info = session.get_attribute_info(object, &[AttributeType::EcPoint])?;
    let bytes = match info.first() {
        Some(AttributeInfo::Available(bytes)) => *bytes,
        _ => 0,
    };
    if !(1..=POINT_BYTES_MAX).contains(&bytes) {
        return Err(Fault::Point(point::NotAPoint { bytes }));
    }
    let mut attributes = session.get_attributes(object, &[AttributeType::EcPoint])?;
    match attributes.pop() {
        Some(Attribute::EcPoint(point)) => Ok(point::parse(&point)?),
        _ => Err(Fault::Point(point::NotAPoint { bytes: 0 })),
    }
}
