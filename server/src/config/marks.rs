//! `[marks]`: where the keys of physical marks are. Every key is in a file of its own, for nobody else to read.
//!
//! ```toml
//! [[marks.pin_peppers]]           # the first is for new PINs, the others are still read
//! id = "pins-2026"
//! file = "pins-2026.key"          # 64 hexadecimal digits
//!
//! [[marks.tag_keys]]              # NTAG 424 DNA; the first is for new tags, the others are still read
//! id = "tags-2026"
//! meta_key_file = "tags-2026.meta.key"     # K_SDMMetaRead, 32 hexadecimal digits
//! file_key_file = "tags-2026.file.key"     # the master of K_SDMFileRead, 32 hexadecimal digits
//! diversify_by = "3042F5"         # AN10922: what stands behind the UID; absent: all tags share the file key
//!
//! [[marks.score_services]]        # whose signed scores of copy-detection patterns are believed
//! id = "scores-2026"
//! public = "…"                    # its ed25519 key, 64 hexadecimal digits
//!
//! [marks.tags]
//! layout = "without_file"
//! ```

use serde::Deserialize;
use std::path::PathBuf;

/// Physical marks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct MarksConfig {
    /// Keys of PINs, the one for new PINs first. Without one there are no PINs.
    pub pin_peppers: Vec<PepperConfig>,
    /// Keys of NFC tags, those for new tags first. Without any there are no tags.
    pub tag_keys: Vec<TagKeyConfig>,
    /// How the tags are set up.
    pub tags: TagsConfig,
    /// Services that score pictures of copy-detection patterns, and sign what they found.
    pub score_services: Vec<ScoreServiceConfig>,
}

/// A service that scores pictures of copy-detection patterns.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ScoreServiceConfig {
    /// Its name, such as `scores-2026`; it stands in the row of every item that it is believed about.
    pub id: String,
    /// Its ed25519 key, 64 hexadecimal digits.
    pub public: String,
}

/// A key of PINs.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PepperConfig {
    /// Its name, such as `pins-2026`; it stands in every PIN's row and never changes.
    pub id: String,
    /// File with 64 hexadecimal digits. Whoever has it and the database reads every PIN; without it none is checked.
    pub file: PathBuf,
}

/// The keys of a series of tags.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TagKeyConfig {
    /// Its name, such as `tags-2026`; it stands in every tag's row and never changes.
    pub id: String,
    /// File with `K_SDMMetaRead`, 32 hexadecimal digits.
    pub meta_key_file: PathBuf,
    /// File with the master of `K_SDMFileRead`, likewise.
    pub file_key_file: PathBuf,
    /// Each tag has a file key of its own (AN10922), over its UID and these bytes in hexadecimal digits, at most 24. Without it
    /// all tags of the series share the file key: whoever opens one chip opens them all.
    pub diversify_by: Option<String>,
}

/// How the tags are set up.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct TagsConfig {
    /// What the tag's address holds. Default `without_file`.
    pub layout: TagLayout,
    /// Where the two characters of the seal's loop (TagTamper) stand in the encrypted file data. Without it no tag has a loop.
    pub tamper_at: Option<u8>,
}

/// What the tag's address holds.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TagLayout {
    /// `/t?picc_data=…&cmac=…`, or `/t?uid=…&ctr=…&cmac=…`.
    #[default]
    WithoutFile,
    /// `/t?picc_data=…&enc=…&cmac=…`.
    WithFile,
}

impl MarksConfig {
    /// Every file that is named.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tags = self.tag_keys.iter_mut().flat_map(|keys| [&mut keys.meta_key_file, &mut keys.file_key_file]);
        self.pin_peppers.iter_mut().map(|pepper| &mut pepper.file).chain(tags)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError, TagLayout};
    use crate::marks::Marks;

    #[test]
    fn the_section_is_read_with_files_beside_it_and_refused_by_name() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a scratch file");
        write("pins.key", &"5a".repeat(32));
        write("meta.key", &"11".repeat(16));
        write("file.key", &"22".repeat(16));
        let text = "[[marks.pin_peppers]]\nid = 'pins-1'\nfile = 'pins.key'\n\
            [[marks.tag_keys]]\nid = 'tags-1'\nmeta_key_file = 'meta.key'\nfile_key_file = 'file.key'\n\
            diversify_by = '54524143454c49474854'\n[marks.tags]\nlayout = 'with_file'\ntamper_at = 0\n";
        write("server.toml", text);
        let config = Config::read(&folder.path().join("server.toml")).expect("a good file");
        config.validate().expect("good keys");
        let marks = config.marks.expect("the section is there");
        assert_eq!(marks.tags.layout, TagLayout::WithFile);
        assert!(marks.pin_peppers[0].file.is_absolute() && Marks::read(&marks).is_ok());

        write("pins.key", "not a key");
        let config = Config::read(&folder.path().join("server.toml")).expect("a good file");
        let Err(ConfigError::Faults(faults)) = config.validate() else { panic!("it has a fault") };
        assert!(faults.iter().any(|fault| fault.starts_with("marks.pin_peppers[0].file: ")), "{faults:?}");
        let error = toml::from_str::<Config>("[marks]\npin = 1").expect_err("an unknown key").to_string();
        assert!(error.contains("`pin`"), "{error}");
        assert!(Config::default().marks.is_none(), "off unless somebody says so");
    }
}
