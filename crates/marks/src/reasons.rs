//! The identifiers of our reasons. Each is the key of a text in the catalogue; [`ALL`] is for the test that none lacks one.
//!
//! A reason may carry one number; the table says which. Other crates' kinds bring identifiers of their own.

use crate::names::ReasonId;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: ReasonId = ReasonId::ours($text);)*

        /// Every reason of this crate.
        pub const ALL: &[ReasonId] = &[$($name),*];
    };
}

reasons! {
    /// No check of this server knows the kind.
    UNKNOWN_KIND = "mark.unknown_kind";
    /// The evidence has not the form that the kind needs.
    EVIDENCE_UNREADABLE = "mark.evidence_unreadable";
    /// What was stored at the line cannot be read here.
    ENROLMENT_UNREADABLE = "mark.enrolment_unreadable";
    /// The key that the enrolment names is not here.
    KEY_MISSING = "mark.key_missing";
    /// Used before. Number: how often it was shown, this time included.
    ALREADY_USED = "mark.already_used";
    /// Too many wrong tries; whether this one was right is not said.
    TRIES_SPENT = "mark.tries_spent";
    /// Number: wrong tries that are left.
    TRIES_LEFT = "mark.tries_left";
    /// The store did not answer.
    CANNOT_CHECK_NOW = "mark.cannot_check_now";
    /// The store answered another question than the one it was asked. A fault of ours.
    ANSWER_DOES_NOT_FIT = "mark.answer_does_not_fit";

    /// The tag holds the key, and is the one of this item.
    NFC_FITS = "nfc.fits";
    /// The message was not made by a tag that holds the key.
    NFC_MAC_DIFFERS = "nfc.mac_differs";
    /// A true tag, of another item.
    NFC_OTHER_TAG = "nfc.other_tag";
    /// The tag's loop has been cut: the pack was opened.
    NFC_OPENED = "nfc.opened";
    /// The tag does not say whether the pack was opened, and should.
    NFC_SEAL_UNREADABLE = "nfc.seal_unreadable";
    /// A message of 24 bytes: LRP mode, which is not read here.
    NFC_LRP = "nfc.lrp";
    /// The tag sends no counter, so its message can be copied.
    NFC_NO_COUNTER = "nfc.no_counter";
    /// The tag sends no UID.
    NFC_NO_UID = "nfc.no_uid";

    /// The PIN is this item's.
    PIN_FITS = "pin.fits";
    /// The PIN is not this item's.
    PIN_DIFFERS = "pin.differs";

    /// Chip and EPC are those that were put on the item.
    RFID_FITS = "rfid.fits";
    /// The EPC is on another chip.
    RFID_TID_DIFFERS = "rfid.tid_differs";
    /// The chip carries another EPC.
    RFID_EPC_DIFFERS = "rfid.epc_differs";
    /// The memory was locked at the line and is not locked now.
    RFID_UNLOCKED = "rfid.unlocked";

    /// Enough answers fit. Number: points.
    HOLOGRAM_FITS = "hologram.fits";
    /// Too many answers do not fit. Number: points.
    HOLOGRAM_DIFFERS = "hologram.differs";
    /// Too few questions were answered to say anything.
    HOLOGRAM_UNANSWERED = "hologram.unanswered";

    /// The service found the print to be an original. Number: score.
    SCORE_HIGH = "cdp.score_high";
    /// The service found the print to be a copy. Number: score.
    SCORE_LOW = "cdp.score_low";
    /// The picture was not good enough to tell. Number: score.
    SCORE_BETWEEN = "cdp.score_between";
    /// The statement is older than the product's window. Number: its time, milliseconds since 1970.
    SCORE_TOO_OLD = "cdp.too_old";
    /// The statement's time has not come yet. Number: its time, milliseconds since 1970.
    SCORE_FROM_FUTURE = "cdp.from_future";
    /// The statement is about another item.
    SCORE_OTHER_ITEM = "cdp.other_item";
    /// The service did not sign this.
    SCORE_SIGNATURE_DIFFERS = "cdp.signature_differs";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_is_well_formed_and_there_once() {
        for id in ALL {
            assert_eq!(ReasonId::parse(id.as_str()).as_ref(), Ok(id));
            assert_eq!(ALL.iter().filter(|other| *other == id).count(), 1, "{id}");
        }
    }
}
