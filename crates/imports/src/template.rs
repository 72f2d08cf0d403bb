//! What a table of each kind holds.
//!
//! A column has a name for programs, a header in Chinese and one in English, and says what it expects. The template is a
//! CSV that Excel opens right: a byte order mark, the headers, and one row as an example.

use crate::fault::Words;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Products, which are then registered on the chain.
    Products,
    /// Partners: an address book of the member's own.
    Partners,
    /// Serials that were made elsewhere, for batches that are registered.
    Codes,
}

/// A language of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// A column of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs.
    pub name: &'static str,
    /// Its header in Chinese.
    pub zh: &'static str,
    /// Its header in English.
    pub en: &'static str,
    /// Must every row have it?
    pub required: bool,
    /// What it expects, in both languages.
    pub expects: (&'static str, &'static str),
    /// What stands in it in the template.
    pub example: &'static str,
}

const fn column(
    name: &'static str,
    headers: (&'static str, &'static str),
    required: bool,
    expects: (&'static str, &'static str),
    example: &'static str,
) -> Column {
    Column { name, zh: headers.0, en: headers.1, required, expects, example }
}

const GTIN: (&str, &str) = ("8、12、13 或 14 位数字，末位为校验码", "8, 12, 13 or 14 digits, the last a check digit");
const CSET: (&str, &str) = ("1 至 20 个字符（GS1 字符集 82）", "1 to 20 characters of GS1 character set 82");
const TEXT: (&str, &str) = ("一行文字，最多 200 字节", "one line of text, at most 200 bytes");

static PRODUCTS: [Column; 7] = [
    column("gtin", ("商品条码", "GTIN"), true, GTIN, "06901234000016"),
    column("name_zh", ("中文名称", "Name (Chinese)"), false, TEXT, "阿莫西林胶囊"),
    column("name_en", ("英文名称", "Name (English)"), true, TEXT, "Amoxicillin capsules"),
    column("detail", ("规格", "Strength and pack"), false, TEXT, "0.25 g x 24"),
    column("approval", ("批准文号", "Approval number"), false, TEXT, "国药准字H00000000"),
    column("hotline", ("召回热线", "Recall hotline"), false, TEXT, "400-000-0000"),
    column("kind", ("类别", "Kind"), true, ("药品 或 食品", "medicine or food"), "药品"),
];
static PARTNERS: [Column; 6] = [
    column(
        "gln",
        ("全球位置码", "GLN"),
        true,
        ("13 位数字，末位为校验码", "13 digits, the last a check digit"),
        "6901234000023",
    ),
    column("name_zh", ("中文名称", "Name (Chinese)"), false, TEXT, "九州物流"),
    column("name_en", ("英文名称", "Name (English)"), true, TEXT, "Jiuzhou Logistics"),
    column(
        "role",
        ("角色", "Role"),
        true,
        ("生产、物流、批发、药店、医院 或 其他", "manufacturer, carrier, wholesaler, pharmacy, hospital or other"),
        "物流",
    ),
    column("licence", ("许可证号", "Licence number"), false, TEXT, "GSP-000000"),
    column(
        "licence_until",
        ("许可证有效期", "Licence valid until"),
        false,
        ("日期，如 2027-10-31", "a date, such as 2027-10-31"),
        "2027-10-31",
    ),
];
static CODES: [Column; 3] = [
    column("gtin", ("商品条码", "GTIN"), true, GTIN, "06901234000016"),
    column("lot", ("批号", "Lot"), true, CSET, "A24K07"),
    column("serial", ("序列号", "Serial"), true, CSET, "7F3K9QX2M4TB"),
];

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Products, Self::Partners, Self::Codes];

    /// Its name in requests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Partners => "partners",
            Self::Codes => "codes",
        }
    }

    /// Its columns, in the order of the template.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Products => &PRODUCTS,
            Self::Partners => &PARTNERS,
            Self::Codes => &CODES,
        }
    }
}

impl Column {
    /// Its header in a language.
    #[must_use]
    pub const fn header(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }

    /// What it expects, in both languages.
    #[must_use]
    pub fn expected(&self) -> Words {
        Words::new(self.expects.0, self.expects.1)
    }
}

/// The file to fill in: CSV in UTF-8 with a byte order mark.
#[must_use]
pub fn template(kind: Kind, language: Language) -> Vec<u8> {
    let line = |cells: Vec<&str>| cells.join(",") + "\r\n";
    let headers = line(kind.columns().iter().map(|column| column.header(language)).collect());
    let example = line(kind.columns().iter().map(|column| column.example).collect());
    format!("\u{feff}{headers}{example}").into_bytes()
}
