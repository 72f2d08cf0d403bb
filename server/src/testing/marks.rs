//! For tests: keys of marks in files, and a tag that answers.

use crate::config::{MarksConfig, PepperConfig, TagKeyConfig, TagsConfig};
use aes::Aes128;
use cmac::{Cmac, Mac as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The file key that all tags of tests share.
const TAG_KEY: [u8; 16] = [0x22; 16];

/// A secret in a file that its owner alone may read.
pub fn secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("{text}\n")).expect("a scratch file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a scratch file");
    path
}

/// Keys of PINs and tags, in files of this folder.
pub fn config(folder: &Path) -> MarksConfig {
    let pepper = PepperConfig { id: "pins-1".into(), file: secret(folder, "pins.key", &"5a".repeat(32)) };
    let tags = TagKeyConfig {
        id: "tags-1".into(),
        meta_key_file: secret(folder, "tags.meta.key", &"11".repeat(16)),
        file_key_file: secret(folder, "tags.file.key", &hex::encode(TAG_KEY)),
        diversify_by: None,
    };
    MarksConfig {
        pin_peppers: vec![pepper],
        tag_keys: vec![tags],
        tags: TagsConfig::default(),
        score_services: Vec::new(),
    }
}

/// The address that a tag shows at its `counter`th tap: UID and counter in clear, and the MAC over nothing else.
pub fn tap(uid: [u8; 7], counter: u32) -> String {
    let [_, high, middle, low] = counter.to_be_bytes();
    let session = [[0x3c, 0xc3, 0, 1, 0, 0x80].as_slice(), &uid, &[low, middle, high]].concat();
    let mac = cmac(cmac(TAG_KEY, &session), &[]);
    let mac: Vec<u8> = mac.into_iter().skip(1).step_by(2).collect();
    let hex = |bytes: &[u8]| hex::encode_upper(bytes);
    format!("/t?uid={}&ctr={}&cmac={}", hex(&uid), hex(&[high, middle, low]), hex(&mac))
}

fn cmac(key: [u8; 16], message: &[u8]) -> [u8; 16] {
    let mut mac = <Cmac<Aes128> as cmac::Mac>::new(&key.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}
