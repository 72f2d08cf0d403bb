//! The twelve verdicts in words, shapes and colours (`ui.md` section 3), shared by the scan page and the consoles.
//!
//! Every `match` here names every verdict, so that a new verdict does not build before it has a word, a line, a next
//! action, a shape and a role in both languages. The words claim the code, never the goods.

pub use tracelight_domain::verdict::Verdict;

use crate::brand::{Glyph, Shape};
use crate::i18n::Lang;

/// What kind of thing the pack holds. It decides the verb ("use", "eat", "feed") and the printed label of the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// A medicine: used, has an expiry.
    Medicine,
    /// A food: eaten, has a best-before date.
    Food,
    /// A food for infants: fed to somebody.
    InfantFood,
}

impl ProductKind {
    /// True for anything that is eaten.
    pub const fn is_food(self) -> bool {
        matches!(self, Self::Food | Self::InfantFood)
    }
}

/// The colour role of a verdict field. The value of [`Role::class`] is a class of `tokens.css`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A statement: blue.
    Active,
    /// A question: pale amber.
    Ask,
    /// Careful: amber.
    Warn,
    /// Stop: red, with the hazard tape.
    Stop,
    /// No such thing: slate.
    None,
    /// Nobody has answered: pale grey.
    Out,
    /// No verdict: the page's own colour (report, receipt).
    Paper,
}

impl Role {
    /// The class that sets the field's colours.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ask => "ask",
            Self::Warn => "warn",
            Self::Stop => "stop",
            Self::None => "none",
            Self::Out => "out",
            Self::Paper => "paper",
        }
    }
}

/// A verdict's words in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictText {
    /// The verdict in one or two words.
    pub word: &'static str,
    /// One line that follows the word.
    pub line: &'static str,
    /// The one next action.
    pub next: &'static str,
}

/// The words of a verdict. `kind` changes the verb of a recall and of an expiry; pass [`ProductKind::Medicine`] when
/// nothing is known about the product.
pub const fn verdict_text(verdict: Verdict, lang: Lang, kind: ProductKind) -> VerdictText {
    let (word, line, next) = match lang {
        Lang::En => english(verdict, kind),
        Lang::Zh => chinese(verdict, kind),
    };
    VerdictText { word, line, next }
}

const fn english(verdict: Verdict, kind: ProductKind) -> (&'static str, &'static str, &'static str) {
    let not_use = match kind {
        ProductKind::Medicine => "Do not use it",
        ProductKind::Food => "Do not eat it",
        ProductKind::InfantFood => "Do not feed it to anyone",
    };
    match verdict {
        Verdict::FirstCheck => ("Active code", "You are the first to check it", "Compare two things with the pack"),
        Verdict::CheckedBefore => ("Checked before", "Was it you?", "Answer yes or no"),
        Verdict::SoldOrDispensed => ("Already sold", "Was it sold to you?", "Answer yes or no"),
        Verdict::CannotCheckNow => ("Cannot check now", "This says nothing about your pack", "Try again"),
        Verdict::Suspicious => ("Possible copy", "Do not use it until someone has looked at it", "Report this pack"),
        Verdict::NotActivated => ("Not released yet", "It should not be on sale", "Ask the seller"),
        Verdict::UnknownCode => ("Unknown code", "No member has issued it", "Check the characters"),
        Verdict::BadSignature => ("False code", "Its maker did not issue it", "Report this pack"),
        Verdict::Recalled => ("Recalled", not_use, "Call the maker, free"),
        Verdict::Expired => ("Expired", "Do not use it", "See how to dispose of it"),
        Verdict::Stolen => ("Reported stolen", "Do not use it", "Report where you got it"),
        Verdict::Decommissioned => ("Taken out of use", "Do not use it", "Report this pack"),
    }
}

const fn chinese(verdict: Verdict, kind: ProductKind) -> (&'static str, &'static str, &'static str) {
    let not_use = if kind.is_food() { "请勿食用" } else { "请勿使用" };
    match verdict {
        Verdict::FirstCheck => ("编码有效", "您是第一个查询它的人", "核对包装上的两处"),
        Verdict::CheckedBefore => ("此前查询过", "是您本人吗？", "回答是或不是"),
        Verdict::SoldOrDispensed => ("已售出", "是您购买的吗？", "回答是或不是"),
        Verdict::CannotCheckNow => ("暂时无法查询", "这不说明您的商品好或坏", "再试一次"),
        Verdict::Suspicious => ("疑似被复制", "核实之前请勿使用", "举报这一件"),
        Verdict::NotActivated => ("尚未放行", "不应在售", "询问销售者"),
        Verdict::UnknownCode => ("查无此编码", "没有成员发放过它", "检查编码"),
        Verdict::BadSignature => ("编码不实", "不是企业签发的", "举报这一件"),
        Verdict::Recalled => ("已召回", not_use, "拨打企业免费热线"),
        Verdict::Expired => ("已过期", "请勿使用", "查看如何处理"),
        Verdict::Stolen => ("已报失窃", "请勿使用", "举报购买地点"),
        Verdict::Decommissioned => ("已注销", "请勿使用", "举报这一件"),
    }
}

/// The colour role of a verdict.
pub const fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::FirstCheck => Role::Active,
        Verdict::CheckedBefore | Verdict::SoldOrDispensed => Role::Ask,
        Verdict::CannotCheckNow => Role::Out,
        Verdict::Suspicious | Verdict::NotActivated => Role::Warn,
        Verdict::UnknownCode => Role::None,
        Verdict::BadSignature | Verdict::Recalled | Verdict::Expired | Verdict::Stolen | Verdict::Decommissioned => {
            Role::Stop
        }
    }
}

/// The shape and glyph of a verdict.
pub const fn drawing_of(verdict: Verdict) -> (Shape, Glyph) {
    match verdict {
        Verdict::FirstCheck => (Shape::Circle, Glyph::Tick),
        Verdict::CheckedBefore => (Shape::Circle, Glyph::Back),
        Verdict::SoldOrDispensed => (Shape::Circle, Glyph::Bag),
        Verdict::CannotCheckNow => (Shape::Dashed, Glyph::Cloud),
        Verdict::Suspicious => (Shape::Triangle, Glyph::Mark),
        Verdict::NotActivated => (Shape::Triangle, Glyph::Pause),
        Verdict::UnknownCode => (Shape::Dashed, Glyph::Ask),
        Verdict::BadSignature => (Shape::Octagon, Glyph::Crack),
        Verdict::Recalled => (Shape::Octagon, Glyph::Return),
        Verdict::Expired => (Shape::Octagon, Glyph::Clock),
        Verdict::Stolen => (Shape::Octagon, Glyph::Lock),
        Verdict::Decommissioned => (Shape::Octagon, Glyph::Cross),
    }
}
