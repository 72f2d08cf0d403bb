//! Every reason why a transaction is refused: a number that goes into the block's outcomes, a name for machines, and a
//! sentence for people that says the way out. Numbers are never reused.

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $text:literal;)+) => {
        /// A rule's "no".
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Refusal { $(#[doc = $text] $variant = $code,)+ }

        impl Refusal {
            /// Every refusal there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The number that stands in a block's outcomes. Never 0, which means applied.
            #[must_use]
            pub const fn code(self) -> u16 { self as u16 }

            /// The refusal with this number, if there is one.
            #[must_use]
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The stable name for programs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is wrong and what to do about it, in English.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl core::fmt::Display for Refusal {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}: {}", self.name(), self.text())
            }
        }
    };
}

refusals! {
    WrongChain = 1, "wrong_chain", "the transaction was signed for another alliance; sign it for this chain id";
    BadSignature = 2, "bad_signature", "the signature does not fit the bytes and the key";
    Expired = 3, "expired", "the last height at which it could be ordered has passed; sign it again";
    ExpiryTooFar = 4, "expiry_too_far", "its expiry is too far ahead; at most 100,000 blocks";
    UnknownKey = 5, "unknown_key", "no member has registered this key";
    KeyInactive = 6, "key_inactive", "this key has been revoked";
    MemberInactive = 7, "member_inactive", "the member is suspended or its licence has lapsed";
    NonceGap = 8, "nonce_gap", "a device's transactions must arrive in sequence; an earlier one is missing";
    NonceUsed = 9, "nonce_used", "this key has used the nonce for another transaction";
    WrongPurpose = 10, "wrong_purpose", "this kind of key may not sign this kind of transaction";
    WrongRole = 11, "wrong_role", "the member's role does not allow this";
    AlreadyExists = 12, "already_exists", "an object with this id exists already";
    KeyNotYet = 13, "key_not_yet", "this key may sign only from a later height on; wait for it";
    KeyTaken = 14, "key_taken", "this key is registered already; a key has one owner and one purpose for ever, make a new one";
    BadKey = 15, "bad_key", "this is no sound ed25519 key; make a new one";
    UnknownProduct = 20, "unknown_product", "the product is not registered; register it first";
    NotTheMaker = 21, "not_the_maker", "only the member that registered the product may do this";
    UnknownBatch = 22, "unknown_batch", "the batch is not registered; register it first";
    BatchSealed = 23, "batch_sealed", "the batch is sealed already; a sealed batch never changes";
    BatchNotSealed = 24, "batch_not_sealed", "the batch is not sealed yet; close it on the line first";
    BatchRecalled = 25, "batch_recalled", "the batch is recalled; keep the goods apart and do not hand them on";
    BatchExpired = 26, "batch_expired", "the batch has expired; it may not be supplied";
    DatesInOrder = 27, "dates_in_order", "the expiry date must lie after the date of making";
    CountOutOfRange = 28, "count_out_of_range", "a count must be at least 1 and within the stated maximum";
    Duplicate = 29, "duplicate", "the same object is named twice in one transaction";
    WrongQuota = 30, "wrong_quota", "the quota or its salt is not the one the batch was registered with";
    QuotaExceeded = 31, "quota_exceeded", "good, rejected and sampled packs together are more than the batch's quota";
    LineageFull = 32, "lineage_full", "the batch has gone into 128 others already; register what is left as a batch of its own";
    UnknownLogisticUnit = 40, "unknown_logistic_unit", "no case or pallet with this SSCC exists";
    NotTheCustodian = 41, "not_the_custodian", "only the member that answers for the goods now may do this";
    InsideAnother = 42, "inside_another", "the case stands on a pallet; name the pallet, or take the case off first";
    NotInStock = 43, "not_in_stock", "the goods are not in stock (in transit, short, damaged, or broken up)";
    WrongLevel = 44, "wrong_level", "a pallet holds cases and a case holds packs";
    NotInside = 45, "not_inside", "the case is not part of the pallet or shipment that was named";
    UnknownMember = 46, "unknown_member", "the receiver is not a member of the alliance";
    ToYourself = 47, "to_yourself", "goods cannot be shipped to their own custodian";
    UnknownShipment = 48, "unknown_shipment", "no shipment with this id exists";
    NotTheReceiver = 49, "not_the_receiver", "only the member the goods were shipped to may answer for them";
    ShipmentClosed = 50, "shipment_closed", "this shipment has been answered already";
    NotShort = 51, "not_short", "the case is not reported short";
    NotAParty = 52, "not_a_party", "only the shipper and the receiver may do this";
    ShipmentDisputed = 53, "shipment_disputed", "the hand-over is in dispute; both sides have to settle it first";
    NotDisputed = 54, "not_disputed", "the hand-over is not in dispute";
    DisputeTooLate = 55, "dispute_too_late", "the deadline for a dispute has passed; settle it outside of the chain";
    OtherSide = 56, "other_side", "you have offered this already; the other side has to agree";
    NotInBatch = 60, "not_in_batch", "the path does not lead from this pack to the batch's sealed root";
    NotInCase = 61, "not_in_case", "the path does not lead from this pack to the case's root";
    NoCase = 62, "no_case", "name the case that holds the pack; only its maker can act on a loose pack";
    UnitGone = 63, "unit_gone", "the pack has been dispensed, sold, or taken out of use already";
    NothingToReturn = 64, "nothing_to_return", "only a dispensed, sold, sampled or exported pack can come back, by the member that took it out";
    ReturnTooLate = 65, "return_too_late", "a pack can come back within ten days of being supplied";
    UnknownRecall = 70, "unknown_recall", "no recall with this id exists";
    SamePerson = 71, "same_person", "a recall has to be approved by a second person with an approver's key";
    RecallSettled = 72, "recall_settled", "the recall is not in the state that this step needs";
    UnknownObject = 73, "unknown_object", "no object with this id exists";
    NotCorrectable = 74, "not_correctable", "events of this kind cannot be withdrawn; a recall never, a vote only by another vote";
    NotTheSigner = 75, "not_the_signer", "only the member that signed an event may withdraw it";
    NotInHistory = 76, "not_in_history", "no final event of this transaction stands there; read the object's history and name position and transaction of the event";
    UnknownProposal = 80, "unknown_proposal", "no proposal with this id exists";
    ProposalClosed = 81, "proposal_closed", "the proposal has been decided already";
    ProposalLapsed = 82, "proposal_lapsed", "the proposal was not decided in time; propose it again";
    AlreadyVoted = 83, "already_voted", "your member has voted on this proposal; each has one vote";
    WrongWords = 84, "wrong_words", "these words do not force this change; copy those of its preview exactly, or leave them out";
    ClosesOutOfRange = 85, "closes_out_of_range", "a proposal must close at a height that is still to come, at most 5,000,000 blocks ahead";
    TooFewValidators = 86, "too_few_validators", "fewer validators would bear no fault; add one before one leaves, or replace it";
    TooManyValidators = 87, "too_many_validators", "an alliance has at most 128 validators";
    TooManyChanges = 88, "too_many_changes", "no more seats may change in this epoch and the next; send it again when they have passed";
    TooManyPending = 89, "too_many_pending", "too many approved validators are awaited; start them, or remove some";
    UnknownValidator = 90, "unknown_validator", "no validator has this key";
    NothingPending = 91, "nothing_pending", "no approved validator with this key is awaited";
    NotInStep = 92, "not_in_step", "the block is not one of the last 600 of this chain; let the node catch up first";
    MemberHasValidator = 93, "member_has_validator", "the member still has a validator; remove that first";
    ValidatorKey = 94, "validator_key", "a validator's key ends by replacing or removing the validator";
    BadAddress = 95, "bad_address", "an address is host:port";
    WrongStanding = 96, "wrong_standing", "the member is not in the standing that this step needs";
    TooFewMembers = 97, "too_few_members", "at least one active member has to remain";
    TooManyProposals = 99, "too_many_proposals", "your member has 4 proposals open; wait until one is decided or lapses";
    AgendaFull = 100, "agenda_full", "so many proposals are open that each member may have one, and 128 in all; wait until some are decided or lapse";
    TooManyMembers = 98, "too_many_members", "an alliance admits at most 512 members";
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Refusal::ALL.iter().map(|r| r.name()).collect();
        assert_eq!(names.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            assert_ne!(refusal.code(), 0);
            assert_eq!(Refusal::from_code(refusal.code()), Some(*refusal));
        }
    }
}
